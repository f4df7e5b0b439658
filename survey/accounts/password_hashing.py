"""Argon2 password hashing, one hash at a time in each process: one takes 64 MB and all cores.

Few threads may wait for their turn, because a waiting thread serves no pages; others get 503 with Retry-After. Who
chooses a new password never takes the last place, which is left to who signs in.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from argon2 import PasswordHasher

from survey.web.rate_limits import held

MAX_WAITING = 2
WAIT_SECONDS = 3.0
RETRY_SECONDS = 5

_places = threading.BoundedSemaphore(1 + MAX_WAITING)
_places_of_new = threading.BoundedSemaphore(MAX_WAITING)
_turn = threading.Lock()


class SerialPasswordHasher(PasswordHasher):
    """argon2-cffi's hasher with a queue. Its methods raise ServiceUnavailable if too many threads wait already."""

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        """Return the hash of a new password."""
        with held(_places_of_new, retry_after=RETRY_SECONDS), _one_at_a_time():
            return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        """Return True, or raise the exception of argon2-cffi for a wrong password."""
        with _one_at_a_time():
            return super().verify(hash, password)


def raise_if_busy() -> None:
    """Raise ServiceUnavailable if the queue is full, so that an attempt is not counted that cannot be made."""
    with held(_places, retry_after=RETRY_SECONDS):
        pass


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with held(_places, retry_after=RETRY_SECONDS), held(_turn, WAIT_SECONDS, retry_after=RETRY_SECONDS):
        yield
