"""Tables of webhooks: the addresses that are told, and the log of what was sent to them."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from survey.core.database import Model, UtcDateTime, now

_WAITS = text("done_at IS NULL")


def _salt() -> str:
    return secrets.token_hex(16)


class Webhook(Model):
    """An address of another program that is told what happens in a survey."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(500))
    events: Mapped[list[str]] = mapped_column(JSON)
    """Keys of survey.webhooks.events.EVENTS"""
    with_text: Mapped[bool] = mapped_column(default=False)
    """Whether the words of answers that are shown are sent along"""
    salt: Mapped[str] = mapped_column(String(32), default=_salt)
    """What its secret is made of, together with the site's key: the secret itself is stored nowhere"""
    made_by: Mapped[int | None]
    """The owner who made it; None where that is not known"""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_by: Mapped[str] = mapped_column(String(8), default="")
    """owner, failures, gone (the receiver said so), restore, or left: who made it may not any more"""
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When something was last taken there"""
    seen_answer: Mapped[int] = mapped_column(BigInteger, default=0)
    seen_run: Mapped[int] = mapped_column(BigInteger, default=0)
    """The last answer and the last run of which deliveries were made"""


class Delivery(Model):
    """Something that is, was or could not be told to a webhook."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("ix_webhook_delivery_waits", "not_before", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_webhook_delivery_webhook_id", "webhook_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(40), unique=True, default=lambda: f"msg_{secrets.token_hex(16)}")
    """Stays the same when it is tried again, so that the receiver knows a copy"""
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    event: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Ids of what it is about: what it says is read when it is sent, so that no deleted answer is in it"""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was taken, or given up; None: it waits"""
    was_taken: Mapped[bool] = mapped_column(default=False)
    status: Mapped[int | None]
    """The last HTTP status that came back"""
    milliseconds: Mapped[int | None]
    error: Mapped[str] = mapped_column(String(200), default="")
    """Why the last attempt failed: a key of survey.webhooks.connection.TROUBLES"""


def pause_restored(session: Session) -> None:
    """Pause all webhooks of a restored backup, and send nothing that waited in it: much of it was sent since."""
    moment = now()
    session.execute(update(Delivery).where(Delivery.done_at.is_(None)).values(done_at=moment, error="gone"))
    session.execute(update(Webhook).where(Webhook.paused_at.is_(None)).values(paused_at=moment, paused_by="restore"))
