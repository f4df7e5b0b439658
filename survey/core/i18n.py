"""Languages of the pages: which there are, and which one a page is in.

There are two catalogues of messages, in `translations/LANGUAGE/LC_MESSAGES`:

- `public.po`: what visitors read, in all languages of PUBLIC. A message is in it if it stands in a package or a folder
  of templates that visitors' pages are made of; `translations/public.toml` lists these.
- `workshop.po`: what only owners read, in the languages of WORKSHOP: the messages of all other packages and templates.

The owner's pages look up a message in `workshop`, then in `public`, so what both show is translated once. A message is
marked the same everywhere: `_("…")` or `{% trans %}` in a template, `gettext("…")` or `ngettext` in code that runs
while a page is made, `N_("…")` where a constant is defined (what shows it calls gettext). Mark whole sentences with
%(named)s values. `analysis/` gives its sentences as a `Message`, which `formatting.translated` shows.
`make translations` brings both catalogues up to date.

A page for visitors is in the language they chose in its menu, else in one that their browser asks for, else in that of
the survey, else in English. The owner's pages are in a language that the browser asks for, else in English.

The API, preview images and files are in English. What is stored (answers, names of themes, edits) is
never translated, but for why a run failed, which survey/runs/failures.py reads back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

from babel import Locale
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, has_app_context, has_request_context, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

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


PUBLIC = Domain("public", (ENGLISH, "ar", "de", "es", "fr", "it", "ja", "nl", "pt", "zh"))
WORKSHOP = Domain("workshop", (ENGLISH, "es"), PUBLIC)
"""To add a language: its code here, then `make translations`, which begins its catalogue"""

COOKIE = "language"
"""Of a visitor who chose a language in the menu of a page"""
PARAMETER = "lang"
"""Of the addresses in that menu"""
COOKIE_SECONDS = 365 * 24 * 3600
FRAMED_ENDPOINTS = ("share.embed", "live.")
"""Prefixes of the pages inside other sites and of the screen in the room, where no cookie is set: their addresses keep
the choice"""
PUBLIC_ENDPOINTS = ("respond.", "own_answer.", "follow_up.", "share.embed", "results.", "reading.", "taking.", "live.")
"""Prefixes of the endpoints whose pages are for visitors"""
ENGLISH_ENDPOINTS = (
    "api.",
    "operating.",
    "look.",
    "share.",
    "embedding.",
    "static",
    "exporting.table",
    "looking_after.those",
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
    """Translate a message into the language of this page, and interpolate the values: numbers as it writes them."""
    text = str(_catalogue().ugettext(message))
    return text % _written(values) if values else text


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """Translate a message, in the plural form for a count; `num` is interpolated."""
    return str(_catalogue().ungettext(one, many, count)) % _written({"num": count, **values})


def _written(values: dict[str, object]) -> dict[str, object]:
    """Return values with whole numbers written in the language of this page: 5,000 or 5.000."""
    return {
        name: format_decimal(value, locale=language()) if type(value) is int and abs(value) >= 1000 else value
        for name, value in values.items()
    }


def init_app(app: Flask) -> None:
    """Choose a language for each request, and add it to the Vary header."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals |= {
        "language": language,
        "direction": direction,
        "lang_of_survey": lang_of_survey,
        "offered_languages": offered_languages,
    }
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda message: _catalogue().ugettext(message),
        ngettext=lambda one, many, count: _catalogue().ungettext(one, many, count),
        pgettext=lambda context, message: _catalogue().upgettext(context, message),
        npgettext=lambda context, one, many, count: _catalogue().unpgettext(context, one, many, count),
        newstyle=True,
    )
    app.config["WTF_I18N_ENABLED"] = False  # the messages of forms are in our own catalogues

    @app.before_request
    def remember_choice() -> AnyResponse | None:
        """Put the language chosen in the menu into a cookie, and go to the page's own address, which is passed on."""
        if request.method != "GET" or request.endpoint is None or domain() is not PUBLIC:
            return None
        if PARAMETER not in request.args or request.endpoint.startswith(FRAMED_ENDPOINTS):
            return None
        response = redirect(_this_page())
        if request.args[PARAMETER] in PUBLIC.languages:
            secure = bool(app.config["SESSION_COOKIE_SECURE"])
            response.set_cookie(
                COOKIE, request.args[PARAMETER], COOKIE_SECONDS, secure=secure, httponly=True, samesite="Lax"
            )
        return response

    @app.url_defaults
    def keep_choice(endpoint: str, values: dict[str, object]) -> None:
        if not has_request_context() or PARAMETER not in request.args or PARAMETER in values:
            return
        if endpoint.startswith(FRAMED_ENDPOINTS) and (request.endpoint or "").startswith(FRAMED_ENDPOINTS):
            values[PARAMETER] = request.args[PARAMETER]

    @app.after_request
    def vary_by_language(response: Response) -> Response:
        if response.mimetype == "text/html" and "Location" not in response.headers and domain() is not None:
            response.vary.add("Accept-Language")
        return response


