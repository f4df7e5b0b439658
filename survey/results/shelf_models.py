"""The table of how known themes fit a survey, and what its owner said when asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.core.database import Model, UtcDateTime


class CodebookFit(Model):
    """How the packaged codebooks fit the answers of a survey, measured after a run; and what the owner decided."""

    __tablename__ = "codebook_fit"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True)
    used: Mapped[str] = mapped_column(String(60))
    """`Survey.codebook` when it was measured: for another one what is said here does not hold"""
    people: Mapped[int]
    """Answers that it was measured on: all that say something, or a sample"""
    run_people: Mapped[int]
    """Answers that said something in the run it was measured after"""
    placed: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    """How many of `people` each codebook places, by its name"""
    better: Mapped[str | None] = mapped_column(String(60))
    """The codebook that fits clearly better than the one used; "none" where that fits badly; None: leave it"""
    declined: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What the owner did not want, as "offered/used" each"""
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What a codebook replaced, so that it can be taken back: the one `adopted`, the `codebook` from before, and
    `takes_findings` and the `edit_id` of the last edit at that time"""
    adopted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
