"""The wide table: a row for each answer, a column for each theme with 1, 0 or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from sqlalchemy import select

from survey.core import respondent_kinds
from survey.core.database import db
from survey.core.models import Answer, Survey, Theme, ThemeResult
from survey.tables.answer_query import answer_fields, stream
from survey.tables.data_dictionary import WIDE, Column, Row

MAX_CACHED_ROWS = 4000
"""Few combinations of themes differ among many answers"""

ThemeCells = Callable[[str | None], Row]
"""From what idea_results selects of an answer to its cells in the columns of the themes"""


def wide_columns(survey: Survey) -> tuple[Column, ...]:
    """Return the columns of the wide table of a survey: the answer's fields, then its themes."""
    return WIDE.columns + theme_columns([name for _, name in _themes(survey)], WIDE.header)


def wide_rows(survey: Survey, ids: Sequence[int] | None = None) -> Iterator[Row]:
    """Yield a row for each answer of a survey, by time received; with `ids`, for those answers only."""
    kind_names = {key: kind.export_label for key, kind in respondent_kinds.by_key(survey).items()}
    cells_of = theme_cells([theme_id for theme_id, _ in _themes(survey)])
    placement_of = lru_cache(MAX_CACHED_ROWS)(placement)
    unread = cells_of(None)
    for public_id, text, kind, source, received_at, changed_at, status, results, is_askers, *last in stream(
        answer_fields(survey, ids).order_by(Answer.received_at, Answer.id)
    ):
        is_shown = status == "shown"
        yield (
            public_id,
            text,
            kind_names.get(kind, kind),
            source,
            received_at,
            changed_at,
            status,
            placement_of(results) if is_shown else None,
            bool(is_askers),
            *last,
            *(cells_of(results) if is_shown else unread),
        )


def theme_columns(names: Iterable[str], taken: Iterable[str] = ()) -> tuple[Column, ...]:
    """Return a column for each theme. A name that is taken, in any case, gets a number: Trust, Trust (2)."""
    seen = {name.casefold() for name in taken}
    columns = []
    for name in names:
        own, number = name, 1
        while own.casefold() in seen:
            number += 1
            own = f"{name} ({number})"
        seen.add(own.casefold())
        columns.append(Column(own, "whole number", "1: the answer has an idea in this theme. 0: it has none."))
    return tuple(columns)


def theme_cells(theme_ids: Sequence[int]) -> ThemeCells:
    """Return the function from an answer's results to its cells for these themes: 1 or 0, None where unread."""
    place = {str(theme_id): index for index, theme_id in enumerate(theme_ids)}
    unread: Row = (None,) * len(theme_ids)

    @lru_cache(MAX_CACHED_ROWS)
    def cells(results: str | None) -> Row:
        if not results:
            return unread
        row = [0] * len(theme_ids)
        for result in results.split(","):
            index = place.get(result)
            if index is not None:
                row[index] = 1
        return tuple(row)

    return cells


def placement(results: str | None) -> str:
    """Return the placement of an answer from what idea_results selects of it."""
    found = results.split(",") if results else []
    if any(result.isdigit() for result in found):
        return "placed"
    return next((status for status in ("placed", "unplaced", "nonanswer") if status in found), "waiting")


def _themes(survey: Survey) -> list[tuple[int, str]]:
    """Return id and name of the themes of the shown result, in the order in which they came up."""
    rows = db.session.execute(
        select(Theme.id, Theme.name)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == survey.current_run_id, ThemeResult.parent_id.is_(None))
        .order_by(Theme.id)
    )
    return [(theme_id, name) for theme_id, name in rows]
