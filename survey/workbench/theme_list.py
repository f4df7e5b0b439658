"""The themes in the workbench's list, and finding one of them by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from analysis.text.normalise import fold
from survey.core.database import db
from survey.core.i18n import gettext
from survey.core.models import Run, Survey, Theme
from survey.curation.theme_edits import EditRefused
from survey.edits.models import NAMING, Edit
from survey.results.visible_themes import FoundTheme, all_themes
from survey.web.formatting import listed

YOURS, TENTATIVE, HIDDEN = "yours", "tentative", "hidden"
MAX_NAMED = 4


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """A theme in the list; `percent` is the width of its bar, `number` its place, from 1."""

    theme: FoundTheme
    number: int
    percent: float
    is_yours: bool
    """Whether the owner named it or put it together"""


@dataclass(frozen=True, slots=True)
class ThemeList:
    """All themes of a result, and those of them that are listed."""

    themes: list[FoundTheme]
    lines: list[ThemeLine]
    only: str
    """yours, tentative or hidden; "" for all"""
    find: str
    """What the names of those listed have in them"""
    yours: int
    tentative: int
    hidden: int

    def by_id(self) -> dict[int, FoundTheme]:
        """Return the themes by id."""
        return {theme.id: theme for theme in self.themes}

    def place_of(self, public_id: str) -> int:
        """Return the place of a theme among all, from 1; 0 if it is not there."""
        return next((place for place, theme in enumerate(self.themes, 1) if theme.public_id == public_id), 0)


def theme_list(survey: Survey, run: Run | None, *, only: str = "", find: str = "") -> ThemeList:
    """Return the themes of a result as their owner sees them, pinned ones first; listed are those asked for."""
    themes = sorted(all_themes(run), key=lambda theme: not theme.pinned)
    named = _named_by_owner(survey)
    top = max((theme.people for theme in themes), default=1)
    lines = [
        ThemeLine(theme, number, round(100 * theme.people / max(1, top), 1), theme.put_together or theme.id in named)
        for number, theme in enumerate(themes, 1)
    ]
    wanted = {
        YOURS: lambda line: line.is_yours,
        TENTATIVE: lambda line: line.theme.tentative,
        HIDDEN: lambda line: line.theme.hidden,
    }
    shown = [line for line in lines if only not in wanted or wanted[only](line)]
    return ThemeList(
        themes,
        [line for line in shown if fold(find) in fold(line.theme.name)],
        only if only in wanted else "",
        find,
        **{name: sum(map(test, lines)) for name, test in wanted.items()},
    )


def without_ideas(theme: Theme) -> FoundTheme:
    """Return a theme that no idea is in, and which is in no result, as those of a result are."""
    return FoundTheme(
        id=theme.id, key=theme.key, public_id=theme.public_id, name=theme.name, description=theme.description,
        origin=theme.origin, colour=theme.colour, hidden=theme.hidden, pinned=theme.pinned, people=0, mentions=0,
        came_back=0, re_runs=0, tentative=False, x=None, y=None, radius=None, parent_id=None, candidates=[],
    )  # fmt: skip


def find_by_name(themes: Sequence[FoundTheme], typed: str) -> FoundTheme:
    """Return the theme with a name, or the only one whose name has these words. Raises EditRefused."""
    words = fold(typed)
    if not words:
        raise EditRefused(gettext("Type the name of the theme they belong in."))
    named = [theme for theme in themes if fold(theme.name) == words]
    fitting = named or [theme for theme in themes if words in fold(theme.name)]
    if not fitting:
        raise EditRefused(
            gettext("No theme is called “%(name)s”. For a new one, choose New theme.", name=typed.strip())
        )
    if len(fitting) > 1:
        names = listed([theme.name for theme in fitting[:MAX_NAMED]])
        raise EditRefused(
            gettext(
                "More than one theme fits “%(name)s”: %(themes)s. Type more of its name.",
                name=typed.strip(),
                themes=names,
            )
        )
    return fitting[0]


def _named_by_owner(survey: Survey) -> set[int]:
    own = Edit.survey_id == survey.id, Edit.undone_at.is_(None), Edit.action.in_(NAMING)
    return {theme_id for edit in db.session.scalars(select(Edit).where(*own)) for theme_id in edit.named}
