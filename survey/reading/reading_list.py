"""Which idea an owner should read next, where the machine has it, and how much is gained so far.

The order comes from the run that is shown (`Run.reading`). What was decided about or changed since is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from survey.core.database import db
from survey.core.models import Answer, Idea, Run, Survey, Theme
from survey.edits.change_log import decided_by_hand
from survey.edits.idea_spans import IdeaSpan, Place, ShownIdea, ideas_at, shown_ideas
from survey.edits.models import BY_HAND, Edit, IdeaChange
from survey.results.quotes import Quote, quote
from survey.results.visible_themes import FoundTheme, all_themes
from survey.runs.lookups import shown_run

MAX_NUMBERED = 9
"""Themes with a key each"""
FEWEST_READ, WIDEST = 20, 0.5
"""Ideas read here before it is said how many others may be wrong, and the widest interval that says something"""


@dataclass(frozen=True, slots=True)
class NextIdea:
    """An idea to read: `theme` is where the machine has it (None: in none), `sure` the strength of that, 0-1.

    `near` is the theme nearest to an idea that is in none. `is_opposite`: it is marked as
    saying the opposite of `theme`.
    """

    span: IdeaSpan
    quote: Quote
    theme: FoundTheme | None
    sure: float
    near: FoundTheme | None
    is_opposite: bool = False


@dataclass(frozen=True, slots=True)
class Gained:
    """What was gained so far. `read`: ideas decided about by hand; `besides`: others that those decisions moved."""

    read: int
    besides: int


@dataclass(frozen=True, slots=True)
class LastDecision:
    """The last decision, which can be taken back in place: its edit, and the name of the theme the idea is in now."""

    edit_id: int
    action: str
    theme: str | None


def themes_of(survey: Survey) -> list[FoundTheme]:
    """Return the themes of the result that is shown, in the owner's order; numbers are given in this order."""
    return sorted(all_themes(shown_run(survey)), key=lambda theme: not theme.pinned)


def next_idea(
    survey: Survey,
    themes: Sequence[FoundTheme],
    *,
    wanted: IdeaSpan | None = None,
    skipped: Collection[str] = (),
    decided_too: bool = False,
) -> NextIdea | None:
    """Return the idea to read next, or the one `wanted` if it is there; None if none is left.

    Ideas that are gone, decided about or `skipped` (spans as text) are passed over; with `decided_too` the one `wanted`
    is not.
    """
    run = shown_run(survey)
    if run is None:
        return None
    if wanted is not None:
        there = shown_ideas(db.session, run.id, [wanted])
        own = there and db.session.scalar(
            select(Answer.id).where(Answer.id == there[0].answer_id, Answer.survey_id == survey.id)
        )
        if own and (decided_too or there[0][1:4] not in _decided(there)):
            return _described(run, there[0], themes)
    places = [(answer_id, starts, ends) for answer_id, starts, ends in run.reading]
    found = ideas_at(db.session, run.id, places)
    ideas = [found[place] for place in places if place in found]
    decided = _decided(ideas)
    left = [idea for idea in ideas if (idea.answer_id, idea.starts, idea.ends) not in decided]
    if skipped:
        public = dict(
            db.session.execute(
                select(Answer.id, Answer.public_id).where(Answer.id.in_([idea.answer_id for idea in left]))
            ).all()
        )
        left = [
            idea
            for idea in left
            if idea.answer_id in public and str(IdeaSpan(public[idea.answer_id], *idea[2:4])) not in skipped
        ]
    return _described(run, left[0], themes) if left else None


def gained(survey: Survey) -> Gained:
    """Return what was gained so far."""
    ideas = select(IdeaChange.answer_id, IdeaChange.starts).join(Edit, Edit.id == IdeaChange.edit_id)
    held = ideas.where(Edit.survey_id == survey.id, Edit.undone_at.is_(None)).distinct()
    read = held.where(~IdeaChange.taught, Edit.action.in_(BY_HAND)).subquery()
    besides = held.where(IdeaChange.taught).subquery()
    counts = db.session.execute(
        select(
            select(func.count()).select_from(read).scalar_subquery(),
            select(func.count()).select_from(besides).scalar_subquery(),
        )
    ).one()
    return Gained(*counts)


def wrong_among_others(run: Run | None) -> dict[str, Any] | None:
    """Return how many of the other ideas may be wrong (analysis.teaching.remaining); None if too few were read here."""
    left = run.remaining if run else None
    if left is None or left["read"] < FEWEST_READ or left["high"] - left["low"] > WIDEST:
        return None
    return left


def last_decision(survey: Survey, edit_id: int) -> LastDecision | None:
    """Return a decision about an idea that still holds; None if there is none with this id."""
    row = db.session.execute(
        select(Edit.id, Edit.action, Theme.name)
        .outerjoin(Theme, Theme.id == Edit.target_id)
        .where(Edit.id == edit_id, Edit.survey_id == survey.id, Edit.undone_at.is_(None), Edit.action.in_(BY_HAND))
    ).one_or_none()
    return None if row is None else LastDecision(*row)


def span_of(survey: Survey, edit_id: int) -> IdeaSpan | None:
    """Return the first idea that an edit of a survey was about."""
    row = db.session.execute(
        select(Answer.public_id, IdeaChange.starts, IdeaChange.ends)
        .join(IdeaChange, IdeaChange.answer_id == Answer.id)
        .where(IdeaChange.edit_id == edit_id, Answer.survey_id == survey.id, ~IdeaChange.taught)
        .order_by(IdeaChange.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else IdeaSpan(*row)


def _decided(ideas: Sequence[ShownIdea]) -> set[Place]:
    """Return which of the ideas the owner decided about."""
    rows: Any = db.session.execute(
        select(IdeaChange.answer_id, IdeaChange.starts, IdeaChange.ends).where(
            IdeaChange.answer_id.in_({idea.answer_id for idea in ideas}), decided_by_hand()
        )
    )
    return {(answer_id, starts, ends) for answer_id, starts, ends in rows}


def _described(run: Run, idea: ShownIdea, themes: Sequence[FoundTheme]) -> NextIdea:
    public_id, text, suggested = db.session.execute(
        select(Answer.public_id, Answer.text, Idea.suggested_id)
        .join(Idea, Idea.answer_id == Answer.id)
        .where(Idea.id == idea.id)
    ).one()
    by_id = {theme.id: theme for theme in themes}
    held = [(own.strength, theme_id) for theme_id, own in idea.placements.items() if theme_id in by_id]
    sure, best = max(held, key=lambda own: (own[0], -own[1]), default=(0.0, None))
    return NextIdea(
        IdeaSpan(public_id, idea.starts, idea.ends),
        quote(text, idea.starts, idea.ends),
        by_id[best] if best is not None else None,
        sure,
        by_id.get(suggested or 0) if best is None else None,
        best is not None and idea.placements[best].against,
    )
