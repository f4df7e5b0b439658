"""The run a survey shows, and the themes it has: look-ups that many pages share."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from survey.core.database import db
from survey.core.models import PALETTE_SIZE, Idea, Run, Survey, Theme, ThemeResult

FOUND_BY, LOOKED_AGAIN = "found_by", "looked_again"
"""Settings of a run that kept themes of another model: its name, and whether themes were looked for again since"""


def shown_run(survey: Survey) -> Run | None:
    """Return the run whose result is shown; None before the first has finished."""
    return db.session.get(Run, survey.current_run_id) if survey.current_run_id else None


def shown_run_id(session: Session, survey_id: int) -> int | None:
    """Return the id of the run whose result is shown, inside a transaction; None before the first has finished."""
    return session.scalar(select(Survey.current_run_id).where(Survey.id == survey_id))


def themes_by_key(session: Session, survey_id: int) -> dict[str, Theme]:
    """Return every theme a survey ever had, sub-themes too, by its key."""
    return {theme.key: theme for theme in session.scalars(select(Theme).where(Theme.survey_id == survey_id))}


def shown_names(session: Session, survey_id: int) -> dict[int, str]:
    """Return the names of the themes of the result that is shown, hidden ones too, without sub-themes, by id."""
    shown = (ThemeResult.run_id == shown_run_id(session, survey_id), ThemeResult.parent_id.is_(None))
    rows = select(Theme.id, Theme.name).join(ThemeResult, ThemeResult.theme_id == Theme.id).where(*shown)
    return dict(session.execute(rows).all())


def shown_colours(session: Session, survey_id: int) -> list[tuple[int, int]]:
    """Return the people and the colour of each theme that is shown, hidden ones too, those of the most people first."""
    shown = (ThemeResult.run_id == shown_run_id(session, survey_id), ThemeResult.parent_id.is_(None))
    rows = select(ThemeResult.people, Theme.colour).join(ThemeResult, ThemeResult.theme_id == Theme.id).where(*shown)
    ordered = rows.order_by(ThemeResult.people.desc(), ThemeResult.rank)
    return [(people, colour) for people, colour in session.execute(ordered)]


def free_colour(taken: Sequence[int], beside: Collection[int] = ()) -> int:
    """Return the colour for a new theme: of those that the fewest themes have one that nothing `beside` it has."""
    return min(range(1, PALETTE_SIZE + 1), key=lambda colour: (taken.count(colour), colour in beside, colour))


def in_run(run_id: int | None) -> ColumnElement[bool]:
    """Return the condition that an idea of answers that are named is one of a result.

    Without `+ 0`, SQLite reads all ideas of the run where several answers are named: 40 ms of 276,000, instead of .1.
    """
    return Idea.run_id + 0 == run_id
