"""How numbers, dates and words are written on pages, in the language of the page: the filters of the templates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from urllib.parse import urlencode

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from flask import Flask, request
from jinja2 import StrictUndefined

from survey.core.database import now
from survey.core.i18n import ENGLISH, gettext, language

# Patterns of the Unicode CLDR, by language: a day; a day of this year and a time; a day and a time.
DAY = {ENGLISH: "d MMMM y", "es": "d 'de' MMMM 'de' y"}
MOMENT = {ENGLISH: "d MMMM, HH:mm", "es": "d 'de' MMMM, HH:mm"}
INSTANT = {ENGLISH: "d MMMM y 'at' HH:mm 'UTC'", "es": "d 'de' MMMM 'de' y, HH:mm 'UTC'"}

NUMBERS_KEPT = 10_000


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, split at blank lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]


def day(moment: date) -> str:
    """19 March 2026"""
    return format_date(moment, DAY[language()], locale=language())


def moment(value: datetime) -> str:
    """19 March, 07:40 (UTC)"""
    return format_datetime(value, MOMENT[language()], locale=language())


def instant(value: datetime) -> str:
    """19 March 2026 at 07:40 UTC"""
    return format_datetime(value, INSTANT[language()], locale=language())


def number(value: int) -> str:
    """12,345"""
    return _number(value, language())


@lru_cache(maxsize=NUMBERS_KEPT)
def _number(value: int, spoken: str) -> str:
    """A theme page has some four hundred numbers, most of them small: to write them anew took a fifth of its time."""
    return format_decimal(value, locale=spoken)


def share(value: float) -> str:
    """0.347 -> 35%; a share that is not zero never reads 0%."""
    if 0 < value < 0.005:
        return gettext("under %(share)s", share=_percent(1, language()))
    return _percent(int(f"{value:.0%}"[:-1]), language())


@cache
def _percent(value: int, spoken: str) -> str:
    return format_percent(value / 100, locale=spoken)


def before_last(last: str) -> str:
    """What stands before the last of a list: " and ". Spanish has another word before the sound of i."""
    sounds_alike = language() == "es" and re.match(r"h?[ií](?![aeo])", last, re.IGNORECASE)
    return " " + ("e" if sounds_alike else gettext("and")) + " "


def listed(names: Sequence[str]) -> str:
    """A, B and C"""
    return "".join([", ".join(names[:-1]), *(before_last(name) for name in names[1:][-1:]), *names[-1:]])


def plural(count: int, one: str, many: str) -> str:
    """The word that fits the count."""
    return one if count == 1 else many


def at_page(number: int) -> str:
    """The address of another page of the list that is shown, with the rest of what was asked for."""
    return "?" + urlencode({**request.args.to_dict(), "page": number})


def init_app(app: Flask) -> None:
    """Give the templates their filters."""
    app.jinja_env.filters |= {
        "paragraphs": paragraphs,
        "day": day,
        "moment": moment,
        "instant": instant,
        "number": number,
        "share": share,
    }
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals |= {"plural": plural, "before_last": before_last, "now": now, "at_page": at_page}
