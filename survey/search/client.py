"""Ask the search service from a web process: never for long, and never by many threads at once."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from survey.search import wire

WAIT_SECONDS = 0.5
"""How long a page waits for the service"""
MAX_WAITING = 4
"""Threads of one web process that wait for it at once; pages of the others are made without it"""
SEARCHED, PREPARING, SILENT = "searched", "preparing", "silent"
"""What came of asking: an answer; none in time, as while it starts or reads a survey; none at all"""
_waiting = threading.BoundedSemaphore(MAX_WAITING)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an answer and how near it is in meaning to what was asked for, 0-1.

    `checksum` (CRC-32 of its text) tells whether the answer still has it.
    """

    answer_id: int
    starts: int
    ends: int
    checksum: int
    nearness: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of asking: the passages nearest to the query, nearest first, and SEARCHED, PREPARING or SILENT.

    `looked_in` is the number of answers that were looked through of a survey that is too large; None: all of them.
    """

    passages: list[Passage]
    state: str
    looked_in: int | None = None


def nearest(survey_id: int, query: str, *, limit: int, least: float) -> Reply:
    """Return the passages of a survey that are nearest to a query.

    `least` is the smallest nearness. What comes is not checked here: see survey.search.find. Never raises for what is
    wrong with the service.
    """
    if not _waiting.acquire(blocking=False):
        return Reply([], SILENT)
    try:
        until = time.monotonic() + WAIT_SECONDS
        request = {
            "key": wire.make_key(current_app.config["SECRET_KEY"]),
            "survey": survey_id,
            "query": query,
            "limit": limit,
            "least": least,
            "seconds": WAIT_SECONDS,
        }
        with wire.connect(Path(current_app.instance_path), until) as connection:
            wire.send(connection, request, until)
            reply = wire.receive(connection, until)
        state = reply.get("state")
        if state != SEARCHED:
            return Reply([], PREPARING if state == PREPARING else SILENT)
        looked_in = reply.get("looked_in")
        passages = [_passage(each) for each in reply["passages"]][:limit]
        return Reply(passages, SEARCHED, None if looked_in is None else int(looked_in))
    except TimeoutError:
        return Reply([], PREPARING)  # it is there, but just starting, or very busy
    except (OSError, ValueError, TypeError, LookupError, ArithmeticError):
        return Reply([], SILENT)
    finally:
        _waiting.release()


def _passage(found: list[float]) -> Passage:
    """Return a passage from its numbers. Raises ValueError, TypeError."""
    answer_id, starts, ends, checksum, nearness = found
    passage = Passage(int(answer_id), int(starts), int(ends), int(checksum), float(nearness))
    if not 0 <= passage.starts < passage.ends or not 0 < passage.answer_id < 2**63:
        raise ValueError(found)
    return passage
