"""Positions in a text whose line ends are made `\n`, from those in the text as it was written."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

_RETURN = re.compile(r"\r(?=\n)")


@dataclass(frozen=True, slots=True)
class UnixText:
    r"""A text with `\n` for every line end. Positions are of code points, from 0, the end of a text included."""

    text: str
    dropped: tuple[int, ...]
    r"""The positions, in the text as it was written, of each `\r` before a `\n`"""

    @classmethod
    def of(cls, text: str) -> UnixText:
        r"""Return a text with `\n` for each `\r\n` and each lone `\r`."""
        dropped = tuple(match.start() for match in _RETURN.finditer(text))
        return cls(_RETURN.sub("", text).replace("\r", "\n"), dropped)

    def position(self, written: int) -> int:
        """Return where a position of the text as it was written is here."""
        return written - bisect_left(self.dropped, written)
