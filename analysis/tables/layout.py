"""Find where a table lies within the rows of a file: titles, headers, units, footer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from analysis.files.model import Layout, Row


def find_layout(rows: Iterable[Row], header_rows: int | None = None) -> Layout:
    """Return where the table lies. `header_rows` is what a person says of the number of header rows, 0 too."""
    filled = ((number, cells) for number, cells in rows if any(map(str.strip, cells)))
    first = next(filled, None)
    if first is None:
        return Layout(())
    if header_rows == 0:
        return Layout(unique_names([""] * len(first[1])), first=first[0])
    return Layout(unique_names(first[1]), header_rows=(first[0],), first=first[0] + 1)


def data_rows(rows: Iterable[Row], layout: Layout) -> Iterator[Row]:
    """Yield the rows of the table itself, each as wide as it."""
    width = len(layout.names)
    padding = [""] * width
    for number, cells in rows:
        if number < layout.first or number in layout.skipped:
            continue
        if layout.end is not None and number >= layout.end:
            return
        yield number, cells if len(cells) == width else (cells + padding)[:width]


def unique_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return a unique name for each column: repeated names get a number, blank ones become "column 3"."""
    seen: Counter[str] = Counter()
    named = []
    for place, given in enumerate(names, start=1):
        name = " ".join(given.split()) or f"column {place}"
        seen[name] += 1
        named.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(named)
