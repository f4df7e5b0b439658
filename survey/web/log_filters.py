"""Filters for log records of libraries: remove addresses of visitors, shorten repeated connection errors."""

from __future__ import annotations

import logging
import time

import psycopg

REPEAT_SECONDS = 60.0


class RemoveAddresses(logging.Filter):
    """Replace gunicorn messages about invalid requests, which contain addresses and request lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the message; keep the traceback, if any."""
        if str(record.msg).startswith("Invalid request from"):
            record.msg, record.args = "A request was refused because it is not whole, or no HTTP.", ()
        elif str(record.msg).startswith("Error handling request %s"):
            record.msg, record.args = "A request broke outside of the site's pages.", ()
        return True


class ShortenConnectionErrors(logging.Filter):
    """While Redis or the PostgreSQL of the queue is unavailable, log one line a minute instead of every traceback."""

    def __init__(self) -> None:
        super().__init__()
        self._next: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log the record; remove the traceback of a connection error."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not _is_connection_error(error):
            return True
        moment = time.monotonic()
        if moment < self._next.get(str(record.msg), 0.0):
            return False
        self._next[str(record.msg)] = moment + REPEAT_SECONDS
        record.msg = f"{record.getMessage()} ({type(error).__name__}: {error}) Does it run, and is its address right?"
        record.args, record.exc_info, record.exc_text = (), None, None
        return True


def _is_connection_error(error: BaseException) -> bool:
    # By name, because redis is an optional dependency.
    kind = type(error)
    of_redis = kind.__module__ == "redis.exceptions" and kind.__name__ in ("ConnectionError", "TimeoutError")
    return of_redis or isinstance(error, psycopg.OperationalError)
