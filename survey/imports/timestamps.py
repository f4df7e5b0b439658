"""Parse times as other programs write them: ISO 8601 and the formats of Google Forms and spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone

CLOCK = r"(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*+([AaPp]\.?[Mm]\.?)?)?"
ZONE = r"\s*(?:Z|(?:GMT|UTC)?([+-]\d{1,2})(?::?(\d{2}))?|GMT|UTC)?"
YEAR_FIRST = re.compile(rf"(\d{{4}})[/.-](\d{{1,2}})[/.-](\d{{1,2}}){CLOCK}{ZONE}")
YEAR_LAST = re.compile(rf"(\d{{1,2}})([/.-])(\d{{1,2}})\2(\d{{4}}){CLOCK}{ZONE}")
YYYYMMDD = 8
"""Digits of a date without separators"""


def day_comes_first(texts: Iterable[str]) -> bool | None:
    """Return whether a column has 19/3/2026 (True) or 3/19/2026 (False), by a number above 12; None without such dates.

    Where every date is ambiguous the month comes first, as in Google Forms; with dots as separators, the day.
    """
    order: bool | None = None
    for text in texts:
        if found := YEAR_LAST.fullmatch(text.strip()):
            if int(found[1]) > 12:
                return True
            if int(found[3]) > 12:
                return False
            order = found[2] == "."
    return order


def time_parser(day_first: bool | None) -> Callable[[str], datetime | None]:
    """Return a parser of a column's times: it returns UTC, None for a blank, and raises ValueError for any other text.

    A time without a zone is taken as UTC.
    """

    def read(text: str) -> datetime | None:
        text = text.strip()
        if not text:
            return None
        try:
            moment = _parsed(text, bool(day_first))
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except OverflowError as error:
            raise ValueError(text) from error

    return read


def _parsed(text: str, day_first: bool) -> datetime:
    if text.isdigit() and len(text) != YYYYMMDD:  # fromisoformat takes any other for something nobody meant
        raise ValueError(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        if found := YEAR_FIRST.fullmatch(text):
            year, month, day, *rest = found.groups()
        elif found := YEAR_LAST.fullmatch(text):
            first, _, second, year, *rest = found.groups()
            day, month = (first, second) if day_first else (second, first)
        else:
            raise
    hour, minute, second, half, zone_hours, zone_minutes = rest
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError(text)
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    zone = None
    if zone_hours:
        sign = -1 if zone_hours.startswith("-") else 1
        zone = timezone(timedelta(hours=int(zone_hours), minutes=sign * int(zone_minutes or 0)))
    return datetime(int(year), int(month), int(day), hours, int(minute or 0), int(second or 0), tzinfo=zone)
