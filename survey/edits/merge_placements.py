"""Put all ideas of a theme into another, and record each, by a few statements however many they are."""

from __future__ import annotations

from sqlalchemy import and_, case, delete, exists, func, insert, literal, select, update
from sqlalchemy.orm import Session, aliased

from survey.core.models import Answer, Idea, Placement, ThemeResult
from survey.edits.idea_spans import ShownIdea
from survey.edits.models import Edit, IdeaChange
from survey.results import daily_counts
from survey.results.time_buckets import utc_day
from survey.runs.lookups import in_run

_there = aliased(Placement)
RECORDED = (
    "edit_id",
    "answer_id",
    "starts",
    "ends",
    "source_id",
    "target_id",
    "strength",
    "quote",
    "part_id",
    "against",
    "new_strength",
    "taught",
)


def ideas_in_both(session: Session, run_id: int, theme_id: int, target_id: int) -> list[ShownIdea]:
    """Return the ideas that a result has in two themes, without their placements."""
    both = and_(_there.idea_id == Placement.idea_id, _there.theme_id == target_id)
    rows = session.execute(
        select(Idea.id, Idea.answer_id, Idea.starts, Idea.ends)
        .join(Placement, Placement.idea_id == Idea.id)
        .join(_there, both)
        .where(Placement.theme_id == theme_id, in_run(run_id))
        .order_by(Idea.id)
    )
    return [ShownIdea(*row, {}) for row in rows]


def merge_placements(session: Session, edit: Edit, run_id: int, theme_id: int, target_id: int) -> None:
    """Move the ideas of a theme in a result, record each for the edit, and count them.

    As `change_log.apply` with a Move for each, which takes 40 to 50 µs an idea; this takes 7 to 15.
    """
    is_there = exists().where(_there.idea_id == Placement.idea_id, _there.theme_id == target_id)
    here = (Placement.theme_id == theme_id, in_run(run_id))
    change = select(
        literal(edit.id),
        Idea.answer_id,
        Idea.starts,
        Idea.ends,
        literal(theme_id),
        literal(target_id),
        Placement.strength,
        Placement.quote,
        Placement.part_id,
        Placement.against,
        case((is_there, None), else_=Placement.strength),
        literal(False),
    )
    changes = change.join_from(Placement, Idea, Idea.id == Placement.idea_id).where(*here).order_by(Idea.id)
    session.execute(insert(IdeaChange).from_select(RECORDED, changes))
    mentions, days = _new_there(session, run_id, theme_id, target_id)
    own = (Placement.theme_id == theme_id, exists().where(Idea.id == Placement.idea_id, in_run(run_id)))
    unread = {"synchronize_session": False}
    # A mark goes along; whether it is a quote, and its part, were those of the theme that goes.
    into = update(Placement).where(*own, ~is_there).values(theme_id=target_id, quote=None, part_id=None)
    session.execute(into, execution_options=unread)
    session.execute(delete(Placement).where(*own), execution_options=unread)
    session.execute(
        update(ThemeResult)
        .where(ThemeResult.run_id == run_id, ThemeResult.theme_id == target_id)
        .values(people=ThemeResult.people + sum(days.values()), mentions=ThemeResult.mentions + mentions)
    )
    daily_counts.add_to_themes(session, run_id, {target_id: days})
    empty = (ThemeResult.theme_id == theme_id) | (ThemeResult.parent_id == theme_id)
    session.execute(delete(ThemeResult).where(ThemeResult.run_id == run_id, empty))


def _new_there(session: Session, run_id: int, theme_id: int, target_id: int) -> tuple[int, dict[str, int]]:
    """Return how many ideas of a theme are not in another, and how many people by day are not."""
    other, day = aliased(Idea), utc_day()
    idea_there = exists().where(_there.idea_id == Placement.idea_id, _there.theme_id == target_id)
    answer_there = exists().where(
        other.answer_id == Idea.answer_id,
        other.run_id + 0 == run_id,
        _there.idea_id == other.id,
        _there.theme_id + 0 == target_id,  # + 0: SQLite would read the whole theme for each idea
    )
    here = (Placement.theme_id == theme_id, in_run(run_id))
    ideas = select(func.count()).join_from(Placement, Idea, Idea.id == Placement.idea_id).where(*here, ~idea_there)
    people = (
        select(day, func.count(Idea.answer_id.distinct()))
        .join_from(Placement, Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(*here, ~answer_there)
        .group_by(day)
    )
    return session.scalar(ideas) or 0, {str(when): count for when, count in session.execute(people)}
