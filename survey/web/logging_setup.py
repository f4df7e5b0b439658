"""Logging of all processes: as text, or as one JSON object a line.

A log contains no answer, no address of a visitor and no secret link: requests are logged by their route, SQL statements
without parameters.
"""

from __future__ import annotations

import logging
import re
import time
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, request
from pythonjsonlogger.json import JsonFormatter

from survey.web.log_filters import RemoveAddresses, ShortenConnectionErrors

TEXT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
JSON_FIELDS = ["asctime", "levelname", "name", "process", "message"]
NAMES = {"asctime": "time", "levelname": "level", "name": "logger"}
# PostgreSQL repeats the row that it refuses; SQLAlchemy's own lines follow it.
ROW = re.compile(r"DETAIL:.*?(?=^\[SQL|^\(Background|^The above exception was|\Z)", re.DOTALL | re.MULTILINE)

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))

requests = logging.getLogger("survey.requests")

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class TextLines(logging.Formatter):
    """Text log lines, with tracebacks that leave out answer texts."""

    def formatException(self, ei: ExceptionInfo) -> str:
        return ROW.sub("DETAIL: left out\n", super().formatException(ei))


class JsonLines(JsonFormatter):
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
            fields = {"method": method(), "route": route(), "status": response.status_code, "ms": milliseconds()}
            requests.info("request", extra=fields)
        return response


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
