"""Long lists in pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a visitor is in a list of `total` rows shown `size` at a time. Pages count from 1."""

    total: int
    size: int
    number: int

    @classmethod
    def of(cls, total: int, size: int, wanted: str | None) -> Pages:
        """The page asked for; the first where it is no number, the last where there are not so many."""
        number = int(wanted) if wanted and wanted.isascii() and wanted.isdigit() and len(wanted) < 8 else 1
        count = max(1, -(-total // size))
        return cls(total, size, min(max(1, number), count))

    @property
    def count(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        """How many rows come before this page."""
        return (self.number - 1) * self.size
