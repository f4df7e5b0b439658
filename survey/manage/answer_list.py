"""The owner's long lists, a stretch at a time: answers with where they were placed, and the ideas in a theme."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from survey.answers.lifecycle import SOURCES
from survey.answers.moderation import STATUSES
from survey.core import respondent_kinds
from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme
from survey.core.personal_data import masked
from survey.results.quotes import Quote, quote


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer in the owner's list."""

    public_id: str
    text: str
    kind_label: str | None
    source_label: str
    received_at: datetime
    placing: str
    """placed, unplaced, nonanswer or waiting"""
    status: str
    reason: str | None
    has_personal_data: bool
    themes: list[tuple[str, int]]
    is_askers: bool = False


def status_counts(survey: Survey) -> dict[str, int]:
    """How many answers are shown, held and hidden."""
    rows = db.session.execute(
        select(Answer.status, func.count()).where(Answer.survey_id == survey.id).group_by(Answer.status)
    )
    return dict.fromkeys(STATUSES, 0) | dict(rows.all())


def answer_rows(survey: Survey, *, state: str = "", offset: int, limit: int) -> list[AnswerRow]:
    """A stretch of the answers, newest first, each with where it was placed; those of one status where it is given.

    Those of a burst that are held stand together as the burst (survey/answers/bursts.py), and not here.
    """
    answers = db.session.scalars(
        select(Answer)
        .where(Answer.survey_id == survey.id, *([Answer.status == state] if state else []))
        .where(*([Answer.burst.is_(None)] if state == "held" else []))
        .order_by(Answer.received_at.desc(), Answer.id.desc())
        .offset(offset)
        .limit(limit)
    ).all()
    known = respondent_kinds.known(survey)
    ids = [answer.id for answer in answers]
    found = db.session.execute(
        select(Idea.answer_id, Idea.status, Theme.name, Theme.colour)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .outerjoin(Theme, Theme.id == Placement.theme_id)
        .where(Idea.run_id == survey.current_run_id, Idea.answer_id.in_(ids))
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
            source_label=SOURCES[answer.source or "direct"],
            received_at=answer.received_at,
            placing=_placing(statuses.get(answer.id)),
            status=answer.status,
            reason=answer.reason,
            has_personal_data=masked(answer.text) != answer.text,
            themes=list(named.get(answer.id, {}).items()),
            is_askers=answer.is_askers,
        )
        for answer in answers
    ]


def _placing(found: Counter[str] | None) -> str:
    if not found:
        return "waiting"
    return next(status for status in ("placed", "unplaced", "nonanswer") if found[status])


@dataclass(frozen=True, slots=True)
class IdeaRow:
    """An idea in a theme, with its answer around it."""

    id: int
    quote: Quote
    strength: float


def count_ideas(run: Run | None, theme: Theme) -> int:
    """How many ideas a run put in a theme."""
    if run is None:
        return 0
    ideas = select(func.count()).select_from(Placement).join(Idea, Idea.id == Placement.idea_id)
    return db.session.scalar(ideas.where(Idea.run_id == run.id, Placement.theme_id == theme.id)) or 0


def idea_rows(run: Run | None, theme: Theme, *, offset: int, limit: int) -> list[IdeaRow]:
    """A stretch of the ideas in a theme, surest first."""
    if run is None:
        return []
    rows = db.session.execute(
        select(Idea.id, Answer.text, Idea.starts, Idea.ends, Placement.strength)
        .join(Answer, Answer.id == Idea.answer_id)
        .join(Placement, Placement.idea_id == Idea.id)
        .where(Idea.run_id == run.id, Placement.theme_id == theme.id)
        .order_by(Placement.strength.desc(), Idea.id)
        .offset(offset)
        .limit(limit)
    )
    return [IdeaRow(number, quote(text, starts, ends), strength) for number, text, starts, ends, strength in rows]


@dataclass(frozen=True, slots=True)
class UnplacedRow:
    """An idea on no theme, with its answer around it, and the theme it is nearest to."""

    id: int
    quote: Quote
    theme_id: str | None
    theme: str | None
    colour: int


def count_unplaced(run: Run | None) -> int:
    """How many ideas a run put in no theme."""
    if run is None:
        return 0
    return db.session.scalar(select(func.count()).where(Idea.run_id == run.id, Idea.status == "unplaced")) or 0


def unplaced_rows(run: Run | None, *, offset: int, limit: int) -> list[UnplacedRow]:
    """A stretch of the ideas on no theme, those first that are nearest to one."""
    if run is None:
        return []
    rows = db.session.execute(
        select(Idea.id, Answer.text, Idea.starts, Idea.ends, Theme.public_id, Theme.name, Theme.colour)
        .join(Answer, Answer.id == Idea.answer_id)
        .outerjoin(Theme, Theme.id == Idea.suggested_id)
        .where(Idea.run_id == run.id, Idea.status == "unplaced")
        .order_by(func.coalesce(Idea.nearness, -1).desc(), Idea.id)
        .offset(offset)
        .limit(limit)
    )
    return [
        UnplacedRow(number, quote(text, starts, ends), public_id, name, colour or 0)
        for number, text, starts, ends, public_id, name, colour in rows
    ]
