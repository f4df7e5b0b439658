"""Tables of what was found out beside a result: what may be wrong with its themes, and which known themes fit.

A finding refers to answers by their ids and spans; it is shown only where the result that is shown still has them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.core.database import Model, UtcDateTime, now


class Examination(Model):
    """What the theme doctor found in the result of a run. Kept for the result that is shown only."""

    __tablename__ = "examination"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    edit_version: Mapped[int]
    """`Survey.edit_version` when the run read its inputs: a newer edit settles the findings about its themes"""
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """analysis.results.Finding as a dict, each idea as [answer id, start, end]"""


class LeftFinding(Model):
    """A finding that the owner left as it is."""

    __tablename__ = "left_finding"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True)
    finding: Mapped[str] = mapped_column(String(60), primary_key=True)
    """Its rule and the public ids of its themes: see survey.curation.doctor"""
    share: Mapped[float]
    """What the rule judged by at that time: once that has changed clearly, the finding is shown again"""
    left_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


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
