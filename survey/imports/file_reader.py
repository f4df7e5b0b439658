"""Bytes to rows: CSV, Excel workbooks and pasted lists, read piece by piece and refused in one clear sentence.

Nothing is known here of answers. A table is a header and rows of text, each with the line it starts on.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from shutil import copyfileobj
from subprocess import PIPE
from typing import BinaryIO, TextIO

from survey.core import isolated_process

PROBLEMS_MOST = 50
CELL_MOST = 1_000_000
ROWS_MOST = 200_000
COLUMNS_MOST = 500
SAMPLE = 64 * 1024
SAMPLE_ROWS = 200
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
LINE, BLANK_LINE = "line", "blank"
"""How the answers of a pasted list are told apart"""
PASTED_HEADER = ["answer"]

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
ZIP_MARK = b"PK\x03\x04"
OLD_OFFICE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OTHER_MARKS = {
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"II*\0": "a picture (TIFF)",
    b"RIFF": "a picture or a sound",
    b"%PDF": "a PDF",
    b"{\\rtf": "a text document (RTF)",
    b"\x1f\x8b": "a packed file (gzip)",
    b"7z\xbc\xaf": "a packed file (7z)",
    b"Rar!": "a packed file (RAR)",
}

csv.field_size_limit(CELL_MOST)

Row = tuple[int, list[str]]
"""The line a row starts on, and its cells"""


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that cannot be imported, and why. Line 0 is the file as a whole."""

    line_number: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line_number}: {self.message}" if self.line_number else self.message


class ImportRefused(Exception):
    """Nothing was imported. Holds the problems, about PROBLEMS_MOST of them at most."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows below it, each as wide as the header. The rows can be had once."""

    form: str
    """How the file was understood, in words"""
    header: list[str]
    rows: Iterator[Row]


def refuse(message: str, line_number: int = 0) -> ImportRefused:
    """The refusal of a file for one reason."""
    return ImportRefused([Problem(line_number, message)])


def read(stream: BinaryIO) -> Table:
    """The table in a file, which is known by its first bytes and not by its name.

    Raises ImportRefused, here or while the rows are taken.
    """
    start = stream.read(SAMPLE)
    stream.seek(0)
    if start.startswith(ZIP_MARK):
        return _workbook(stream)
    if start.startswith(OLD_OFFICE_MARK):
        raise refuse("This is an Excel file of the old kind (.xls), or it has a password. Save it as .xlsx without.")
    for mark, what in OTHER_MARKS.items():
        if start.startswith(mark):
            raise refuse(f"This is {what}, not a table. Choose a CSV or an Excel file (.xlsx).")
    if start.startswith(UTF16_MARKS):
        return _csv(io.TextIOWrapper(stream, "utf-16", newline=""))
    if start.count(0) > len(start) // 8:
        raise refuse("This is not text. Save the file as CSV UTF-8 and try again.")
    _check_utf8(stream)
    return _csv(io.TextIOWrapper(stream, "utf-8-sig", newline=""))


def keys(header: Sequence[str]) -> list[str]:
    """A name of its own for each column: a name that comes twice gets a number, none becomes its place."""
    seen: Counter[str] = Counter()
    named = []
    for place, name in enumerate(header, start=1):
        name = name or f"column {place}"
        seen[name] += 1
        named.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return named


def pasted_lines(text: str) -> Iterator[Row]:
    """The lines of a pasted list, blank ones too."""
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        yield number, [line]


def guess_separator(text: str) -> str:
    """Whether lines of a pasted list belong together: where blank lines set groups of several lines apart."""
    blocks = [block for block in _blocks(pasted_lines(text)) if block]
    return BLANK_LINE if len(blocks) > 1 and any(len(block) > 1 for block in blocks) else LINE


def pasted_rows(lines: Iterable[Row], separator: str) -> Iterator[Row]:
    """One answer a row: each line that is not blank, or the lines between two blank ones together."""
    for block in _blocks(lines):
        if separator == LINE:
            yield from block
        elif block:
            yield block[0][0], ["\n".join(cells[0] for _, cells in block)]


def _blocks(lines: Iterable[Row]) -> Iterator[list[Row]]:
    block: list[Row] = []
    for number, cells in lines:
        if cells[0].strip():
            block.append((number, cells))
        elif block:
            yield block
            block = []
    yield block


def _check_utf8(stream: BinaryIO) -> None:
    """Raise ImportRefused where the file is no UTF-8, with the line. (A line end is no part of any other character.)"""
    for number, line in enumerate(stream, start=1):
        try:
            line.decode()
        except UnicodeDecodeError:
            raise refuse("This is not UTF-8 text. Save the file as CSV UTF-8 and try again.", number) from None
    stream.seek(0)


