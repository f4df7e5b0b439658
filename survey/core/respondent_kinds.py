"""Respondent kinds (friend, partner …): the site's six, or a survey's own.

A respondent may choose one with an answer. Only this module knows which kinds a survey offers, and their labels.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.text.normalise import seen_line
from survey.core.database import db
from survey.core.i18n import N_, gettext, language
from survey.core.models import Answer, Survey

ANY = "any"
"""Key of the kind that stands for all others; it is no group in comparisons"""
MAX_KINDS = 8
MAX_KEPT = 200
"""Kinds of a survey that are kept, those among them that are offered no longer"""
MAX_LABEL_CHARACTERS = 40
SITE_QUESTION = N_("What kind of relationship do you have in mind?")
OWN_QUESTION = N_("Which of these fits you best?")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind that an answer may have: its key in the database, its label on pages and its label in exported files."""

    key: str
    label: str
    export_label: str


SITE = (
    ("partner", N_("Partner")),
    ("family", N_("Family")),
    ("friend", N_("Friend")),
    ("colleague", N_("Colleague")),
    ("customer", N_("Customer")),
    (ANY, N_("Any kind")),
)
"""Key and English label of the site's kinds"""


def has_own_kind(survey: Survey) -> bool:
    """Return whether a survey offers its own kinds instead of the site's."""
    return any(kind["asked"] for kind in survey.own_kinds)


def offered(survey: Survey) -> list[Kind]:
    """Return the kinds a survey offers, in their order."""
    own = [_own_kind(kind) for kind in survey.own_kinds if kind["asked"]]
    return own or list(_site_kinds(language()))


def kept(survey: Survey, stored: str | None, sent: str | None) -> str | None:
    """Return the kind of a changed answer: the one stored where none is sent and the survey does not ask any more."""
    return stored if sent is None and not survey.kinds_asked else sent


def question(survey: Survey) -> str:
    """Return the question above the kinds."""
    own = survey.words.get("kind_question")
    return own or gettext(OWN_QUESTION if has_own_kind(survey) else SITE_QUESTION)


def by_key(survey: Survey) -> dict[str, Kind]:
    """Return every kind that an answer of this survey may have, by key, including those no longer offered."""
    return {kind.key: kind for kind in (*_site_kinds(language()), *map(_own_kind, survey.own_kinds))}


def offered_or_had(survey: Survey) -> list[Kind]:
    """Return the kinds that a survey asks for, in their order, then those that answers have besides."""
    asked = offered(survey) if survey.kinds_asked else []
    keys = [kind.key for kind in asked]
    others = select(Answer.kind).where(Answer.survey_id == survey.id, Answer.kind.not_in(keys)).distinct()
    had = {*db.session.scalars(others)}
    return asked + [kind for kind in by_key(survey).values() if kind.key in had]


def find(survey: Survey, text: str) -> Kind | None:
    """Return the kind with this key or label (case-insensitive), or None; kinds that are offered come first."""
    wanted = text.casefold()
    found = [*offered(survey), *by_key(survey).values()]
    return next((kind for kind in found if wanted in (kind.key, kind.label.casefold())), None)


def own_labels(survey: Survey) -> list[str]:
    """Return the labels of the survey's own kinds that are offered."""
    return [kind["label"] for kind in survey.own_kinds if kind["asked"]]


def list_problem(labels: Sequence[str], *, asked: bool, may_ask_relationship: bool) -> str | None:
    """Return what is wrong with a list that somebody typed, whose kinds are `asked` for; None if nothing is.

    Without a list people are asked what relationship they have in mind, which not every question is about.
    """
    if asked and not labels and not may_ask_relationship:
        return gettext("Write the list first, one kind a line, or do not let people choose from one.")
    return label_problem(labels)


def label_problem(labels: Sequence[str]) -> str | None:
    """Return an error message if these labels cannot be a survey's kinds, else None."""
    if len(labels) > MAX_KINDS:
        return gettext("These are %(n)s kinds, and %(most)s fit. Take some out.", n=len(labels), most=MAX_KINDS)
    long = next((line for line in labels if len(line) > MAX_LABEL_CHARACTERS), None)
    if long is not None:
        start = long[:MAX_LABEL_CHARACTERS]
        return gettext(
            "Keep each kind to %(most)s characters: “%(start)s…” is longer.", most=MAX_LABEL_CHARACTERS, start=start
        )
    folded = [line.casefold() for line in labels]
    twice = next((line for line in labels if folded.count(line.casefold()) > 1), None)
    return gettext("“%(kind)s” is there twice. Take one out.", kind=twice) if twice else None


def split_lines(text: str | None) -> list[str]:
    """Return the lines of a text without those that show nothing, with whitespace collapsed."""
    return [tidied for line in (text or "").splitlines() if (tidied := seen_line(line))]


def update_survey(session: Session, survey: Survey, labels: Sequence[str]) -> None:
    """Give a survey the kinds that its owner entered, as `update_own_kinds` does.

    Of those that are missing now and that no answer has, the newest stay, up to MAX_KEPT: some form may be open.
    """
    kinds = update_own_kinds(survey.own_kinds, labels)
    if len(kinds) > MAX_KEPT:
        of_answers = select(Answer.kind).where(Answer.survey_id == survey.id, Answer.kind.is_not(None)).distinct()
        used = set(session.scalars(of_answers))
        needed = [kind["asked"] or kind["key"] in used for kind in kinds]
        fit = MAX_KEPT - sum(needed)
        others = [place for place, is_needed in enumerate(needed) if not is_needed][: max(0, fit)]
        kinds = [kind for place, kind in enumerate(kinds) if needed[place] or place in others]
    survey.own_kinds = kinds


def update_own_kinds(own_kinds: Sequence[dict[str, Any]], labels: Sequence[str]) -> list[dict[str, Any]]:
    """Return the value of `Survey.own_kinds` after its owner entered these labels.

    A label that was there before keeps its key. One that is missing now is kept, no longer offered ("asked" is False):
    answers may have it.
    """
    before = {kind["label"].casefold(): kind["key"] for kind in own_kinds}
    offered_now = [
        {"key": before.pop(label.casefold(), None) or f"own-{secrets.token_hex(4)}", "label": label, "asked": True}
        for label in labels
    ]
    removed = [{**kind, "asked": False} for kind in own_kinds if kind["label"].casefold() in before]
    return [*offered_now, *removed]


@cache
def _site_kinds(language_code: str) -> tuple[Kind, ...]:
    """Return the site's kinds with labels in a language, which must be that of the current page."""
    return tuple(Kind(key, gettext(label), key) for key, label in SITE)


def _own_kind(kind: dict[str, Any]) -> Kind:
    return Kind(kind["key"], kind["label"], kind["label"])
