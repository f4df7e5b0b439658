"""The tables of codings: what people coded already in another program, for the answers that are here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from survey.core.database import Model, UtcDateTime, now


class Coding(Model):
    """A file that people coded, as far as it is about answers of the survey."""

    __tablename__ = "coding"
    __table_args__ = (Index("ix_coding_survey_id", "survey_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    """The key of the upload it was made of, so that the same form sent twice makes one"""
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    """The name of the file"""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    codes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Its codes in order, each with name, description, and the theme it stands for: survey.coded_files.codings.Code"""
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    """Rows of the file by what became of them"""
    edit_id: Mapped[int | None]
    """The edit that placed its answers by hand last. (No foreign key: edits are never deleted alone.)"""


class CodedAnswer(Model):
    """An answer of a coding and what it was given; it may be nothing."""

    __tablename__ = "coded_answer"
    __table_args__ = (Index("ix_coded_answer_answer_id", "answer_id"),)

    coding_id: Mapped[int] = mapped_column(ForeignKey("coding.id", ondelete="CASCADE"), primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True)
    marks: Mapped[list[list[int | None]]] = mapped_column(JSON, default=list)
    """Each the place of a code in the coding, and a character range of the answer; None and None: all of it"""


def forget(session: Session, answer_id: int) -> None:
    """Take a rewritten answer out of all codings: what was coded was the old text."""
    session.execute(delete(CodedAnswer).where(CodedAnswer.answer_id == answer_id))
