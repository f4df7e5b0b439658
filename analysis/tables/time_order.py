"""Decide how a column of times is written, from all of its cells: day or month first, two-digit years, languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis.files.model import TimeOrder
from analysis.messages import N_, Message
from analysis.tables.time_words import SHARED_ZONES, ZONES, folded, language_of, words
from analysis.tables.times import LONGEST, NUMBERS, tidied

_WORDS = re.compile(r"[^\W\d_]+")
MANY = 2_000
BUDDHIST = 2_400
"""Years above are of the Buddhist era"""
BEHIND = N_("%(zone)s is read as %(hours)s hours behind UTC.")
AHEAD = N_("%(zone)s is read as %(hours)s hours ahead of UTC.")


@dataclass(frozen=True, slots=True)
class _Date:
    """A date of three numbers, where it first stands."""

    numbers: tuple[int, int, int]
    between: str
    row: int
    text: str


def time_order(cells: Iterable[tuple[int, str]], zone: str = "") -> TimeOrder:
    """Return how a column of times is written, from the numbers of its rows and their cells.

    `zone` is that of times which name none, by the file's own word.
    """
    dates: dict[str, _Date] = {}
    written: set[str] = set()
    for row, cell in cells:
        if len(cell) > LONGEST:
            continue
        if cell[:4].isdigit() and (cell[4:5] == "-" or cell.isdigit()):
            continue  # ISO, or a number: nothing to decide
        if len(written) < MANY:
            written.update(_WORDS.findall(cell))
        if cell[4:5] == "/" and cell[:4].isdigit():
            continue
        found = NUMBERS.search(cell if cell.isascii() else tidied(cell))
        if found and found[0] not in dates:
            dates[found[0]] = _Date((int(found[1]), int(found[3]), int(found[4])), found[2], row, cell.strip())
    met = set(map(folded, written))
    language = language_of(met)
    shared = sorted(word for word in met if word in SHARED_ZONES)
    notes = tuple(_zone_note(word) for word in shared)
    short = [date for date in dates.values() if date.numbers[0] <= 31 and len(re.split(r"\D+", date.text)[0]) < 3]
    year_first = bool(short) and _year_first(short)
    of_day = [date for date in short if not year_first]
    if not of_day:
        return TimeOrder(year_first=year_first, language=language, zone=zone, notes=notes)
    day_first, deciding, why = _day_first(of_day, elsewhere=any(map(_is_from_elsewhere, met)))
    return TimeOrder(
        day_first,
        deciding.row if deciding else None,
        deciding.text if deciding else of_day[0].text,
        why,
        language=language,
        zone=zone,
        notes=notes,
    )


def _is_from_elsewhere(word: str) -> bool:
    """Return whether a word of a date is surely not English: none writes its month first."""
    halves = word in words().am or word in words().pm
    return not word.isascii() or (halves and word not in ("am", "pm", "a", "p"))


def _zone_note(word: str) -> Message:
    """Return how the letters of a time zone that several have are read."""
    hours = ZONES[word]
    text = BEHIND if hours < 0 else AHEAD
    return Message(text, zone=word.upper(), hours=f"{abs(hours):g}")


def _year_first(dates: Sequence[_Date]) -> bool:
    """Return whether years of two digits come first: their number varies less than the last, and is no day."""
    if any(date.numbers[2] > 99 for date in dates):
        return False
    first, last = ({date.numbers[place] for date in dates} for place in (0, 2))
    if max(last) > 31:
        return False
    if max(first) > 31 or any(month > 12 for _, month, _ in (date.numbers for date in dates)):
        return max(first) > 31
    return len(first) < len(last) and min(first) > 12


def _day_first(dates: Sequence[_Date], *, elsewhere: bool) -> tuple[bool, _Date | None, Message]:
    """Return whether the day comes before the month, the date that decides, and why.

    `elsewhere` says that words of the column are not English.
    """
    firsts = [date for date in dates if date.numbers[0] > 12 >= date.numbers[1]]
    seconds = [date for date in dates if date.numbers[1] > 12 >= date.numbers[0]]
    if firsts or seconds:
        day_first = len(firsts) >= len(seconds)
        deciding = (firsts if day_first else seconds)[0]
        return day_first, deciding, Message("There is no month %(number)s.", number=max(deciding.numbers[:2]))
    if all(date.between == "." for date in dates):
        return True, None, Message("Dates with dots have the day first.")
    first, second = ({date.numbers[place] for date in dates} for place in (0, 1))
    if len(first) >= 2 * len(second):
        return True, None, Message("The first number changes more than the second.")
    if len(second) >= 2 * len(first):
        return False, None, Message("The second number changes more than the first.")
    rising = [_is_rising(dates, day, month) for day, month in ((0, 1), (1, 0))]
    if rising[0] != rising[1]:
        return rising[0], None, Message("So the rows are in the order of their times.")
    if elsewhere or any(date.numbers[2] > BUDDHIST for date in dates):
        return True, None, Message("Nothing in the column decides; where this is written the day comes first.")
    if dates[0].between == "-":
        return True, None, Message("Nothing in the column decides; with hyphens most have the day first.")
    return False, None, Message("Nothing in the column decides; most programs that write slashes have the month first.")


def _is_rising(dates: Sequence[_Date], day: int, month: int) -> bool:
    times = [(date.numbers[2], date.numbers[month], date.numbers[day]) for date in dates]
    pairs = list(pairwise(times))
    return all(a <= b for a, b in pairs) or all(a >= b for a, b in pairs)
