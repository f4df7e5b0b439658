"""The table of addresses that wait for a result. Nothing in it leads to an answer.

It has no number, no time and no order: rows are known by a hash of a random token, and on SQLite they lie in the order
of these hashes. Of time there is the day alone.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.core.database import Model


class FollowUp(Model):
    """An address that waits for the result of a survey. Deleted once that was sent, and when it is taken back."""

    __tablename__ = "follow_up"
    __table_args__ = (UniqueConstraint("survey_id", "address"), {"sqlite_with_rowid": False})

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Hash of the token in the mailed link"""
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(8))
    """Of the page on which it was given: the mails are in it"""
    confirmed: Mapped[bool]
    day: Mapped[date]
    """The day (UTC) on which it was given, then that on which it was confirmed"""
