"""What visitors may see of the themes of a result. Every page that strangers can open asks here and nowhere else.

A theme that its owner hid is not among them, nor are its sub-themes; an answer that is only in such themes is, to a
visitor, in none. Names and descriptions are made of visitors' words, so personal data in them is masked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, exists, func, select

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Theme, ThemeResult
from survey.core.personal_data import mask_personal_data


@dataclass(frozen=True, slots=True)
class FoundTheme:
    """A theme of a result. `x`, `y` and `radius` are its patch of the map, 0 to 1; None where none was drawn."""

    id: int
    key: str
    public_id: str
    name: str
    description: str
    origin: str
    colour: int
    hidden: bool
    pinned: bool
    people: int
    mentions: int
    came_back: int
    re_runs: int
    tentative: bool
    x: float | None
    y: float | None
    radius: float | None
    parent_id: int | None
    candidates: list[str]
    """Other names that were found for it"""
    parts: tuple[FoundTheme, ...] = ()
    """Its sub-themes, most people first"""


@dataclass(frozen=True, slots=True)
class ResultThemes:
    """The themes that visitors see, most people first, and the ids of those they do not."""

    visible: list[FoundTheme]
    hidden_ids: list[int]

    def by_id(self) -> dict[int, FoundTheme]:
        """The visible themes by their ids."""
        return {theme.id: theme for theme in self.visible}


def visible_themes(run: Run | None) -> ResultThemes:
    """The themes of a result for visitors: names and descriptions masked, hidden ones left out. One query."""
    found = all_themes(run)
    return ResultThemes(
        [_masked(theme) for theme in found if not theme.hidden], [theme.id for theme in found if theme.hidden]
    )


def all_themes(run: Run | None) -> list[FoundTheme]:
    """The themes of a result as their owner sees them, most people first: hidden ones too, names as they are stored."""
    if run is None:
        return []
    rows = db.session.execute(
        select(
            Theme.id,
            Theme.key,
            Theme.public_id,
            Theme.name,
            Theme.description,
            Theme.origin,
            Theme.colour,
            Theme.hidden,
            Theme.pinned,
            ThemeResult.people,
            ThemeResult.mentions,
            ThemeResult.came_back,
            ThemeResult.re_runs,
            ThemeResult.tentative,
            ThemeResult.x,
            ThemeResult.y,
            ThemeResult.radius,
            ThemeResult.parent_id,
            ThemeResult.candidates,
        )
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == run.id)
        .order_by(ThemeResult.people.desc(), ThemeResult.rank)
    )
    found = [FoundTheme(**row) for row in rows.mappings()]
    parts: dict[int, list[FoundTheme]] = {}
    for theme in found:
        if theme.parent_id is not None and not theme.hidden:
            parts.setdefault(theme.parent_id, []).append(theme)
    return [replace(theme, parts=tuple(parts.get(theme.id, ()))) for theme in found if theme.parent_id is None]


def in_no_visible_theme(run: Run, themes: ResultThemes) -> ColumnElement[bool]:
    """Whether an answer was read, says something to the question, and is in no theme that visitors see."""
    return _has_idea(run, Idea.status != "nonanswer") & ~_in_any(run, themes)


def count_people_placed(run: Run, themes: ResultThemes) -> int:
    """How many people are in at least one theme that visitors see."""
    if not themes.hidden_ids:
        return run.placed
    in_hidden = (
        select(Idea.answer_id)
        .join(Placement, Placement.idea_id == Idea.id)
        .where(Idea.run_id == run.id, Placement.theme_id.in_(themes.hidden_ids))
    )
    only_hidden = select(func.count(Answer.id)).where(Answer.id.in_(in_hidden), ~_in_any(run, themes))
    return run.placed - (db.session.scalar(only_hidden) or 0)


def _in_any(run: Run, themes: ResultThemes) -> ColumnElement[bool]:
    """Whether an answer is in a theme that visitors see."""
    if not themes.hidden_ids:
        return _has_idea(run, Idea.status == "placed")
    elsewhere = exists().where(Placement.idea_id == Idea.id, Placement.theme_id.not_in(themes.hidden_ids))
    return _has_idea(run, elsewhere)


def _has_idea(run: Run, wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether an answer has such an idea: each answer's own are looked at, not all of the run's again for each."""
    own = select(Idea.id).where(Idea.answer_id == Answer.id, Idea.run_id + 0 == run.id, wanted)
    return own.correlate(Answer).exists()


def _masked(theme: FoundTheme) -> FoundTheme:
    return replace(
        theme,
        name=mask_personal_data(theme.name),
        description=mask_personal_data(theme.description),
        candidates=[mask_personal_data(name) for name in theme.candidates],
        parts=tuple(_masked(part) for part in theme.parts),
    )
