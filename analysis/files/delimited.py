"""Read text files of delimited cells as rows, also where quotation marks stand in odd places; and pasted lists."""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from analysis.files.encodings import codec, find_encoding
from analysis.files.model import BLANK_LINE, EMPTY, LINE, FileChoices, FileForm, FileRefused, Row
from analysis.files.row_writer import MAX_CELL_CHARACTERS, MAX_COLUMNS, TOO_MANY_COLUMNS

DELIMITERS = {
    ",": "commas",
    ";": "semicolons",
    "\t": "tabs",
    "|": "vertical bars",
    "^": "carets",
    "~": "tildes",
    "\x1f": "unit separators",
    ":": "colons",
}
"""In the order in which they are preferred, with their names"""
SAMPLE_ROWS = 300
SAME_WIDTH = 0.9
"""Of lines that are a table where a space stands after each delimiter: as many cells as in the first line"""
MIN_SHARE = 0.5
"""Of rows that have as many cells as most, for a delimiter to be one"""
_SEP_LINE = re.compile(r"\ufeff?\"?sep=(\\t|[^\r\n])\"?[,;\t|]*\s*$", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,20}|#\d{1,6}|#[xX][0-9A-Fa-f]{1,6});")
_TIME = re.compile(r"\d:\d\d|://")
NO_DELIMITER = "\x1e"
"""Stands in no text: what is read with where each line is one cell"""
MAX_LINE_CHARACTERS = 5_000_000
SAMPLE_CHARACTERS = 256 * 1024
SAMPLE_LINES = 2_000
MAX_QUOTED_LINES = 200
"""A quotation mark that is not closed within so many lines opens no cell"""
MAX_UNCLOSED = 1_000
"""After so many of them no cell is taken to have several lines"""
FEW_CONTROLS, MAX_CONTROL_SHARE = 4, 0.02
"""So many control characters, and this share of all, may stand in a text"""
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1e]")
_IN_QUOTES = re.compile(r'"(?:[^"]|"")*"')
_LEFT_OF_EXCEL = re.compile(r"_x000[Dd]_(?=\n|$)")
_BREAK = "\v"
"""Stands for a lone CR inside a line while the line is cut; also how some tools write a line break within a cell"""

csv.field_size_limit(MAX_CELL_CHARACTERS)

Reader = Callable[[], Iterator[Row]]


def read_text(path: Path, choices: FileChoices) -> tuple[FileForm, Reader, Reader]:
    """Return how a text file is written, what reads its rows, and what does so where quotation marks stand oddly.

    The first raises csv.Error at the first odd one. Both raise FileRefused.
    """
    with path.open("rb") as file:
        found = find_encoding(file)
    encoding = choices.encoding or found.encoding
    sample, newline = _sample(path, encoding)
    lines = list(islice(_lines(path, encoding, newline), SAMPLE_LINES))
    if sum(map(len, lines)) > SAMPLE_CHARACTERS:
        lines = _up_to(lines, SAMPLE_CHARACTERS)
    declared = declared_delimiter(lines[0])
    delimiter = choices.delimiter or declared or guess_delimiter(lines[1:] if declared else lines)
    spaced = delimiter is not None and f'{delimiter} "' in sample and f'{delimiter}"' not in sample
    escaped = sample.count('\\"') > sample.count('""')
    offered = tuple(dict.fromkeys([*found.encodings, encoding]))

    def numbered(rows: Iterable[list[str]]) -> Iterator[Row]:
        for number, cells in enumerate(rows, start=1):
            if (number > 1 or not declared) and (len(cells) == 1 or any(map(str.strip, cells))):
                yield number, cells

    def rows() -> Iterator[Row]:
        text = _lines(path, encoding, newline)
        reader = csv.reader(text, delimiter=delimiter or NO_DELIMITER, skipinitialspace=spaced, strict=True)
        return numbered(reader)

    def rows_with_odd_quotes() -> Iterator[Row]:
        text = _lines(path, encoding, newline)
        return numbered(cut_with_care(text, delimiter or NO_DELIMITER, escaped=escaped))

    return FileForm("csv", encoding, offered, delimiter=delimiter), rows, rows_with_odd_quotes


