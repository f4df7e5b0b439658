"""Where answers came from, in all and over time. Hidden answers are not counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from survey.answers.lifecycle import SOURCES
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.results.time_buckets import Bar, all_spans, bars_of, day_of, start_of, unit_for

UNTAGGED = "direct"
"""Answers without a tag came by the plain address"""


@dataclass(frozen=True, slots=True)
class Source:
    """One source: how many people came by it, in all and in each span of time."""

    tag: str
    label: str
    people: int
    counts: list[int]
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class Sources:
    """All sources that anybody came by, most people first. `starts` are the first days of the spans of time."""

    unit: str
    """day, week (from Monday) or month"""
    starts: list[date]
    sources: list[Source]
    most: int
    """The most people of one source in one span: the height of the chart"""

    @property
    def people(self) -> int:
        """Everybody who answered."""
        return sum(source.people for source in self.sources)

    @property
    def rows(self) -> list[tuple[date, list[int]]]:
        """The same by span of time, without those in which nobody answered."""
        spans = zip(self.starts, zip(*(source.counts for source in self.sources), strict=True), strict=True)
        return [(start, list(counts)) for start, counts in spans if any(counts)]


def by_time(survey: Survey) -> Sources:
    """Who came by which link, when: days for up to two months of answers, then weeks, then months (UTC).

    One query, grouped by day and source.
    """
    day = day_of()
    found = db.session.execute(
        select(day, Answer.source, func.count())
        .where(Answer.survey_id == survey.id, Answer.status != "hidden")
        .group_by(day, Answer.source)
    )
    counted: Counter[tuple[date, str]] = Counter()
    for when, tag, people in found:
        counted[date.fromisoformat(str(when)), tag if tag in SOURCES else UNTAGGED] += people
    if not counted:
        return Sources("day", [], [], 0)
    first, last = min(when for when, _ in counted), max(when for when, _ in counted)
    unit = unit_for((last - first).days + 1)
    starts = list(all_spans(first, last, unit))
    places = {start: place for place, start in enumerate(starts)}
    counts: dict[str, list[int]] = {}
    for (when, tag), people in counted.items():
        counts.setdefault(tag, [0] * len(starts))[places[start_of(when, unit)]] += people
    most = max(max(each) for each in counts.values())
    order = sorted(counts, key=lambda tag: (-sum(counts[tag]), list(SOURCES).index(tag)))
    return Sources(
        unit,
        starts,
        [Source(tag, SOURCES[tag], sum(counts[tag]), counts[tag], bars_of(counts[tag], most)) for tag in order],
        most,
    )
