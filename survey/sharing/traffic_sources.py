"""The sources of answers (the tags of links), in total and over time: of the people who are counted, but the owner."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from survey.answers.lifecycle import SOURCES
from survey.core.database import db
from survey.core.i18n import N_, gettext
from survey.core.models import Answer, Survey
from survey.results.time_buckets import (
    Bar,
    OverTime,
    bucket_start,
    bucket_starts,
    bucket_unit,
    chart_bars,
    utc_day,
)
from survey.runs import counted_people

UNTAGGED = "direct"
"""The source of answers without a tag"""
WORDS = (N_("Poster"), N_("Another site"), N_("Imported"), N_("Direct link"))
"""Labels in SOURCES that only owners read"""


@dataclass(frozen=True, slots=True)
class Source:
    """One source: the number of people it brought, in total and in each time bucket."""

    tag: str
    label: str
    people: int
    counts: list[int]
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class Sources(OverTime):
    """The sources with at least one answer, most people first. `starts` are the first days of the time buckets."""

    unit: str
    """day, week (from Monday) or month"""
    starts: list[date]
    sources: list[Source]
    max_count: int
    """The most people of one source in one bucket: the height of the chart"""

    @property
    def people(self) -> int:
        """Return the number of answers."""
        return sum(source.people for source in self.sources)

    @property
    def rows(self) -> list[tuple[date, list[int]]]:
        """Return the counts of all sources by time bucket, without empty buckets."""
        buckets = zip(self.starts, zip(*(source.counts for source in self.sources), strict=True), strict=True)
        return [(start, list(counts)) for start, counts in buckets if any(counts)]


def by_time(survey: Survey) -> Sources:
    """Count answers by source and time (UTC): by day for up to two months of answers, then by week, then by month."""
    day = utc_day()
    found = db.session.execute(
        select(day, Answer.source, func.count())
        .where(*counted_people.is_counted(survey), ~Answer.is_askers)
        .group_by(day, Answer.source)
    )
    counted: Counter[tuple[date, str]] = Counter()
    for when, tag, people in found:
        counted[date.fromisoformat(str(when)), tag if tag in SOURCES else UNTAGGED] += people
    if not counted:
        return Sources("day", [], [], 0)
    first, last = min(when for when, _ in counted), max(when for when, _ in counted)
    unit = bucket_unit((last - first).days + 1)
    starts = list(bucket_starts(first, last, unit))
    places = {start: place for place, start in enumerate(starts)}
    counts: dict[str, list[int]] = {}
    for (when, tag), people in counted.items():
        counts.setdefault(tag, [0] * len(starts))[places[bucket_start(when, unit)]] += people
    max_count = max(max(each) for each in counts.values())
    order = sorted(counts, key=lambda tag: (-sum(counts[tag]), list(SOURCES).index(tag)))
    return Sources(
        unit,
        starts,
        [
            Source(tag, gettext(SOURCES[tag]), sum(counts[tag]), counts[tag], chart_bars(counts[tag], max_count))
            for tag in order
        ],
        max_count,
    )
