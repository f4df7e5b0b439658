"""The ideas in a theme, or in none, one page at a time.

A page begins after the last idea of the one before it (`Cursor`), so that the last page of a hundred thousand ideas
is as quick as the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, func, literal, select, true, tuple_

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Theme
from survey.curation.idea_edits import MAX_IDEAS
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import BY_HAND, Edit, IdeaChange
from survey.results.quotes import MAX_QUOTES, Quote, quote
from survey.results.visible_themes import FoundTheme
from survey.search.by_word import contains
from survey.workbench import list_filter
from survey.workbench.list_filter import Cursor, ListFilter

IDEAS_PER_PAGE = 50
UNSURE_BELOW = 0.5
"""Strength of a placement of which the machine is not sure"""
COUNTED_MOST = 1000
"""How far the ideas that fit a filter are counted"""
NEARNESS = func.coalesce(Idea.nearness, -1.0)
IN_THEME, UNPLACED = (Placement.strength, Placement.idea_id), (NEARNESS, Idea.id)
"""What the ideas of a theme, and those in none, are sorted by"""
LEFT_OUT = ("dismiss", "move")
"""Actions by which an owner decides that an idea is in no theme"""


@dataclass(frozen=True, slots=True)
class IdeaRow:
    """An idea in the list. `sure` is the strength of its placement or, where it has none, its nearness, 0-1."""

    span: IdeaSpan
    quote: Quote
    sure: float
    is_quoted: bool
    """Whether it is one of the quotes of the theme"""
    is_opposite: bool
    """Whether it says the opposite of what the others in the theme say"""
    by_hand: bool
    is_taught: bool
    """Whether the machine moved it here because of an edit"""
    came_from: FoundTheme | None
    """The theme the machine moved it from"""
    can_return: bool
    """Whether it was moved, and not put here besides, and what it was moved from is still there"""
    also_in: list[FoundTheme]
    nearest: FoundTheme | None
    """The theme that an unplaced idea is nearest to"""

    @property
    def anchor(self) -> str:
        """The id of its element on the page."""
        return f"i-{self.span.answer}-{self.span.starts}"


@dataclass(frozen=True, slots=True)
class IdeaPage:
    """A page of ideas. `fitting` counts those that fit the filter, up to COUNTED_MOST + 1; None without a filter."""

    rows: list[IdeaRow]
    following: Cursor | None
    fitting: int | None


def ideas_of_theme(run: Run | None, theme_id: int, wanted: ListFilter, themes: Mapping[int, FoundTheme]) -> IdeaPage:
    """Return a page of the ideas in a theme, the least sure first unless asked otherwise."""
    return _page(run, _of_theme(theme_id, wanted), IN_THEME, wanted, not wanted.surest, themes, theme_id)


def unplaced_ideas(run: Run | None, wanted: ListFilter, themes: Mapping[int, FoundTheme]) -> IdeaPage:
    """Return a page of the ideas in no theme that the owner did not leave there, those nearest to a theme first.

    The part BY_HAND is those that the owner did leave in none.
    """
    return _page(run, _unplaced(wanted), UNPLACED, wanted, wanted.surest, themes, None)


def all_spans(run: Run | None, theme_id: int | None, wanted: ListFilter) -> list[IdeaSpan]:
    """Return all ideas that fit a filter, of a theme or with None of those in none, up to MAX_IDEAS of one edit."""
    query, order = (_unplaced(wanted), UNPLACED) if theme_id is None else (_of_theme(theme_id, wanted), IN_THEME)
    found = _narrowed(query, run, wanted).order_by(*order).limit(MAX_IDEAS)
    return [IdeaSpan(row.public_id, row.starts, row.ends) for row in db.session.execute(found)]


def _of_theme(theme_id: int, wanted: ListFilter) -> Select[Any]:
    parts = {
        list_filter.UNSURE: Placement.strength < UNSURE_BELOW,
        list_filter.BY_HAND: decided_by_hand() & _has_change(~IdeaChange.taught, IdeaChange.target_id == theme_id),
        list_filter.OPPOSITE: Placement.against,
        list_filter.QUOTES: Placement.quote < MAX_QUOTES,
        list_filter.TAUGHT: _has_change(IdeaChange.taught, IdeaChange.target_id == theme_id) & ~decided_by_hand(),
    }
    return (
        _ideas(Placement.strength, Placement.quote, Placement.against)
        .join(Placement, Placement.idea_id == Idea.id)
        .where(Placement.theme_id == theme_id, parts.get(wanted.part, true()))
    )


def _unplaced(wanted: ListFilter) -> Select[Any]:
    left_out = is_left_out()
    near = select(Theme.id).where(Theme.public_id == wanted.near).scalar_subquery()
    return _ideas(NEARNESS, literal(None), false()).where(
        Idea.status == "unplaced",
        left_out if wanted.part == list_filter.BY_HAND else ~left_out,
        Idea.suggested_id == near if wanted.near else true(),
    )


def count_unplaced(run: Run | None) -> int:
    """Count the ideas in no theme that the owner did not leave there."""
    if run is None:
        return 0
    waiting = select(func.count()).where(Idea.run_id == run.id, Idea.status == "unplaced", ~is_left_out())
    return db.session.scalar(waiting) or 0


def count_left_out(run: Run | None) -> int:
    """Count the ideas that the owner left in no theme."""
    if run is None:
        return 0
    left = select(func.count()).where(Idea.run_id == run.id, Idea.status == "unplaced", is_left_out())
    return db.session.scalar(left) or 0


def has_opposite(run: Run | None, theme_id: int) -> bool:
    """Return whether some ideas of a theme say the opposite of it."""
    if run is None:
        return False
    found = exists().where(Placement.theme_id == theme_id, Placement.against, Placement.idea_id == Idea.id)
    return db.session.scalar(select(found.where(Idea.run_id + 0 == run.id))) or False


def is_left_out() -> ColumnElement[bool]:
    """SQL condition: the owner decided that an idea is in no theme."""
    return _has_change(~IdeaChange.taught, Edit.action.in_(LEFT_OUT), IdeaChange.target_id.is_(None))


def decided_by_hand() -> ColumnElement[bool]:
    """SQL condition: the owner decided where an idea is."""
    return _has_change(~IdeaChange.taught, Edit.action.in_(BY_HAND))


def _has_change(*conditions: Any) -> ColumnElement[bool]:
    """SQL condition: an edit that holds changed an idea in such a way."""
    return (
        exists()
        .where(IdeaChange.answer_id == Idea.answer_id, IdeaChange.starts == Idea.starts, *conditions)
        .where(Edit.id == IdeaChange.edit_id, Edit.undone_at.is_(None))
        .correlate(Idea)
    )


def _ideas(sure: Any, quoted: Any, against: Any) -> Select[Any]:
    columns = (Idea.id, Idea.answer_id, Answer.public_id, Answer.text, Idea.starts, Idea.ends, Idea.suggested_id)
    labels = (sure.label("sure"), quoted.label("quoted"), against.label("against"))
    return select(*columns, *labels).join(Answer, Answer.id == Idea.answer_id)


def _page(
    run: Run | None,
    query: Select[Any],
    order: tuple[Any, Any],
    wanted: ListFilter,
    ascending: bool,
    themes: Mapping[int, FoundTheme],
    theme_id: int | None,
) -> IdeaPage:
    if run is None:
        return IdeaPage([], None, None)
    page = fitting = _narrowed(query, run, wanted)
    if wanted.after is not None:
        page = page.where(tuple_(*order) > wanted.after if ascending else tuple_(*order) < wanted.after)
    page = page.order_by(*order) if ascending else page.order_by(*(column.desc() for column in order))
    found = db.session.execute(page.limit(IDEAS_PER_PAGE + 1)).all()
    rows = found[:IDEAS_PER_PAGE]
    following = Cursor(rows[-1].sure, rows[-1].id) if len(found) > len(rows) else None
    return IdeaPage(
        _rows(rows, themes, theme_id),
        following,
        _counted(fitting) if wanted.narrowed else None,
    )


def _narrowed(query: Select[Any], run: Run | None, wanted: ListFilter) -> Select[Any]:
    return query.where(Idea.run_id == (run.id if run else None), *map(contains, wanted.words.split()))


def _counted(query: Select[Any]) -> int:
    some = query.with_only_columns(literal(1)).limit(COUNTED_MOST + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def _rows(found: Sequence[Any], themes: Mapping[int, FoundTheme], theme_id: int | None) -> list[IdeaRow]:
    ids = [row.id for row in found]
    also: dict[int, list[FoundTheme]] = {}
    for idea_id, other_id in db.session.execute(
        select(Placement.idea_id, Placement.theme_id)
        .where(Placement.idea_id.in_(ids), Placement.theme_id != (theme_id or 0))
        .order_by(Placement.idea_id, Placement.strength.desc())
    ):
        if other_id in themes:
            also.setdefault(idea_id, []).append(themes[other_id])
    changed = _changes([(row.answer_id, row.starts) for row in found])
    rows = []
    for row in found:
        by_hand, taught = changed.get((row.answer_id, row.starts), (set(), None))
        own = also.get(row.id, [])
        is_taught = not by_hand and taught is not None and taught.target_id == theme_id
        rows.append(
            IdeaRow(
                IdeaSpan(row.public_id, row.starts, row.ends),
                quote(row.text, row.starts, row.ends),
                row.sure,
                row.quoted is not None and row.quoted < MAX_QUOTES,
                bool(row.against),
                theme_id in by_hand,
                is_taught,
                themes.get(taught.source_id or 0) if is_taught and taught else None,
                is_taught and taught is not None and _can_return(taught, themes, own),
                own,
                themes.get(row.suggested_id or 0) if theme_id is None else None,
            )
        )
    return rows


def _can_return(taught: IdeaChange, themes: Mapping[int, FoundTheme], also_in: Sequence[FoundTheme]) -> bool:
    return not also_in if taught.source_id is None else taught.source_id in themes


def _changes(places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], tuple[set[int | None], IdeaChange | None]]:
    """Return of ideas, by answer and start, the themes that the owner put or left them in (None: none), and the last
    change that was taught.
    """
    found: dict[tuple[int, int], tuple[set[int | None], IdeaChange | None]] = {}
    rows = db.session.execute(
        select(IdeaChange, Edit.action)
        .join(Edit, Edit.id == IdeaChange.edit_id)
        .where(IdeaChange.answer_id.in_({answer_id for answer_id, _ in places}), Edit.undone_at.is_(None))
        .order_by(IdeaChange.id)
    )
    for change, action in rows:
        by_hand, taught = found.get((change.answer_id, change.starts), (set(), None))
        if change.taught:
            taught = change
        elif action in BY_HAND:
            by_hand = (by_hand - {change.source_id}) | {change.target_id}
        found[change.answer_id, change.starts] = by_hand, taught
    return found
