"""Names of themes made of words that nobody says any more, because the answers that did were changed or deleted.

A discovered theme is called by words out of its answers and keeps that name from run to run. An owner's own names stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Text, cast, select, update
from sqlalchemy.orm import Session

from analysis.naming.name_themes import describe_discovered
from analysis.results import Theme as FoundTheme
from analysis.text.normalise import fold
from survey.core.database import db
from survey.core.models import Edit, Run, Theme, ThemeResult

FORMER = "Former theme"
"""What a theme is called that is found no longer, and whose words nobody says"""
_QUOTED = re.compile("\u201c(.*?)\u201d")
"""The names in a description that analysis.naming.name_themes wrote"""
_NUMBER = re.compile(r" \(\d+\)$")

Results = Mapping[str, FoundTheme]
"""The themes and sub-themes of a result by their keys"""


def no_longer_said(survey_id: int, found: Iterable[FoundTheme], texts: Sequence[str]) -> frozenset[str]:
    """Return the names of discovered themes and sub-themes that no text says any more.

    `found` are the themes of the result, `texts` all that was read. Looks through all texts where a name is none that
    the result proposes, so call it outside of any write transaction.
    """
    results = _by_key(found)
    proposed = {name for theme in results.values() for name in theme.candidates}
    names = {edit.name_before for edit in _renames(db.session, survey_id) if edit.name_before}
    for theme in _machine_made(db.session, survey_id).values():
        names |= {theme.name, *_QUOTED.findall(theme.description)}
    wanted = {name: f" {fold(_NUMBER.sub('', name))} " for name in names - proposed}
    folded = [f" {fold(text)} " for text in texts] if wanted else []
    return frozenset(name for name, words in wanted.items() if not any(words in text for text in folded))


def rename(session: Session, survey_id: int, found: Iterable[FoundTheme], unsaid: frozenset[str]) -> None:
    """Inside the transaction that saves a result: give discovered themes and sub-themes other names and descriptions
    where the present ones are among those no longer said. `found` are the themes of the result.
    """
    if not unsaid:
        return
    results, themes = _by_key(found), _machine_made(session, survey_id)
    renames = _renames(session, survey_id)
    own_names = {edit.name for edit in renames}
    named = {edit.theme_id if edit.action == "rename" else edit.target_id for edit in renames if edit.undone_at is None}
    for theme in themes.values():
        result = results.get(theme.key)
        if theme.id not in named:
            theme.name = _still_said(theme.name, result, unsaid)
        if not unsaid.isdisjoint(_QUOTED.findall(theme.description)):
            others = [name for name in result.candidates if name != theme.name] if result else []
            theme.description = describe_discovered([theme.name, *others])
    for edit in renames:  # undoing it would bring the name back
        before = themes.get(edit.theme_id or 0)
        if edit.action == "rename" and before and edit.name_before and edit.name_before not in own_names:
            edit.name_before = _still_said(edit.name_before, results.get(before.key), unsaid)


def forget_candidates(session: Session, survey_id: int, but: int) -> None:
    """Forget the names that were proposed in results of a survey other than that of the run `but`."""
    others = select(Run.id).where(Run.survey_id == survey_id, Run.id != but)
    session.execute(
        update(ThemeResult)
        .where(ThemeResult.run_id.in_(others), cast(ThemeResult.candidates, Text) != "[]")
        .values(candidates=[])
        .execution_options(synchronize_session=False)
    )


def _still_said(name: str, result: FoundTheme | None, unsaid: frozenset[str]) -> str:
    """The name where it is still said, else one of those that the result proposes."""
    if name not in unsaid:
        return name
    proposed = (*result.candidates, result.name) if result else ()
    return next((other for other in proposed if other != name), FORMER)


def _by_key(found: Iterable[FoundTheme]) -> Results:
    return {theme.key: theme for whole in found for theme in (whole, *whole.parts)}


def _machine_made(session: Session, survey_id: int) -> Mapping[int, Theme]:
    """The themes of a survey that are called by words out of its answers, by their ids."""
    own = Theme.survey_id == survey_id, Theme.origin.in_(["discovered", "part"]), Theme.name != FORMER
    return {theme.id: theme for theme in session.scalars(select(Theme).where(*own))}


def _renames(session: Session, survey_id: int) -> Sequence[Edit]:
    """The edits of a survey that gave a theme a name."""
    own = Edit.survey_id == survey_id, Edit.action.in_(["rename", "split"])
    return session.scalars(select(Edit).where(*own)).all()
