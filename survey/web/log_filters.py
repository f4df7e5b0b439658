"""What other libraries log, made fit for a log that programs read and that names no visitor."""

from __future__ import annotations

import logging
import time

import psycopg

SECONDS = 60.0


class RemoveAddresses(logging.Filter):
    """gunicorn's lines about requests it could not read hold their address and their first line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the words, keep the traceback where there is one."""
        if str(record.msg).startswith("Invalid request from"):
            record.msg, record.args = "A request was refused because it is not whole, or no HTTP.", ()
        elif str(record.msg).startswith("Error handling request %s"):
            record.msg, record.args = "A request broke outside of the site's pages.", ()
        return True


class ShortenConnectionErrors(logging.Filter):
    """Where Redis, or PostgreSQL for the queue, is away: a line a minute instead of a traceback for each try."""

    def __init__(self) -> None:
        super().__init__()
        self._next: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written; without its traceback where somebody else's server is away."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not _is_away(error):
            return True
        moment = time.monotonic()
        if moment < self._next.get(str(record.msg), 0.0):
            return False
        self._next[str(record.msg)] = moment + SECONDS
        record.msg = f"{record.getMessage()} ({type(error).__name__}: {error}) Does it run, and is its address right?"
        record.args, record.exc_info, record.exc_text = (), None, None
        return True


def _is_away(error: BaseException) -> bool:
    # By name, because the library is there only where it is asked for.
    kind = type(error)
    of_redis = kind.__module__ == "redis.exceptions" and kind.__name__ in ("ConnectionError", "TimeoutError")
    return of_redis or isinstance(error, psycopg.OperationalError)
