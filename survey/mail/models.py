"""The table of mails that wait to be sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from survey.core.database import Model, UtcDateTime, now

_WAITS = text("sent_at IS NULL AND failed_at IS NULL")


class OutgoingMail(Model):
    """A mail that waits, or that was sent or given up: then only its key and what became of it are left."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        Index("ix_outgoing_mail_waits", "not_before", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_outgoing_mail_made_at", "made_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    """What it is about, without an address: what is queued twice under one key is sent once"""
    recipient: Mapped[str] = mapped_column(String(254), default="")
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    unsubscribe: Mapped[str] = mapped_column(String(500), default="")
    """The address that ends such mails, for the header List-Unsubscribe; empty: none"""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a worker began to send it"""
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(String(200))
    """Why the last attempt failed, without the address and what the server said: it may repeat either"""
