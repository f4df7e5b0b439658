"""Find answers: those that have the words first, then those that say it in other words.

What the search service tells is a guess of where to look. Each passage is read again in the database, under the same
conditions as everything else on the page: nothing is found that the page would not show, and no old text.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from flask import has_request_context
from sqlalchemy import select

from survey.core.database import batches, db
from survey.core.models import Answer, Survey
from survey.search import client, effort
from survey.search.by_word import Scope, Span, matching_ids
from survey.search.client import PREPARING, SEARCHED, SILENT, Passage, Reply
from survey.search.effort import Effort
from survey.search.spelling import corrected
from survey.web.rate_limits import Rule, client_address, rate_limiter

MAX_QUERY_CHARACTERS = 100
LEAST_NEARNESS = 0.5
"""Cosine from which a passage is said to mean the same: benchmarks/search.py has how it was chosen"""
MAX_PASSAGES, MAX_MEANT = 1000, 200
"""Passages that the service is asked for, before what is not to be shown is left out; answers that are kept of them"""
QUERY_IDS = 500
UNASKED = "unasked"
"""Of `Found.meaning`: there was nothing to ask about, or it was not wanted"""
OFTEN = "often"
"""Of `Found.meaning`: this visitor has asked very often, and is served by word"""
ASKED = Rule("meaning", 150, 5)
"""Searches by meaning of one network address"""

__all__ = [
    "OFTEN",
    "PREPARING",
    "SEARCHED",
    "SILENT",
    "UNASKED",
    "Found",
    "Meant",
    "Near",
    "answer_ids_by_meaning",
    "find",
]


@dataclass(frozen=True, slots=True)
class Meant:
    """An answer that says what was asked for in other words: where, the nearest passage first, and how near, 0-1."""

    answer_id: int
    spans: tuple[Span, ...]
    nearness: float


class Near(NamedTuple):
    """The answers that are near a query in meaning; `state` as in `Found.meaning`, and `looked_in`."""

    ids: Sequence[int]
    state: str
    looked_in: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a query found."""

    asked: str
    """The query as it was cleaned"""
    query: str
    """The same, or what was searched for in its place since no answer has it so"""
    by_word: list[int] = field(default_factory=list)
    """Ids of the answers that have every word, newest first"""
    by_meaning: list[Meant] = field(default_factory=list)
    """The answers that say it in other words, nearest first; none of them is in `by_word`"""
    meaning: str = UNASKED
    """SEARCHED, or why there was no search by meaning: UNASKED, PREPARING, OFTEN, SILENT"""
    looked_in: int | None = None
    """The number of answers that were looked through by meaning, where they were not all; see client.Reply"""
    broke_off: bool = False
    """Whether the search by word took too long to look through all answers"""

    @property
    def is_corrected(self) -> bool:
        """Whether something else was searched for than was asked."""
        return self.query != self.asked

    @property
    def words(self) -> list[str]:
        """The words that were searched for."""
        return words_of(self.query)


def clean_query(text: str) -> str:
    """Return a query as it is searched for: cut, with single blanks, without what no database takes."""
    readable = text[: 10 * MAX_QUERY_CHARACTERS].replace("\0", " ").encode(errors="replace").decode()
    return " ".join(readable.split())[:MAX_QUERY_CHARACTERS].strip()


def words_of(query: str) -> list[str]:
    """Return the distinct words of a query."""
    return list(dict.fromkeys(query.split()))


def find(survey: Survey, text: str, *, scope: Scope, exact: bool = False, meaning: bool = True) -> Found:
    """Search the answers in `scope`, which is to name the survey, for a query of somebody's.

    `exact` searches for the words as they are; without `meaning` only by word. Visitors, who see masked answers, may
    search so often and each time so long; see survey.search.effort. Raises TooManyRequests or ServiceUnavailable.
    """
    asked = query = clean_query(text)
    words = words_of(query)
    if not words:
        return Found(asked, query)
    if scope.is_masked and has_request_context():
        effort.count_search()
    own = effort.Effort(effort.MAX_SECONDS if scope.is_masked else math.inf)
    with effort.few_at_once():
        query, by_word = _by_word(query, words, scope, own, exact=exact)
    if not meaning:
        return Found(asked, query, by_word, broke_off=own.is_over)
    reply = _ask(survey, query)
    by_meaning = _readable(reply.passages, scope, set(by_word))
    return Found(asked, query, by_word, by_meaning, reply.state, reply.looked_in, own.is_over)


def _by_word(query: str, words: list[str], scope: Scope, own: Effort, *, exact: bool) -> tuple[str, list[int]]:
    """Return what was searched for, and the ids of the answers that have it."""
    by_word = matching_ids(words, scope, effort=own)
    right = None if by_word or exact else corrected(words, scope, own)
    if right is None:
        return query, by_word
    found = matching_ids(list(dict.fromkeys(right)), scope, effort=own)
    return (" ".join(right), found) if found else (query, [])


def answer_ids_by_meaning(survey: Survey, text: str, scope: Scope) -> Near:
    """Return the answers in `scope` that are near a query in meaning, nearest first, whatever their words."""
    query = clean_query(text)
    if not query:
        return Near([], UNASKED)
    reply = _ask(survey, query)
    return Near([each.answer_id for each in _readable(reply.passages, scope, set())], reply.state, reply.looked_in)


def _ask(survey: Survey, query: str) -> Reply:
    if survey.current_run_id is None:
        return Reply([], UNASKED)
    if has_request_context() and not rate_limiter().hit(ASKED, client_address()):
        return Reply([], OFTEN)
    return client.nearest(survey.id, query, limit=MAX_PASSAGES, least=LEAST_NEARNESS)


def _readable(passages: Sequence[Passage], scope: Scope, known: set[int]) -> list[Meant]:
    """Return the answers of the passages that are in the scope and still have them, but those that are `known`."""
    by_answer: dict[int, list[Passage]] = {}
    for passage in passages:
        if passage.answer_id not in known:
            by_answer.setdefault(passage.answer_id, []).append(passage)
    shown = {
        answer_id
        for batch in batches(by_answer, QUERY_IDS)
        for answer_id in db.session.scalars(select(Answer.id).where(Answer.id.in_(batch), *scope.conditions))
    }
    first = [answer_id for answer_id in by_answer if answer_id in shown][:MAX_MEANT]
    texts = dict(db.session.execute(select(Answer.id, Answer.text).where(Answer.id.in_(first))).all())
    meant = []
    for answer_id in first:
        own = [one for one in by_answer[answer_id] if answer_id in texts and _is_there(one, texts[answer_id])]
        if own:
            meant.append(Meant(answer_id, tuple((one.starts, one.ends) for one in own), own[0].nearness))
    return meant


def _is_there(passage: Passage, text: str) -> bool:
    """Return whether an answer still has a passage."""
    said = text[passage.starts : passage.ends]
    return passage.ends <= len(text) and zlib.crc32(said.encode()) == passage.checksum
