"""Near-duplicate answers: nearly the same text from several people within an hour is one burst.

It is one from the fourth copy on, which is held; the copies that came before are part of it and stay as they are.
Only the beginning and the end of a text are compared, and most of it before the transaction that stores an answer:
inside it, only answers that arrived since then are left to compare. (One text of 5,000 Chinese characters held the
transaction for 142 ms when whole texts were compared inside it; now it is less than 1 ms.)
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flask import Flask, current_app
from rapidfuzz import fuzz, process, utils
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from survey.core.database import db, now
from survey.core.models import Answer
from survey.results.result_counts import lock_results

WINDOW = timedelta(hours=1)
MIN_LENGTH = 25
"""Characters. Shorter texts are the same by coincidence: many people write "Honesty"."""
MIN_RATIO = 90
"""rapidfuzz's ratio (0 to 100) from which two texts are near-duplicates"""
MIN_ANSWERS = 4
"""The number of near-duplicates from which they are a burst"""
HEAD, TAIL = 150, 50
"""The number of characters that are compared of the beginning and the end of a longer text"""
MAX_RECENT = 300
"""The number of latest answers of a survey that a new one is compared with"""
MAX_SURVEYS = 100
"""The number of surveys whose recent answers a process caches"""
REORDERING = timedelta(seconds=1)
"""Answers that arrive within this time may be stored in another order"""
RELOAD_SECONDS = 60
"""Age of the cached answers from which they are read again: some may be changed, or stored by another process"""

FLOOD_PREFIX = "flood-"
"""Prefix of the id of a burst that is not of near-duplicates: answers from one network"""

_answer = Answer.__table__.c
_READ = select(
    _answer.id,
    _answer.received_at,
    func.substr(_answer.text, 1, HEAD).label("head"),
    func.substr(_answer.text, func.length(_answer.text) - TAIL + 1).label("tail"),
    func.length(_answer.text).label("length"),
    _answer.burst,
)
# Built once, because it is executed with every batch of answers.
_RECENT = (
    _READ.where(_answer.survey_id == bindparam("survey"), _answer.received_at >= bindparam("since"))
    .where(_answer.id > bindparam("after"), _answer.source != "import", func.length(_answer.text) >= MIN_LENGTH)
    .order_by(_answer.received_at.desc())
    .limit(MAX_RECENT)
)


@dataclass(frozen=True, slots=True)
class Recent:
    """A stored answer that arrived within WINDOW."""

    id: int
    """Of its row; negative for one that the same transaction stores"""
    received_at: datetime
    fingerprint: str
    burst: str | None


@dataclass(frozen=True, slots=True)
class BurstPart:
    """The burst that a new answer is part of, and whether it came once that was one, so that it has to be held."""

    burst: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """A new text, and the near-duplicates of it that were stored when it was compared."""

    fingerprint: str
    near: tuple[Recent, ...] = ()
    last_id: int = 0
    """The newest answer it was compared with"""


@dataclass(frozen=True, slots=True)
class _Cached:
    """The cached recent answers of one survey, oldest first, and when they were read (monotonic seconds)."""

    answers: tuple[Recent, ...]
    read_at: float
    fingerprints: tuple[str, ...] = ()
    last_id: int = 0

    @classmethod
    def of(cls, answers: Sequence[Recent], read_at: float) -> _Cached:
        """Cache these, with what each answer that arrives is compared with."""
        fingerprints = tuple([answer.fingerprint for answer in answers])
        return cls(tuple(answers), read_at, fingerprints, max([answer.id for answer in answers], default=0))


