"""Write rows as lines of JSON, within limits, and keep words with letters beyond ASCII as samples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from analysis.files.encodings import NON_ASCII_WORD
from analysis.files.model import FileRefused, Row

MAX_ROWS = 200_000
MAX_COLUMNS = 2_000
TOO_MANY_COLUMNS = f"The table has more than {MAX_COLUMNS:,} columns. Save the few that matter as CSV."
MAX_CELL_CHARACTERS = 1_000_000
MAX_WRITTEN_CHARACTERS = 400_000_000
SAMPLE_WORDS, SAMPLE_WORD_CHARACTERS = 8, 24
MAX_SAMPLED_ROWS = 2_000
_ESCAPED = re.compile(r"\\r|\\u0000|\\u000b")
_BROKEN = re.compile(r"[\ufffd\x80-\x9f]")
_LINE_BREAK = re.compile("\r\n|\r|\v|\u2028|\u2029|\u0085")
_UNREADABLE = "\ufffd"


class RowWriter:
    """Writes rows to a file; knows afterwards how many there were and which letters are broken."""

    def __init__(self, path: Path) -> None:
        self._path = path
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
        encode = json.JSONEncoder(ensure_ascii=False).encode
        written = 0
        with self._path.open("w", encoding="utf-8", errors="replace") as file:
            for number, cells in rows:
                if len(cells) > MAX_COLUMNS:
                    _check_width(cells)
                line = encode((number, cells))
                plain = line.isascii()
                if ("\\" in line and _ESCAPED.search(line)) or (not plain and _LINE_BREAK.search(line)):
                    cells = [_LINE_BREAK.sub("\n", cell.replace("\0", "")) for cell in cells]
                    line = encode((number, cells))
                if len(line) > MAX_CELL_CHARACTERS and max(map(len, cells)) > MAX_CELL_CHARACTERS:
                    raise FileRefused(f"Row {number:,} has a cell of more than {MAX_CELL_CHARACTERS:,} characters.")
                if not plain:
                    self._sample(line, cells)
                self.rows += 1
                written += len(line)
                if self.rows > MAX_ROWS:
                    raise FileRefused(f"The file has more than {MAX_ROWS:,} rows. Cut it into parts.")
                if written > MAX_WRITTEN_CHARACTERS:
                    raise FileRefused(
                        "This file is far larger than a list of answers. Save the columns that matter as CSV."
                    )
                file.write(line + "\n")

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


def _cut(word: str) -> str:
    """Return a word, cut round its first letter beyond ASCII where it is long."""
    first = next(place for place, letter in enumerate(word) if not letter.isascii())
    begin = max(0, min(first - SAMPLE_WORD_CHARACTERS // 2, len(word) - SAMPLE_WORD_CHARACTERS))
    return word[begin : begin + SAMPLE_WORD_CHARACTERS]


def _check_width(cells: list[str]) -> None:
    filled = max((place for place, cell in enumerate(cells, 1) if cell.strip()), default=0)
    if filled > MAX_COLUMNS:
        raise FileRefused(TOO_MANY_COLUMNS)
    del cells[MAX_COLUMNS:]
