"""Split long sequences into batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Split the items, in order, into slices of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
