"""Table of what the screens of a survey show."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.core.database import Model, UtcDateTime


class LiveScreen(Model):
    """What a presenter chose for the screens of a survey. A survey without a row has never been on a screen."""

    __tablename__ = "live_screen"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True)
    shown_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when everybody with the link sees the screen; None while it is switched off"""
    theme_id: Mapped[int | None]
    """The one theme that is shown; None for all. (No foreign key: themes go only with their survey.)"""
    quotes: Mapped[bool] = mapped_column(default=True)
    """Whether quotes pass by"""
