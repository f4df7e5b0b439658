"""The story of an answer, for its writer: what it went through, and which themes it was in from when to when.

Only answers with a secret link have one. What their writers and the owner do is written at once. Themes are compared
with the result that is shown after each run and each batch of new answers, so whatever moved an answer (a run, an edit,
an undo, a proposal) is in it, and a move that was taken back before the next run is not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    delete,
    except_,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from survey.core.database import Model, UtcDateTime, batches, bulk_insert_new, db, now, write_batch
from survey.core.models import Answer, Idea, Placement, Survey
from survey.runs.lookups import in_run

THEME, CHANGED = "theme", "changed"
MAX_PAST = 30
"""Entries of one answer about what is over; older ones are deleted"""
BATCH_ROWS = 500
_OPEN = text("what = 'theme' AND ended_at IS NULL")


class StoryEntry(Model):
    """Something that an answer went through, or a theme that it was in. Deleted with its answer."""

    __tablename__ = "story_entry"
    __table_args__ = (
        Index("ix_story_entry_answer_id", "answer_id"),
        Index("uq_story_entry_open", "answer_id", "theme_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"))
    what: Mapped[str] = mapped_column(String(8))
    """theme; changed (by its writer); shown, held or hidden (what became of it)"""
    theme_id: Mapped[int | None]
    """(No foreign key: themes go only with their survey, and it would need an index.)"""
    began_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None for a theme that it was in before this was recorded"""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it left the theme"""


def record(session: Session, answer_ids: Collection[int], what: str) -> None:
    """Write that answers were changed, shown, held or hidden now, inside the transaction that does it."""
    moment = now()
    for batch in batches(sorted(answer_ids), BATCH_ROWS):
        own = select(Answer.id, literal(what), literal(moment, UtcDateTime)).where(
            Answer.id.in_(batch), Answer.secret_hash.is_not(None)
        )
        session.execute(insert(StoryEntry).from_select(["answer_id", "what", "began_at"], own))
        _delete_oldest(session, batch)


def record_themes(survey_id: int, answer_ids: Sequence[int] | None = None) -> int:
    """Write which themes answers joined and left since this was last done; return how many lines were written.

    Compares all answers of a survey, or these. Safe to interrupt and to repeat, and at the same time as another.
    """
    run_id = db.session.scalar(select(Survey.current_run_id).where(Survey.id == survey_id))
    if run_id is None:
        return 0
    placed, told = _placed(run_id, answer_ids), _told(survey_id, answer_ids)
    left, joined = _pairs(except_(told, placed)), _pairs(except_(placed, told))
    moment = now()
    for batch in batches(sorted(left), BATCH_ROWS):
        with write_batch(shown=False) as session:
            _end(session, batch, moment)
    for batch in batches(sorted(joined), BATCH_ROWS):
        with write_batch(shown=False) as session:
            _begin(session, batch, moment)
    return len(left) + len(joined)


def entries_of(answer: Answer) -> Sequence[StoryEntry]:
    """Return what was written of an answer, oldest first."""
    own = select(StoryEntry).where(StoryEntry.answer_id == answer.id)
    return db.session.scalars(own.order_by(StoryEntry.began_at.is_not(None), StoryEntry.began_at, StoryEntry.id)).all()


def _pairs(rows: CompoundSelect[Any]) -> list[tuple[int, int]]:
    return [(answer_id, theme_id) for answer_id, theme_id in db.session.execute(rows).all()]


def _placed(run_id: int, answer_ids: Sequence[int] | None) -> Select[int, int]:
    """Select the answers with a link and the themes that a result has them in."""
    rows = (
        select(Idea.answer_id, Placement.theme_id)
        .join(Placement, Placement.idea_id == Idea.id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Answer.secret_hash.is_not(None))
    )
    if answer_ids is None:
        return rows.where(Idea.run_id == run_id)
    return rows.where(in_run(run_id), Idea.answer_id.in_(answer_ids))


def _told(survey_id: int, answer_ids: Sequence[int] | None) -> Select[int, int | None]:
    """Select the answers of a survey and the themes that their stories say they are in."""
    rows = select(StoryEntry.answer_id, StoryEntry.theme_id).where(
        StoryEntry.what == THEME, StoryEntry.ended_at.is_(None)
    )
    if answer_ids is not None:
        return rows.where(StoryEntry.answer_id.in_(answer_ids))
    return rows.join(Answer, Answer.id == StoryEntry.answer_id).where(Answer.survey_id == survey_id)


def _end(session: Session, rows: Sequence[tuple[int, int]], moment: datetime) -> None:
    by_theme: dict[int, list[int]] = {}
    for answer_id, theme_id in rows:
        by_theme.setdefault(theme_id, []).append(answer_id)
    for theme_id, answer_ids in by_theme.items():
        still = (StoryEntry.what == THEME, StoryEntry.ended_at.is_(None), StoryEntry.theme_id == theme_id)
        ended = update(StoryEntry).where(*still, StoryEntry.answer_id.in_(answer_ids)).values(ended_at=moment)
        session.execute(ended.execution_options(synchronize_session=False))
    _delete_oldest(session, [answer_id for answer_id, _ in rows])


def _begin(session: Session, rows: Sequence[tuple[int, int]], moment: datetime) -> None:
    wanted = {answer_id for answer_id, _ in rows}
    own = select(Answer.id).where(Answer.id.in_(wanted)).order_by(Answer.id)
    there = set(session.scalars(own.with_for_update(read=True, key_share=True)))  # not deleted until the commit
    bulk_insert_new(
        session,
        StoryEntry,
        [
            {"answer_id": answer_id, "what": THEME, "theme_id": theme_id, "began_at": moment}
            for answer_id, theme_id in rows
            if answer_id in there
        ],
        conflict_columns=["answer_id", "theme_id"],
        where="what = 'theme' AND ended_at IS NULL",
    )


def _delete_oldest(session: Session, answer_ids: Sequence[int]) -> None:
    """Delete all but the last MAX_PAST entries about what is over, of each of these answers."""
    newest_first = func.row_number().over(partition_by=StoryEntry.answer_id, order_by=StoryEntry.id.desc())
    is_over = or_(StoryEntry.what != THEME, StoryEntry.ended_at.is_not(None))
    past = select(StoryEntry.id, newest_first.label("place")).where(StoryEntry.answer_id.in_(answer_ids), is_over)
    ranked = past.subquery()
    old = select(ranked.c.id).where(ranked.c.place > MAX_PAST)
    session.execute(delete(StoryEntry).where(StoryEntry.id.in_(old)).execution_options(synchronize_session=False))
