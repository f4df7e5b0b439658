"""Read times as other programs write them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from analysis.files.model import TimeOrder


def time_order(cells: Iterable[tuple[int, str]]) -> TimeOrder:
    """Return how a column of times is written, from the numbers of its rows and their cells."""
    return TimeOrder()


def time_parser(order: TimeOrder) -> Callable[[str], datetime | None]:
    """Return a parser of a column's cells: UTC, None for a blank or a placeholder; it raises ValueError for others."""

    def read(text: str) -> datetime | None:
        text = text.strip()
        if not text:
            return None
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    return read
