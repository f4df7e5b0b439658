"""How many people named a theme, over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy import String, func, literal, select, union_all

from survey.database import db
from survey.languages import gettext
from survey.models import Answer, Idea, Placement, Run, Survey, Theme
from survey.spans import Bar, all_spans, bars_of, day_of, start_of, unit_for

PEOPLE_LEAST = 30
THEMES_MOST = 8
EVERYBODY = ""


class Named(Protocol):
    """A theme as far as a chart needs it."""

    @property
    def public_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def colour(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One chart: the people of a theme in each span of time. Without a colour it is everybody's."""

    name: str
    colour: int | None
    counts: list[int]
    bars: list[Bar]

    @property
    def people(self) -> int:
        """All of them."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Trend:
    """Everybody and some themes over time. `starts` are the first days of the spans."""

    unit: str
    """day, week (from Monday) or month"""
    starts: list[date]
    lines: list[Line]
    """Everybody first"""
    most: int
    """The most people of one theme in one span: the height of the themes' charts"""
    most_of_all: int
    """The most people in one span: the height of everybody's"""

    @property
    def rows(self) -> list[tuple[date, list[int]]]:
        """The same by span of time, without those in which nobody answered."""
        spans = zip(self.starts, zip(*(line.counts for line in self.lines), strict=True), strict=True)
        return [(start, list(counts)) for start, counts in spans if any(counts)]


def over_time(survey: Survey, run: Run, themes: Sequence[Named]) -> Trend | None:
    """Everybody and these themes over time; None where few people answered, or all on one day.

    One query, grouped by theme and day.
    """
    counted = _counted(survey, run, [theme.public_id for theme in themes])
    days = [day for of, day in counted if of == EVERYBODY]
    total = sum(people for (of, _), people in counted.items() if of == EVERYBODY)
    if total < PEOPLE_LEAST or min(days) == max(days):
        return None
    first, last = min(days), max(days)
    unit = unit_for((last - first).days + 1)
    starts = list(all_spans(first, last, unit))
    places = {start: place for place, start in enumerate(starts)}
    counts = {of: [0] * len(starts) for of in (EVERYBODY, *(theme.public_id for theme in themes))}
    for (of, day), people in counted.items():
        place = places.get(start_of(day, unit))
        if place is not None:
            counts[of][place] += people
    most_of_all = max(counts[EVERYBODY])
    most = max((max(counts[theme.public_id]) for theme in themes), default=0) or 1
    everybody = Line(gettext("Everybody"), None, counts[EVERYBODY], bars_of(counts[EVERYBODY], most_of_all))
    lines = [
        Line(theme.name, theme.colour, counts[theme.public_id], bars_of(counts[theme.public_id], most))
        for theme in themes
    ]
    return Trend(unit, starts, [everybody, *lines], most, most_of_all)


def _counted(survey: Survey, run: Run, public_ids: Sequence[str]) -> Counter[tuple[str, date]]:
    """People by theme and day; everybody who made a point under the empty name."""
    day = day_of()
    silent = select(Idea.answer_id).where(Idea.run_id == run.id, Idea.status == "nonanswer")
    everybody = (
        select(literal(EVERYBODY, String).label("of"), day.label("day"), func.count().label("people"))
        .where(Answer.survey_id == survey.id, Answer.status == "shown", Answer.id.not_in(silent))
        .group_by(day)
    )
    by_theme = (
        select(Theme.public_id, day, func.count(Idea.answer_id.distinct()))
        .select_from(Placement)
        .join(Theme, Theme.id == Placement.theme_id)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Theme.public_id.in_(public_ids), Idea.run_id == run.id, Answer.status == "shown")
        .group_by(Theme.public_id, day)
    )
    found: Counter[tuple[str, date]] = Counter()
    for of, when, people in db.session.execute(union_all(everybody, by_theme)):
        found[of, date.fromisoformat(str(when))] += people
    return found