def _csv(text: TextIO) -> Table:
    try:
        sample = text.read(SAMPLE)
    except UnicodeError:
        raise refuse("This text (UTF-16) is damaged. Save the file as CSV UTF-8 and try again.") from None
    if not sample.strip():
        raise refuse("The file is empty.")
    delimiter = guess_delimiter(sample)
    text.seek(0)
    header, rows = _framed(_csv_rows(text, delimiter))
    return Table(f"CSV, its cells set apart by {DELIMITERS[delimiter]}", header, rows)


def guess_delimiter(sample: str) -> str:
    """The sign that cuts most lines into as many cells as the first, and into the most; commas where none does."""
    best, delimiter = (0.0, 1), ","
    for candidate in DELIMITERS:
        try:
            reader = csv.reader(io.StringIO(sample, newline=""), delimiter=candidate)
            widths = [len(cells) for _, cells in zip(range(SAMPLE_ROWS), reader, strict=False) if cells]
        except csv.Error:
            continue
        if len(widths) > 2 and len(sample) >= SAMPLE:
            widths.pop()  # cut short, perhaps
        if widths and widths[0] > 1 and (fit := (widths.count(widths[0]) / len(widths), widths[0])) > best:
            best, delimiter = fit, candidate
    return delimiter


def _csv_rows(text: TextIO, delimiter: str) -> Iterator[Row]:
    """The rows of a CSV file; blank lines and rows of blank cells are passed over."""
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    starts = 1
    try:
        for cells in reader:
            line_number, starts = starts, reader.line_num + 1
            if len(cells) == 1 or any(cell.strip() for cell in cells):
                yield line_number, cells
    except csv.Error as error:
        raise refuse(f"This is not a CSV file that can be read ({error}).", starts) from None
    except UnicodeError:
        raise refuse("This text (UTF-16) is damaged. Save the file as CSV UTF-8 and try again.", starts) from None


def _workbook(stream: BinaryIO) -> Table:
    """The first sheet of an Excel workbook, read by a program of its own with a limit of memory."""
    rows = _workbook_rows(stream)
    about, *_ = next(rows)[1]
    header, rows = _framed(rows, pad=True)
    return Table(about, header, rows)


def _workbook_rows(stream: BinaryIO) -> Iterator[Row]:
    """What the program says: first a row 0 that tells which sheet it is, then the rows of the sheet."""
    with tempfile.TemporaryFile() as file:
        copyfileobj(stream, file)
        file.seek(0)
        with isolated_process.start("survey.imports.excel_reader", stdin=file, stdout=PIPE) as process:
            assert process.stdout is not None
            for line in process.stdout:
                said = json.loads(line)
                if isinstance(said, list):
                    yield said[0], said[1]
                elif "refused" in said:
                    raise refuse(said["refused"])
                else:
                    more = f", the first of {said['sheets']}" if said["sheets"] > 1 else ""
                    yield 0, [f"Excel, the sheet “{said['sheet']}”{more}"]
            if process.wait() != 0:
                raise refuse(
                    "This Excel file cannot be read: it is damaged, or far too large. "
                    "Open it, save the sheet as CSV UTF-8, and try with that."
                )


def _framed(rows: Iterator[Row], *, pad: bool = False) -> tuple[list[str], Iterator[Row]]:
    """The header and the rows below it. Blank cells that a sheet leaves out at the end are filled in with `pad`."""
    first = next(rows, None)
    if first is None:
        raise refuse("The file is empty.")
    header = [cell.strip() for cell in first[1]]
    if len(header) > COLUMNS_MOST:
        raise refuse(f"The file has more than {COLUMNS_MOST} columns. Save the few that matter as CSV.")
    return header, _even(rows, len(header), pad=pad)


def _even(rows: Iterator[Row], width: int, *, pad: bool) -> Iterator[Row]:
    """The rows, all of one width. Raises ImportRefused at the end where some were not, or at once with too many."""
    problems: list[Problem] = []
    for count, (line_number, cells) in enumerate(rows, start=1):
        if count > ROWS_MOST:
            raise refuse(f"The file has more than {ROWS_MOST:,} rows. Cut it into parts.")
        if pad and len(cells) < width:
            cells = cells + [""] * (width - len(cells))
        if len(cells) == width:
            yield line_number, cells
            continue
        hint = "The first row must name every column." if pad else "A comma or a quotation mark may be missing."
        problems.append(Problem(line_number, f"This line has {len(cells)} cells, and the header has {width}. {hint}"))
        if len(problems) == PROBLEMS_MOST:
            break
    if problems:
        raise ImportRefused(problems)
