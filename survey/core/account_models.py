"""Tables of accounts: owners, one-time links, API tokens; who besides its owner works at a survey."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.core.database import Model, UtcDateTime, now

MAX_ZONE = 40
"""Characters of the name of a time zone"""

READER, EDITOR, OWNER = "reader", "editor", "owner"
ROLES = (READER, EDITOR, OWNER)
"""What somebody may be in a survey, from the least to the most: a reader looks, an editor changes answers and themes,
an owner also decides what is public, who takes part, and whether the survey stays"""


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
    is_operator: Mapped[bool] = mapped_column(default=False)
    """Whether they look after the site: make and disable owners, hand surveys over"""
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when they cannot sign in; None: they can"""
    seen_on: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The last day (midnight, UTC) on which they opened a page of theirs"""
    email: Mapped[str] = mapped_column(String(254), default="")
    """Where mails go that tell them what happens; empty: none was confirmed"""
    email_asked: Mapped[str] = mapped_column(String(254), default="")
    """The address that a link was mailed to, until it is followed"""
    mail_language: Mapped[str] = mapped_column(String(8), default="en")
    mail_switches: Mapped[dict[str, bool]] = mapped_column(JSON, default=dict)
    """What they want to be told of every survey: by the key of an event of survey.notices.events"""


class Membership(Model):
    """Somebody who works at a survey besides the owner who answers for it (`Survey.owner_id`)."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("survey_id", "owner_id"), Index("ix_membership_owner_id", "owner_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("owner.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(8))
    """One of ROLES"""
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    added_by: Mapped[int | None]
    """The owner who invited them"""


class Invitation(Model):
    """A one-time link by which somebody joins a survey. Only its hash is stored, and what became of it for a while."""

    __tablename__ = "invitation"
    __table_args__ = (Index("ix_invitation_survey_id", "survey_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int | None] = mapped_column(ForeignKey("survey.id", ondelete="SET NULL"))
    """None once the survey is deleted, so that the link can say so"""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(8))
    """One of ROLES"""
    label: Mapped[str] = mapped_column(String(80), default="")
    """For whom it is, in the words of who made it"""
    made_by: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_by: Mapped[int | None]
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


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
    made_by: Mapped[int | None]
    """The owner who made it; None where that is not known"""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
