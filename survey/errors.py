"""Every error a visitor can meet, as a page that says what happened, what was kept and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException


@dataclass(frozen=True, slots=True)
class Words:
    """What an error page says."""

    heading: str
    message: str
    advice: str


WORDS = {
    400: Words("That did not arrive as it should", "Nothing was changed.", "Go back, reload the page and try again."),
    403: Words("That is not open to you", "Nothing was changed.", "Sign in, or go back."),
    404: Words(
        "There is nothing at this address",
        "The link may be cut short, or the page is not public.",
        "Check the link, or ask the person who sent it.",
    ),
    405: Words(
        "That cannot be done at this address", "Nothing was changed.", "Go back and use the buttons of the page."
    ),
    410: Words(
        "This is closed", "It takes no more answers.", "You may still read what others said, once it is published."
    ),
    413: Words("That is too large", "Nothing was kept of it.", "Send less at once."),
    415: Words(
        "That was not sent as a form", "Nothing was kept of it.", "Open the page in a browser and send it from there."
    ),
    422: Words("Something is missing", "Nothing was changed.", "Go back and fill in what is marked."),
    429: Words("That was a lot at once", "Nothing was changed.", "Wait a minute and try again."),
    500: Words(
        "Something broke on our side",
        "What was sent before is kept. This may not be.",
        "Go back, and try again in a minute. The person who runs this site finds the cause in its log.",
    ),
    503: Words("The site is busy", "Nothing was changed.", "Wait a moment and try again."),
}

SAYS_MORE = (400, 404, 413, 415)
"""Statuses whose page shows the words the refusing code gave with them."""


def init_app(app: Flask) -> None:
    """Show errors as pages."""

    @app.errorhandler(CSRFError)
    def no_token(error: CSRFError) -> ResponseReturnValue:
        return page(400, advice="The page was open for long, or cookies are off. Go back, reload it and try again.")

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None or (error.code or 500) < 400:
            return error
        own_words = error.description if error.description != type(error).description else None
        body, status = page(error.code or 500, message=own_words if error.code in SAYS_MORE else None)
        headers = [pair for pair in error.get_headers() if pair[0].lower() in ("allow", "retry-after")]
        return body, status, headers

    @app.errorhandler(OperationalError)
    def database_busy(error: OperationalError) -> ResponseReturnValue:
        app.logger.error("The database could not be reached: %s", type(error.orig).__name__, exc_info=error)
        return page(503)

    @app.errorhandler(500)
    def broken(error: HTTPException) -> ResponseReturnValue:
        return page(500)


def page(status: int, *, message: str | None = None, advice: str | None = None) -> tuple[str, int]:
    """The page of an error; words of its own go before the usual ones."""
    words = WORDS.get(status) or (WORDS[500] if status >= 500 else WORDS[400])
    body = render_template(
        "error.html",
        status=status,
        heading=words.heading,
        message=message or words.message,
        advice=advice or words.advice,
        back=None,
    )
    return body, status
