"""Answers as their owner reads them in the list, each with the themes it is placed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from analysis.languages import language_name
from survey.answers.lifecycle import SOURCES
from survey.core import respondent_kinds
from survey.core.database import db
from survey.core.i18n import N_, gettext, language
from survey.core.models import Answer, Idea, Placement, Survey, Theme
from survey.core.personal_data import mask_personal_data
from survey.runs.lookups import in_run
from survey.sharing.traffic_sources import UNTAGGED

HOLD_REASONS = {
    "review": N_("You read every answer first"),
    "link": N_("It has a link in it"),
    "unreadable": N_("The analysis could not read it"),
    "burst": N_("Nearly the same text came several times within an hour"),
    "flood": N_("Very many came from one network within a few minutes"),
    "robot": N_("It was filled in as machines do"),
    "quick": N_("It came sooner than somebody could have read the question"),
    "import": N_("It was held back in the file it came from"),
    "noscript": N_("It came from a browser without scripts, or from a program"),
}
"""What the owner reads of an answer that was held for one of survey.answers.moderation.REASONS"""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer in the owner's list."""

    public_id: str
    text: str
    kind_label: str | None
    source_label: str
    """"" for the owner's own, which came from nowhere"""
    language: str
    """What its language is called; "" where that is not known"""
    received_at: datetime
    placing: str
    """placed, unplaced, nonanswer or waiting"""
    status: str
    reason: str | None
    has_personal_data: bool
    themes: list[tuple[str, int]]
    is_askers: bool = False


def answer_rows(survey: Survey, answers: Sequence[Answer]) -> list[AnswerRow]:
    """Return answers as rows of the list, each with its themes, in the same order."""
    known = respondent_kinds.by_key(survey)
    ids = [answer.id for answer in answers]
    found = db.session.execute(
        select(Idea.answer_id, Idea.status, Theme.name, Theme.colour)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .outerjoin(Theme, Theme.id == Placement.theme_id)
        .where(in_run(survey.current_run_id), Idea.answer_id.in_(ids))
        .order_by(Idea.starts, Theme.id)
    )
    statuses: dict[int, Counter[str]] = {}
    named: dict[int, dict[str, int]] = {}
    for answer_id, status, name, colour in found:
        statuses.setdefault(answer_id, Counter())[status] += 1
        if name is not None:
            named.setdefault(answer_id, {})[name] = colour
    return [
        AnswerRow(
            public_id=answer.public_id,
            text=answer.text,
            kind_label=known[answer.kind].label if answer.kind in known else None,
            source_label="" if answer.is_askers else gettext(SOURCES[answer.source or UNTAGGED]),
            language=language_name(answer.language, language()) if answer.language else "",
            received_at=answer.received_at,
            placing=_placing(statuses.get(answer.id)),
            status=answer.status,
            reason=answer.reason,
            has_personal_data=mask_personal_data(answer.text) != answer.text,
            themes=list(named.get(answer.id, {}).items()),
            is_askers=answer.is_askers,
        )
        for answer in answers
    ]


def _placing(found: Counter[str] | None) -> str:
    if not found:
        return "waiting"
    return next(status for status in ("placed", "unplaced", "nonanswer") if found[status])
