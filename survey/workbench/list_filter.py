"""Which ideas an owner asked to see, and in what order: the query of a workbench page's address."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from analysis.text.normalise import tidy

MAX_WORDS_CHARACTERS = 100
MAX_ID_DIGITS = 18
UNSURE, BY_HAND, QUOTES, TAUGHT, OPPOSITE = "unsure", "hand", "quotes", "taught", "opposite"
"""Parts of a list: what the machine was not sure of, what the owner placed, the quotes, what edits taught, and what
says the opposite of the theme"""
PARTS = (UNSURE, BY_HAND, QUOTES, TAUGHT, OPPOSITE)


class Cursor(NamedTuple):
    """The last idea of a page, after which the next one begins: what it is sorted by, and its id."""

    value: float
    idea_id: int

    def __str__(self) -> str:
        return f"{self.value!r}:{self.idea_id}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """Return the cursor of an address; None if it is none."""
        value, _, idea_id = text.partition(":")
        if not (idea_id.isascii() and idea_id.isdigit() and len(idea_id) <= MAX_ID_DIGITS):
            return None
        try:
            number = float(value)
        except ValueError:
            return None
        return cls(number, int(idea_id)) if math.isfinite(number) else None


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which ideas of a theme, or of none, are listed."""

    words: str = ""
    """Words that their answers have"""
    part: str = ""
    """One of PARTS, "" for all"""
    near: str = ""
    """Public id of the theme that unplaced ideas are nearest to, "" for any"""
    surest: bool = False
    """Whether the surest come first"""
    after: Cursor | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> ListFilter:
        """Return the filter of an address; what is unknown there is ignored."""
        part = query.get("part", "")
        return cls(
            words=tidy(query.get("q", "").replace("\0", " "))[:MAX_WORDS_CHARACTERS].strip(),
            part=part if part in PARTS else "",
            near=query.get("near", "").replace("\0", "")[:16],
            surest=query.get("order") == "surest",
            after=Cursor.parse(query.get("after", "")),
        )

    @classmethod
    def parse(cls, query: str) -> ListFilter:
        """Return the filter of a query string, as `query` writes it."""
        return cls.read(dict(parse_qsl(query.lstrip("?"))))

    @property
    def narrowed(self) -> bool:
        """Whether some ideas are left out."""
        return bool(self.words or self.part or self.near)

    def query(self, **changes: Any) -> str:
        """Return this filter, with changes, as the query of an address: "" or "?…". A changed list starts anew."""
        wanted = replace(self, **({"after": None} | changes if changes else {}))
        fields = {
            "q": wanted.words,
            "part": wanted.part,
            "near": wanted.near,
            "order": "surest" if wanted.surest else "",
            "after": str(wanted.after) if wanted.after else "",
        }
        written = urlencode({name: value for name, value in fields.items() if value})
        return f"?{written}" if written else ""
