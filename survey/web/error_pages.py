"""Error pages, or JSON errors for the API: what happened, what was kept and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, SecurityError

from survey.core.database import DATABASE_UNAVAILABLE
from survey.core.i18n import ENGLISH, N_, fall_back_on, gettext
from survey.web.request_checks import HANDLED_BY_VIEW, form_problem
from survey.web.survey_cache import SurveyChanged


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of an error page, in English."""

    heading: str
    message: str
    advice: str


WORDS = {
    400: Words(
        N_("That did not arrive as it should"),
        N_("Nothing was changed."),
        N_("Go back, reload the page and try again."),
    ),
    403: Words(N_("That is not open to you"), N_("Nothing was changed."), N_("Sign in, or go back.")),
    404: Words(
        N_("There is nothing at this address"),
        N_("The link may be cut short, or the page is not public."),
        N_("Check the link, or ask the person who sent it."),
    ),
    405: Words(
        N_("That cannot be done at this address"),
        N_("Nothing was changed."),
        N_("Go back and use the buttons of the page."),
    ),
    410: Words(
        N_("This is closed"),
        N_("It takes no more answers."),
        N_("You may still read what others said, once it is published."),
    ),
    413: Words(N_("That is too large"), N_("Nothing was kept of it."), N_("Send less at once.")),
    415: Words(
        N_("That was not sent as a form"),
        N_("Nothing was kept of it."),
        N_("Open the page in a browser and send it from there."),
    ),
    422: Words(N_("Something is missing"), N_("Nothing was changed."), N_("Go back and fill in what is marked.")),
    429: Words(N_("That was a lot at once"), N_("Nothing was changed."), N_("Wait a minute and try again.")),
    500: Words(
        N_("Something broke on our side"),
        N_("What was sent before is kept. This may not be."),
        N_("Go back, and try again in a minute. The person who runs this site finds the cause in its log."),
    ),
    503: Words(N_("The site is busy"), N_("Nothing was changed."), N_("Wait a moment and try again.")),
}

API = "/api"
"""Programs read the errors of this path and of all below it"""
SHOW_DESCRIPTION = (400, 401, 403, 404, 409, 413, 415, 422, 429)
"""Statuses whose page shows the description passed to `abort`."""
FORWARDED_HEADERS = ("allow", "retry-after", "www-authenticate")


def init_app(app: Flask) -> None:
    """Register the error handlers."""

    @app.errorhandler(CSRFError)
    def invalid_csrf_token(error: CSRFError) -> ResponseReturnValue:
        advice = gettext("The page was open for long, or cookies are off. Go back, reload it and try again.")
        return page(400, advice=advice)

    @app.errorhandler(SecurityError)
    def unknown_host(error: SecurityError) -> ResponseReturnValue:
        # Without the site's layout: url_for does not work for an unknown host.
        app.logger.warning(
            "A request for an unknown host was refused. Set THREADS_BASE_URL or THREADS_HOSTS if it is this site."
        )
        heading, advice = gettext("This site does not go by that name"), gettext("Check the address and try again.")
        if _is_for_programs():
            return jsonify(error=f"{heading}."), 400
        words = {"heading": heading, "message": gettext("Nothing was changed."), "advice": advice}
        return app.jinja_env.get_template("wrong_host.html").render(words), 400

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None or (error.code or 500) < 400:
            return error
        own_words = error.description if error.description != type(error).description else None
        body, status = page(
            error.code or 500,
            message=own_words if error.code in SHOW_DESCRIPTION else None,
            advice=getattr(error, "advice", None),
            back=getattr(error, "back", None),
            heading=getattr(error, "heading", None),
        )
        headers = [pair for pair in error.get_headers() if pair[0].lower() in FORWARDED_HEADERS]
        return body, status, headers

    def database_busy(error: SQLAlchemyError) -> ResponseReturnValue:
        app.logger.error("The database could not be reached: %s", type(error).__name__, exc_info=error)
        return page(503, text=_typed())

    @app.errorhandler(SurveyChanged)
    def changed(error: SurveyChanged) -> ResponseReturnValue:
        message = gettext("The survey was changed at this very moment, and the answer was not saved.")
        return page(409, message=message, advice=gettext("Send it again."), text=_typed())

    for kind in DATABASE_UNAVAILABLE:
        app.register_error_handler(kind, database_busy)

    @app.errorhandler(500)
    def broken(error: HTTPException) -> ResponseReturnValue:
        return page(500, text=_typed())


def _is_for_programs() -> bool:
    return request.path == API or request.path.startswith(f"{API}/")


def _typed() -> str:
    """Return the answer text of a POST that failed, so that its page can show it again."""
    if request.method != "POST" or request.endpoint not in HANDLED_BY_VIEW or form_problem(request) is not None:
        return ""
    return request.form.get("text", "")


def page(
    status: int,
    *,
    message: str | None = None,
    advice: str | None = None,
    back: tuple[str, str] | None = None,
    text: str = "",
    heading: str | None = None,
) -> tuple[str | Response, int]:
    """Return the error page, or JSON for the API; `message`, `advice` and `heading` replace the usual texts.

    `back` is the address and the name of a page to go on to, `text` what the visitor typed and that was not saved.
    """
    words = WORDS.get(status) or (WORDS[500] if status >= 500 else WORDS[400])
    if status == 404:
        fall_back_on(ENGLISH)  # what is not public is told by nothing from what is not there
    if _is_for_programs():
        return jsonify(error=message or f"{gettext(words.heading)}."), status
    body = render_template(
        "error.html",
        status=status,
        heading=heading or gettext(words.heading),
        message=message or gettext(words.message),
        advice=advice or gettext(words.advice),
        back=back,
        text=text,
    )
    return body, status
