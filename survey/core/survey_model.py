"""The table of surveys: one row is one question with its settings; and addresses (slugs) made of questions."""

from __future__ import annotations

import hashlib
import re
import textwrap
import unicodedata
from datetime import UTC, datetime
from itertools import chain, count
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from analysis.languages import MAX_CODE
from survey.core.account_models import MAX_ZONE
from survey.core.database import Model, UtcDateTime, now

MAX_MADE_SLUG_LENGTH = 40
MAX_BASE_LENGTH = 55
"""Characters of an address that a number may be added to"""
DELETED_PREFIX = "/"
"""Prefix of the slug of a survey that is being deleted; no URL can match it"""
ARRIVING = f"{DELETED_PREFIX}arriving"
"""Slug of a survey of which not all has come from an archive; there is one at most, and its `closes_at` is when the
last of it came"""


class Survey(Model):
    """One open question with its own URL."""

    __tablename__ = "survey"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("owner.id"), index=True)
    """None for the demo until the first owner signs up and takes it over."""
    is_example: Mapped[bool] = mapped_column(default=False)
    """Whether it is the demo: its answers are made up, and its pages say so"""
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    question: Mapped[str] = mapped_column(String(200))
    introduction: Mapped[str] = mapped_column(Text, default="")
    asker: Mapped[str] = mapped_column(String(80), default="")
    language: Mapped[str] = mapped_column(String(MAX_CODE), default="en")
    """What its question, and most likely its answers, are in: a code of BCP 47 (analysis.languages)"""
    kinds_asked: Mapped[bool] = mapped_column(default=True)
    own_kinds: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """The survey's own respondent kinds, in order: key, label, asked (False once removed: answers may still have it);
    empty for the site's six"""
    codebook: Mapped[str] = mapped_column(String(60), default="relationships")
    """The name of a packaged codebook, "none", or "own" (the one in `own_codebook`)"""
    own_codebook: Mapped[str | None] = mapped_column(Text, deferred=True)
    """The owner's codebook as TOML"""
    is_open: Mapped[bool] = mapped_column(default=True)
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_after: Mapped[int | None]
    """Number of answers of people after which it closes by itself; imported ones are not counted"""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was closed by hand, or by the last answer it takes"""
    closed_by: Mapped[str | None] = mapped_column(String(5))
    """hand or count; None where it is open, was never open, or closed at its date"""
    time_zone: Mapped[str] = mapped_column(String(MAX_ZONE), default="UTC")
    """The IANA name of the zone its dates were written in, in which visitors read them"""
    words: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Its own words and colour, by the keys of survey.looks.words.LIMITS; what is missing is as on any survey"""
    hold_first: Mapped[bool] = mapped_column(default=False)
    """Whether new answers are held until the owner has approved them"""
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    shows_check: Mapped[bool] = mapped_column(default=False)
    """Whether readers of the theme page are told what the newest blind check found"""
    conclusion: Mapped[str] = mapped_column(Text, default="")
    """What its owner says came of it, for readers of the theme page"""
    reader_downloads: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What readers of the theme page may download: keys of survey.results.reader_downloads.DOWNLOADS"""
    licence: Mapped[str] = mapped_column(String(300), default="")
    """What the owner says about using these files"""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When an owner first went from Today to look at its theme page"""
    steps_dismissed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When an owner put the list of first steps away"""
    takes_findings: Mapped[bool] = mapped_column(default=True)
    """Whether themes found again replace those that stand by themselves, or wait as a proposal: off from the first
    edit, unless the owner sets it"""
    edit_version: Mapped[int] = mapped_column(default=0)
    """Number of edits made, undone and redone so far"""
    current_run_id: Mapped[int | None]
    """The run whose results are shown, set in the transaction that finishes a run. (No foreign key: `run` refers to
    `survey`, and SQLite cannot create two tables that refer to each other.)"""

    @property
    def deletion_id(self) -> str:
        """Its id in the table of deletions (16 hexadecimal digits), computed from columns that every backup has."""
        source = f"survey:{self.id}:{self.created_at.astimezone(UTC).isoformat()}"
        return hashlib.sha256(source.encode()).hexdigest()[:16]

    @property
    def is_published(self) -> bool:
        """Whether the theme page is public."""
        return self.published_at is not None

    def takes_answers(self, moment: datetime) -> bool:
        """Return whether the survey takes answers at a time: it is open, and between its dates if it has any."""
        return takes_answers(self.is_open, self.opens_at, self.closes_at, moment)

    def opens_later(self, moment: datetime) -> bool:
        """Return whether the survey takes no answers yet, but will when its opening date comes."""
        return self.is_open and self.opens_at is not None and moment < self.opens_at


class FormerSlug(Model):
    """An address that a survey had: it leads on to the survey, in printed codes too, while no other one has it."""

    __tablename__ = "former_slug"
    __table_args__ = (Index("ix_former_slug_survey_id", "survey_id"),)

    slug: Mapped[str] = mapped_column(String(60), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))


def move(session: Session, survey: Survey, slug: str) -> None:
    """Give a survey another address, and have the one it had lead on to it."""
    if slug != survey.slug:
        session.merge(FormerSlug(slug=survey.slug, survey_id=survey.id))
        survey.slug = slug


def survey_formerly_at(session: Session, slug: str) -> Survey | None:
    """Return the survey that had an address last, None if none had or it is being deleted."""
    had = select(Survey).join(FormerSlug, FormerSlug.survey_id == Survey.id).where(FormerSlug.slug == slug)
    return session.scalar(had.where(~Survey.slug.startswith(DELETED_PREFIX)))


def takes_answers(is_open: bool, opens_at: datetime | None, closes_at: datetime | None, moment: datetime) -> bool:
    """Return whether a survey with these columns takes answers at a time."""
    begun = opens_at is None or opens_at <= moment
    return is_open and begun and (closes_at is None or moment < closes_at)


def free_slug(session: Session, question: str) -> str:
    """Return an unused slug made of the question's words: whats-your-secret, whats-your-secret-2, ..."""
    letters = unicodedata.normalize("NFKD", question.lower()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", letters.replace("'", ""))
    base = textwrap.shorten(" ".join(words), MAX_MADE_SLUG_LENGTH, placeholder="").replace(" ", "-") or "question"
    return first_free(session, base)


def first_free(session: Session, slug: str) -> str:
    """Return an address that no survey has: this one, or this one with a number."""
    short = slug[:MAX_BASE_LENGTH].rstrip("-")
    now_had, had = (select(column).where(column.startswith(short)) for column in (Survey.slug, FormerSlug.slug))
    taken = {*session.scalars(now_had), *session.scalars(had), "new"}
    return next(one for one in chain([slug], (f"{short}-{number}" for number in count(2))) if one not in taken)
