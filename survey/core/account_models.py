"""Tables of accounts: owners, one-time links, API tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.core.database import Model, UtcDateTime, now

MAX_ZONE = 40
"""Characters of the name of a time zone"""


class Owner(Model):
    """A user who signs in and runs surveys."""

    __tablename__ = "owner"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    session_key: Mapped[str] = mapped_column(String(64), unique=True)
    """Identifies the owner in the session cookie; a new value ends every open session."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    time_zone: Mapped[str | None] = mapped_column(String(MAX_ZONE))
    """The IANA name of the zone in which the owner reads and writes dates; None: UTC"""


class SetUpLink(Model):
    """A one-time link that creates an owner or resets a password. Only its hash is stored, until it is used."""

    __tablename__ = "set_up_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    owner_id: Mapped[int | None]
    """The owner whose password it sets; None if it creates one. (No foreign key: SQLite cannot add one to a table.)"""


class ApiToken(Model):
    """A bearer token with which a program reads one survey or sends answers to it. Only its hash is stored."""

    __tablename__ = "api_token"
    __table_args__ = (Index("ix_api_token_survey_id", "survey_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    purpose: Mapped[str] = mapped_column(String(8), default="read")
    """read (the survey's data) or send (answers to it)"""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
