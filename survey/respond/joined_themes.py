"""What a result makes of one answer, as its writer is told: the themes that it is in, or that it says nothing."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, select

from survey.core.database import db
from survey.core.models import Idea, Placement, Survey
from survey.results.visible_themes import visible_themes
from survey.runs.lookups import shown_run


@dataclass(frozen=True, slots=True)
class JoinedTheme:
    """A theme that an answer is in, and the number of other people in it."""

    public_id: str
    name: str
    colour: int
    others: int


def joined_themes(survey: Survey, answer_id: int) -> list[JoinedTheme] | None:
    """Return the visible themes that an answer is in, strongest first; None while it waits to be placed."""
    rows = db.session.scalars(
        select(Placement.theme_id)
        .select_from(Idea)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .where(Idea.run_id == survey.current_run_id, Idea.answer_id == answer_id)
        .order_by(Placement.strength.desc(), Idea.starts)
    ).all()
    if not rows:
        return None
    visible = visible_themes(shown_run(survey)).by_id()
    own = [visible[theme_id] for theme_id in dict.fromkeys(rows) if theme_id in visible]
    return [JoinedTheme(theme.public_id, theme.name, theme.colour, theme.people - 1) for theme in own]


def is_silent(survey: Survey, answer_id: int) -> bool:
    """Return whether an answer was found to say nothing to the question, so that it is neither counted nor shown."""
    of_answer = exists().where(
        Idea.run_id == survey.current_run_id, Idea.answer_id == answer_id, Idea.status == "nonanswer"
    )
    return bool(db.session.scalar(select(of_answer)))
