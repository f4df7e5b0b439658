"""Languages of the pages: which there are, and which one a page is in.

There are two catalogues of messages, in `translations/LANGUAGE/LC_MESSAGES`:

- `public.po`: what visitors read, in all languages of PUBLIC. A message is in it if it stands in a package or a folder
  of templates that visitors' pages are made of; `translations/public.toml` lists these.
- `workshop.po`: what only owners read, in the languages of WORKSHOP: the messages of all other packages and templates.

The owner's pages look up a message in `workshop`, then in `public`, so what both show is translated once. A message is
marked the same everywhere: `_("…")` or `{% trans %}` in a template, `gettext("…")` or `ngettext` in code that runs
while a page is made, `N_("…")` where a constant is defined (what shows it calls gettext). Mark whole sentences with
%(named)s values. `make translations` brings both catalogues up to date.

The API, preview images and files are in English. What is stored (answers, names of themes, edits, errors of runs) is
never translated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, has_request_context, request

from survey.core.settings import PROJECT

ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Domain:
    """A catalogue of messages."""

    name: str
    languages: tuple[str, ...]
    """Those it is translated into, and English, the language of the messages"""
    fallback: Domain | None = None
    """Where a message is looked up that is not in this catalogue; it has all languages of this one"""


PUBLIC = Domain("public", (ENGLISH, "es"))
WORKSHOP = Domain("workshop", (ENGLISH, "es"), PUBLIC)
"""To add a language: its code here, then `make translations`, which begins its catalogue"""

PUBLIC_ENDPOINTS = ("respond.", "own_answer.", "share.embed", "results.", "reading.", "taking.")
"""Prefixes of the endpoints whose pages are for visitors"""
ENGLISH_ENDPOINTS = (
    "api.",
    "operating.",
    "share.",
    "static",
    "exporting.table",
    "exporting.all_sheets",
    "exporting.chart_file",
    "exporting.codebook",
    "exporting.theme_page",
    "coded.codebook_out",
    "coded.project_out",
)
"""Prefixes of the endpoints that programs read, or that make a file or an image. All others are the owner's pages."""
OWNER_PATHS = ("/manage", "/sign-in", "/set-up", "/account")
ENGLISH_PATHS = ("/api",)
"""Prefixes of paths without a page, whose 404 is for the owner, and for a program"""


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
    app.jinja_env.add_extension("jinja2.ext.i18n")
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
        if response.mimetype == "text/html" and domain() is not None:
            response.vary.add("Accept-Language")
        return response


def language() -> str:
    """Return the language code of this page ("en", "es"); English outside of a request."""
    if not has_request_context():
        return ENGLISH
    if "language" not in g:
        of_page = domain()
        g.language = request.accept_languages.best_match(of_page.languages, ENGLISH) if of_page else ENGLISH
    return str(g.language)


def domain() -> Domain | None:
    """Return the catalogue of the page of this request; None if it is in English whoever asks."""
    if request.endpoint is None:
        if request.path.startswith(ENGLISH_PATHS):
            return None
        return WORKSHOP if request.path.startswith(OWNER_PATHS) else PUBLIC
    if request.endpoint.startswith(PUBLIC_ENDPOINTS):
        return PUBLIC
    return None if request.endpoint.startswith(ENGLISH_ENDPOINTS) else WORKSHOP


def _catalogue() -> NullTranslations:
    """Return the translations for this request, kept in `g`: a page has about a hundred messages."""
    if not has_request_context():
        return _load(PUBLIC, ENGLISH)
    if "catalogue" not in g:
        g.catalogue = _load(domain() or PUBLIC, language())
    found: NullTranslations = g.catalogue
    return found


@cache
def _load(of: Domain, language_code: str) -> NullTranslations:
    """Read a compiled catalogue. English has none: its messages are the texts themselves."""
    found = Translations.load(PROJECT / "translations", [language_code], of.name)
    if of.fallback is not None:
        found.add_fallback(_load(of.fallback, language_code))
    return found
