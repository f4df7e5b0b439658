"""How rows are written: CSV and JSON piece by piece as they are made, Excel and Parquet by way of a file.

That file has no name and is gone when it was sent. In CSV and Excel no cell is one that a spreadsheet would run.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from subprocess import PIPE
from typing import BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from survey import apart
from survey.dictionary import Column
from survey.export import ROWS_AT_ONCE, Cell, Cells

FORMULA = re.compile(
    r"[\t\r\n]|[\s\"'\x00-\x1f\x7f-\xa0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*[=+\-@＝＋－＠]"
)
"""How a cell begins that a spreadsheet might run, also once it has dropped spaces, quotes and what cannot be seen"""
BOM = "\ufeff"
SHEET_ROWS_MOST = 1_048_576
SHEET_CELL_MOST = 32_767
FIRST_EXCEL_YEAR = 1900
WIDTHS = {"text": 24, "whole number": 10, "number": 10, "yes or no": 10, "moment": 19}


def as_csv(columns: Iterable[str], rows: Iterable[Cells]) -> Iterator[str]:
    """A CSV file in pieces: UTF-8 with a byte order mark (spreadsheets need it), formula cells defused."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BOM)
    writer.writerow([defused(name) for name in columns])
    for number, row in enumerate(rows, start=1):
        writer.writerow([_csv_cell(cell) if cell is not None else cell for cell in row])
        if number % ROWS_AT_ONCE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def as_json(columns: Sequence[str], rows: Iterable[Cells]) -> Iterator[str]:
    """A list of objects in pieces, one object a line."""
    before = "[\n"
    pieces: list[str] = []
    for number, row in enumerate(rows, start=1):
        pieces.append(before + json.dumps(as_object(columns, row), ensure_ascii=False))
        before = ",\n"
        if number % ROWS_AT_ONCE == 0:
            yield "".join(pieces)
            pieces.clear()
    yield "".join(pieces) + ("\n]\n" if before != "[\n" else "[]\n")


def as_object(columns: Sequence[str], row: Cells) -> dict[str, Cell]:
    """A row as JSON has it: its columns as keys, moments as texts."""
    return {name: iso(cell) if isinstance(cell, datetime) else cell for name, cell in zip(columns, row, strict=True)}


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
                for across, cell in enumerate(row):
                    _write_cell(sheet, place, across, cell)
    file.seek(0)
    return file


def as_parquet(columns: Sequence[Column], rows: Iterable[Cells]) -> BinaryIO:
    """A Parquet file, written by a program of its own: pyarrow and numpy are too heavy for a process of pages."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    schema = json.dumps([(column.name, column.kind) for column in columns])
    lines = (json.dumps([iso(c) if isinstance(c, datetime) else c for c in row]) for row in rows)
    with apart.started("parquet", stdin=PIPE, stdout=file) as process:
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


def _csv_cell(cell: Cell) -> Cell:
    if isinstance(cell, datetime):
        return iso(cell)
    return int(cell) if isinstance(cell, bool) else defused(cell)


def _sheet(book: Workbook, name: str, columns: Sequence[Column]) -> Worksheet:
    sheet: Worksheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for across, column in enumerate(columns):
        sheet.set_column(across, across, WIDTHS[column.kind])
        sheet.write_string(0, across, str(defused(column.name)), bold)
    return sheet


def _write_cell(sheet: Worksheet, row: int, across: int, cell: Cell) -> None:
    if isinstance(cell, datetime):
        if cell.year < FIRST_EXCEL_YEAR:
            cell = iso(cell)
        else:
            sheet.write_datetime(row, across, cell.astimezone(UTC).replace(tzinfo=None))
            return
    if isinstance(cell, str):
        sheet.write_string(row, across, str(defused(cell))[:SHEET_CELL_MOST])
    elif isinstance(cell, bool):
        sheet.write_boolean(row, across, cell)
    elif cell is not None:
        sheet.write_number(row, across, cell)
