"""Replace names of discovered themes whose words no answer contains any more, as after deletions.

A discovered theme is named with words from its answers, and later runs keep the name; its description is that of the
last run. What the owner wrote stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Text, cast, select, update
from sqlalchemy.orm import Session

from analysis.naming.descriptions import said_in
from analysis.results import Theme as FoundTheme
from analysis.text.normalise import fold
from survey.core.database import db
from survey.core.models import Run, Theme, ThemeResult
from survey.edits.models import NAMING, Edit

FORMER = "Former theme"
"""The name of a theme that was not found again and whose words no answer contains"""
_NUMBER = re.compile(r" \(\d+\)$")


def find_stale(survey_id: int, found: Iterable[FoundTheme], texts: Sequence[str]) -> frozenset[str]:
    """Return the names of discovered themes and sub-themes that no text contains any more.

    `found` are the themes of the new result, `texts` all that were analysed. Searches all texts for each name that
    the result does not propose, so call it outside of write transactions.
    """
    results = _by_key(found)
    proposed = {name for theme in results.values() for name in (*theme.candidates, *said_in(theme.description))}
    names = {edit.name_before for edit in _renames(db.session, survey_id) if edit.name_before}
    for edit in _descriptions(db.session, survey_id):
        names |= set(said_in(_before(edit)))
    for theme in _machine_named(db.session, survey_id).values():
        names |= {theme.name, *said_in(theme.description)}
    wanted = {name: f" {fold(_NUMBER.sub('', name))} " for name in names - proposed}
    folded = [f" {fold(text)} " for text in texts] if wanted else []
    return frozenset(name for name, words in wanted.items() if not any(words in text for text in folded))


def renew_descriptions(session: Session, survey_id: int, found: Iterable[FoundTheme]) -> None:
    """Describe discovered themes as the new result does, in its write transaction: ideas may have left them.

    What the owner wrote stays.
    """
    results = _by_key(found)
    described = {edit.theme_id for edit in _descriptions(session, survey_id) if edit.undone_at is None}
    for theme in _machine_named(session, survey_id).values():
        is_ours = not theme.description or said_in(theme.description)
        if theme.key in results and is_ours and theme.id not in described:
            theme.description = results[theme.key].description


def replace_stale(session: Session, survey_id: int, found: Iterable[FoundTheme], stale: frozenset[str]) -> None:
    """Replace stale names of themes by proposals of the new result, in its write transaction.

    Call `renew_descriptions` before: a description that is stale then is of a theme which was not found again.
    """
    if not stale:
        return
    results, themes = _by_key(found), _machine_named(session, survey_id)
    renames = _renames(session, survey_id)
    own_names = {name for edit in renames for name in edit.named.values()}
    named = {edit.theme_id for edit in renames if edit.action == "rename" and edit.undone_at is None}
    # Undone or not: ideas may have followed.
    named |= {own for edit in renames if edit.action != "rename" for own in edit.named}
    for theme in themes.values():
        if theme.id not in named:
            theme.name = _replacement(theme.name, results.get(theme.key), stale)
        if not stale.isdisjoint(said_in(theme.description)):
            theme.description = ""
    for edit in _descriptions(session, survey_id):  # undoing it would restore the words
        if not stale.isdisjoint(said_in(_before(edit))):
            edit.details = (edit.details or {}) | {"before": ""}
    for edit in renames:  # undoing it would restore the name
        before = themes.get(edit.theme_id or 0)
        if edit.action == "rename" and before and edit.name_before and edit.name_before not in own_names:
            edit.name_before = _replacement(edit.name_before, results.get(before.key), stale)


def clear_old_candidates(session: Session, survey_id: int, keep: int) -> None:
    """Delete the proposed names from all results of a survey except that of the run `keep`."""
    others = select(Run.id).where(Run.survey_id == survey_id, Run.id != keep)
    session.execute(
        update(ThemeResult)
        .where(ThemeResult.run_id.in_(others), cast(ThemeResult.candidates, Text) != "[]")
        .values(candidates=[])
        .execution_options(synchronize_session=False)
    )


def _replacement(name: str, result: FoundTheme | None, stale: frozenset[str]) -> str:
    """Return the name itself if it is not stale, else the first other name that the result proposes."""
    if name not in stale:
        return name
    proposed = (*result.candidates, result.name) if result else ()
    return next((other for other in proposed if other != name), FORMER)


def _descriptions(session: Session, survey_id: int) -> Sequence[Edit]:
    """Return the edits of a survey that described a theme."""
    return session.scalars(select(Edit).where(Edit.survey_id == survey_id, Edit.action == "describe")).all()


def _before(edit: Edit) -> str:
    """Return the description that undoing an edit would restore."""
    return str((edit.details or {}).get("before", ""))


def _by_key(found: Iterable[FoundTheme]) -> Mapping[str, FoundTheme]:
    """Return themes and sub-themes by key."""
    return {theme.key: theme for parent in found for theme in (parent, *parent.parts)}


def _machine_named(session: Session, survey_id: int) -> Mapping[int, Theme]:
    """Return the themes of a survey that are named with words from its answers, by id."""
    own = Theme.survey_id == survey_id, Theme.origin.in_(["discovered", "part"]), Theme.name != FORMER
    return {theme.id: theme for theme in session.scalars(select(Theme).where(*own))}


def _renames(session: Session, survey_id: int) -> Sequence[Edit]:
    """Return the edits of a survey that gave a theme a name."""
    own = Edit.survey_id == survey_id, Edit.action.in_(NAMING)
    return session.scalars(select(Edit).where(*own)).all()
