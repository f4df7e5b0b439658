"""What stands in each column of a table, counted on a sample of its rows."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, islice
from statistics import median

from analysis.files.model import Layout, Row
from analysis.tables.cell_types import CellType, count_words, is_blank, is_counted_time, is_empty, type_of
from analysis.tables.layout import data_rows
from analysis.tables.plain_text import is_surely_html, plain_text
from analysis.tables.tools import preview_test

FIRST_ROWS, LATER_ROWS = 1_000, 29
"""All of the first rows are looked at closely, and then every 29th"""
FIRST_CELLS = 200
"""The first cells of a column are looked at wherever they stand: a question that few answer has few"""
BATCH_ROWS = 1_000
"""Rows whose columns are counted at once, three times as fast as cell by cell"""
LONGEST = 2_000
"""Characters of a cell that are looked at"""
TYPED = 1_000
"""Cells of a column whose type is found out"""
OPTIONS = 25
SCALE = 11
"""Steps of a scale, at most"""
EXAMPLES = 3
_OPTION_ENDS = (
    re.compile(r"\s*;\s*"),
    re.compile(r"\s*\|\s*"),
    re.compile(r"\s*\n\s*"),
    re.compile(r"\s*[,\u3001\uff0c]\s*"),
)

_CODE_ENDS = (*_OPTION_ENDS, re.compile(r"\s*/\s*"))
MAX_CODES, MAX_CODE_WORDS, MAX_CODE_LENGTH = 50, 4, 40
"""Codes of a column, and words and characters of one on average, at most"""


@dataclass(slots=True)
class Sampled:
    """The cells of a column that hold something, of the rows that were looked at."""

    filled: int = 0
    length: int = 0
    cells: list[str] = field(default_factory=list)

    def add(self, cells: Sequence[str], looked_at: range) -> None:
        """Count further cells, and keep those at the places that are looked at, and the first of all."""
        seen = [
            cell if cell and not cell.isspace() and (cell.isascii() or not is_blank(cell)) else "" for cell in cells
        ]
        if self.filled < FIRST_CELLS:
            filled = [place for place, cell in enumerate(seen) if cell]
            first = set(filled[: FIRST_CELLS - self.filled])
            self.cells += [seen[place] for place in filled if place in looked_at or place in first]
        else:
            self.cells += filter(None, [seen[place] for place in looked_at])
        self.filled += len(seen) - seen.count("")
        self.length += sum(map(len, seen))


class ColumnStatistics:
    """What stands in one column: see the properties. Placeholders of tools count as nothing."""

    def __init__(self, sampled: Sampled, rows: int) -> None:
        self.rows = rows
        self.filled = sampled.filled
        self.mean_length = sampled.length / (sampled.filled or 1)
        texts = (cell.strip()[:LONGEST] for cell in sampled.cells)
        self.cells = [cell for cell in texts if not is_empty(cell)]

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each text stands there."""
        return Counter(self.cells)

    @cached_property
    def variety(self) -> float:
        """Different texts as a part of all, 0 to 1."""
        return len(self.counts) / len(self.cells) if self.cells else 0.0

    @cached_property
    def answered(self) -> float:
        """The part of the rows that have something there."""
        return self.filled / self.rows if self.rows else 0.0

    @cached_property
    def types(self) -> Counter[CellType]:
        """What the cells look like."""
        return Counter(map(type_of, self.cells[:TYPED]))

    def share(self, *types: CellType) -> float:
        """Return the part of the cells that look like one of these."""
        return sum(self.types[one] for one in types) / (self.types.total() or 1)

    @cached_property
    def counted_times(self) -> float:
        """The part of the cells that are numbers and may be times."""
        looked_at = self.cells[:TYPED]
        return sum(map(is_counted_time, looked_at)) / (len(looked_at) or 1)

    @cached_property
    def with_digits(self) -> float:
        """The part of the cells that have a digit."""
        return sum(any(map(str.isdigit, cell)) for cell in self.cells) / (len(self.cells) or 1)

    @cached_property
    def words(self) -> float:
        """Words a cell on average; two letters are a word where words have no spaces between them."""
        return statistics.fmean(self._words) if self._words else 0.0

    @cached_property
    def typical_words(self) -> float:
        """Words of the cell in the middle, which one long answer does not change."""
        return statistics.median(self._words) if self._words else 0.0

    @cached_property
    def _words(self) -> list[float]:
        texts = [plain_text(cell) if is_surely_html(cell) else cell for cell in self.cells[:TYPED]]
        return [*map(count_words, texts)]

    @cached_property
    def is_closed(self) -> bool:
        """Whether the cells are choices among few: the same few come again and again."""
        total, different = len(self.cells), len(self.counts)
        if total < 4:
            return False
        if 2 <= different <= SCALE and different < total and _are_alike(list(self.counts)):
            return True
        once = sum(count == 1 for count in self.counts.values())
        if different <= 2 or (once <= different * 0.34 and different <= total * 0.67 and different <= OPTIONS * 2):
            return different < total
        usual = sum(count for _, count in self.counts.most_common(8))
        return total >= 20 and usual >= total * 0.7

    @cached_property
    def options(self) -> int:
        """How many choices there are where every cell is a list of some of them (check boxes); 0 where it is not so."""
        if len(self.cells) < 4 or self.words > 40:
            return 0
        for ends in _OPTION_ENDS:
            lists = [[one for one in ends.split(cell) if one] for cell in self.cells]
            if sum(map(len, lists)) < 1.2 * len(lists):
                continue
            counts = Counter(one for chosen in lists for one in set(chosen))
            once = sum(count == 1 for count in counts.values())
            repeated = counts.total() / len(counts) if counts else 0
            if len(counts) <= OPTIONS and once <= len(counts) * 0.34 and repeated >= 2:
                return len(counts)
        return 0

    def codes(self, *, named: bool) -> int:
        """Return how many codes there are where each cell is one of a few, or a list of them; 0 where it is not so.

        Of a column whose name does not say so, some cells must be lists, and hardly a code stand in one cell only.
        """
        if len(self.cells) < 4:
            return 0
        most, seldom, often = (2 * MAX_CODES, 0.6, 1.5) if named else (MAX_CODES, 0.34, 3.0)
        for ends in (*_CODE_ENDS, None) if named else _CODE_ENDS:
            lists = [[one for one in ends.split(cell) if one] if ends else [cell] for cell in self.cells]
            if not named and sum(len(given) > 1 for given in lists) < max(2, 0.03 * len(lists)):
                continue
            counts = Counter(one for given in lists for one in set(given))
            if not counts or len(counts) > most or counts.total() < often * len(counts):
                continue
            once = sum(count == 1 for count in counts.values())
            if once <= seldom * len(counts) and _are_short(counts):
                return len(counts)
        return 0

    @cached_property
    def examples(self) -> tuple[str, ...]:
        """A few of the cells, as they are."""
        return tuple(list(self.counts)[:EXAMPLES])


