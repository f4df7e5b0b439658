"""Time buckets of days, weeks or months (UTC), and the bars of small charts of people per bucket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Date, cast, func

from survey.core.database import db
from survey.core.i18n import N_, gettext
from survey.core.models import Answer

MAX_DAY_BUCKETS = 60
MAX_WEEK_BUCKETS = 60
CHART_WIDTH, CHART_HEIGHT = 600, 40
MIN_BAR_HEIGHT = 2.0
UNIT_LABELS = {"day": N_("Day"), "week": N_("Week"), "month": N_("Month")}
PEOPLE_BY = {"day": N_("People by day."), "week": N_("People by week."), "month": N_("People by month.")}
"""What a chart shows, by its unit"""


class OverTime:
    """A base of what is shown by time buckets: what its unit is called."""

    __slots__ = ()
    unit: str
    """day, week (from Monday) or month"""

    @property
    def unit_label(self) -> str:
        """Its unit, as the heading of a column."""
        return gettext(UNIT_LABELS[self.unit])

    @property
    def people_by(self) -> str:
        """What it shows, as a sentence."""
        return gettext(PEOPLE_BY[self.unit])


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of one time bucket, in units of the drawing."""

    x: float
    y: float
    width: float
    height: float


def utc_day() -> ColumnElement[object]:
    """Return the SQL for the UTC day an answer was received: a date on PostgreSQL, YYYY-MM-DD on SQLite."""
    if db.engine.dialect.name == "sqlite":
        return func.date(Answer.received_at)
    return cast(func.timezone("UTC", Answer.received_at), Date)


def bucket_unit(days: int) -> str:
    """Return the bucket size for a period of so many days: day, week (from Monday) or month."""
    if days <= MAX_DAY_BUCKETS:
        return "day"
    return "week" if days <= 7 * MAX_WEEK_BUCKETS else "month"


def bucket_start(when: date, unit: str) -> date:
    """Return the first day of the bucket that a day is in."""
    if unit == "week":
        return when - timedelta(days=when.weekday())
    return when.replace(day=1) if unit == "month" else when


def bucket_starts(first: date, last: date, unit: str) -> Iterator[date]:
    """Yield the first day of every bucket from one day to another, empty buckets included."""
    start = bucket_start(first, unit)
    while start <= last:
        yield start
        step = timedelta(days={"day": 1, "week": 7, "month": 32}[unit])
        start = bucket_start(start + step, unit)


def chart_bars(counts: Sequence[int], max_count: int) -> list[Bar]:
    """Return the bars of a chart; `max_count` has full height, so that charts with the same one can be compared."""
    step = CHART_WIDTH / len(counts)
    width = min(max(1.5, step * 0.72), 18)
    return [
        Bar(
            round(index * step + (min(step, 25) - width) / 2, 1),
            round(CHART_HEIGHT - height, 1),
            round(width, 1),
            round(height, 1),
        )
        for index, count in enumerate(counts)
        if count
        for height in [max(MIN_BAR_HEIGHT, CHART_HEIGHT * count / max_count)]
    ]
