"""Logging of all processes: as text, or as one JSON object a line.

Times are those of UTC. A log contains no answer, no address of a visitor and no secret link: requests are logged by
their route, SQL statements without parameters.
"""

from __future__ import annotations

import logging
import re
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, request
from pythonjsonlogger.json import JsonFormatter

TEXT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
JSON_FIELDS = ["asctime", "levelname", "name", "process", "message"]
NAMES = {"asctime": "time", "levelname": "level", "name": "logger"}
# PostgreSQL repeats the row that it refuses; SQLAlchemy's own lines follow it.
ROW = re.compile(r"DETAIL:.*?(?=^\[SQL|^\(Background|^The above exception was|\Z)", re.DOTALL | re.MULTILINE)

REPEAT_SECONDS = 60.0
PSYCOPG_ERROR = ("psycopg", "OperationalError")

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))

requests = logging.getLogger("survey.requests")

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


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
    # By name, because redis is an optional dependency, and psycopg takes .04 s to load, which SQLite does without.
    kind = type(error)
    of_redis = kind.__module__ == "redis.exceptions" and kind.__name__ in ("ConnectionError", "TimeoutError")
    return of_redis or any((base.__module__, base.__name__) == PSYCOPG_ERROR for base in kind.__mro__)


class UtcTimes(logging.Formatter):
    """Times in UTC, as in 2026-11-30T10:49:41.123Z."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TextLines(UtcTimes):
    """Text log lines, with tracebacks that leave out answer texts."""

    def formatException(self, ei: ExceptionInfo) -> str:
        return ROW.sub("DETAIL: left out\n", super().formatException(ei))


class JsonLines(UtcTimes, JsonFormatter):
    """JSON log lines, with tracebacks that leave out answer texts."""

    def formatException(self, ei: ExceptionInfo) -> str:
        return ROW.sub("DETAIL: left out\n", logging.Formatter.formatException(self, ei))


def configuration(kind: str) -> dict[str, Any]:
    """Return the dictionary for logging.config.dictConfig; `kind` is text or json."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"()": TextLines, "format": TEXT},
            "json": {"()": JsonLines, "fmt": JSON_FIELDS, "rename_fields": NAMES},
        },
        "filters": {"away": {"()": ShortenConnectionErrors}, "visitors": {"()": RemoveAddresses}},
        "handlers": {
            "error": {
                "class": "logging.StreamHandler",
                "formatter": kind,
                "filters": ["away"],
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"level": "INFO", "handlers": ["error"]},
        "loggers": {
            # One line a request is for programs; on a terminal it would hide what matters.
            requests.name: {"level": "INFO" if kind == "json" else "WARNING"},
            "gunicorn.error": {"level": "WARNING", "propagate": True, "handlers": [], "filters": ["visitors"]},
            "gunicorn.access": {"level": "WARNING", "propagate": False, "handlers": []},
            "huey": {"level": "WARNING"},
            # These have handlers of their own as long as no log is set up.
            "alembic": {"level": "WARNING", "handlers": []},
            "sqlalchemy": {"level": "WARNING", "handlers": []},
        },
    }


def init_app(app: Flask) -> None:
    """Log the route, status and duration of every request."""

    @app.before_request
    def start_timer() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def log_request(response: Response) -> Response:
        if requests.isEnabledFor(logging.INFO):
            log_answered(method(), route(), response.status_code, milliseconds())
        return response


def log_answered(method: str, route: str, status: int, milliseconds: int) -> None:
    """Log one request that was answered."""
    if requests.isEnabledFor(logging.INFO):
        fields = {"method": method, "route": route, "status": status, "ms": milliseconds}
        requests.info("request", extra=fields)


def method() -> str:
    """Return the request method, or "other" for unknown ones, so that metrics have a fixed set of labels."""
    return request.method if request.method in METHODS else "other"


def route() -> str:
    """Return the URL rule of the request, which contains no slug, secret or search words."""
    rule = request.url_rule
    return rule.rule if rule else "none"


def milliseconds() -> int:
    """Return the milliseconds since the request began; 0 if it was rejected before the timer started."""
    begun = g.get("begun")
    return 0 if begun is None else round((time.perf_counter() - begun) * 1000)
