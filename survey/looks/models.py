"""The table of pictures: the logo of a survey, and its asker's picture."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.core.database import Model

LOGO, ASKER = "logo", "asker"
ROLES = (LOGO, ASKER)
"""What a picture is of; a survey has one of each at most"""


class Picture(Model):
    """A picture of a survey, as this site drew it anew: a WebP file without anything but its pixels."""

    __tablename__ = "picture"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(5), primary_key=True)
    """One of ROLES"""
    version: Mapped[str] = mapped_column(String(12))
    """Beginning of the SHA-256 of its content, in its address"""
    width: Mapped[int]
    height: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
