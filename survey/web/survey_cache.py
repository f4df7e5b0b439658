"""A per-process cache of surveys for the POST of an answer, validated when the answer is stored.

Reading the survey was the most expensive part of a POST in a rush of answers: it took a connection and a transaction
for a row that hardly ever changes. So a view checks a POST against the survey as this process last read it, and the
transaction that inserts the answers compares the columns that matter (the terms) with the database, once for each
batch. If they differ, it raises SurveyChanged, nothing is stored, and the view runs again with the current survey.

This is optimistic concurrency control: Kung and Robinson, "On optimistic methods for concurrency control", 1981.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from survey.core import i18n
from survey.core.database import db
from survey.core.models import Survey
from survey.web.access import get_survey

MAX_CACHED_SURVEYS = 100
"""Surveys in the cache of one process; it is emptied when full"""
MAX_ATTEMPTS = 3
TERM_COLUMNS = ("slug", "is_open", "opens_at", "closes_at", "closes_after", "hold_first", "kinds_asked", "own_kinds")
"""Columns that decide whether and how an answer is accepted"""
_columns = Survey.__table__.c
SELECT_TERMS = select(*(_columns[name] for name in TERM_COLUMNS)).where(_columns.id == bindparam("survey"))

Outcome = TypeVar("Outcome")
Terms = tuple[Any, ...]
"""The values of TERM_COLUMNS, in their order"""


class SurveyChanged(Exception):
    """The terms of a survey changed after the POST was checked. Nothing was stored."""


def terms_of(survey: Survey) -> Terms:
    """Return the terms of a survey as it was read."""
    return tuple(getattr(survey, name) for name in TERM_COLUMNS)


def closes_after(terms: Terms) -> int | None:
    """Return the number of answers after which a survey of these terms closes."""
    most: int | None = terms[TERM_COLUMNS.index("closes_after")]
    return most


def current_terms(session: Session, survey_id: int) -> Terms | None:
    """Return the terms in the database, inside the transaction that stores an answer; None if the survey is gone."""
    row = session.connection().execute(SELECT_TERMS, {"survey": survey_id}).first()
    return None if row is None else tuple(row)


def with_cached_survey(view: Callable[[Survey], Outcome]) -> Callable[[str], Outcome]:
    """Decorate a POST view of one survey, so that it gets the survey at `slug` as this process last read it.

    Where the view raises SurveyChanged, it is called again with the survey read from the database, MAX_ATTEMPTS times
    in all.
    The decorated view raises Changed where every call did, and aborts with 404 where the survey is gone.
    """

    @wraps(view)
    def call(slug: str) -> Outcome:
        cached: dict[str, Survey] = current_app.extensions["survey_cache"]
        for _ in range(MAX_ATTEMPTS):
            survey = cached.get(slug) or _load(cached, slug)
            i18n.fall_back_on(survey.language)
            try:
                return view(survey)
            except SurveyChanged:
                cached.pop(slug, None)
        raise SurveyChanged

    return call


def reload_survey(survey: Survey) -> Survey:
    """Return the survey from the database, for a page that says why a POST was refused.

    Raises SurveyChanged if its terms are others than those that the POST was checked against.
    """
    current = get_survey(survey.slug)
    if terms_of(current) != terms_of(survey):
        raise SurveyChanged
    return current


def init_app(app: Flask) -> None:
    """Create the cache of this process."""
    app.extensions["survey_cache"] = {}


def _load(cached: dict[str, Survey], slug: str) -> Survey:
    survey = get_survey(slug)
    db.session.expunge(survey)  # other threads will read it
    if len(cached) >= MAX_CACHED_SURVEYS:
        cached.clear()
    cached[slug] = survey
    return survey
