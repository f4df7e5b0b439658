"""Find out what sets the cells of a text file apart."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence

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
_CELL_IN_QUOTES = re.compile(r'"(?:[^"]|"")*"')
_TIME = re.compile(r"\d:\d\d|://")


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
    text = _CELL_IN_QUOTES.sub('""', "".join(plain))
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
