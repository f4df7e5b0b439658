"""Lists of advice as pages show them: each point with the theme that people named, and what no list mentions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from survey import advising
from survey.database import db
from survey.models import Run, Survey, Theme, ThemeResult


@dataclass(frozen=True, slots=True)
class ThemeNamed:
    """A theme beside a list, with the people that the theme page counts."""

    public_id: str
    name: str
    colour: int
    people: int


@dataclass(frozen=True, slots=True)
class PointShown:
    """A point of a list with the theme it matches; None where nobody named it. `strength` is 0-1."""

    heading: str
    body: str
    theme: ThemeNamed | None
    strength: float


@dataclass(frozen=True, slots=True)
class AdviceShown:
    """A list against the answers: its points in their order, and the themes it leaves out, most people first."""

    public_id: str
    title: str
    points: list[PointShown]
    missing: list[ThemeNamed]

    @property
    def named(self) -> int:
        """How many of its points people named."""
        return sum(point.theme is not None for point in self.points)


def advice_shown(survey: Survey, run: Run) -> list[AdviceShown]:
    """The lists that a run held against the themes, oldest first, without hidden themes.

    A list that was changed since waits for the next run.
    """
    themes = _themes(run)
    found = {row["public_id"]: row for row in run.advice}
    return [
        _shown(found[advice.public_id], advice.title, themes)
        for advice in advising.lists(survey)
        if advice.public_id in found and _points(found[advice.public_id]) == [*map(advising.parted, advice.points)]
    ]


def _points(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(point["heading"], point["body"]) for point in found["points"]]


def _shown(found: Mapping[str, Any], title: str, themes: Mapping[str, ThemeNamed]) -> AdviceShown:
    points = []
    for point in found["points"]:
        theme = themes.get(point["theme"] or "")
        points.append(PointShown(point["heading"], point["body"], theme, point["strength"] if theme else 0.0))
    missing = [themes[row["theme"]] for row in found["missing"] if row["theme"] in themes]
    return AdviceShown(
        found["public_id"], title, points, sorted(missing, key=lambda theme: (-theme.people, theme.name))
    )


def _themes(run: Run) -> dict[str, ThemeNamed]:
    """The themes of a run that readers may see, by key."""
    rows = db.session.execute(
        select(Theme.key, Theme.public_id, Theme.name, Theme.colour, ThemeResult.people)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == run.id, ThemeResult.parent_id.is_(None), ~Theme.hidden)
    )
    return {key: ThemeNamed(public_id, name, colour, people) for key, public_id, name, colour, people in rows}
