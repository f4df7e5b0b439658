"""Read times as other programs write them: what a cell says, in whatever language, without a silent guess.

``analysis.tables.time_order`` decides for a whole column in which order its dates have day and month.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from analysis.files.model import TimeOrder
from analysis.tables.time_words import FILLERS, ZONES, folded, month_of, words
from analysis.text.placeholders import is_placeholder

MARKS = re.compile("[\u200b-\u200f\u061c\u202a-\u202e\u2060-\u2069\ufeff]")
NUMBERS = re.compile(r"(?<!\d)(\d{1,4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,4})(?!\d)")
"""A date of three numbers: the first, what sets them apart, the second, the third"""
_CLOCK = re.compile(r"(?<!\d)(\d{1,2})\s?:\s?(\d{2})(?:\s?:\s?(\d{2})(?:[.,]\d+)?)?(?!\d)")
_DOTTED_CLOCK = re.compile(r"(?<!\d)(\d{1,2})\s?[.h]\s?(\d{2})(?:\s?[.m]\s?(\d{2}))?(?!\d)")
_PLAIN = re.compile(
    r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:,? (\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?: ?([AaPp])[Mm])?"
    r"(?: ?(?:GMT|UTC)?([+-])(\d\d?)(?::?(\d\d))?)?)?",
    re.ASCII,
)
_NAMED_DATE = re.compile(r"(?<!\d)\d{1,2}[-. ]+[^\W\d_]+[-. ]+\d{2,4}(?!\d)")
_FULL_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_HOUR = re.compile(r"(?<!\d)(\d{1,2})(?=\s?[ap]\.?\s?m\b)")
_OFFSET = re.compile(r"(?<![\d/.])(?:gmt|utc)?\s?([+\u2212-])(\d{1,2})(?::?(\d{2}))?(?![\d/.-])")
_ERA = re.compile(r"(令和|平成|昭和)\s?(\d{1,2}|元)\s?年")
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
_AREA = re.compile(r"\[?\b([A-Z][A-Za-z]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?)\b\]?")
_SPLIT = re.compile(r"[\s\d,;()\[\]|/]+")
_EARLIEST, _LATEST = 1970, 2100
LONGEST = 100
"""Characters of a time, at most"""
_NO_DATE = ("0000-00-00", "1980-01-01 00:00:00")
"""What databases write where there is no date; the second is LimeSurvey's for anonymous answers"""
_DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
_LATE_HALVES = frozenset(("sa", "ch", "a", "p", "em", "ap", "ip", "fm"))
_DOTTED_HALVES = frozenset(("de", "du"))


def time_parser(order: TimeOrder) -> Callable[[str], datetime | None]:
    """Return a parser of a column's cells: UTC, None for a blank or a placeholder; it raises ValueError for others."""
    zone = _zone_called(order.zone)

    def read(text: str) -> datetime | None:
        text = text.strip()
        if not text:
            return None
        try:
            if len(text) > LONGEST:
                raise ValueError(text)
            moment = _iso(text) or _plain(text, order) or _other(text, order)
        except (ValueError, OverflowError):
            if is_placeholder(text) or text.startswith(_NO_DATE) or not any(map(str.isalnum, text)):
                return None
            raise ValueError(text) from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        if not _EARLIEST <= moment.year <= _LATEST:
            raise ValueError(text)
        return None if text in _NO_DATE else moment.astimezone(UTC)

    return read


def zone_in_name(name: str) -> str:
    """Return the zone that a column's name has in brackets: "Submit Date (UTC)", "Time (GMT+2)"; "" where none."""
    for found in re.findall(r"[(\[]([^()\[\]]{1,40})[)\]]", name):
        try:
            _zone_called(found.strip())
        except ValueError:
            continue
        return str(found.strip())
    return ""


