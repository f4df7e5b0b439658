"""The table of what owners do with many answers at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.core.database import Model, UtcDateTime, now

DELETE, MOVE = "delete", "move"
"""Actions that give no status"""


class BulkChange(Model):
    """A change of many answers of a survey: how far it is, and what takes it back."""

    __tablename__ = "bulk_change"
    __table_args__ = (UniqueConstraint("survey_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(32))
    """Of what was sent, the same when it is sent again"""
    owner_id: Mapped[int | None]
    """Who made it. (No foreign key, as for imports.)"""
    action: Mapped[str] = mapped_column(String(8))
    """The status that the answers get; delete; or move: what they say is moved by edits"""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    acted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    """When it last gave answers their new status: one that changed later is not taken back"""
    total: Mapped[int]
    """Number of its answers"""
    wanted: Mapped[int]
    """How many of them are to be changed: all, or none once it is taken back"""
    done: Mapped[int] = mapped_column(default=0)
    """How many were gone through: below `wanted` they are being changed, above it taken back"""
    changed: Mapped[int] = mapped_column(default=0)
    """How many have the change now. Others were changed by somebody, or deleted, before it came to them"""
    move: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Of a move: the ids of the themes `source` and `target`; whether it is `from_all` themes; `by` whom, as id and
    name; and its `edits`, each the id and the number of answers that were gone through before it"""
    answers: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Its answers, as survey.bulk_changes.entries packs them; None once they are deleted"""

    @property
    def is_finished(self) -> bool:
        """Whether all that is wanted is done."""
        return self.done == self.wanted

    @property
    def is_taken_back(self) -> bool:
        """Whether it was taken back, or is about to be."""
        return self.total > 0 and self.wanted == 0

    @property
    def can_be_taken_back(self) -> bool:
        """Whether it holds, and is of a kind that can be undone."""
        return self.action != DELETE and self.wanted > 0