@dataclass(slots=True)
class RecentAnswers:
    """A cache of the recent answers of each survey. Thread-safe."""

    _cached: dict[int, _Cached] = field(default_factory=dict)

    def compare(self, survey_id: int, text: str, own_id: int | None = None) -> Compared | None:
        """Compare a text with the recent answers of its survey, outside of any write transaction.

        `own_id` is the answer whose text it replaces: then the others are read again, because they may have been
        changed too. Return None for a text that is too short to be part of a burst.
        """
        if len(text) < MIN_LENGTH:
            return None
        cached = self._cached.get(survey_id)
        if cached is None or own_id is not None or time.monotonic() - cached.read_at > RELOAD_SECONDS:
            read = _read(db.session, survey_id, now() - WINDOW, 0)
            cached = self._cache(survey_id, _Cached.of(read, time.monotonic()))
        own = fingerprint(text)
        near = tuple(answer for answer in _near(own, cached.answers, cached.fingerprints) if answer.id != own_id)
        return Compared(own, near, cached.last_id)

    def bursts(self, session: Session, survey_id: int, texts: Sequence[Compared]) -> list[BurstPart | None]:
        """Return the burst that each text is part of, or None, inside the transaction that stores them in this order.

        The text that has MIN_ANSWERS - 1 near-duplicates makes them a burst: they become part of it too, stored or not.
        """
        since = now() - WINDOW
        cached = self._cached.get(survey_id, _Cached((), time.monotonic()))
        answers = [answer for answer in cached.answers if answer.received_at >= since]
        newest = answers[-1].received_at if answers else since
        stored_since = _read(session, survey_id, max(since, newest - REORDERING), cached.last_id)
        answers += stored_since
        parts: dict[int, BurstPart] = {}
        first: dict[int, Recent] = {}
        batch: list[Recent] = []
        later: dict[int, list[Recent]] = {}
        for last_id in {text.last_id for text in texts}:
            among = stored_since if last_id == cached.last_id else answers
            later[last_id] = [answer for answer in among if answer.id > last_id]
        for number, text in enumerate(texts, 1):
            others = later[text.last_id] + batch
            near = [*text.near, *_near(text.fingerprint, others, [other.fingerprint for other in others])]
            own = Recent(-number, since, text.fingerprint, None)
            if len(near) + 1 >= MIN_ANSWERS:
                known = (parts[each.id].burst if each.id in parts else _burst_of_copies(each) for each in near)
                burst = next(filter(None, known), None) or secrets.token_hex(8)
                parts[own.id] = BurstPart(burst, is_late=True)
                for each in near:
                    if each.id not in parts and each.burst is None:
                        first[each.id], parts[each.id] = each, BurstPart(burst, is_late=False)
            batch.append(own)
        stored = {each.id: parts[each.id].burst for each in first.values() if each.id > 0}
        if stored:
            _join(session, survey_id, first, stored)
            answers = [replace(each, burst=stored.get(each.id, each.burst)) for each in answers]
        self._cache(survey_id, _Cached.of(answers[-MAX_RECENT:], cached.read_at))
        return [parts.get(own.id) for own in batch]

    def _cache(self, survey_id: int, cached: _Cached) -> _Cached:
        if len(self._cached) >= MAX_SURVEYS and survey_id not in self._cached:
            self._cached.clear()
        self._cached[survey_id] = cached
        return cached


def init_app(app: Flask) -> None:
    """Set up the cache that the threads of this process share."""
    app.extensions["recent answers"] = RecentAnswers()


def recent_answers() -> RecentAnswers:
    """Return the cache of this process."""
    found = current_app.extensions["recent answers"]
    assert isinstance(found, RecentAnswers)
    return found


def fingerprint(text: str) -> str:
    """Return the part of a text that is compared: its beginning and end, in lower case, without punctuation."""
    return _fingerprint(text[:HEAD], text[-TAIL:], len(text))


def _fingerprint(head: str, tail: str, length: int) -> str:
    """Return the fingerprint of a text from its first HEAD and last TAIL characters, and its length."""
    whole = head + (tail[-min(TAIL, length - HEAD) :] if length > HEAD else "")
    return utils.default_process(whole)


def _near(own: str, answers: Sequence[Recent], fingerprints: Sequence[str]) -> Iterable[Recent]:
    """Return the answers whose fingerprints, given in the same order, nearly equal one's own."""
    if not answers:
        return ()
    found = process.extract(own, fingerprints, scorer=fuzz.ratio, score_cutoff=MIN_RATIO, limit=None)
    return (answers[index] for _, _, index in found)


def _burst_of_copies(answer: Recent) -> str | None:
    return None if answer.burst is None or answer.burst.startswith(FLOOD_PREFIX) else answer.burst


def _join(session: Session, survey_id: int, first: Mapping[int, Recent], bursts: Mapping[int, str]) -> None:
    """Make stored answers part of bursts, each that still has the text that was compared and is not the asker's."""
    lock_results(session, survey_id)
    free = (_answer.id.in_(bursts), _answer.survey_id == survey_id, _answer.burst.is_(None), ~_answer.is_askers)
    joined: dict[str, list[int]] = {}
    for row in session.execute(_READ.where(*free).order_by(_answer.id)):
        if _fingerprint(row.head, row.tail, row.length) == first[row.id].fingerprint:
            joined.setdefault(bursts[row.id], []).append(row.id)
    for burst, ids in joined.items():
        session.execute(update(Answer).where(Answer.id.in_(ids)).values(burst=burst))


def _read(session: Session, survey_id: int, since: datetime, after: int) -> tuple[Recent, ...]:
    """Read the answers of a survey that arrived since then and have an id above `after`, oldest first."""
    parameters = {"survey": survey_id, "since": since, "after": after}
    rows = session.connection().execute(_RECENT, parameters).all()
    return tuple(
        Recent(row.id, row.received_at, _fingerprint(row.head, row.tail, row.length), row.burst)
        for row in reversed(rows)
    )
