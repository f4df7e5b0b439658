"""What edits moved besides: ideas that the machine moved because of what an edit taught, until the owner decides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Survey
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import Edit, IdeaChange
from survey.results.quotes import Quote, quote
from survey.results.visible_themes import FoundTheme
from survey.workbench.idea_list import decided_by_hand

MAX_LISTED = 200
MAX_AT_ONCE = 2000
MOVES = ("move", "also", "split", "coded")
"""Actions by which an owner moves ideas"""


@dataclass(frozen=True, slots=True)
class Taught:
    """How much edits moved besides: ideas by hand, and others because of those."""

    by_hand: int
    besides: int


@dataclass(frozen=True, slots=True)
class TaughtIdea:
    """An idea that was moved besides, and between which themes; None is no theme."""

    span: IdeaSpan
    quote: Quote
    source: FoundTheme | None
    target: FoundTheme | None
    can_return: bool
    """Whether what it came from is still there"""
    is_also: bool
    """Whether it was put in the target besides other themes, where it stays"""


def count_taught(survey: Survey, run: Run | None) -> Taught | None:
    """Count what edits moved besides and is still there; None where it is nothing."""
    of_survey = (Edit.survey_id == survey.id, Edit.undone_at.is_(None))
    changes = select(func.count()).select_from(IdeaChange).join(Edit, Edit.id == IdeaChange.edit_id).where(*of_survey)
    if run is None or not db.session.scalar(changes.where(IdeaChange.taught)):
        return None
    besides = db.session.scalar(select(func.count()).select_from(_taught(survey, run).subquery())) or 0
    by_hand = changes.where(~IdeaChange.taught, Edit.action.in_(MOVES))
    return Taught(db.session.scalar(by_hand) or 0, besides) if besides else None


def taught_ideas(survey: Survey, run: Run | None, themes: Mapping[int, FoundTheme]) -> list[TaughtIdea]:
    """Return what edits moved besides and is still there, the newest first."""
    if run is None:
        return []
    rows = db.session.execute(_taught(survey, run).order_by(IdeaChange.id.desc()).limit(MAX_LISTED))
    return [
        TaughtIdea(
            IdeaSpan(row.public_id, row.starts, row.ends),
            quote(row.text, row.starts, row.ends),
            themes.get(row.source_id or 0),
            themes.get(row.target_id or 0),
            row.source_id is None or row.source_id in themes,
            row.source_id is None and row.is_elsewhere,
        )
        for row in rows
    ]


def ways(
    survey: Survey, run: Run | None, only: Collection[IdeaSpan] = ()
) -> dict[tuple[int | None, int | None], list[IdeaSpan]]:
    """Return what was moved besides, all or `only` these, by the ids of the theme it left and of the one it is in."""
    found: dict[tuple[int | None, int | None], list[IdeaSpan]] = {}
    for row in db.session.execute(_taught(survey, run).order_by(IdeaChange.id)) if run is not None else ():
        span = IdeaSpan(row.public_id, row.starts, row.ends)
        own = found.setdefault((row.source_id, row.target_id), []) if not only or span in only else []
        if len(own) < MAX_AT_ONCE:
            own.append(span)
    return found


def _taught(survey: Survey, run: Run) -> Select[Any]:
    columns: tuple[Any, ...] = (Answer.public_id, Answer.text, Idea.starts, Idea.ends)
    elsewhere = exists().where(Placement.idea_id == Idea.id, Placement.theme_id != IdeaChange.target_id)
    found: Select[Any] = select(
        *columns,
        IdeaChange.source_id,
        IdeaChange.target_id,
        IdeaChange.id,
        elsewhere.correlate(Idea, IdeaChange).label("is_elsewhere"),
    )
    return (
        found.join(Edit, Edit.id == IdeaChange.edit_id)
        .join(Idea, (Idea.answer_id == IdeaChange.answer_id) & (Idea.starts == IdeaChange.starts))
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Edit.survey_id == survey.id, Edit.undone_at.is_(None), IdeaChange.taught)
        # `+ 0`: SQLite is to find ideas by the answer, not to read the whole run.
        .where(Idea.run_id + 0 == run.id, _still_there(), ~decided_by_hand())
    )


def _still_there() -> ColumnElement[bool]:
    placed = exists().where(Placement.idea_id == Idea.id, Placement.theme_id == IdeaChange.target_id)
    return or_(placed.correlate(Idea, IdeaChange), IdeaChange.target_id.is_(None) & (Idea.status == "unplaced"))
