"""Tables of the theme doctor: what a run found that may be wrong with its themes, and what the owner left as it is.

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
