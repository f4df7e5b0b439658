"""Argon2, one hash at a time in each process: one takes 64 MB and every core while it lasts.

Few may wait for their turn, because a thread that waits shows no pages; all others are told at once to try again.
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
_turn = threading.Lock()


class SerialPasswordHasher(PasswordHasher):
    """argon2-cffi's hasher. Its methods raise ServiceUnavailable where too many wait already."""

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        """Return the hash of a password."""
        with _taken():
            return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        """Return True, or raise what argon2-cffi raises where the password is another."""
        with _taken():
            return super().verify(hash, password)


def refuse_where_busy() -> None:
    """Raise ServiceUnavailable where no turn is to be had: nothing needs to be counted of a try that cannot be made."""
    if not _places.acquire(blocking=False):
        raise ServiceUnavailable(retry_after=RETRY_SECONDS)
    _places.release()


@contextmanager
def _taken() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise ServiceUnavailable(retry_after=RETRY_SECONDS)
    try:
        if not _turn.acquire(timeout=WAIT_SECONDS):
            raise ServiceUnavailable(retry_after=RETRY_SECONDS)
        try:
            yield
        finally:
            _turn.release()
    finally:
        _places.release()
