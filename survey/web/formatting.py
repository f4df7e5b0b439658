"""Template filters for numbers, dates and lists, in the language of the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from urllib.parse import urlencode

from babel import Locale
from babel.dates import format_date, format_skeleton, get_timezone_location
from babel.numbers import format_decimal, format_percent
from flask import Flask, g, request
from jinja2 import StrictUndefined, pass_context
from markupsafe import Markup

from analysis.messages import Message
from survey.core.database import now
from survey.core.i18n import ENGLISH, direction, gettext, language, public_language
from survey.web import time_zones

LOCALES = {ENGLISH: "en_GB"}
"""Locales whose way of writing dates and lists is taken, where it is not that of the language itself"""
COMMAS = {"ar": "، ", "ja": "、", "zh": "、"}
"""What stands between two items of a list, where it is not a comma and a space"""
QUOTE_MARKS = {
    "ar": ("«", "»"),
    "de": ("„", "“"),
    "es": ("«", "»"),
    "fr": ("«\N{NARROW NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}»"),
    "it": ("«", "»"),
    "ja": ("「", "」"),
}
"""Quotation marks of a language, where they are not “ and ”"""
UNSPACED = frozenset({"ja", "zh"})
"""Languages without spaces and capitals, in whose sentences a name has quotation marks, else nothing sets it apart"""
KEEPS_CAPITALS = frozenset({"de"})
"""Languages whose nouns have a capital inside a sentence too"""
_LABEL = re.compile(r"\[[^\[\]]{0,60}\]")
_LETTER = re.compile(r"[^\W\d_]")
_FROM_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+")
"""Letters of Hebrew, Arabic, Syriac, Thaana, N'Ko and their kin"""
MAX_CACHED_NUMBERS = 10_000
UNITS = (("bytes", 1), ("kB", 10**3), ("MB", 10**6), ("GB", 10**9))


def paragraphs(text: str) -> list[str]:
    """Split a text into paragraphs at blank lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]


def day(moment: date) -> str:
    """19 March 2026; of a moment, in the time zone of the page"""
    local = moment.astimezone(time_zones.of_page()) if isinstance(moment, datetime) else moment
    return format_date(local, "long", locale=_locale())


def moment(value: datetime) -> str:
    """19 March, 07:40 (in the time zone of the page)"""
    locale, local = Locale.parse(_locale()), value.astimezone(time_zones.of_page())
    at = str(locale.datetime_formats["medium"])
    return at.format(local.strftime("%H:%M"), format_skeleton("MMMMd", local, locale=locale))


def instant(value: datetime) -> str:
    """19 March 2026 at 07:40 UTC, or with the name of another time zone"""
    time = value.astimezone(time_zones.of_page()).strftime("%H:%M")
    return gettext("%(day)s at %(time)s %(zone)s", day=day(value), time=time, zone=zone_name(value))


def zone_name(value: datetime) -> str:
    """UTC, or Central European Summer Time: the time zone of the page at a moment"""
    return time_zones.label(value, time_zones.of_page(), _locale())


def zone_of_owner() -> str:
    """Berlin, UTC: the place whose time whoever is signed in types dates in"""
    zone = time_zones.zone(time_zones.own())
    if zone.key in time_zones.UTC_NAMES:
        return time_zones.UTC_NAME
    return str(get_timezone_location(zone, locale=_locale(), return_city=True))


def _day_element(value: date) -> Markup:
    local = value.astimezone(time_zones.of_page()).date() if isinstance(value, datetime) else value
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(), day(value))


def _moment_element(value: datetime) -> Markup:
    """Return a moment as an element of a page; the zone is named where it is nobody's own."""
    text = moment(value) if time_zones.is_readers_own() else f"{moment(value)} {zone_name(value)}"
    return _clock_element(value, text, "moment")


def _instant_element(value: datetime) -> Markup:
    return _clock_element(value, instant(value), "instant")


def _clock_element(value: datetime, text: str, form: str) -> Markup:
    at = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if time_zones.is_readers_own():
        return Markup('<time datetime="{}">{}</time>').format(at, text)
    g.shows_clock = True
    return Markup('<time datetime="{}" data-clock="{}">{}</time>').format(at, form, text)


def shows_clock() -> bool:
    """Return whether the page so far has a time that static/times.js shows as the visitor's clock does."""
    return bool(g.get("shows_clock", False))


def _locale() -> str:
    return LOCALES.get(language(), language())


def number(value: int) -> str:
    """12,345"""
    return _number(value, language())


def number_in(value: int, language_code: str) -> str:
    """12,345, as written in a language of the public pages; as in English for another."""
    return _number(value, public_language(language_code))


@lru_cache(maxsize=MAX_CACHED_NUMBERS)
def _number(value: int, language_code: str) -> str:
    """Format a number. Cached: a theme page has about 400, and formatting them took a fifth of its time."""
    return format_decimal(value, locale=language_code)