def language() -> str:
    """Return the language code of this page ("en", "es"); outside of a request that of `in_language`, else English."""
    if not has_request_context():
        return str(g.get("language", ENGLISH)) if has_app_context() else ENGLISH
    if "language" not in g:
        of_page = domain()
        g.language = _choose(of_page) if of_page else ENGLISH
    return str(g.language)


def chosen_language(cookies: Mapping[str, str]) -> str:
    """Return what a visitor's cookie says of the language of public pages, whether or not there is such a language."""
    return cookies.get(COOKIE, "")


def _choose(of_page: Domain) -> str:
    if of_page is PUBLIC:
        framed = (request.endpoint or "").startswith(FRAMED_ENDPOINTS)
        chosen = request.args.get(PARAMETER) if framed else chosen_language(request.cookies)
        if chosen in of_page.languages:
            return chosen
    fallback = g.get("survey_language", ENGLISH)
    return request.accept_languages.best_match(
        of_page.languages, fallback if of_page is PUBLIC and fallback in of_page.languages else ENGLISH
    )


def fall_back_on(survey_language: str) -> None:
    """Take the language of a survey for this page where its visitor asks for none that there is."""
    code = survey_language.split("-")[0]
    if has_request_context() and g.get("survey_language") != code:
        g.survey_language = code
        g.pop("language", None)
        g.pop("catalogue", None)


@contextmanager
def in_language(language_code: str, of: Domain = PUBLIC) -> Iterator[None]:
    """Write what is made inside in a language of the public pages, whoever asks for it; in English if it is none.

    With WORKSHOP in a language of the owner's pages, as for a mail.
    """
    before = (g.get("language"), g.get("catalogue"))
    g.language = public_language(language_code) if of is PUBLIC else _of_workshop(language_code)
    g.catalogue = _load(of, g.language)
    try:
        yield
    finally:
        g.language, g.catalogue = before
        if before[0] is None:
            g.pop("language")
        if before[1] is None:
            g.pop("catalogue")


def public_language(code: str) -> str:
    """Return the language of the public pages that is nearest to one of a survey: itself, or English."""
    base = code.split("-")[0]
    return base if base in PUBLIC.languages else ENGLISH


def _of_workshop(code: str) -> str:
    return code if code in WORKSHOP.languages else ENGLISH


def public_messages(code: str) -> NullTranslations:
    """Return the messages of the public pages in the language of a survey, outside of any page."""
    return _load(PUBLIC, public_language(code))


def lang_of_survey() -> Markup:
    """Return the attribute `lang` of what is written in the language of the survey, nothing where the page is in it."""
    code = g.get("survey_language", ENGLISH)
    return Markup("") if code == language() else Markup(' lang="{}"').format(code)


def direction() -> str:
    """Return the direction of the writing of this page: "ltr" or "rtl"."""
    return str(Locale.parse(language()).text_direction)


def offered_languages() -> list[tuple[str, str, str]]:
    """Return code, own name and address of this page in each language; none where there is no choice."""
    if request.endpoint is None or request.method != "GET" or domain() is not PUBLIC:
        return []
    return [(code, _own_name(code), _this_page(code)) for code in PUBLIC.languages]


def _this_page(code: str | None = None) -> str:
    """Return the address of this page in a language, or without one; the rest of the query stays.

    `url_for` is not given the query: it takes names such as `_anchor` for its own parameters.
    """
    own = request.view_args or {}
    query = [(name, values) for name, values in request.args.lists() if name != PARAMETER and name not in own]
    if code is not None:
        query.append((PARAMETER, [code]))
    path = url_for(request.endpoint or "", **{**own, PARAMETER: None})
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


@cache
def _own_name(code: str) -> str:
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


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
        outside: NullTranslations | None = g.get("catalogue") if has_app_context() else None
        return outside or _load(PUBLIC, ENGLISH)
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
