"""Rows of this program's own export of answers: they come back exactly as they were.

Texts are not cleaned, blanks and placeholders are not looked for, an apostrophe before what looks like a formula is
undone, and what was hidden or held stays so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from analysis import formula_cells
from analysis.files.model import AnswerRow, Columns, FileForm, Layout, LeftOut, Reason, Row
from analysis.tables.layout import data_rows
from survey.answers.moderation import STATUSES

NEEDED = {"answer_id", "answer", "kind", "source", "received_at", "status"}


def own_columns(layout: Layout) -> Columns | None:
    """Return the columns of our own export of answers or of their ideas, None for any other file."""
    place = {name: at for at, name in enumerate(layout.names)}
    if not place.keys() >= NEEDED:
        return None
    return Columns(
        (place["answer"],),
        place["received_at"],
        place["kind"],
        place["source"],
        place["answer_id"],
        place["status"],
    )


def own_rows(rows: Iterable[Row], form: FileForm, layout: Layout, columns: Columns) -> Iterator[AnswerRow | LeftOut]:
    """Yield the answers of our own export, each once: in a table of ideas an answer has several rows."""
    undo = form.format in formula_cells.DEFUSED_FORMATS
    seen: set[str] = set()
    for number, cells in data_rows(rows, layout):
        text, time, kind, source, response_id, status = (
            cells[place or 0]
            for place in (
                columns.answers[0],
                columns.time,
                columns.kind,
                columns.source,
                columns.response_id,
                columns.status,
            )
        )
        if response_id and response_id in seen:
            continue
        seen.add(response_id)
        text = formula_cells.undefused(text) if undo else text
        if not text.strip():
            yield LeftOut(number, "blank")
            continue
        moment = _moment(time)
        problems: tuple[Reason, ...] = ("unreadable_time",) if moment is None and time.strip() else ()
        kind = formula_cells.undefused(kind) if undo else kind
        status = status if status in STATUSES else ""
        yield AnswerRow(number, text, moment, kind, source, response_id, status, problems)


def askers_rows(rows: Iterable[Row], layout: Layout) -> frozenset[int]:
    """Return the numbers of the rows that the asker wrote."""
    if "askers_own" not in layout.names:
        return frozenset()
    place = layout.names.index("askers_own")
    return frozenset(n for n, cells in data_rows(rows, layout) if cells[place].strip().lower() in ("1", "true"))


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