def share(value: float) -> str:
    """0.347 -> 35%; a share that is not zero never reads 0%."""
    if 0 < value < 0.005:
        return gettext("under %(share)s", share=_percent(1, language()))
    return _percent(int(f"{value:.0%}"[:-1]), language())


@cache
def _percent(value: int, language_code: str) -> str:
    return format_percent(value / 100, locale=language_code)


def figure(value: float) -> str:
    """0.784 -> .78: a measure between -1 and 1, without the 0 in English; what is not 1 never reads 1."""
    short = min(value, 0.99) if value < 1 else value
    written = format_decimal(short, "0.00", locale=language())
    return written.replace("0.", ".", 1) if language() == ENGLISH and abs(short) < 1 else written


def before_last(last: str) -> str:
    """Return the conjunction before the last item of a list, " and ". Spanish has another one before the sound of i."""
    if language() == "es" and re.match(r"h?[ií](?![aeo])", last, re.IGNORECASE):
        return " e "
    return str(Locale.parse(_locale()).list_patterns["standard"]["2"]).removeprefix("{0}").removesuffix("{1}")


def comma() -> str:
    """Return what stands between two items of a list, ", "."""
    return COMMAS.get(language(), ", ")


def quote_marks() -> tuple[str, str]:
    """Return the quotation marks of the language of the page, which are around quotes in any language."""
    return QUOTE_MARKS.get(language(), ("“", "”"))


def as_name(name: str) -> str:
    """Return a name as it stands in a sentence of the language of the page, in quotation marks where it needs them."""
    return name.join(quote_marks()) if language() in UNSPACED else name


def between_sentences() -> str:
    """Return what stands between two sentences, a space where words have spaces."""
    return "" if language() in UNSPACED else " "


def reading_direction(*texts: str) -> str:
    """Return the direction that most letters of texts run in, "ltr" or "rtl"; that of the page where there are none.

    What stands in square brackets is not counted: labels of personal data are in the language of the page.
    """
    own = [_LABEL.sub("", text) for text in texts]
    from_right = sum(len(found) for text in own for found in _FROM_RIGHT.findall(text))
    if not from_right:
        return "ltr" if any(_LETTER.search(text) for text in own) else direction()
    return "rtl" if 2 * from_right > sum(len(_LETTER.findall(text)) for text in own) else "ltr"


def quoted(text: str) -> str:
    """Return a text in quotation marks for use inside a sentence, isolated where it runs in another direction."""
    marked = text.join(quote_marks())
    return marked if reading_direction(text) == direction() else f"\u2068{marked}\u2069"


def within_sentence(name: str) -> str:
    """Return a name for use inside a sentence: "Laughing together" -> "laughing together", "NHS care" as it is."""
    if language() in KEEPS_CAPITALS or name[1:2].isupper() or name.startswith(("I ", "I'", "I’")):
        return name
    return name[:1].lower() + name[1:]


def listed(names: Sequence[str]) -> str:
    """A, B and C"""
    return "".join([comma().join(names[:-1]), *(before_last(name) for name in names[1:][-1:]), *names[-1:]])


def translated(text: str) -> str:
    """Translate a text that was marked where it stands as a constant, or a message of the library with its values."""
    if not isinstance(text, Message):
        return gettext(text) if text else ""
    values = {name: number(one) if isinstance(one, int) else translated(one) if isinstance(one, Message) else one
              for name, one in text.values.items()}  # fmt: skip
    return gettext(text.text, **values) if text else ""


def file_size(size: int) -> str:
    """1,234 bytes -> 1.2 kB"""
    unit, most = next(((name, most) for name, most in UNITS if size < 1000 * most), UNITS[-1])
    pattern = "0" if most == 1 or size >= 100 * most else "0.#"
    return f"{format_decimal(size / most, pattern, locale=language())} {unit}"


def at_page(number: int) -> str:
    """Return the query string of another page of the current list, with all other parameters."""
    return "?" + urlencode({**request.args.to_dict(), "page": number})


def init_app(app: Flask) -> None:
    """Register the filters and globals of the templates."""
    app.jinja_env.filters |= {
        "paragraphs": paragraphs,
        "day": _day_element,
        "moment": _moment_element,
        "instant": _instant_element,
        "number": number,
        "share": share,
        "within_sentence": within_sentence,
        "as_name": as_name,
        "translated": translated,
        "file_size": file_size,
        "figure": pass_context(lambda _context, value: figure(value)),  # else Jinja writes a constant once for all
    }
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals |= {
        "before_last": before_last,
        "comma": comma,
        "quote_marks": quote_marks,
        "reading_direction": reading_direction,
        "now": now,
        "at_page": at_page,
        "shows_clock": shows_clock,
        "zone_of_owner": zone_of_owner,
    }