def cut_with_care(lines: Iterable[str], delimiter: str, *, escaped: bool = False) -> Iterator[list[str]]:
    """Yield rows of cells where quotation marks stand in odd places; lines end with newlines.

    A mark opens a cell only at its start, and closes it only before a delimiter or a line end; one that is closed
    nowhere is a letter like any other. With `escaped`, a mark after a backslash is a letter. Raises FileRefused.
    """
    marks = _Marks(delimiter, escaped=escaped)
    waiting, returned = iter(lines), deque[str]()
    failures = 0

    def cell_of_several_lines(beginning: str) -> tuple[str, str, int] | None:
        """Return the cell that begins so, the line that it ends in, and where; None if it ends nowhere."""
        nonlocal failures
        taken: list[str] = []
        for _ in range(MAX_QUOTED_LINES if failures < MAX_UNCLOSED else 0):
            following = returned.popleft() if returned else next(waiting, None)
            if following is None:
                break
            taken.append(following)
            if '"' in following:
                if marks.opens_another(following):
                    break
                if found := marks.closing.match(following):
                    return beginning + "".join(taken[:-1]) + found[1], following, found.end()
        returned.extendleft(reversed(taken))
        failures += 1
        return None

    while (text := returned.popleft() if returned else next(waiting, None)) is not None:
        cells, place, closed_here, closed_later = list[str](), 0, True, True
        while place >= 0:
            cell = None
            if opened := marks.opening.match(text, place):
                start = opened.end()
                if closed_here and (found := marks.closing.match(text, start)):
                    cell = found[1], text, found.end()
                else:
                    closed_here = False
                    stop = text.find(delimiter, start)
                    if closed_later and text.count('"', start, stop if stop >= 0 else len(text)) % 2 == 0:
                        cell = cell_of_several_lines(text[start:])
                        closed_here, closed_later = cell is not None, cell is not None
            if cell:
                inner, text, place = cell
                cells.append(marks.unescaped(inner))
                place = place + 1 if text[place : place + 1] == delimiter else -1
            else:
                stop = text.find(delimiter, place)
                cells.append(text[place:stop] if stop >= 0 else text[place:].rstrip("\n"))
                place = stop + 1 if stop >= 0 else -1
            if len(cells) > MAX_COLUMNS:
                raise FileRefused(TOO_MANY_COLUMNS, most=MAX_COLUMNS)
        yield cells if cells != [""] or '"' in text else []


class _Marks:
    """What opens a cell and what closes it, by the delimiter."""

    def __init__(self, delimiter: str, *, escaped: bool) -> None:
        inside = r'""|\\"|[^"]' if escaped else r'""|[^"]'
        end = rf"[ ]*(?={re.escape(delimiter)}|\n|$)"
        self._delimiter, self._escaped = delimiter, escaped
        self.opening, self._end = re.compile(r'[ ]*"'), re.compile(end)
        self._before = re.compile(rf"(?:{inside})*+")
        self.closing = re.compile(rf'((?:{inside}|"(?!{end}))*+)"{end}')

    def opens_another(self, text: str) -> bool:
        """Whether the first mark of a line is one that opens a cell, so that no cell is open before it."""
        found = self._before.match(text)
        first = found.end() if found else 0
        return (
            text[first : first + 1] == '"'
            and text[:first].rstrip(" ")[-1:] in ("", self._delimiter)
            and not self._end.match(text, first + 1)
        )

    def unescaped(self, inner: str) -> str:
        """Return a cell with its doubled marks single."""
        inner = inner.replace('""', '"')
        return inner.replace('\\"', '"') if self._escaped else inner


def _sample(path: Path, encoding: str) -> tuple[str, str]:
    """Return the beginning of a text and what ends its lines. Raises FileRefused where it is no text."""
    with path.open(encoding=codec(encoding), errors="replace", newline="") as file:
        sample = file.read(SAMPLE_CHARACTERS).lstrip("\ufeff")
    if not sample.strip("\0 \t\r\n\ufeff"):
        raise FileRefused(EMPTY)
    controls = len(_CONTROLS.findall(sample))
    if controls > FEW_CONTROLS + MAX_CONTROL_SHARE * len(sample):
        raise FileRefused("This is no text, and no other kind that is read here. Save the table as CSV or .xlsx.")
    outside = _IN_QUOTES.sub("", sample)
    lone = outside.count("\r") - outside.count("\r\n")
    return sample, "\r" if lone > outside.count("\n") else "\n"


