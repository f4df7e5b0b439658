"""The owner's long lists, a stretch at a time: answers with where they were placed, and the ideas in a theme."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from survey.answers import KINDS, SOURCES
from survey.database import db
from survey.models import Answer, Idea, Placement, Run, Survey, Theme
from survey.themes import Quote, quote


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer in the owner's list."""

    text: str
    kind_label: str | None
    source_label: str
    received_at: datetime
    status: str
    themes: list[tuple[str, int]]


def answer_rows(survey: Survey, *, offset: int, limit: int) -> list[AnswerRow]:
    """A stretch of the answers, newest first, each with where it was placed."""
    answers = db.session.scalars(
        select(Answer)
        .where(Answer.survey_id == survey.id)
        .order_by(Answer.received_at.desc(), Answer.id.desc())
        .offset(offset)
        .limit(limit)
    ).all()
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
            text=answer.text,
            kind_label=KINDS[answer.kind] if answer.kind else None,
            source_label=SOURCES[answer.source or "direct"],
            received_at=answer.received_at,
            status=_status(statuses.get(answer.id)),
            themes=list(named.get(answer.id, {}).items()),
        )
        for answer in answers
    ]


def _status(found: Counter[str] | None) -> str:
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
    return [IdeaRow(number, quote(text, starts, ends, None), strength) for number, text, starts, ends, strength in rows]
