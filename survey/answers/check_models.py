"""Tables of blind checks: which answers were drawn, who read them, and what they said.

What is said of an answer goes with it: rows of a deleted or rewritten answer are deleted at once.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from survey.core.database import Model, UtcDateTime, now
from survey.core.models import public_id


class Check(Model):
    """A blind check: answers drawn at random, to be read without seeing the themes that the machine placed them in."""

    __tablename__ = "blind_check"
    __table_args__ = (Index("ix_blind_check_survey_id", "survey_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    """Also the seed of the draw"""
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    themes: Mapped[list[int]] = mapped_column(JSON, default=list)
    """Ids of the themes that readers saw when it was started: what the answers are compared on"""
    size: Mapped[int]
    """Number of answers drawn"""
    drawn_from: Mapped[int]
    """Number of answers that could have been drawn: all that are shown and were read by the run"""
    waiting: Mapped[int] = mapped_column(default=0)
    """Number of shown answers that no run had read yet, which could not be drawn"""


class CheckedAnswer(Model):
    """An answer that was drawn, and the machine's themes of it at that moment."""

    __tablename__ = "checked_answer"
    __table_args__ = (UniqueConstraint("check_id", "answer_id"), Index("ix_checked_answer_answer_id", "answer_id"))

    check_id: Mapped[int] = mapped_column(ForeignKey("blind_check.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    """1 to the size of the check, in the order of reading"""
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"))
    themes: Mapped[list[int]] = mapped_column(JSON, default=list)
    """Ids of the machine's themes, of those of the check; empty if it is in none"""
    is_silent: Mapped[bool] = mapped_column(default=False)
    """Whether the machine found that it says nothing to the question"""
    settled: Mapped[str | None] = mapped_column(String(8))
    """What the owner did about a difference: "mine" or "machine"; None for nothing"""


class CheckReader(Model):
    """Somebody who reads the answers of a check. The first is who began it."""

    __tablename__ = "check_reader"
    __table_args__ = (UniqueConstraint("check_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    check_id: Mapped[int] = mapped_column(ForeignKey("blind_check.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60), default="")
    """What a further reader typed as a name; empty for the first"""
    owner_id: Mapped[int | None]
    owner_name: Mapped[str] = mapped_column(String(80), default="")
    """Whose account it was begun with, and how they were called; None where nobody knows, as in an archive"""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the result was shown, after which nothing is read any more"""

    @property
    def is_first(self) -> bool:
        """Whether it is who began the check."""
        return not self.name

    @property
    def called(self) -> str:
        """What others call the reader; empty where nobody knows."""
        return self.name or self.owner_name


class Reading(Model):
    """What a reader said of an answer."""

    __tablename__ = "check_reading"
    __table_args__ = (Index("ix_check_reading_answer_id", "answer_id"),)

    reader_id: Mapped[int] = mapped_column(ForeignKey("check_reader.id", ondelete="CASCADE"), primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True)
    themes: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    """Ids of the themes; empty for "none of these", None for "I can’t tell\""""
    note: Mapped[str] = mapped_column(Text, default="")
    read_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


def forget(session: Session, answer_id: int) -> None:
    """Take a rewritten answer out of all checks: what was said of it, and quoted in notes, is about the old text."""
    for table in (Reading, CheckedAnswer):
        session.execute(delete(table).where(table.answer_id == answer_id))