def gather(rows: Iterable[Row], layout: Layout) -> tuple[list[ColumnStatistics], list[list[str]]]:
    """Return what stands in each column of a table, and the first rows that were looked at."""
    columns = [Sampled() for _ in layout.names]
    first: list[list[str]] = []
    count = 0
    is_preview = preview_test(layout)
    answers = (cells for _, cells in data_rows(rows, layout) if not is_preview(cells))
    while some := list(islice(answers, FIRST_ROWS if count == 0 else BATCH_ROWS)):
        if count == 0:
            first = some[:FIRST_CELLS]
        looked_at = range(len(some)) if count == 0 else range(-(count + 1) % LATER_ROWS, len(some), LATER_ROWS)
        for column, cells in zip(columns, zip(*some, strict=False), strict=False):  # rows may be wider than the table
            column.add(cells, looked_at)
        count += len(some)
    return [ColumnStatistics(column, count) for column in columns], first


def _are_short(texts: Iterable[str]) -> bool:
    """Return whether texts are as short as names of codes."""
    texts = list(texts)
    return (
        statistics.fmean(map(count_words, texts)) <= MAX_CODE_WORDS
        and statistics.fmean(map(len, texts)) <= MAX_CODE_LENGTH
    )


def _are_alike(texts: Sequence[str]) -> bool:
    """Return whether texts are steps of a scale in words: two of them mostly share nearly half of theirs."""
    spoken = [{word for word in text.lower().split() if not word.isdecimal()} for text in texts]
    shares = [len(one & other) / (len(one | other) or 1) for one, other in combinations(spoken, 2)]
    return median(shares) >= 0.45
