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
from werkzeug.exceptions import ServiceUnavailable

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
        with _place(_places_of_new), _one_at_a_time():
            return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        """Return True, or raise the exception of argon2-cffi for a wrong password."""
        with _one_at_a_time():
            return super().verify(hash, password)


def raise_if_busy() -> None:
    """Raise ServiceUnavailable if the queue is full, so that an attempt is not counted that cannot be made."""
    if not _places.acquire(blocking=False):
        raise ServiceUnavailable(retry_after=RETRY_SECONDS)
    _places.release()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with _place(_places):
        if not _turn.acquire(timeout=WAIT_SECONDS):
            raise ServiceUnavailable(retry_after=RETRY_SECONDS)
        try:
            yield
        finally:
            _turn.release()


@contextmanager
def _place(places: threading.BoundedSemaphore) -> Iterator[None]:
    if not places.acquire(blocking=False):
        raise ServiceUnavailable(retry_after=RETRY_SECONDS)
    try:
        yield
    finally:
        places.release()
