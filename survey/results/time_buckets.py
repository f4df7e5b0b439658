"""Time in days, weeks or months (UTC), and small charts of how many people came in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Date, cast, func

from survey.core.database import db
from survey.core.i18n import N_
from survey.core.models import Answer

MAX_DAY_BUCKETS = 60
MAX_WEEK_BUCKETS = 60
CHART_WIDTH, CHART_HEIGHT = 600, 40
MIN_BAR_HEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One span of time, as a rectangle of a chart."""

    x: float
    y: float
    width: float
    height: float


def utc_day() -> ColumnElement[object]:
    """The day an answer came, in UTC: a date on PostgreSQL, YYYY-MM-DD on SQLite."""
    if db.engine.dialect.name == "sqlite":
        return func.date(Answer.received_at)
    return cast(func.timezone("UTC", Answer.received_at), Date)


def bucket_unit(days: int) -> str:
    """In what a stretch of time is counted: day, week (from Monday) or month."""
    if days <= MAX_DAY_BUCKETS:
        return N_("day")
    return N_("week") if days <= 7 * MAX_WEEK_BUCKETS else N_("month")


def bucket_start(when: date, unit: str) -> date:
    """The first day of the span a day is in."""
    if unit == "week":
        return when - timedelta(days=when.weekday())
    return when.replace(day=1) if unit == "month" else when


def bucket_starts(first: date, last: date, unit: str) -> Iterator[date]:
    """Every span from the first day to the last, also those in which nothing came."""
    start = bucket_start(first, unit)
    while start <= last:
        yield start
        step = timedelta(days={"day": 1, "week": 7, "month": 32}[unit])
        start = bucket_start(start + step, unit)


def chart_bars(counts: Sequence[int], most: int) -> list[Bar]:
    """A chart of counts: full height for `most`, so that charts beside each other can be compared."""
    step = CHART_WIDTH / len(counts)
    width = min(max(1.5, step * 0.72), 18)
    return [
        Bar(
            round(place * step + (min(step, 25) - width) / 2, 1),
            round(CHART_HEIGHT - height, 1),
            round(width, 1),
            round(height, 1),
        )
        for place, count in enumerate(counts)
        if count
        for height in [max(MIN_BAR_HEIGHT, CHART_HEIGHT * count / most)]
    ]
