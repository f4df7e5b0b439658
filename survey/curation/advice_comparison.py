"""Compare lists of advice with the themes of a result: the theme each point matches, and the themes a list omits.

What the owner decided about a point stands in place of what the run found.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from survey.core.database import db
from survey.core.models import Advice, Run, Survey, Theme
from survey.curation import advice_lists
from survey.edits.models import Edit
from survey.results.visible_themes import FoundTheme, visible_themes


@dataclass(frozen=True, slots=True)
class ComparedPoint:
    """A point of a list with the theme it matches (None if nobody named it); `strength` is 0-1."""

    text: str
    heading: str
    body: str
    theme: FoundTheme | None
    strength: float
    perhaps: FoundTheme | None
    """The theme of a match that is too weak to be shown"""
    is_decided: bool
    """Whether its owner decided which theme it matches, or that none does"""


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

    @property
    def has_weak(self) -> bool:
        """Whether a point matches no theme clearly, but one weakly."""
        return any(point.perhaps for point in self.points)


@dataclass(frozen=True, slots=True)
class _Themes:
    """The visible themes of a result, found by their key or id, also by those of themes that were merged into them."""

    visible: Mapping[int, FoundTheme]
    hidden: Collection[int]
    ids: Mapping[str, int]
    merged: Mapping[int, int]

    def by_key(self, key: str | None) -> FoundTheme | None:
        return self.by_id(self.ids.get(key or ""))

    def by_id(self, theme_id: int | None) -> FoundTheme | None:
        return self.visible.get(self.survivor(theme_id) or 0)

    def survivor(self, theme_id: int | None) -> int | None:
        """Return the theme that a theme was merged into in the end; itself where it is in the result."""
        for _ in range(len(self.merged)):
            if theme_id in self.visible or theme_id in self.hidden:
                break
            theme_id = self.merged.get(theme_id or 0, theme_id)
        return theme_id


def compared_advice(survey: Survey, run: Run) -> list[ComparedAdvice]:
    """Return the lists that a run compared with the themes, oldest first, without hidden themes.

    A list that was changed since then is left out until the next run.
    """
    found = {row["public_id"]: row for row in run.advice}
    lists = [
        advice
        for advice in advice_lists.all_lists(survey)
        if advice.public_id in found
        and _points(found[advice.public_id]) == [*map(advice_lists.split_point, advice.points)]
    ]
    if not lists:
        return []
    themes = _themes(survey, run)
    return [_shown(found[advice.public_id], advice, themes) for advice in lists]


def _points(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(point["heading"], point["body"]) for point in found["points"]]


def _themes(survey: Survey, run: Run) -> _Themes:
    ids = db.session.execute(select(Theme.key, Theme.id).where(Theme.survey_id == survey.id)).all()
    merges = db.session.execute(
        select(Edit.theme_id, Edit.target_id)
        .where(Edit.survey_id == survey.id, Edit.action == "merge", Edit.undone_at.is_(None))
        .order_by(Edit.id)
    ).all()
    merged = {theme_id: target_id for theme_id, target_id in merges if theme_id and target_id}
    shown = visible_themes(run)
    return _Themes(shown.by_id(), shown.hidden_ids, dict(ids), merged)


def _shown(found: Mapping[str, Any], advice: Advice, themes: _Themes) -> ComparedAdvice:
    points = []
    lacked = {row["theme"] for row in found["missing"]}
    covered: set[int | None] = set()
    for text, point in zip(advice.points, found["points"], strict=True):
        compared = _decided(text, point, advice.decisions, themes)
        if compared is None:
            theme = themes.by_key(point["theme"])
            perhaps = None if theme else themes.by_key(point.get("perhaps"))
            strength = point["strength"] if theme else 0.0
            compared = ComparedPoint(text, point["heading"], point["body"], theme, strength, perhaps, False)
            # Results of earlier versions say only what a list lacks.
            covers = point["covers"] if "covers" in point else themes.ids.keys() - lacked
            covered |= {themes.survivor(themes.ids.get(key)) for key in covers}
        elif compared.theme:
            covered.add(compared.theme.id)
        points.append(compared)
    missing = [theme for theme in themes.visible.values() if theme.people and theme.id not in covered]
    return ComparedAdvice(
        found["public_id"], advice.title, points, sorted(missing, key=lambda theme: (-theme.people, theme.name))
    )


def _decided(
    text: str, point: Mapping[str, Any], decisions: Mapping[str, int | None], themes: _Themes
) -> ComparedPoint | None:
    """Return a point as its owner decided; None if nothing is decided, or for a theme that nobody is in any more."""
    if text not in decisions:
        return None
    theme_id = themes.survivor(decisions[text])
    if theme_id is not None and theme_id not in themes.visible and theme_id not in themes.hidden:
        return None
    theme = themes.by_id(theme_id)
    return ComparedPoint(text, point["heading"], point["body"], theme, 1.0 if theme else 0.0, None, True)
