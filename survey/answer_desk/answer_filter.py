"""Which answers an owner asked to see: the query of the address of the Answers page.

A value that means nothing (a date that is none, a theme of another survey) is kept: it fits no answer, and the page
says so. Leaving it out would list, and let the owner hide or delete, answers that nobody asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from analysis.text.normalise import tidy

MAX_WORDS_CHARACTERS = 100
MAX_VALUE_CHARACTERS = 40
MAX_DIGITS = 18
MAX_ID = 2**31 - 1
"""Of an answer in the database"""
NO_THEME, SAYS_NOTHING = "none", "silent"
"""Instead of a theme: answers with an idea in no theme and none in one; those that say nothing to the question"""
MEANING = "meaning"
NO_KIND = "none"
ASKER = "asker"
"""Instead of a source: the owner's own answer"""
UNTOLD = "none"
"""Instead of a language: those of which it cannot be told, or that were not read yet"""
NAMES = {"words": "q", "since": "from", "until": "to", "arrived_in": "import"}
"""Parameters that have another name in addresses"""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Cursor(NamedTuple):
    """The answer at the edge of a page: when it came (microseconds since 1970), and its id."""

    moment: int
    answer_id: int

    def __str__(self) -> str:
        return f"{self.moment}:{self.answer_id}"

    @classmethod
    def of(cls, received_at: datetime, answer_id: int) -> Cursor:
        """Return the cursor at an answer."""
        since = received_at - datetime(1970, 1, 1, tzinfo=UTC)
        return cls((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds, answer_id)

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """Return the cursor of an address; None if it is none."""
        found = re.fullmatch(rf"(-?\d{{1,{MAX_DIGITS}}}):(\d{{1,{MAX_DIGITS}}})", text, re.ASCII)
        if found is None or not -(2**55) < int(found[1]) < 2**57 or int(found[2]) > MAX_ID:
            return None
        return cls(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True)
class AnswerFilter:
    """Which answers are listed; "" for any."""

    words: str = ""
    """Words that they have"""
    how: str = ""
    """MEANING: answers that say that in whatever words"""
    theme: str = ""
    """Public id of a theme they are in, NO_THEME or SAYS_NOTHING"""
    kind: str = ""
    """Key of a respondent kind, or NO_KIND"""
    source: str = ""
    """A tag, or ASKER"""
    since: str = ""
    until: str = ""
    """The first and the last day they came on, YYYY-MM-DD"""
    state: str = ""
    """shown, held or hidden"""
    why: str = ""
    """Why they are held"""
    language: str = ""
    """A code of BCP 47, or UNTOLD"""
    arrived_in: str = ""
    """Public id of the import they came with"""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> AnswerFilter:
        """Return the filter of an address."""
        values = {each.name: _clean(query.get(NAMES.get(each.name, each.name), "")) for each in fields(cls)}
        cut = {name: value[:MAX_VALUE_CHARACTERS] for name, value in values.items() if name != "words"}
        words = tidy(values["words"])[:MAX_WORDS_CHARACTERS].strip()
        return cls(words=words, **cut | {"how": MEANING if words and cut["how"] == MEANING else ""})

    @classmethod
    def parse(cls, query: str) -> AnswerFilter:
        """Return the filter of a query string, as `query` writes it."""
        return cls.read(dict(parse_qsl(query.lstrip("?"))))

    @property
    def set_fields(self) -> dict[str, str]:
        """The fields that narrow the list, by name."""
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name))}

    @property
    def is_of_state_alone(self) -> bool:
        """Whether all answers are listed, or all of one state: then bursts are listed apart."""
        return not self.set_fields.keys() - {"state"}

    def query(self, **changes: Any) -> str:
        """Return this filter, with changes, as the query of an address, "" or "?…". `after`, `before`: cursors."""
        cursors = {name: str(changes.pop(name)) for name in ("after", "before") if changes.get(name)}
        wanted = replace(self, **{name: value for name, value in changes.items() if name not in ("after", "before")})
        named = {NAMES.get(name, name): value for name, value in wanted.set_fields.items()}
        written = urlencode(named | cursors)
        return f"?{written}" if written else ""


def day_of(text: str) -> date | None:
    """Return the day of a field; None if it is none."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _clean(text: str) -> str:
    """Return what a browser sent without NUL, and without halves of characters, which no database takes."""
    return text.replace("\0", " ").encode("utf-8", "ignore").decode().strip()
