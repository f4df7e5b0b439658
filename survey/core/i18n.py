"""Translations: pages for visitors are in the visitor's language where there is a catalogue for it, else in English.

The owner's pages, the API, preview images and files are always in English; this module decides which pages are not.
Texts by owners and respondents are never translated.
"""

from __future__ import annotations

from typing import Any

import flask_babel
from flask import Flask, Response, g, has_request_context, request

from survey.core.settings import PROJECT

ENGLISH = "en"
LANGUAGES = (ENGLISH, "es")
"""English, the language of the source texts, and those of translations/"""
TRANSLATED_ENDPOINTS = ("respond.", "own_answer.", "share.embed", "results.", "reading.", "taking.")
"""Prefixes of the endpoints whose pages are in the visitor's language"""
ENGLISH_PATHS = ("/manage", "/api", "/sign-in", "/set-up")
"""Prefixes of the paths whose 404 pages are in English"""


def N_(text: str) -> str:
    """Mark a text for extraction into the catalogues; the code that shows it calls gettext."""
    return text


def gettext(message: str, **values: object) -> str:
    """Translate a message into the language of this page, and interpolate the values."""
    text = str(_catalogue().ugettext(message))
    return text % values if values else text


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """Translate a message, in the plural form for a count; `num` is interpolated."""
    return str(_catalogue().ungettext(one, many, count)) % {"num": count, **values}


def init_app(app: Flask) -> None:
    """Choose a language for each request, and add it to the Vary header."""
    flask_babel.Babel(
        app, default_translation_directories=str(PROJECT / "translations"), locale_selector=_select_locale
    )
    app.jinja_env.globals["language"] = language
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda message: _catalogue().ugettext(message),
        ngettext=lambda one, many, count: _catalogue().ungettext(one, many, count),
        pgettext=lambda context, message: _catalogue().upgettext(context, message),
        npgettext=lambda context, one, many, count: _catalogue().unpgettext(context, one, many, count),
        newstyle=True,
    )
    app.config["WTF_I18N_ENABLED"] = False  # the messages of forms are in our own catalogues

    @app.after_request
    def vary_by_language(response: Response) -> Response:
        if response.mimetype == "text/html" and _is_for_visitors():
            response.vary.add("Accept-Language")
        return response


def _catalogue() -> Any:
    """Return the translations for this request, cached in `g`: a page has about a hundred messages."""
    if not g:
        return flask_babel.get_translations()
    if "catalogue" not in g:
        g.catalogue = flask_babel.get_translations()
    return g.catalogue


def language() -> str:
    """Return the language code of this page ("en", "es"); English outside of a request."""
    if not g:
        return ENGLISH
    if "language" not in g:
        locale = flask_babel.get_locale()
        g.language = str(locale.language) if locale else ENGLISH
    return str(g.language)


def _select_locale() -> str:
    if not has_request_context() or not _is_for_visitors():
        return ENGLISH
    return request.accept_languages.best_match(LANGUAGES, ENGLISH)


def _is_for_visitors() -> bool:
    """Return whether the page of this request is for visitors, not for the owner or a program."""
    if request.endpoint is None:
        return not request.path.startswith(ENGLISH_PATHS)
    return request.endpoint.startswith(TRANSLATED_ENDPOINTS)
