"""Write rows to a file and read them again, within limits; words with letters beyond ASCII are kept as samples.

A row is a line: its number and its cells with BETWEEN between them, line breaks within cells as BREAK. Lines of JSON
took twice as long to read, which a preview does six times, and four times as long to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from analysis.files.encodings import NON_ASCII_WORD
from analysis.files.model import FileRefused, Row
from analysis.messages import N_

MAX_ROWS = 200_000
MAX_COLUMNS = 2_000
TOO_MANY_COLUMNS = N_("The table has more than %(most)s columns. Save the few that matter as CSV.")
TOO_MANY_ROWS = N_("The file has more than %(most)s rows. Cut it into parts.")
MAX_CELL_CHARACTERS = 1_000_000
MAX_WRITTEN_CHARACTERS = 400_000_000
LEAST_WRITTEN_CHARACTERS, MAX_GROWTH = 40_000_000, 40
"""So many characters may be written of any file, and of a larger one so many times its bytes. 200,000 rows of ten
columns of yes and no grow 30 times from Parquet, files of our tests 1.5 times; 43 KB of one text grew 9,000 times"""
SAMPLE_WORDS, SAMPLE_WORD_CHARACTERS = 8, 24
MAX_SAMPLED_ROWS = 2_000
BETWEEN, BREAK, ESCAPE = "\x1f", "\x1d", "\x10"
"""Control characters that hardly a text has; where one is in a cell, ESCAPE and a letter stand for it"""
_BROKEN = re.compile(r"[\ufffd\x80-\x9f]")
_LINE_BREAK = re.compile("\r\n|\r|\v|\u2028|\u2029|\u0085")
_ESCAPED = {BETWEEN: "u", BREAK: "g", ESCAPE: "e"}
_SEPARATORS = re.compile(f"[{''.join(_ESCAPED)}]")
_ESCAPES = re.compile(f"{ESCAPE}([uge])")
_PLAIN = {letter: character for character, letter in _ESCAPED.items()}
_UNREADABLE = "\ufffd"


def most_written(size: int) -> int:
    """Return how many characters may be written of a file of so many bytes."""
    return min(MAX_WRITTEN_CHARACTERS, max(LEAST_WRITTEN_CHARACTERS, MAX_GROWTH * size))


class RowWriter:
    """Writes rows to a file, up to so many characters; knows afterwards how many there were, and broken letters."""

    def __init__(self, path: Path, most: int = MAX_WRITTEN_CHARACTERS) -> None:
        self._path = path
        self._most = most
        self._words: dict[str, None] = {}
        self._broken_words: dict[str, None] = {}
        self._sampled_rows = 0
        self.rows = 0
        self.broken = 0
        """Letters that do not fit the encoding"""

    @property
    def samples(self) -> tuple[str, ...]:
        """Some words with letters beyond ASCII, those with broken letters first."""
        return tuple([*self._broken_words, *self._words][:SAMPLE_WORDS])

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows, their line breaks made one kind and NULs left out. Raises FileRefused beyond a limit."""
        written = 0
        with self._path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            for number, cells in rows:
                if len(cells) > MAX_COLUMNS:
                    _check_width(cells)
                line = BETWEEN.join(cells)
                plain = line.isascii()
                if _needs_mending(line, len(cells)) or (not plain and _LINE_BREAK.search(line)):
                    cells = list(map(_mended, cells))
                    line = BETWEEN.join(cells)
                if len(line) > MAX_CELL_CHARACTERS and max(map(len, cells)) > MAX_CELL_CHARACTERS:
                    raise FileRefused(
                        "Row %(row)s has a cell of more than %(most)s characters.", row=number, most=MAX_CELL_CHARACTERS
                    )
                if not plain:
                    self._sample(line, cells)
                self.rows += 1
                written += len(line)
                if self.rows > MAX_ROWS:
                    raise FileRefused(TOO_MANY_ROWS, most=MAX_ROWS)
                if written > self._most:
                    raise FileRefused(
                        "This file is far larger than a list of answers. Save the columns that matter as CSV."
                    )
                file.write(f"{number}{BETWEEN}{line}\n" if cells else f"{number}\n")

    def _sample(self, line: str, cells: list[str]) -> None:
        if _UNREADABLE in line:
            self.broken += line.count(_UNREADABLE)
            full = len(self._broken_words) >= SAMPLE_WORDS
        else:
            full = len(self._words) >= SAMPLE_WORDS
        if full or self._sampled_rows >= MAX_SAMPLED_ROWS:
            return
        self._sampled_rows += 1
        for cell in cells:
            for found in NON_ASCII_WORD.finditer(cell):
                word = _cut(found[0])
                words = self._broken_words if _BROKEN.search(word) else self._words
                if len(words) < SAMPLE_WORDS:
                    words[word] = None


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows that were written to a file, from the first."""
    with path.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            number, between, row = line[:-1].partition(BETWEEN)
            cells = (row.replace(BREAK, "\n") if BREAK in row else row).split(BETWEEN) if between else []
            yield int(number), [_ESCAPES.sub(_plain, cell) for cell in cells] if ESCAPE in row else cells


def _needs_mending(line: str, cells: int) -> bool:
    """Return whether a line has control characters other than those between its cells; six searches, no pattern."""
    return (
        line.count(BETWEEN) >= max(cells, 1)
        or "\n" in line
        or "\r" in line
        or "\v" in line
        or "\0" in line
        or BREAK in line
        or ESCAPE in line
    )


def _mended(cell: str) -> str:
    return _LINE_BREAK.sub("\n", _SEPARATORS.sub(_escaped, cell.replace("\0", ""))).replace("\n", BREAK)


def _escaped(found: re.Match[str]) -> str:
    return ESCAPE + _ESCAPED[found[0]]


def _plain(found: re.Match[str]) -> str:
    return _PLAIN[found[1]]


def _cut(word: str) -> str:
    """Return a word, cut round its first letter beyond ASCII where it is long."""
    first = next(place for place, letter in enumerate(word) if not letter.isascii())
    begin = max(0, min(first - SAMPLE_WORD_CHARACTERS // 2, len(word) - SAMPLE_WORD_CHARACTERS))
    return word[begin : begin + SAMPLE_WORD_CHARACTERS]


def _check_width(cells: list[str]) -> None:
    filled = max((place for place, cell in enumerate(cells, 1) if cell.strip()), default=0)
    if filled > MAX_COLUMNS:
        raise FileRefused(TOO_MANY_COLUMNS, most=MAX_COLUMNS)
    del cells[MAX_COLUMNS:]
