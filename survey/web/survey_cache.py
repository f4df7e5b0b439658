"""The terms on which a survey takes answers, and how a post is judged by them without reading the survey each time.

While a link goes round, reading its survey was the dearest part of a post. So a process keeps surveys as it last read
them and judges posts by these; the transaction that stores an answer looks whether the terms still hold, once for all
answers it stores. Where they do not, nothing is stored and the post is judged by the survey as it is now. (Optimistic
concurrency control: Kung and Robinson, "On optimistic methods for concurrency control", 1981.)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from survey.core.database import db
from survey.core.models import Survey
from survey.web.access import get_survey

MAX_CACHED_SURVEYS = 100
"""Surveys that a process keeps"""
MAX_ATTEMPTS = 3
TERM_COLUMNS = ("slug", "is_open", "opens_at", "closes_at", "hold_first", "kinds_asked", "own_kinds")
"""What of a survey decides whether and how an answer is taken"""
_columns = Survey.__table__.c
HOLDING = select(*(_columns[name] for name in TERM_COLUMNS)).where(_columns.id == bindparam("survey"))

Outcome = TypeVar("Outcome")
Terms = tuple[Any, ...]


class SurveyChanged(Exception):
    """A post was judged by terms that hold no more. Nothing of it was stored."""


def terms_of(survey: Survey) -> Terms:
    """The terms of a survey as it was read."""
    return tuple(getattr(survey, name) for name in TERM_COLUMNS)


def current_terms(session: Session, survey_id: int) -> Terms | None:
    """The terms that hold now, inside the transaction that stores an answer; None where the survey is gone."""
    row = session.connection().execute(HOLDING, {"survey": survey_id}).first()
    return None if row is None else tuple(row)


def with_cached_survey(view: Callable[[Survey], Outcome]) -> Callable[[str], Outcome]:
    """Decorate a POST view of one survey, so that it gets the survey at `slug` as this process last read it.

    Where the view raises Changed, it is called again with the survey read from the database, TRIES times in all.
    The decorated view raises Changed where every call did, and aborts with 404 where the survey is gone.
    """

    @wraps(view)
    def call(slug: str) -> Outcome:
        kept: dict[str, Survey] = current_app.extensions["surveys kept"]
        for _ in range(MAX_ATTEMPTS):
            survey = kept.get(slug) or _keep(kept, slug)
            try:
                return view(survey)
            except SurveyChanged:
                kept.pop(slug, None)
        raise SurveyChanged

    return call


def reload_survey(survey: Survey) -> Survey:
    """The survey as it is now, for a page that says why a post judged by it was refused. Raises Changed."""
    current = get_survey(survey.slug)
    if terms_of(current) != terms_of(survey):
        raise SurveyChanged
    return current


def init_app(app: Flask) -> None:
    """Let this process keep surveys."""
    app.extensions["surveys kept"] = {}


def _keep(kept: dict[str, Survey], slug: str) -> Survey:
    survey = get_survey(slug)
    db.session.expunge(survey)  # what this thread keeps is read by others
    if len(kept) >= MAX_CACHED_SURVEYS:
        kept.clear()
    kept[slug] = survey
    return survey
