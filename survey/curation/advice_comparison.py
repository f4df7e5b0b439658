"""Compare lists of advice with the themes of a result: the theme each point matches, and the themes a list omits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from survey.core.models import Run, Survey
from survey.curation import advice_lists
from survey.results.visible_themes import FoundTheme, visible_themes


@dataclass(frozen=True, slots=True)
class ComparedPoint:
    """A point of a list with the theme it matches (None if nobody named it); `strength` is 0-1."""

    heading: str
    body: str
    theme: FoundTheme | None
    strength: float


@dataclass(frozen=True, slots=True)
class ComparedAdvice:
    """A list compared with the answers: its points in their order, and the themes it omits, most people first."""

    public_id: str
    title: str
    points: list[ComparedPoint]
    missing: list[FoundTheme]

    @property
    def named_count(self) -> int:
        """Number of its points that people named."""
        return sum(point.theme is not None for point in self.points)


def compared_advice(survey: Survey, run: Run) -> list[ComparedAdvice]:
    """Return the lists that a run compared with the themes, oldest first, without hidden themes.

    A list that was changed since then is left out until the next run.
    """
    themes = {theme.key: theme for theme in visible_themes(run).visible}
    found = {row["public_id"]: row for row in run.advice}
    return [
        _shown(found[advice.public_id], advice.title, themes)
        for advice in advice_lists.all_lists(survey)
        if advice.public_id in found
        and _points(found[advice.public_id]) == [*map(advice_lists.split_point, advice.points)]
    ]


def _points(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(point["heading"], point["body"]) for point in found["points"]]


def _shown(found: Mapping[str, Any], title: str, themes: Mapping[str, FoundTheme]) -> ComparedAdvice:
    points = []
    for point in found["points"]:
        theme = themes.get(point["theme"] or "")
        points.append(ComparedPoint(point["heading"], point["body"], theme, point["strength"] if theme else 0.0))
    missing = [themes[row["theme"]] for row in found["missing"] if row["theme"] in themes]
    return ComparedAdvice(
        found["public_id"], title, points, sorted(missing, key=lambda theme: (-theme.people, theme.name))
    )
