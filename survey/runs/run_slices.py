"""The slices of a run of a large survey: ranges of answers that are placed one by one, each with what it counted.

What removes an answer from a slice that is done has it counted again, so that the sums are right whenever the run
finishes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, ForeignKey, delete, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from survey.core.database import Model, batches, db, write_transaction
from survey.core.models import Answer, BigId, Run

SLICE_ANSWERS = 2000
"""Answers that are placed in one transaction: its lock is held for a tenth of a second"""
BATCH_SLICES = 1000


class RunSlice(Model):
    """A range of the answers of a large survey in one run."""

    __tablename__ = "run_slice"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    first_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    """The range of answer ids, both ends included"""
    last_id: Mapped[int] = mapped_column(BigId)
    done: Mapped[bool] = mapped_column(default=False)
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """`Totals` as a dict"""


class Incomplete(Exception):
    """Answers were removed from slices that were done: these have to be counted again."""


@dataclass(slots=True)
class Totals:
    """What a run counted in some of its answers. `people` and `mentions` are by theme id, sub-themes too; `by_day` is
    by the theme's id, "" for everybody, and day (UTC).
    """

    answers: int = 0
    ideas: int = 0
    nonanswers: int = 0
    placed: int = 0
    people: Counter[str] = field(default_factory=Counter)
    mentions: Counter[str] = field(default_factory=Counter)
    by_day: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, counts: Mapping[str, Any]) -> None:
        """Add what a slice counted."""
        self.answers += counts["answers"]
        self.ideas += counts["ideas"]
        self.nonanswers += counts["nonanswers"]
        self.placed += counts["placed"]
        self.people.update(counts["people"])
        self.mentions.update(counts["mentions"])
        for theme, days in counts["by_day"].items():
            self.by_day.setdefault(theme, Counter()).update(days)

    def of_run(self) -> dict[str, int]:
        """Return the columns of the run."""
        return {"answers": self.answers, "ideas": self.ideas, "nonanswers": self.nonanswers, "placed": self.placed}


def plan(run_id: int, survey_id: int) -> int:
    """Cut the answers of a survey into slices of a run, in place of any there are; return how many.

    Answers that come later are placed as new answers once the run has finished.
    """
    with write_transaction(shown=False) as session:
        session.execute(delete(RunSlice).where(RunSlice.run_id == run_id))
    ids = db.session.scalars(
        select(Answer.id)
        .where(Answer.survey_id == survey_id)
        .order_by(Answer.id)
        .execution_options(yield_per=SLICE_ANSWERS)
    )
    ranges = [(batch[0], batch[-1]) for batch in batches(ids, SLICE_ANSWERS)]
    with write_transaction(shown=False) as session:
        for part in batches(ranges, BATCH_SLICES):
            rows = [{"run_id": run_id, "first_id": first, "last_id": last, "done": False} for first, last in part]
            session.execute(insert(RunSlice), rows)
    return len(ranges)


def undone(run_id: int) -> list[tuple[int, int]]:
    """Return the ranges of answer ids that are still to do."""
    rows = select(RunSlice.first_id, RunSlice.last_id).where(RunSlice.run_id == run_id, ~RunSlice.done)
    return [(first, last) for first, last in db.session.execute(rows.order_by(RunSlice.first_id))]


def finish_slice(session: Session, run_id: int, first_id: int, counts: Mapping[str, Any]) -> None:
    """Store what a slice counted, inside the transaction that wrote its ideas."""
    own = (RunSlice.run_id == run_id, RunSlice.first_id == first_id)
    session.execute(update(RunSlice).where(*own).values(done=True, counts=dict(counts)))


def count_again(session: Session, survey_id: int, answer_ids: Sequence[int]) -> None:
    """Have the slices of a run in progress counted again that answers were removed from, inside that transaction."""
    running = select(Run.id).where(Run.survey_id == survey_id, Run.state == "running").scalar_subquery()
    if session.scalar(select(RunSlice.run_id).where(RunSlice.run_id == running).limit(1)) is None:
        return
    for batch in batches(answer_ids, 200):
        within = or_(*((RunSlice.first_id <= number) & (RunSlice.last_id >= number) for number in batch))
        session.execute(update(RunSlice).where(RunSlice.run_id == running, RunSlice.done, within).values(done=False))


def check_complete(session: Session, run_id: int) -> None:
    """Check that all slices of a run are done, inside a transaction. Raises Incomplete."""
    if session.scalar(select(RunSlice.run_id).where(RunSlice.run_id == run_id, ~RunSlice.done).limit(1)) is not None:
        raise Incomplete


def delete_slices(run_id: int) -> None:
    """Delete the slices of a run that is shown: its counts are kept current from now on."""
    with write_transaction(shown=False) as session:
        session.execute(delete(RunSlice).where(RunSlice.run_id == run_id))


def totals(session: Session, run_id: int) -> Totals:
    """Return the sums over all slices of a run."""
    found = Totals()
    for counts in _counts(session, run_id):
        found.add(counts)
    return found


def _counts(session: Session, run_id: int) -> Iterator[dict[str, Any]]:
    own = select(RunSlice.counts).where(RunSlice.run_id == run_id, RunSlice.done)
    for counts in session.scalars(own.execution_options(yield_per=BATCH_SLICES)):
        if counts is not None:
            yield counts
