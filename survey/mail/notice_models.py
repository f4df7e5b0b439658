"""Tables of mails to owners: their choices for single surveys, and what they were told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.core.database import Model, UtcDateTime, now


class MailChoice(Model):
    """What somebody wants to be told of one survey, where it is not what they chose for all."""

    __tablename__ = "mail_choice"

    owner_id: Mapped[int] = mapped_column(ForeignKey("owner.id", ondelete="CASCADE"), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True, index=True)
    switches: Mapped[dict[str, bool]] = mapped_column(JSON, default=dict)
    """By the key of an event of survey.notices.events; one that is missing is as for all surveys"""


class Told(Model):
    """What somebody was last told of an event of a survey."""

    __tablename__ = "told"

    owner_id: Mapped[int] = mapped_column(ForeignKey("owner.id", ondelete="CASCADE"), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True, index=True)
    event: Mapped[str] = mapped_column(String(12), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    upto: Mapped[int] = mapped_column(BigInteger, default=0)
    """The last of what was told: an id of an answer or a run, or the number of a day"""
    answers: Mapped[list[int]] = mapped_column(JSON, default=list)
    """The answers of the groups that were said to be forming"""
