"""How much work searching by word may be: how often for one address, how many at once, and how long each.

A search reads every answer that may have the words, and keeps a thread of the site and its processor busy meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.exceptions import TooManyRequests

from survey.web.rate_limits import Rule, client_address, held, rate_limiter

SEARCHED_WORDS = Rule("words", 200, 5)
"""Searches of one network address: more than by meaning, since who has asked for that often is served by word"""
AT_ONCE, MAX_WAITING = 2, 2
"""Searches of a process that run, and that wait for their turn"""
WAIT_SECONDS = 1.0
RETRY_SECONDS = 5
MAX_SECONDS = 1.5
"""Of a processor, for one search"""

_places = threading.BoundedSemaphore(AT_ONCE + MAX_WAITING)
_turns = threading.BoundedSemaphore(AT_ONCE)


class Effort:
    """The processor time that one search may take in its thread, and whether it was too short for all answers."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.thread_time() + seconds
        self.is_over = False

    def goes_on(self) -> bool:
        """Return whether there is time left; once there is none, the search has not looked through all."""
        self.is_over = self.is_over or time.thread_time() > self._ends
        return not self.is_over


def count_search() -> None:
    """Count a search of this visitor. Raises TooManyRequests."""
    who = client_address()
    if not rate_limiter().hit(SEARCHED_WORDS, who):
        raise TooManyRequests(retry_after=rate_limiter().seconds_left(SEARCHED_WORDS, who))


@contextmanager
def few_at_once() -> Iterator[None]:
    """Let few searches run, and few more wait for a moment. Raises ServiceUnavailable for others."""
    with held(_places, retry_after=RETRY_SECONDS), held(_turns, WAIT_SECONDS, retry_after=RETRY_SECONDS):
        yield
