"""How rows are written: CSV and JSON piece by piece as they are made, Excel and Parquet by way of a file.

That file has no name and is gone when it was sent. In CSV and Excel no cell is one that a spreadsheet would run.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from subprocess import PIPE
from typing import Any, BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from survey.core import isolated_process
from survey.exports.data_dictionary import Column, Kind
from survey.exports.rows import ROWS_AT_ONCE, Cell, Cells

FORMULA = re.compile(
    r"[\t\r\n]|[\s\"'\x00-\x1f\x7f-\xa0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*[=+\-@＝＋－＠]"
)
"""How a cell begins that a spreadsheet might run, also once it has dropped spaces, quotes and what cannot be seen"""
BOM = "\ufeff"
PIECES_AT_ONCE = 20
SHEET_ROWS_MOST = 1_048_576
SHEET_CELL_MOST = 32_767
FIRST_EXCEL_YEAR = 1900
WIDTHS = {"text": 24, "whole number": 10, "number": 10, "yes or no": 10, "moment": 19}


def as_csv(columns: Sequence[Column], rows: Iterable[Cells]) -> Iterator[str]:
    """A CSV file in pieces: UTF-8 with a byte order mark (spreadsheets need it), formula cells defused.

    Written a column at a time, because the csv module, which looks at each character by itself, takes twice as long.
    """
    before = BOM + ",".join(_csv_text(column.name) for column in columns) + "\r\n"
    for some in _some(rows):
        cells = [_CSV[column.kind](each) for column, each in zip(columns, zip(*some, strict=True), strict=True)]
        yield before + "\r\n".join(map(",".join, zip(*cells, strict=True))) + "\r\n"
        before = ""
    yield before


def together(pieces: Iterable[str]) -> Iterator[str]:
    """The same file in fewer pieces: each is sent by itself, and somebody has to wake up for it."""
    remaining = iter(pieces)
    while some := list(islice(remaining, PIECES_AT_ONCE)):
        yield "".join(some)


def as_json(columns: Sequence[Column], rows: Iterable[Cells]) -> Iterator[str]:
    """A list of objects in pieces, one object a line."""
    before = "[\n"
    for some in _some(rows):
        yield before + ",\n".join(json.dumps(as_object(columns, row), ensure_ascii=False) for row in some)
        before = ",\n"
    yield "\n]\n" if before != "[\n" else "[]\n"


def as_object(columns: Sequence[Column], row: Cells) -> dict[str, Cell]:
    """A row as JSON has it: its columns as keys, moments as ISO 8601."""
    return {column.name: _plain(column, cell) for column, cell in zip(columns, row, strict=True)}


def as_xlsx(name: str, columns: Sequence[Column], rows: Iterable[Cells], limit: int = SHEET_ROWS_MOST) -> BinaryIO:
    """An Excel workbook; each sheet takes `limit` rows, its header among them, and another one goes on after it."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    with tempfile.TemporaryDirectory() as scratch:
        options = {"constant_memory": True, "tmpdir": scratch, "strings_to_formulas": False, "strings_to_urls": False}
        with Workbook(file, {**options, "default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
            book.use_zip64()
            sheet, place, sheets = _sheet(book, name, columns), 0, 1
            for row in rows:
                place += 1
                if place == limit:
                    sheets += 1
                    sheet, place = _sheet(book, f"{name} {sheets}", columns), 1
                for across, (column, cell) in enumerate(zip(columns, row, strict=True)):
                    _write_cell(sheet, place, across, column, cell)
    file.seek(0)
    return file


def as_parquet(columns: Sequence[Column], rows: Iterable[Cells]) -> BinaryIO:
    """A Parquet file, written by a program of its own: pyarrow and numpy are too heavy for a process of pages."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    schema = json.dumps([(column.name, column.kind) for column in columns])
    lines = (json.dumps([_plain(column, cell) for column, cell in zip(columns, row, strict=True)]) for row in rows)
    with isolated_process.start("survey.exports.parquet_writer", stdin=PIPE, stdout=file) as process:
        assert process.stdin is not None
        for line in chain([schema], lines):
            process.stdin.write(line.encode() + b"\n")
        process.stdin.close()
        if process.wait() != 0:
            raise RuntimeError("the program that writes Parquet failed")
    file.seek(0)
    return file


def defused(cell: Cell) -> Cell:
    """A cell no spreadsheet runs: a text that starts like a formula gets an apostrophe before it."""
    return "'" + cell if isinstance(cell, str) and FORMULA.match(cell) else cell


def iso(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _some(rows: Iterable[Cells]) -> Iterator[list[Cells]]:
    """The rows, some hundred at a time."""
    remaining = iter(rows)
    while some := list(islice(remaining, ROWS_AT_ONCE)):
        yield some


def _plain(column: Column, cell: Cell) -> Cell:
    return _iso(str(cell)) if column.kind == "moment" and cell is not None else cell


def _iso(moment: str) -> str:
    return f"{moment[:10]}T{moment[11:19]}Z"


def _csv_texts(cells: Sequence[Any]) -> list[str]:
    different = set(cells)
    if 2 * len(different) > len(cells):
        return [_csv_text(cell) for cell in cells]
    written = {cell: _csv_text(cell) for cell in different}
    return [written[cell] for cell in cells]


def _csv_text(text: str | None) -> str:
    if text is None:
        return ""
    if not text[:1].isalnum():  # most begin so, and no formula does
        text = str(defused(text))
    if '"' in text:
        text = text.replace('"', '""')
        return f'"{text}"'
    return f'"{text}"' if "," in text or "\n" in text or "\r" in text else text


def _csv_moments(cells: Sequence[Any]) -> list[str]:
    return ["" if cell is None else _iso(cell) for cell in cells]


def _csv_numbers(cells: Sequence[Any]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in cells]


def _csv_yes_or_no(cells: Sequence[Any]) -> list[str]:
    return ["" if cell is None else "1" if cell else "0" for cell in cells]


_CSV: dict[Kind, Callable[[Sequence[Any]], list[str]]] = {
    "text": _csv_texts,
    "whole number": _csv_numbers,
    "number": _csv_numbers,
    "yes or no": _csv_yes_or_no,
    "moment": _csv_moments,
}


def _sheet(book: Workbook, name: str, columns: Sequence[Column]) -> Worksheet:
    sheet: Worksheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for across, column in enumerate(columns):
        sheet.set_column(across, across, WIDTHS[column.kind])
        sheet.write_string(0, across, str(defused(column.name)), bold)
    return sheet


def _write_cell(sheet: Worksheet, row: int, across: int, column: Column, cell: Cell) -> None:
    if column.kind == "moment" and cell is not None:
        moment = datetime.fromisoformat(str(cell))
        if moment.year >= FIRST_EXCEL_YEAR:
            sheet.write_datetime(row, across, moment)
            return
    cell = _plain(column, cell)
    if isinstance(cell, str):
        sheet.write_string(row, across, str(defused(cell))[:SHEET_CELL_MOST])
    elif isinstance(cell, bool):
        sheet.write_boolean(row, across, cell)
    elif cell is not None:
        sheet.write_number(row, across, cell)
