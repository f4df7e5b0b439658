"""Read the rows of a table as answers, one pass: each becomes an AnswerRow, or a LeftOut with its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from analysis.files.model import AnswerRow, CellForms, Columns, Layout, LeftOut, Reason, Row
from analysis.tables.layout import data_rows
from analysis.tables.times import time_order, time_parser

LEAVE_OUT: frozenset[Reason] = frozenset({"blank", "placeholder", "preview", "too_long"})
"""Reasons that leave out a row unless somebody chooses otherwise; others leave out a cell"""
LONGEST = 5_000
BEGINNING = 80


def cell_forms(rows: Iterable[Row], layout: Layout, columns: Columns) -> CellForms:
    """Return how the cells of the chosen columns are written: the order of day and month, HTML or not."""
    if columns.time is None:
        return CellForms()
    return CellForms(time_order((number, cells[columns.time]) for number, cells in data_rows(rows, layout)))


def read_rows(
    rows: Iterable[Row],
    layout: Layout,
    columns: Columns,
    forms: CellForms,
    *,
    answer: int | None = None,
    kinds: Collection[str] | None = None,
    sources: Collection[str] | None = None,
    longest: int | None = LONGEST,
    leave_out: frozenset[Reason] = LEAVE_OUT,
) -> Iterator[AnswerRow | LeftOut]:
    """Yield every row of the table as an answer, or as left out.

    `rows` are all rows of the file, `answer` is the place of the answers (None: the first of `columns.answers`).
    `kinds` and `sources` are the words that are known, in any case; None takes any. `longest` is in characters.
    `leave_out` are the reasons for which a whole row is left out; for others the cell is, and `problems` says so, or
    the row is taken as it is (a placeholder, a preview, an answer that is too long).
    """
    place = columns.answers[0] if answer is None else answer
    known_kinds = None if kinds is None else {kind.casefold() for kind in kinds}
    known_sources = None if sources is None else {source.casefold() for source in sources}
    read_time = time_parser(forms.time)
    for number, cells in data_rows(rows, layout):
        text = cells[place].strip()
        problems: list[Reason] = []
        if not text:
            yield LeftOut(number, "blank")
            continue
        if longest is not None and len(text) > longest:
            problems.append("too_long")
        kind, source = _cell(cells, columns.kind), _cell(cells, columns.source)
        if kind and known_kinds is not None and kind.casefold() not in known_kinds:
            problems.append("unknown_kind")
            kind = ""
        if source and known_sources is not None and source.casefold() not in known_sources:
            problems.append("unknown_source")
            source = ""
        time = None
        try:
            time = read_time(_cell(cells, columns.time))
        except ValueError:
            problems.append("unreadable_time")
        reason = next((problem for problem in problems if problem in leave_out), None)
        if reason:
            yield LeftOut(number, reason, text[:BEGINNING], len(text))
            continue
        response_id, status = _cell(cells, columns.response_id), _cell(cells, columns.status)
        yield AnswerRow(number, text, time, kind, source, response_id, status, tuple(problems))


def _cell(cells: list[str], place: int | None) -> str:
    return "" if place is None else cells[place].strip()
