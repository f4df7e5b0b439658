"""Read CSV files, Excel workbooks and pasted lists as rows of text, without loading them whole.

A table is a header and rows, each with the number of the line it starts on. This module knows nothing of answers.
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

from analysis.parallel import isolated_process

MAX_PROBLEMS = 50
MAX_CELL_CHARACTERS = 1_000_000
MAX_ROWS = 200_000
MAX_COLUMNS = 500
SAMPLE = 64 * 1024
SAMPLE_ROWS = 200
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
LINE, BLANK_LINE = "line", "blank"
"""What separates the answers of a pasted list: a line end, or a blank line"""
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

csv.field_size_limit(MAX_CELL_CHARACTERS)

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
    """Nothing was imported. Holds the problems, about MAX_PROBLEMS of them at most."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows below it, each as wide as the header. The rows can be iterated once."""

    form: str
    """The detected format, in words for the owner"""
    header: list[str]
    rows: Iterator[Row]


def refusal(message: str, line_number: int = 0) -> ImportRefused:
    """Return the exception that refuses a file for one reason."""
    return ImportRefused([Problem(line_number, message)])


def read(stream: BinaryIO) -> Table:
    """Return the table in a file; its format is detected from its first bytes, not its name.

    Raises ImportRefused, here or while the rows are iterated.
    """
    start = stream.read(SAMPLE)
    stream.seek(0)
    if start.startswith(ZIP_MARK):
        return _workbook(stream)
    if start.startswith(OLD_OFFICE_MARK):
        raise refusal("This is an Excel file of the old kind (.xls), or it has a password. Save it as .xlsx without.")
    for mark, what in OTHER_MARKS.items():
        if start.startswith(mark):
            raise refusal(f"This is {what}, not a table. Choose a CSV or an Excel file (.xlsx).")
    if start.startswith(UTF16_MARKS):
        return _csv(io.TextIOWrapper(stream, "utf-16", newline=""))
    if start.count(0) > len(start) // 8:
        raise refusal("This is not text. Save the file as CSV UTF-8 and try again.")
    _check_utf8(stream)
    return _csv(io.TextIOWrapper(stream, "utf-8-sig", newline=""))


def column_names(header: Sequence[str]) -> list[str]:
    """Return a unique name for each column: repeated names get a number, blank ones become "column 3"."""
    seen: Counter[str] = Counter()
    named = []
    for place, name in enumerate(header, start=1):
        name = name or f"column {place}"
        seen[name] += 1
        named.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return named


def pasted_lines(text: str) -> Iterator[Row]:
    """Yield the lines of a pasted list, blank ones included."""
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        yield number, [line]


def guess_separator(text: str) -> str:
    """Return BLANK_LINE where blank lines separate groups of which one has several lines, else LINE."""
    blocks = [block for block in _blocks(pasted_lines(text)) if block]
    return BLANK_LINE if len(blocks) > 1 and any(len(block) > 1 for block in blocks) else LINE


def pasted_rows(lines: Iterable[Row], separator: str) -> Iterator[Row]:
    """Yield one answer a row: each line that is not blank, or all lines between two blank ones."""
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
    """Raise ImportRefused with the line number where the file is not UTF-8."""
    for number, line in enumerate(stream, start=1):
        try:
            line.decode()
        except UnicodeDecodeError:
            raise refusal("This is not UTF-8 text. Save the file as CSV UTF-8 and try again.", number) from None
    stream.seek(0)


def _csv(text: TextIO) -> Table:
    try:
        sample = text.read(SAMPLE)
    except UnicodeError:
        raise refusal("This text (UTF-16) is damaged. Save the file as CSV UTF-8 and try again.") from None
    if not sample.strip():
        raise refusal("The file is empty.")
    delimiter = guess_delimiter(sample)
    text.seek(0)
    header, rows = _split_header(_csv_rows(text, delimiter))
    return Table(f"CSV, its cells set apart by {DELIMITERS[delimiter]}", header, rows)


def guess_delimiter(sample: str) -> str:
    """Return the delimiter that splits most lines into as many cells as the first; then the one with the most cells."""
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
    """Yield the rows of a CSV file, without blank lines and rows of blank cells."""
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    starts = 1
    try:
        for cells in reader:
            line_number, starts = starts, reader.line_num + 1
            if len(cells) == 1 or any(cell.strip() for cell in cells):
                yield line_number, cells
    except csv.Error as error:
        raise refusal(f"This is not a CSV file that can be read ({error}).", starts) from None
    except UnicodeError:
        raise refusal("This text (UTF-16) is damaged. Save the file as CSV UTF-8 and try again.", starts) from None


def _workbook(stream: BinaryIO) -> Table:
    """Return the first sheet of an Excel workbook, read in a separate process with a memory limit."""
    rows = _workbook_rows(stream)
    about, *_ = next(rows)[1]
    header, rows = _split_header(rows, pad=True)
    return Table(about, header, rows)


def _workbook_rows(stream: BinaryIO) -> Iterator[Row]:
    """Yield what survey.imports.excel_reader writes: a row 0 that describes the sheet, then its rows."""
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
                    raise refusal(said["refused"])
                else:
                    more = f", the first of {said['sheets']}" if said["sheets"] > 1 else ""
                    yield 0, [f"Excel, the sheet “{said['sheet']}”{more}"]
            if process.wait() != 0:
                raise refusal(
                    "This Excel file cannot be read: it is damaged, or far too large. "
                    "Open it, save the sheet as CSV UTF-8, and try with that."
                )


def _split_header(rows: Iterator[Row], *, pad: bool = False) -> tuple[list[str], Iterator[Row]]:
    """Return the header and the rows below it. `pad` appends the blank cells that a sheet omits at the end of a row."""
    first = next(rows, None)
    if first is None:
        raise refusal("The file is empty.")
    header = [cell.strip() for cell in first[1]]
    if len(header) > MAX_COLUMNS:
        raise refusal(f"The file has more than {MAX_COLUMNS} columns. Save the few that matter as CSV.")
    return header, _check_widths(rows, len(header), pad=pad)


def _check_widths(rows: Iterator[Row], width: int, *, pad: bool) -> Iterator[Row]:
    """Yield the rows of the right width. Raises ImportRefused at the end where others had another, or at MAX_ROWS."""
    problems: list[Problem] = []
    for count, (line_number, cells) in enumerate(rows, start=1):
        if count > MAX_ROWS:
            raise refusal(f"The file has more than {MAX_ROWS:,} rows. Cut it into parts.")
        if pad and len(cells) < width:
            cells = cells + [""] * (width - len(cells))
        if len(cells) == width:
            yield line_number, cells
            continue
        hint = "The first row must name every column." if pad else "A comma or a quotation mark may be missing."
        problems.append(Problem(line_number, f"This line has {len(cells)} cells, and the header has {width}. {hint}"))
        if len(problems) == MAX_PROBLEMS:
            break
    if problems:
        raise ImportRefused(problems)
