"""In which language a page speaks: a visitor's own where there is a catalogue for it, else English.

The owner's workshop, the API, preview pictures and files are in English for everybody: this file says which pages
are not. What people wrote, the owner and the respondents, is never translated.
"""

from __future__ import annotations

from typing import Any

import flask_babel
from flask import Flask, Response, g, has_request_context, request

from survey.core.settings import PROJECT

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
    text = str(_catalogue().ugettext(message))
    return text % values if values else text


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The same, in the form that fits a count."""
    return str(_catalogue().ungettext(one, many, count)) % {"num": count, **values}


def init_app(app: Flask) -> None:
    """Choose a language for every request, and say that a page depends on it."""
    flask_babel.Babel(app, default_translation_directories=str(PROJECT / "translations"), locale_selector=_chosen)
    app.jinja_env.globals["language"] = language
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda message: _catalogue().ugettext(message),
        ngettext=lambda one, many, count: _catalogue().ungettext(one, many, count),
        pgettext=lambda context, message: _catalogue().upgettext(context, message),
        npgettext=lambda context, one, many, count: _catalogue().unpgettext(context, one, many, count),
        newstyle=True,
    )
    app.config["WTF_I18N_ENABLED"] = False  # forms say what is wrong in our own words, which are in our own catalogues

    @app.after_request
    def depends_on_language(response: Response) -> Response:
        if response.mimetype == "text/html" and _is_visitors():
            response.vary.add("Accept-Language")
        return response


def _catalogue() -> Any:
    """The translations of this page, looked up once a request: a page has a hundred messages."""
    if not g:
        return flask_babel.get_translations()
    if "catalogue" not in g:
        g.catalogue = flask_babel.get_translations()
    return g.catalogue


def language() -> str:
    """The language of this page, English outside of a request: "en", "es"."""
    if not g:
        return ENGLISH
    if "language" not in g:
        locale = flask_babel.get_locale()
        g.language = str(locale.language) if locale else ENGLISH
    return str(g.language)


def _chosen() -> str:
    if not has_request_context() or not _is_visitors():
        return ENGLISH
    return request.accept_languages.best_match(LANGUAGES, ENGLISH)


def _is_visitors() -> bool:
    """Whether the page of this request is one that others than its owner read."""
    if request.endpoint is None:
        return not request.path.startswith(OWNERS)
    return request.endpoint.startswith(SPOKEN)
