"""Positions in a text whose line ends are made `\n`, and where they are in the text as it was written."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

_RETURN = re.compile(r"\r(?=\n)")


@dataclass(frozen=True, slots=True)
class UnixText:
    r"""A text with `\n` for every line end. Positions are of code points, from 0, the end of a text included."""

    text: str
    dropped: tuple[int, ...]
    r"""The positions, in the text as it was written, of each `\r` before a `\n`"""
    kept: tuple[int, ...]
    """For each of these the position that follows it here"""

    @classmethod
    def of(cls, text: str) -> UnixText:
        r"""Return a text with `\n` for each `\r\n` and each lone `\r`."""
        dropped = tuple(match.start() for match in _RETURN.finditer(text))
        kept = tuple(place - number for number, place in enumerate(dropped))
        return cls(_RETURN.sub("", text).replace("\r", "\n"), dropped, kept)

    def position(self, written: int) -> int:
        """Return where a position of the text as it was written is here."""
        return written - bisect_left(self.dropped, written)

    def written(self, position: int) -> int:
        r"""Return where a position here is in the text as it was written: a `\n` begins where its `\r` did."""
        return position + bisect_left(self.kept, position)

    def written_end(self, position: int) -> int:
        r"""Return where a span that ends here ends in the text as it was written, its last `\r\n` in one piece."""
        return position + bisect_right(self.kept, position - 1)