def _lines(path: Path, encoding: str, newline: str) -> Iterator[str]:
    """Yield the lines, each ending with one newline. Raises FileRefused where one is too long."""
    with path.open(encoding=codec(encoding), errors="replace", newline=newline) as file:
        number = 0
        while line := file.readline(MAX_LINE_CHARACTERS):
            number += 1
            if len(line) >= MAX_LINE_CHARACTERS:
                raise FileRefused(
                    "Line %(line)s has more than %(most)s characters, which is no row of a table.",
                    line=number,
                    most=MAX_LINE_CHARACTERS,
                )
            if number == 1:
                line = line.lstrip("\ufeff")
            if "\0" in line:
                line = line.replace("\0", "")
            if "\r" in line:
                line = line.rstrip("\r\n").replace("\r\n", "\n").replace("\r", _BREAK) + "\n"
            if "_x000" in line:
                line = _LEFT_OF_EXCEL.sub("", line)
            yield line


def _up_to(lines: list[str], characters: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        characters -= len(line)
        if characters < 0 and len(kept) > 1:
            break
        kept.append(line)
    return kept


def read_pasted(text: str, choices: FileChoices) -> tuple[FileForm, Iterator[Row]]:
    """Return a pasted table where its lines have tabs, as copied from a spreadsheet; else a list, an answer a row.

    Raises FileRefused where it is blank.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if not text.strip():
        raise FileRefused("Nothing was pasted.")
    lines = [line + "\n" for line in text.split("\n")]
    delimiter = choices.delimiter or (guess_delimiter(lines, "\t") if choices.separator is None else None)
    if delimiter:
        try:
            cut: Iterable[list[str]] = list(csv.reader(lines, delimiter=delimiter, strict=True))
        except csv.Error:
            cut = cut_with_care(lines, delimiter)
        rows = ((number, cells) for number, cells in enumerate(cut, start=1) if any(cell.strip() for cell in cells))
        return FileForm("pasted", delimiter=delimiter), rows
    separator = choices.separator or guess_separator(text)
    return FileForm("pasted", separator=separator), pasted_rows(pasted_lines(text), separator)


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


def declared_delimiter(line: str) -> str | None:
    """Return the delimiter that a first line `sep=;` names, as Excel writes and reads it."""
    found = _SEP_LINE.match(line)
    if not found:
        return None
    return "\t" if found[1] == "\\t" else found[1]


def guess_delimiter(lines: Sequence[str], candidates: Sequence[str] = tuple(DELIMITERS)) -> str | None:
    """Return the delimiter that cuts most lines into as many cells as the header; None if there is one cell a line.

    A delimiter inside quotation marks, inside an HTML entity, or followed by a space nearly always, as people write
    commas, cuts nothing; unless all lines have as many cells, and a column of them no sentences.
    """
    plain = [_ENTITY.sub("", _TIME.sub("", line)) for line in lines]
    text = _IN_QUOTES.sub('""', "".join(plain))
    best, delimiter = (0.0, 1), None
    for candidate in candidates:
        if _is_prose(text, candidate):
            continue
        widths = _widths(plain, candidate)
        wide = [width for width in widths if width > 1]
        if not wide:
            continue
        width, count = max(Counter(wide).items(), key=lambda one: (one[1], one[0]))
        ragged = len(wide) - count if widths[0] > 1 else 0
        fit = (count + ragged / 2) / len(widths)
        if widths[0] not in (width, width - 1) and len(widths) < SAMPLE_ROWS:
            fit *= 0.9  # title rows, perhaps
        if fit >= MIN_SHARE and (round(fit, 2), width) > best:
            best, delimiter = (round(fit, 2), width), candidate
    return delimiter


def _widths(lines: Sequence[str], delimiter: str) -> list[int]:
    try:
        rows = csv.reader(lines, delimiter=delimiter)
        return [len(cells) for _, cells in zip(range(SAMPLE_ROWS), rows, strict=False) if any(cells)]
    except csv.Error:
        return []


def _is_prose(text: str, delimiter: str) -> bool:
    """Whether a delimiter stands as people write commas: a space after it nearly always, and no table comes of it."""
    count = text.count(delimiter)
    if not count or delimiter in ("\t", "\x1f"):
        return not count
    if text.count(delimiter + " ") <= 0.8 * count:
        return False
    first, *rest = [line for line in text.split("\n") if line.strip()]
    if delimiter not in first:
        return True
    return first.count(delimiter) == first.count(delimiter + " ") and not _are_rows(first, rest, delimiter)


def _are_rows(first: str, rest: Sequence[str], delimiter: str) -> bool:
    """Whether lines have as many cells as the first, and a column of them single words, numbers or quoted texts."""
    rows = [line.split(delimiter) for line in rest if line.count(delimiter) == first.count(delimiter)]
    single = (sum(" " not in cell.strip() for cell in column) for column in zip(*rows, strict=True))
    return len(rows) >= SAME_WIDTH * len(rest) and (not rows or max(single) >= SAME_WIDTH * len(rows))
