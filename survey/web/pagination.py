"""Pagination of long lists."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pages:
    """The current page of a list of `total` rows with `size` rows a page. Pages count from 1."""

    total: int
    size: int
    number: int

    @classmethod
    def of(cls, total: int, size: int, wanted: str | None) -> Pages:
        """Parse the requested page number: page 1 if it is no number, the last page if it is too large."""
        number = int(wanted) if wanted and wanted.isascii() and wanted.isdigit() and len(wanted) < 8 else 1
        count = max(1, -(-total // size))
        return cls(total, size, min(max(1, number), count))

    @property
    def count(self) -> int:
        """Number of pages, at least 1."""
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        """Number of rows before this page."""
        return (self.number - 1) * self.size