def tidied(text: str) -> str:
    """Return a text as the patterns here expect it: small letters, plain blanks, "9:10" for 9時10分."""
    text = MARKS.sub("", unicodedata.normalize("NFKC", text)).lower()
    if not text.isascii():
        text = _ERA.sub(lambda era: f"{_ERAS[era[1]] + int('1' if era[2] == '元' else era[2])}年", text)
        text = re.sub(r"[時时點点시]\s*(?=\d)|[分분]\s*(?=\d)", ":", text)
        text = re.sub(r"[時时點点시]", ":00", text)
        text = re.sub(r"(?<=\d)\s*[年년月월]\s*(?=\d)", "-", text)
        text = re.sub(r"(?<=\d)\s*[分분秒초日일]", " ", text)
    return text


def _iso(text: str) -> datetime | None:
    """Return a time in ISO 8601 with at least year, month and day; None for any other."""
    if not text[:4].isdigit() or (text[4:5] != "-" and text[8:9] != "T"):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _plain(text: str, order: TimeOrder) -> datetime | None:
    """Return a time of numbers, as most programs write it, None for any other: what `_other` says too, much faster."""
    found = _PLAIN.fullmatch(text)
    if found is None:
        return None
    first, between, second, third, hour, minute, second_, half, sign, hours, minutes = found.groups("")
    year, month, day = _in_order(first, second, third, between, order)
    hour_of_day = int(hour or 0)
    if half:
        if not 1 <= hour_of_day <= 12:
            return None
        hour_of_day = hour_of_day % 12 + (12 if half in "pP" else 0)
    zone = _fixed_zone(sign, hours, minutes) if sign else None
    clock = (hour_of_day, int(minute or 0), int(second_ or 0))
    return datetime(_year(year), int(month), int(day), *clock, tzinfo=zone)


def _other(text: str, order: TimeOrder) -> datetime:
    number = text.replace(",", ".", 1) if text.count(",") == 1 else text
    if number.replace(".", "", 1).isdecimal():
        return _counted(number)
    area = _AREA.search(text)
    zone = _zone_called(area[1]) if area else None
    plain = tidied(text.replace(area[0], " ") if area else text)
    plain = re.sub(r"(?<=\d)t(?=\d)", " ", plain)
    clock = _CLOCK.search(plain)
    if clock:
        before, after = plain[: clock.start()], plain[clock.end() :]
    else:
        date = _NAMED_DATE.search(plain) or NUMBERS.search(plain) or _FULL_YEAR.search(plain)
        clock = _DOTTED_CLOCK.search(plain, date.end()) if date else None
        clock = clock or _HOUR.search(plain)
        before, after = (plain[: clock.start()], plain[clock.end() :]) if clock else (plain, "")
    if clock and (offset := _OFFSET.search(after)):
        zone = zone or _fixed_zone(offset[1], offset[2], offset[3] or "")
        after = after[: offset.start()] + " " + after[offset.end() :]
        after = re.sub(r"\([^()]*\)", " ", after)
    found = NUMBERS.search(before) or NUMBERS.search(after)
    if found:
        before, after = (part.replace(found[0], " ", 1) for part in (before, after))
    said = _read_words(before, after, order.language)
    digits = re.findall(r"\d+", before + " " + after)
    if found and not digits and said.month is None:
        year, month, day = _in_order(found[1], found[3], found[4], found[2], order)
    elif not found and said.month and len(digits) == 2:
        month = str(said.month)
        day, year = reversed(digits) if len(digits[0]) == 4 or int(digits[0]) > 31 else digits
    elif not found and not said.month and len(digits) == 3:
        year, month, day = _in_order(digits[0], digits[1], digits[2], " ", order)
    else:
        raise ValueError(text)
    hour, minute, second = [int(part) for part in (*clock.groups("0"), "0", "0")[:3]] if clock else [0, 0, 0]
    if said.half:
        if not clock or (hour > 12 and said.half == "am"):
            raise ValueError(text)
        hour = hour % 12 + (12 if said.half == "pm" else 0) if hour <= 12 else hour
    return datetime(_year(year), int(month), int(day), hour, minute, second, tzinfo=zone or said.zone)


