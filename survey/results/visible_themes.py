"""The themes of a result that visitors may see. Every public page reads themes through this module.

A theme that its owner hid is left out, with its sub-themes; an answer that is only in hidden themes counts, for
visitors, as in no theme. Personal data in names and descriptions is masked, since they are made of answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from flask import has_request_context
from sqlalchemy import ColumnElement, Select, column, exists, func, select, table

from analysis.certainty import Stability
from analysis.known_themes.translated import Words, translated
from analysis.naming.descriptions import said_in
from analysis.text.normalise import fold
from survey.core.database import db
from survey.core.i18n import N_, PUBLIC, domain, gettext, language
from survey.core.models import Answer, Idea, Placement, Run, Theme, ThemeResult
from survey.core.personal_data import mask_personal_data
from survey.web.formatting import comma, quoted

ORIGINS = {"codebook": N_("Known theme."), "discovered": N_("Found in the answers.")}
_MADE_BY_HAND = re.compile(r"(split|coded)-[0-9a-f]{16}")
"""The keys of themes that an edit made"""
_EDITS = table("edit", column("survey_id"), column("target_id"), column("action"), column("undone_at"))
"""`survey.edits.models.Edit`, whose package is above this one"""


@dataclass(frozen=True, slots=True)
class FoundTheme:
    """A theme of a result. `x`, `y` and `radius` are its patch on the map, 0-1; None if none was drawn.

    One that its owner `put_together` is as it was decided to be: re-runs say nothing of it, and it is not tentative.
    """

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
    """Other names that the run proposed"""
    parts: tuple[FoundTheme, ...] = ()
    """Its sub-themes, most people first"""
    stored_name: str = ""
    """Its name in the language of the survey, where `name` is translated"""
    put_together: bool = False
    """Whether its owner added it, split it off or merged another into it"""

    @property
    def loose(self) -> bool:
        """Whether it came back often enough, and is tentative because some of its answers may not belong."""
        return self.tentative and not Stability(self.came_back, self.re_runs).unsteady

    @property
    def origin_label(self) -> str:
        """Where it comes from, as a short sentence."""
        return gettext("Put together by the asker.") if self.put_together else gettext(ORIGINS[self.origin])


@dataclass(frozen=True, slots=True)
class ResultThemes:
    """The themes that visitors see, most people first, and the ids of the hidden ones."""

    visible: list[FoundTheme]
    hidden_ids: list[int]

    def by_id(self) -> dict[int, FoundTheme]:
        """Return the visible themes by id."""
        return {theme.id: theme for theme in self.visible}


def visible_themes(run: Run | None, *, as_stored: bool = False) -> ResultThemes:
    """Return the themes of a result for visitors: names and descriptions masked, hidden ones left out. One query.

    Descriptions are in the language of the page, and known themes have their names in it where it is public, but what
    their owner wrote. In files all is `as_stored`.
    """
    found = all_themes(run)
    if not as_stored:
        found = [_in_language_of_page(theme) for theme in found]
    return ResultThemes(
        [_masked(theme) for theme in found if not theme.hidden], [theme.id for theme in found if theme.hidden]
    )


def all_themes(run: Run | None) -> list[FoundTheme]:
    """Return the themes of a result for their owner, most people first: hidden ones too, names as stored."""
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
            Theme.id.in_(_merged_into(run)).label("put_together"),
        )
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == run.id)
        .order_by(Theme.position.is_(None), Theme.position, ThemeResult.people.desc(), ThemeResult.rank)
    )
    found = [_with_its_maker(FoundTheme(**row)) for row in rows.mappings()]
    parts: dict[int, list[FoundTheme]] = {}
    for theme in found:
        if theme.parent_id is not None and not theme.hidden:
            parts.setdefault(theme.parent_id, []).append(theme)
    return [replace(theme, parts=tuple(parts.get(theme.id, ()))) for theme in found if theme.parent_id is None]


def _merged_into(run: Run) -> Select[Any]:
    """Select the ids of the themes that the owner merged others into."""
    own = (_EDITS.c.survey_id == run.survey_id, _EDITS.c.action == "merge", _EDITS.c.undone_at.is_(None))
    return select(_EDITS.c.target_id).where(*own, _EDITS.c.target_id.is_not(None))


def _with_its_maker(theme: FoundTheme) -> FoundTheme:
    """Return a theme that its owner put together as such, and without what re-runs say."""
    if not (theme.put_together or _MADE_BY_HAND.fullmatch(theme.key)):
        return theme
    return replace(theme, put_together=True, came_back=0, re_runs=0, tentative=False)


def in_no_visible_theme(run: Run, themes: ResultThemes) -> ColumnElement[bool]:
    """SQL condition: an answer was analysed, is not a non-answer, and is in no visible theme."""
    return _has_idea(run, Idea.status != "nonanswer") & ~_in_any(run, themes)


def count_people_placed(run: Run, themes: ResultThemes) -> int:
    """Count the people who are in at least one visible theme."""
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
    """SQL condition: an answer is in a visible theme."""
    if not themes.hidden_ids:
        return _has_idea(run, Idea.status == "placed")
    elsewhere = exists().where(Placement.idea_id == Idea.id, Placement.theme_id.not_in(themes.hidden_ids))
    return _has_idea(run, elsewhere)


def _has_idea(run: Run, wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """SQL condition: an answer has such an idea. `+ 0` makes SQLite look up ideas by answer, not by run."""
    own = select(Idea.id).where(Idea.answer_id == Answer.id, Idea.run_id + 0 == run.id, wanted)
    return own.correlate(Answer).exists()


def described(description: str, name: str = "") -> str:
    """Return a description in the language of the page where a run wrote it, and as it stands where somebody did.

    It quotes nothing that is the theme's `name` now.
    """
    said = said_in(description)
    names = [quoted(text) for text in said if fold(text) != fold(name)]
    if names:
        return gettext("Also said: %(names)s", names=comma().join(names))
    return "" if said else description


def _in_language_of_page(theme: FoundTheme) -> FoundTheme:
    if theme.origin != "codebook":
        return replace(theme, description=described(theme.description, theme.name))
    if not (has_request_context() and domain() is PUBLIC):
        return theme
    words = translated(theme.key, Words(theme.name, theme.description), language())
    others = [name for name in theme.candidates if name != theme.name]
    return replace(theme, name=words.name, description=words.description, candidates=others, stored_name=theme.name)


def _masked(theme: FoundTheme) -> FoundTheme:
    return replace(
        theme,
        name=mask_personal_data(theme.name),
        stored_name=mask_personal_data(theme.stored_name),
        description=mask_personal_data(theme.description),
        candidates=[mask_personal_data(name) for name in theme.candidates],
        parts=tuple(_masked(part) for part in theme.parts),
    )
