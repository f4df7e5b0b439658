"""How every process of the site writes its log: as text, or as one JSON object a line.

A log holds no answer, no address of a visitor and no secret link: requests are told by their route, statements of the
database without their values.
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
    """A line of text, and a traceback without what people wrote."""

    def formatException(self, ei: ExceptionInfo) -> str:
        return ROW.sub("DETAIL: left out\n", super().formatException(ei))


class JsonLines(JsonFormatter):
    """The same as an object."""

    def formatException(self, ei: ExceptionInfo) -> str:
        return ROW.sub("DETAIL: left out\n", logging.Formatter.formatException(self, ei))


def configuration(kind: str) -> dict[str, Any]:
    """What logging.config.dictConfig needs; `kind` is text or json."""
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
    """Log every request by its route, status and time."""

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def note(response: Response) -> Response:
        if requests.isEnabledFor(logging.INFO):
            told = {"method": method(), "route": route(), "status": response.status_code, "ms": milliseconds()}
            requests.info("request", extra=told)
        return response


def method() -> str:
    """The request's method, "other" for those that visitors make up: each would be a count of its own for ever."""
    return request.method if request.method in METHODS else "other"


def route() -> str:
    """The rule that the request's address follows: without slugs, secrets or search words."""
    rule = request.url_rule
    return rule.rule if rule else "none"


def milliseconds() -> int:
    """How long the request has taken so far; 0 where it was refused before its time was taken."""
    begun = g.get("begun")
    return 0 if begun is None else round((time.perf_counter() - begun) * 1000)
