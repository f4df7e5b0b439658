"""People per theme over time.

A run counts them once; survey.results.result_counts and survey.worker.new_answers update the counts when answers
are added or removed (survey/results/daily_counts.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from survey.core.database import db
from survey.core.i18n import gettext
from survey.core.models import Run, Survey
from survey.results import daily_counts
from survey.results.daily_counts import EVERYBODY
from survey.results.time_buckets import (
    Bar,
    OverTime,
    bucket_start,
    bucket_starts,
    bucket_unit,
    chart_bars,
)

MIN_PEOPLE = 30
MAX_THEMES = 8


class ChartedTheme(Protocol):
    """The attributes of a theme that a chart needs."""

    @property
    def public_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def colour(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One chart: the people of a theme per time bucket; everybody has no colour."""

    name: str
    colour: int | None
    counts: list[int]
    bars: list[Bar]

    @property
    def people(self) -> int:
        """People in all buckets."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Trend(OverTime):
    """Everybody and some themes over time; `starts` are the first days of the buckets."""

    unit: str
    """day, week (from Monday) or month"""
    starts: list[date]
    lines: list[Line]
    """Everybody first"""
    max_of_theme: int
    """Most people of one theme in one bucket: the full height of the charts of themes"""
    max_everybody: int
    """Most people in one bucket: the full height of the chart of everybody"""

    @property
    def rows(self) -> list[tuple[date, list[int]]]:
        """The counts by bucket, without empty buckets."""
        spans = zip(self.starts, zip(*(line.counts for line in self.lines), strict=True), strict=True)
        return [(start, list(counts)) for start, counts in spans if any(counts)]


def people_over_time(survey: Survey, run: Run, themes: Sequence[ChartedTheme]) -> Trend | None:
    """Return everybody and the given themes over time; None if fewer than MIN_PEOPLE answered, or all on one day.

    It takes one query.
    """
    counted = daily_counts.people_by_day(db.session, run, [theme.public_id for theme in themes])
    everybody = counted[EVERYBODY]
    if sum(everybody.values()) < MIN_PEOPLE or len(everybody) < 2:
        return None
    first, last = (date.fromisoformat(day) for day in (min(everybody), max(everybody)))
    unit = bucket_unit((last - first).days + 1)
    starts = list(bucket_starts(first, last, unit))
    places = {start: place for place, start in enumerate(starts)}
    place_of = {day: places.get(bucket_start(date.fromisoformat(day), unit)) for day in set().union(*counted.values())}
    counts = {of: [0] * len(starts) for of in (EVERYBODY, *(theme.public_id for theme in themes))}
    for of, by_day in counted.items():
        for day, people in by_day.items():
            place = place_of[day]
            if place is not None:
                counts[of][place] += people
    max_everybody = max(counts[EVERYBODY])
    max_of_theme = max((max(counts[theme.public_id]) for theme in themes), default=0) or 1
    whole = Line(gettext("Everybody"), None, counts[EVERYBODY], chart_bars(counts[EVERYBODY], max_everybody))
    lines = [
        Line(theme.name, theme.colour, counts[theme.public_id], chart_bars(counts[theme.public_id], max_of_theme))
        for theme in themes
    ]
    return Trend(unit, starts, [whole, *lines], max_of_theme, max_everybody)
