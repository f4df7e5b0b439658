"""What the screens show, kept in this process for a second: any number of screens costs one look at the database.

One thread at a time takes a new snapshot; meanwhile the others serve the last one.
"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field

from flask import Flask, current_app
from sqlalchemy import select

from survey.core import i18n
from survey.core.database import db, now
from survey.core.models import Survey
from survey.live import snapshot
from survey.live.snapshot import Snapshot

FRESH_SECONDS = 1.0
STALE_SECONDS = 5.0
"""After this time a thread waits for the new snapshot: the last one may show what was hidden since"""
MAX_KEPT = 200
"""Surveys and languages in the cache of one process; it is emptied when full"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot, and the JSON of it with its entity tag."""

    shown: Snapshot
    body: str
    etag: str


@dataclass(slots=True)
class Kept:
    """The last snapshot of a survey in one language, None where there is no such survey; taken at a monotonic time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    taken: Taken | None = None
    taken_at: float = float("-inf")

    @property
    def age(self) -> float:
        """Seconds since it was taken."""
        return time.monotonic() - self.taken_at


def init_app(app: Flask) -> None:
    """Create the cache of this process."""
    app.extensions["live_screens"] = {}


def get(slug: str) -> Taken | None:
    """Return what the screens of a survey show, in the language of the page; None where there is no such survey."""
    kept = _kept()
    key = slug, i18n.language()
    entry = kept.get(key)
    if entry is None:
        if len(kept) >= MAX_KEPT:
            kept.clear()
        entry = kept.setdefault(key, Kept())
    if entry.age < FRESH_SECONDS:
        return entry.taken
    if not entry.lock.acquire(blocking=entry.age >= STALE_SECONDS):
        return entry.taken
    try:
        if entry.age >= FRESH_SECONDS:
            begun = time.monotonic()
            entry.taken = _take(slug)
            entry.taken_at = begun
        return entry.taken
    finally:
        entry.lock.release()


def forget(slug: str) -> None:
    """Have this process look at the database again, after a presenter changed something."""
    kept = _kept()
    for key in [key for key in list(kept) if key[0] == slug]:
        kept.pop(key, None)


def _take(slug: str) -> Taken | None:
    survey = db.session.scalar(select(Survey).where(Survey.slug == slug))
    if survey is None:
        return None
    shown = snapshot.take(survey, now())
    body = shown.as_json()
    return Taken(shown, body, hashlib.sha256(body.encode()).hexdigest()[:20])


def _kept() -> dict[tuple[str, str], Kept]:
    kept: dict[tuple[str, str], Kept] = current_app.extensions["live_screens"]
    return kept