def _counted(text: str) -> datetime:
    """Return the time of a number: 20260301, days of a spreadsheet, (milli-, micro-, nano-) seconds since 1970."""
    whole, _, part = text.partition(".")
    if len(whole) in (8, 12, 14) and _EARLIEST <= int(whole[:4]) <= _LATEST and not part:
        try:
            return datetime.strptime(whole, "%Y%m%d%H%M%S"[: len(whole) - 2])
        except ValueError:
            pass
    if len(whole) == 5:
        return _DAY_ZERO + timedelta(seconds=round(float(text) * 86_400))
    for digits, unit in ((10, 1), (13, 1_000), (16, 1_000_000), (19, 1_000_000_000)):
        if digits - 1 <= len(whole) <= digits:
            return datetime.fromtimestamp(float(text) / unit, UTC)
    raise ValueError(text)


class _Said:
    """What the words of a date say."""

    __slots__ = ("half", "month", "zone")

    def __init__(self) -> None:
        self.month: int | None = None
        self.half = ""
        self.zone: tzinfo | None = None


def _read_words(before: str, after: str, language: str) -> _Said:
    """Return what the words beside a clock say. Raises ValueError for a word that is none of a date."""
    said = _Said()
    if before.isspace() and (not after or after.isspace()):
        return said
    known = words()
    months: list[tuple[str, int]] = []
    for late, part in ((False, before), (True, after)):
        raw = [word for word in _SPLIT.split(part) if word.strip(".-:'\u2019+")]
        place = 0
        while place < len(raw):
            word = folded(raw[place].strip("-:'\u2019"))
            if place + 1 < len(raw):
                pair = word + folded(raw[place + 1].strip("-:'\u2019"))
                if pair in known.months or pair in known.am or pair in known.pm:
                    word, place = pair, place + 1
            first = late and not said.half and place <= 1
            if word in _LATE_HALVES and not first:
                is_half = False
            else:
                is_half = word not in _DOTTED_HALVES or raw[place].endswith(".")
            place += 1
            if is_half and (word in known.am or word in known.pm):
                said.half = "am" if word in known.am else "pm"
            elif (month := month_of(word, language)) is not None:
                months.append((word, month))
            elif word in ZONES:
                said.zone = timezone(timedelta(hours=ZONES[word]))
            elif word not in known.days and word not in FILLERS:
                raise ValueError(word)
    if len(months) > 1:
        months = [(word, month) for word, month in months if word not in known.days]
    if len(months) > 1:
        raise ValueError(before + after)
    said.month = months[0][1] if months else None
    return said


def _in_order(first: str, second: str, third: str, between: str, order: TimeOrder) -> tuple[str, str, str]:
    """Return year, month and day of three numbers."""
    if len(first) > 2 or (len(third) <= 2 and (order.year_first or int(first) > 31)):
        return (first, third, second) if int(second) > 12 >= int(third) else (first, second, third)
    day_first = order.day_first if order.day_first is not None else between in ". "
    return (third, second, first) if day_first else (third, first, second)


def _year(text: str) -> int:
    year = int(text)
    if len(text) <= 2:
        return year + (2000 if year < 70 else 1900)
    return year - 543 if 2400 < year < 2700 else year  # Buddhist era


@lru_cache(maxsize=256)
def _fixed_zone(sign: str, hours: str, minutes: str) -> timezone:
    ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(ahead if sign == "+" else -ahead)


@lru_cache(maxsize=64)
def _zone_called(name: str) -> tzinfo:
    """Return the zone with a name: "", "Z", "Europe/Berlin", "CET", "GMT+2". Raises ValueError for others."""
    plain = name.strip().lower()
    if not plain or plain in ("z", "utc", "gmt"):
        return UTC
    if plain in ZONES:
        return timezone(timedelta(hours=ZONES[plain]))
    if offset := _OFFSET.fullmatch(plain):
        return _fixed_zone(offset[1], offset[2], offset[3] or "")
    try:
        return ZoneInfo(_area_names()[plain])
    except (KeyError, ZoneInfoNotFoundError):
        raise ValueError(name) from None


@lru_cache(maxsize=1)
def _area_names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones() if "/" in name}
