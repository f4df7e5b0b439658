"""In which language a page speaks: a visitor's own where there is a catalogue for it, else English.

The owner's workshop, the API, preview pictures and files are in English for everybody: this file says which pages
are not. What people wrote, the owner and the respondents, is never translated.
"""

from __future__ import annotations

import flask_babel
from flask import Flask, Response, has_request_context, request

from survey.settings import PROJECT

ENGLISH = "en"
LANGUAGES = (ENGLISH, "es")
"""English, in which messages are written, and those of translations/"""
SPOKEN = ("respond.", "own_answer.", "share.embed", "results.", "reading.")
"""How the endpoints begin whose pages speak the visitor's language"""
OWNERS = ("/manage", "/api", "/sign-in", "/set-up")
"""How addresses begin where even the page of an error is the owner's, or a program's"""


def N_(text: str) -> str:
    """Mark a text for the catalogues where it stands; whoever shows it passes it through gettext."""
    return text


def gettext(message: str, **values: object) -> str:
    """A message in the language of this page, with these values in their places."""
    return str(flask_babel.gettext(message, **values))


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The same, in the form that fits a count."""
    return str(flask_babel.ngettext(one, many, count, **values))


def init_app(app: Flask) -> None:
    """Choose a language for every request, and say that a page depends on it."""
    flask_babel.Babel(app, default_translation_directories=str(PROJECT / "translations"), locale_selector=_chosen)
    app.jinja_env.globals["language"] = language

    @app.after_request
    def depends_on_language(response: Response) -> Response:
        if response.mimetype == "text/html" and _is_visitors():
            response.vary.add("Accept-Language")
        return response


def language() -> str:
    """The language of this page, English outside of a request: "en", "es"."""
    locale = flask_babel.get_locale()
    return str(locale.language) if locale else ENGLISH


def _chosen() -> str:
    if not has_request_context() or not _is_visitors():
        return ENGLISH
    return request.accept_languages.best_match(LANGUAGES, ENGLISH)


def _is_visitors() -> bool:
    """Whether the page of this request is one that others than its owner read."""
    if request.endpoint is None:
        return not request.path.startswith(OWNERS)
    return request.endpoint.startswith(SPOKEN)
