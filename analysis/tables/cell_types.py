"""What one cell looks like: a number, a time, an e-mail address, an id, blank … or a text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Literal

from analysis.files.model import TimeOrder
from analysis.tables.times import time_parser
from analysis.text.personal_data import URL
from analysis.text.placeholders import LONGEST as LONGEST_PLACEHOLDER
from analysis.text.placeholders import PLACEHOLDERS, is_placeholder

CellType = Literal["number", "time", "email", "address", "place", "phone", "link", "id", "code", "text"]
"""``code`` is what programs write and no person: JSON, a name of a browser"""
_VISIBLE = re.compile(
    "[^\\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffd]"
)
_EMAIL = re.compile(r"(?:mailto:)?[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_IP4 = re.compile(r"(?:\d{1,3}|[x*]{1,3})(?:\.(?:\d{1,3}|[x*]{1,3})){3}(?::\d+)?")
_IP6 = re.compile(r"(?=(?:.*:){7}|.*::)[0-9a-f:]{3,39}(?:/\d+)?(?:\.\d{1,3}){0,4}", re.I)
_UUID = re.compile(r"(?:uuid:)?\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?", re.I)
_TOKEN = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w+=-]{6,}|[0-9a-f]{12,}|[a-z]{1,4}[-_]?\d{1,12}", re.I)
_NUMBER = re.compile(
    r"[-+\u2212]?[$€£¥]?\s?(?:\d{1,3}(?:[.,'\u2019\xa0 ]\d{3})+|\d+)?(?:[.,]\d+)?\s?(?:%|[$€£¥])?"
    r"|\d{1,3}:\d{2}(?::\d{2})?"
)
_PAIR = re.compile(r"\(?-?\d{1,3}\.\d{3,}[,;\s]+-?\d{1,3}\.\d{3,}(?:[,;\s]+-?[\d.]+){0,2}\)?")
_PHONE = re.compile(r"(?!\d{4}\s?[/-]\s?\d{4}$)(?=(?:\D*\d){7,15}\D*$)\+?\(?\d[\d\s().\u2011/-]+\d")
_CODE = re.compile(r"\s*[{\[]\s*[\"{\[].*|Mozilla/\d.*|\w+/\d+(?:\.\d+)+ .*", re.DOTALL)
_TIME_HINT = re.compile(r"(?:\D{0,20}\d){3}")
_WIDE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Letters of scripts that are written without spaces between words"""
_LETTERS = re.compile(r"[^\W\d_]")
LONGEST_TIME = 80
_FIRST_WORDS = frozenset(text.split(None, 1)[0] for text in PLACEHOLDERS if text) | {"nan", "nat", "err"}


def is_blank(text: str) -> bool:
    """Return whether there is nothing to see in a text: spaces of all kinds, zero-width characters."""
    return _VISIBLE.search(text) is None


def is_empty(text: str) -> bool:
    """Return whether a cell holds no value: it is blank, or a placeholder of a tool."""
    return is_blank(text) or is_left_empty(text)


def is_left_empty(text: str) -> bool:
    """Return whether a text is a placeholder. Most are told from texts by their first word, ten times as fast."""
    if len(text) > LONGEST_PLACEHOLDER:
        return False
    first = text.split(None, 1)[:1]
    if first and first[0].isascii() and first[0].isalpha() and first[0].lower() not in _FIRST_WORDS:
        return False
    return is_placeholder(text)


@lru_cache(maxsize=2)
def _reader(day_first: bool) -> Callable[[str], datetime | None]:
    return time_parser(TimeOrder(day_first=day_first))


def is_time(text: str) -> bool:
    """Return whether a text is a date with or without a time of day. Bare numbers are none."""
    return time_of(text) is not None


def time_of(text: str) -> datetime | None:
    """Return the time that a text says, the day first where it leaves that open; None where it says none."""
    if len(text) > LONGEST_TIME or not _TIME_HINT.match(text):
        return None
    for day_first in (True, False):
        try:
            return _reader(day_first)(text)
        except ValueError:
            continue
    return None


def has_clock(text: str) -> bool:
    """Return whether a time has a time of day."""
    return ":" in text or bool(re.search(r"\d[.h時시时]\d\d", text[8:]))


def is_counted_time(text: str) -> bool:
    """Return whether a number may be a time from 2000 on: seconds or milliseconds since 1970, days of a spreadsheet."""
    whole, _, part = text.partition(".")
    if not whole.isdecimal() or (part and not part.isdecimal()):
        return False
    return (
        (len(whole) == 10 and "0946684800" < whole < "4102444800")
        or (len(whole) == 13 and whole[0] in "123" and whole[:10] > "0946684800")
        or (len(whole) == 5 and "36526" <= whole <= "73050" and bool(part))
    )


def type_of(text: str) -> CellType:
    """Return what a cell that holds something looks like."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return "number"
    if " " not in text:
        if _EMAIL.fullmatch(text):
            return "email"
        if _IP4.fullmatch(text) or _IP6.fullmatch(text):
            return "address"
        if _UUID.fullmatch(text):
            return "id"
        if URL.fullmatch(text):
            return "link"
    if _PAIR.fullmatch(text):
        return "place"
    if is_time(text):
        return "time"
    if _PHONE.fullmatch(text):
        return "phone"
    if text[0] in "{[M" and _CODE.fullmatch(text):
        return "code"
    if " " not in text and len(text) <= 64 and text.isascii() and _TOKEN.fullmatch(text):
        return "id"
    return "text"


def count_words(text: str) -> float:
    """Return the words of a text; two letters are one where words have no spaces between them."""
    if text.isascii():
        return len([word for word in text.split() if _LETTERS.search(word)])
    wide = len(_WIDE.findall(text))
    return wide / 2 + len([word for word in _WIDE.sub(" ", text).split() if _LETTERS.search(word)])
