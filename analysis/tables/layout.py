"""Find where a table lies within the rows of a file: titles, headers, units, footer; what its columns are called."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from analysis.files.model import Layout, Row
from analysis.tables import header_rows as headers
from analysis.tables.footer import footer_start
from analysis.tables.tools import tool_of

HEAD, TAIL = 120, 40
"""Rows at the beginning and at the end that are looked at closely"""
MIN_WIDE = 0.1
"""The part of the first rows that must reach a column for it to be one, where no header names it"""


def find_layout(rows: Iterable[Row], header_rows: int | None = None) -> Layout:
    """Return where the table lies, in one pass. `header_rows` is what a person says of their number, 0 too."""
    given = iter(rows)
    head = [(number, _stripped(cells)) for number, cells in islice(given, HEAD)]
    head = [(number, cells) for number, cells in head if cells]
    if not head:
        return Layout(())
    start = _table_start(head, header_rows)
    titles = tuple(number for number, _ in head[:start])
    table = head[start:]
    found = headers.find_headers(table, header_rows)
    width = _width(found, table)
    names, codes = _names(found, width)
    skipped = {table[place][0] for place in found.units}
    repeated = [cells for _, cells in table[: found.count]]
    tail: deque[Row] = deque(maxlen=TAIL)
    for number, cells in table[found.count :]:
        if cells in repeated:
            skipped.add(number)
        tail.append((number, cells))
    first_cells = {cells[0] for cells in repeated if cells}
    for number, cells in given:
        if cells and cells[0].strip() in first_cells and _stripped(cells) in repeated:
            skipped.add(number)
        tail.append((number, cells))
    return Layout(
        unique_names(names),
        codes if any(codes) else (),
        tuple(number for number, _ in table[: found.count]),
        titles,
        table[found.count][0] if found.count < len(table) else table[-1][0] + 1,
        footer_start([(number, _stripped(cells)) for number, cells in tail], width),
        frozenset(skipped),
        tool_of(*(cells for _, cells in table[: found.count])),
        _time_zone(table[: found.count]),
    )


def data_rows(rows: Iterable[Row], layout: Layout) -> Iterator[Row]:
    """Yield the rows of the table itself, each at least as wide as it; wider only where there is something out there.

    Rows of blank cells are yielded too, unless they hold no cell at all.
    """
    width = len(layout.names)
    padding = [""] * width
    for number, cells in rows:
        if number < layout.first or number in layout.skipped:
            continue
        if layout.end is not None and number >= layout.end:
            return
        if len(cells) == width:
            yield number, cells
        elif len(cells) < width:
            if cells:
                yield number, cells + padding[len(cells) :]
        else:
            yield number, cells if any(map(str.strip, cells[width:])) else cells[:width]


def unique_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return a unique name for each column: repeated names get a number, blank ones become "column 3"."""
    seen: Counter[str] = Counter()
    named = []
    for place, given in enumerate(names, start=1):
        name = " ".join(given.split()) or f"column {place}"
        seen[name] += 1
        named.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(named)


def _stripped(cells: Sequence[str]) -> list[str]:
    """Return the cells without blanks around them, and without the blank ones at the end of the row."""
    kept = [cell.strip().strip("\ufeff\u200b\xa0") for cell in cells]
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _table_start(head: Sequence[Row], header_rows: int | None) -> int:
    """Return the index of the first row of the table: the first that is about as wide as most rows are."""
    if header_rows == 0:
        return _first_wide(head)
    for place, (_, cells) in enumerate(head[:30]):
        if len(cells) > 1 and tool_of(cells) is not None:
            return place - (place > 0 and headers.is_labels(cells, head[place - 1][1]))
    return _first_wide(head)


def _first_wide(head: Sequence[Row]) -> int:
    widths = Counter(len(cells) for _, cells in head)
    usual = max(widths, key=lambda width: (widths[width] * (width > 1), width))
    if usual == 1:
        return 0
    for place, (_, cells) in enumerate(head):
        filled = sum(map(bool, cells))
        if filled >= max(2, usual / 2) and len(cells) >= usual * 0.7:
            above = head[place - 1][1] if place else []
            return place - (place > 0 and headers.is_group_row(above, cells))
    return 0


def _width(found: headers.Headers, table: Sequence[Row]) -> int:
    """Return the number of columns: those with a name, and those that many rows reach."""
    named = max((len(cells) for _, cells in table[: found.count]), default=0)
    lengths = sorted((len(cells) for _, cells in table[found.count :]), reverse=True)
    if not lengths:
        return named
    reached = lengths[min(int(len(lengths) * MIN_WIDE), len(lengths) - 1)]
    return max(named, reached) if named else max(reached, lengths[0])


def _names(found: headers.Headers, width: int) -> tuple[list[str], tuple[str, ...]]:
    names = [*found.names, *[""] * width][:width]
    codes = [*found.codes, *[""] * width][:width]
    return names, tuple(codes)


def _time_zone(header_rows: Sequence[Row]) -> str:
    """Return the zone of a file's times, which Qualtrics writes in its third header row."""
    for _, cells in header_rows:
        for cell in cells:
            if '"timeZone"' in cell:
                try:
                    return str(json.loads(cell).get("timeZone", ""))
                except ValueError:
                    continue
    return ""
