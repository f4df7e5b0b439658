"""Near-duplicate answers: nearly the same text from several people within an hour is one burst.

What is compared of a text has a bounded length, and most of the comparing is done before the transaction that stores an
answer: there, only what came in since is left to compare. (142 ms were held by one text of 5,000 Chinese characters
when whole texts were compared inside the transaction; now it is less than one.)
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask, current_app
from rapidfuzz import fuzz, process, utils
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from survey.core.database import db, now
from survey.core.models import Answer

WINDOW = timedelta(hours=1)
MIN_LENGTH = 25
"""Characters from which the same words from several people are no coincidence: "Honesty" is said by many."""
MIN_RATIO = 90
"""rapidfuzz's ratio, 0-100, from which two texts are nearly the same"""
MIN_ANSWERS = 4
"""Nearly the same answers that make a burst"""
HEAD, TAIL = 150, 50
"""Characters that are compared of a longer text, from its beginning and its end"""
MAX_RECENT = 300
"""The latest answers of a survey that a new one is compared with"""
MAX_SURVEYS = 100
SLACK = timedelta(seconds=1)
"""By how much answers may be stored in another order than they came"""
RELOAD_SECONDS = 60
"""After how long answers are read again that were changed by their writers, or stored by another process"""

# Executed with every batch of answers, so built once.
_answer = Answer.__table__.c
_RECENT = (
    select(
        _answer.id,
        _answer.received_at,
        func.substr(_answer.text, 1, HEAD).label("head"),
        func.substr(_answer.text, func.length(_answer.text) - TAIL + 1).label("tail"),
        func.length(_answer.text).label("length"),
        _answer.burst,
    )
    .where(_answer.survey_id == bindparam("survey"), _answer.received_at >= bindparam("since"))
    .where(_answer.id > bindparam("after"), _answer.source != "import", func.length(_answer.text) >= MIN_LENGTH)
    .order_by(_answer.received_at.desc())
    .limit(MAX_RECENT)
)


@dataclass(frozen=True, slots=True)
class Recent:
    """An answer that was stored lately."""

    id: int
    received_at: datetime
    fingerprint: str
    burst: str | None


@dataclass(frozen=True, slots=True)
class Compared:
    """A new text, and the recent answers it resembles, as far as they were stored when it was compared."""

    fingerprint: str
    near: tuple[Recent, ...] = ()
    last_id: int = 0
    """The newest answer it was compared with"""


@dataclass(frozen=True, slots=True)
class _Known:
    """The recent answers of one survey, oldest first, and when they were read from the database (monotonic time)."""

    answers: tuple[Recent, ...]
    read_at: float

    @property
    def last_id(self) -> int:
        return max((answer.id for answer in self.answers), default=0)


@dataclass(slots=True)
class RecentAnswers:
    """The recent answers of each survey, as this process last read them. Safe to use from several threads."""

    _known: dict[int, _Known] = field(default_factory=dict)

    def compare(self, survey_id: int, text: str, own_id: int | None = None) -> Compared | None:
        """Compare a text with the recent answers of its survey, outside of any write transaction.

        `own_id` is the answer whose words it replaces: then the others are read again, because they may have been
        replaced as well. Return None for a text that is too short to be part of a burst.
        """
        if len(text) < MIN_LENGTH:
            return None
        known = self._known.get(survey_id)
        if known is None or own_id is not None or time.monotonic() - known.read_at > RELOAD_SECONDS:
            known = self._keep(survey_id, _Known(_read(db.session, survey_id, now() - WINDOW, 0), time.monotonic()))
        own = fingerprint(text)
        near = tuple(answer for answer in _near(own, known.answers) if answer.id != own_id)
        return Compared(own, near, known.last_id)

    def bursts(self, session: Session, survey_id: int, texts: Sequence[Compared]) -> list[str | None]:
        """Return the burst each text is part of, inside the transaction that stores them in this order.

        A burst begins with the text that has MIN_ANSWERS - 1 others like it.
        """
        since = now() - WINDOW
        known = self._known.get(survey_id, _Known((), time.monotonic()))
        answers = [answer for answer in known.answers if answer.received_at >= since]
        newest = answers[-1].received_at if answers else since
        answers += _read(session, survey_id, max(since, newest - SLACK), known.last_id)
        self._keep(survey_id, _Known(tuple(answers[-MAX_RECENT:]), known.read_at))
        batch: list[Recent] = []
        for text in texts:
            later = [answer for answer in answers if answer.id > text.last_id]
            near = [*text.near, *_near(text.fingerprint, later), *_near(text.fingerprint, batch)]
            burst = None
            if len(near) + 1 >= MIN_ANSWERS:
                burst = next((answer.burst for answer in near if answer.burst), None) or secrets.token_hex(8)
            batch.append(Recent(0, since, text.fingerprint, burst))
        return [answer.burst for answer in batch]

    def _keep(self, survey_id: int, known: _Known) -> _Known:
        if len(self._known) >= MAX_SURVEYS and survey_id not in self._known:
            self._known.clear()
        self._known[survey_id] = known
        return known


def init_app(app: Flask) -> None:
    """Let the threads of this process share what they know of recent answers."""
    app.extensions["recent answers"] = RecentAnswers()


def recent_answers() -> RecentAnswers:
    """Return what this process knows of recent answers."""
    found = current_app.extensions["recent answers"]
    assert isinstance(found, RecentAnswers)
    return found


def fingerprint(text: str) -> str:
    """Return what is compared of a text: its beginning and end, in small letters, without punctuation."""
    return _fingerprint(text[:HEAD], text[-TAIL:], len(text))


def _fingerprint(head: str, tail: str, length: int) -> str:
    """The same from the first HEAD and the last TAIL characters of a text."""
    whole = head + (tail[-min(TAIL, length - HEAD) :] if length > HEAD else "")
    return utils.default_process(whole)


def _near(own: str, answers: Sequence[Recent]) -> Iterable[Recent]:
    prints = [answer.fingerprint for answer in answers]
    found = process.extract(own, prints, scorer=fuzz.ratio, score_cutoff=MIN_RATIO, limit=None)
    return (answers[place] for _, _, place in found)


def _read(session: Session, survey_id: int, since: datetime, after: int) -> tuple[Recent, ...]:
    """The recent answers of a survey from the database, oldest first."""
    asked = {"survey": survey_id, "since": since, "after": after}
    rows = session.connection().execute(_RECENT, asked).all()
    return tuple(
        Recent(row.id, row.received_at, _fingerprint(row.head, row.tail, row.length), row.burst)
        for row in reversed(rows)
    )
