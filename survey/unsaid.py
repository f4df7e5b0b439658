"""Names of themes made of words that nobody says any more, because the answers that did were changed or deleted.

A discovered theme is called by words out of its answers and keeps that name from run to run. An owner's own names stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Text, cast, select, update
from sqlalchemy.orm import Session

from analysis.naming import also_said
from analysis.results import Theme as FoundTheme
from analysis.text import fold
from survey.models import Edit, Run, Theme, ThemeResult

FORMER = "Former theme"
"""What a theme is called that is found no longer, and whose words nobody says"""
_QUOTED = re.compile("\u201c(.*?)\u201d")
"""The names in a description that analysis.naming wrote"""
_NUMBER = re.compile(r" \(\d+\)$")

Said = Callable[[str], bool]


def rename(session: Session, survey_id: int, found: Iterable[FoundTheme], texts: Sequence[str]) -> None:
    """Inside the transaction that saves a result: give discovered themes and sub-themes other names and descriptions
    where no text says the present ones. `found` are the themes of the result, `texts` all that was read.
    """
    said = _said_in(texts)
    results: Mapping[str, FoundTheme] = {theme.key: theme for whole in found for theme in (whole, *whole.parts)}
    renames = session.scalars(
        select(Edit).where(Edit.survey_id == survey_id, Edit.action.in_(["rename", "split"]))
    ).all()
    own_names = {edit.name for edit in renames}
    named = {edit.theme_id if edit.action == "rename" else edit.target_id for edit in renames if edit.undone_at is None}
    machine_made = Theme.survey_id == survey_id, Theme.origin.in_(["discovered", "part"]), Theme.name != FORMER
    themes = {theme.id: theme for theme in session.scalars(select(Theme).where(*machine_made))}
    for theme in themes.values():
        result = results.get(theme.key)
        if theme.id not in named:
            theme.name = _still_said(theme.name, result, said)
        if not all(map(said, _QUOTED.findall(theme.description))):
            others = [name for name in result.candidates if name != theme.name] if result else []
            theme.description = also_said([theme.name, *others])
    for edit in renames:  # undoing it would bring the name back
        before = themes.get(edit.theme_id or 0)
        if edit.action == "rename" and before and edit.name_before and edit.name_before not in own_names:
            edit.name_before = _still_said(edit.name_before, results.get(before.key), said)


def forget_candidates(session: Session, survey_id: int, but: int) -> None:
    """Forget the names that were proposed in results of a survey other than that of the run `but`."""
    others = select(Run.id).where(Run.survey_id == survey_id, Run.id != but)
    session.execute(
        update(ThemeResult)
        .where(ThemeResult.run_id.in_(others), cast(ThemeResult.candidates, Text) != "[]")
        .values(candidates=[])
        .execution_options(synchronize_session=False)
    )


def _still_said(name: str, result: FoundTheme | None, said: Said) -> str:
    """The name where it is still said, else one of those that the result proposes."""
    if result is None:
        return name if said(name) else FORMER
    if name in result.candidates or said(name):
        return name
    return next((other for other in (*result.candidates, result.name) if other != name), FORMER)


def _said_in(texts: Sequence[str]) -> Said:
    """Return a function that says whether the words of a name stand in one of the texts, in their order."""
    folded: list[str] = []

    def said(name: str) -> bool:
        if not folded:
            folded.extend(f" {fold(text)} " for text in texts)
        wanted = f" {fold(_NUMBER.sub('', name))} "
        return any(wanted in text for text in folded)

    return said
