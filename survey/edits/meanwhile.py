"""What somebody decided since a page was made, which is known by the version of the log that the page carries."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from survey.core.database import batches
from survey.edits.idea_spans import MAX_DIGITS, Place, ShownIdea
from survey.edits.models import BY_HAND, MARKS, Edit, IdeaChange
from survey.web import access

BATCH_IDEAS = 500
Decision = tuple[int | None, bool | None]
"""The theme that an idea was decided to be in (None: in none), and whether it was said to say the opposite of it"""


def parse_version(text: str) -> int | None:
    """Return the version of the log of a form field; None if it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None


def decision(action: str, target_id: int | None) -> Decision:
    """Return what an edit with this action decides about an idea that it leaves in a theme."""
    return target_id, MARKS.get(action)


def decided_by_others(
    session: Session, survey_id: int, version: int, ideas: Sequence[ShownIdea]
) -> dict[Place, tuple[int, Decision]]:
    """Return the ideas somebody else decided about after a version of the log: the last edit, and what it said."""
    newer = (Edit.survey_id == survey_id, Edit.version > version, Edit.undone_at.is_(None), Edit.action.in_(BY_HAND))
    another = Edit.owner_id.is_distinct_from(access.actor().owner_id)
    actions = dict(session.execute(select(Edit.id, Edit.action).where(*newer, another)).all())
    found: dict[Place, tuple[int, Decision]] = {}
    for batch in batches((idea.answer_id for idea in ideas if actions), BATCH_IDEAS):
        changes = select(IdeaChange).where(
            IdeaChange.edit_id.in_(actions), IdeaChange.answer_id.in_(batch), ~IdeaChange.taught
        )
        for change in session.scalars(changes.order_by(IdeaChange.id)):
            decided = decision(actions[change.edit_id], change.target_id)
            found[change.answer_id, change.starts, change.ends] = change.edit_id, decided
    return found


def was_edited(session: Session, theme_id: int, action: str, version: int) -> bool:
    """Return whether such an edit of a theme was made, taken back or made again after a version of the log."""
    newer = exists().where(Edit.theme_id == theme_id, Edit.action == action, Edit.version > version)
    return session.scalar(select(newer)) or False
