"""The ideas in a theme and the unplaced ideas, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Theme
from survey.edits.idea_spans import IdeaSpan
from survey.results.quotes import Quote, quote


@dataclass(frozen=True, slots=True)
class IdeaRow:
    """An idea in a theme, quoted within its answer; `strength` is 0-1."""

    span: IdeaSpan
    quote: Quote
    strength: float


def count_ideas(run: Run | None, theme: Theme) -> int:
    """Count the ideas that a run placed in a theme."""
    if run is None:
        return 0
    ideas = select(func.count()).select_from(Placement).join(Idea, Idea.id == Placement.idea_id)
    return db.session.scalar(ideas.where(Idea.run_id == run.id, Placement.theme_id == theme.id)) or 0


def idea_rows(run: Run | None, theme: Theme, *, offset: int, limit: int) -> list[IdeaRow]:
    """Return a page of the ideas in a theme, strongest placement first."""
    if run is None:
        return []
    rows = db.session.execute(
        select(Answer.public_id, Answer.text, Idea.starts, Idea.ends, Placement.strength)
        .join(Answer, Answer.id == Idea.answer_id)
        .join(Placement, Placement.idea_id == Idea.id)
        .where(Idea.run_id == run.id, Placement.theme_id == theme.id)
        .order_by(Placement.strength.desc(), Idea.id)
        .offset(offset)
        .limit(limit)
    )
    return [
        IdeaRow(IdeaSpan(answer, starts, ends), quote(text, starts, ends), strength)
        for answer, text, starts, ends, strength in rows
    ]


@dataclass(frozen=True, slots=True)
class UnplacedRow:
    """An unplaced idea, quoted within its answer, and the theme nearest to it."""

    span: IdeaSpan
    quote: Quote
    theme_id: str | None
    theme: str | None
    colour: int


def count_unplaced(run: Run | None) -> int:
    """Count the ideas that a run placed in no theme."""
    if run is None:
        return 0
    return db.session.scalar(select(func.count()).where(Idea.run_id == run.id, Idea.status == "unplaced")) or 0


def unplaced_rows(run: Run | None, *, offset: int, limit: int) -> list[UnplacedRow]:
    """Return a page of the unplaced ideas, those nearest to a theme first."""
    if run is None:
        return []
    rows = db.session.execute(
        select(Answer.public_id, Answer.text, Idea.starts, Idea.ends, Theme.public_id, Theme.name, Theme.colour)
        .join(Answer, Answer.id == Idea.answer_id)
        .outerjoin(Theme, Theme.id == Idea.suggested_id)
        .where(Idea.run_id == run.id, Idea.status == "unplaced")
        .order_by(func.coalesce(Idea.nearness, -1).desc(), Idea.id)
        .offset(offset)
        .limit(limit)
    )
    return [
        UnplacedRow(IdeaSpan(answer, starts, ends), quote(text, starts, ends), public_id, name, colour or 0)
        for answer, text, starts, ends, public_id, name, colour in rows
    ]
