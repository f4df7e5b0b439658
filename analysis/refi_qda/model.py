"""What REFI-QDA files say, as plain data: codes, people who code, texts, and what in them was coded.

Positions are those of the standard (REFI-QDA 1.5, 10.2): Unicode code points of the text from 0. The end is the
position after the last character, as in the standard's own example, whose selection "granola" goes from 62 to 69.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from analysis.messages import Message

ORIGIN = "Common Threads"


class RefiQdaRefused(Exception):
    """A file cannot be read; `message` says why to the person who brought it."""

    def __init__(self, text: str) -> None:
        self.message = text if isinstance(text, Message) else Message(text)
        super().__init__(self.message)


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a codebook; `colour` is "#rrggbb". One that is not `codable` only holds its children together."""

    guid: str
    name: str
    description: str = ""
    colour: str | None = None
    codable: bool = True
    children: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """Somebody, or a program, who coded."""

    guid: str
    name: str


@dataclass(frozen=True, slots=True)
class Selection:
    """A part of a text, and the codes (by guid) that it was given."""

    starts: int
    ends: int
    codes: tuple[str, ...]
    user: str | None = None
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A text: `codes` are those of the whole of it, `values` what is known of it, by the name of a variable."""

    guid: str
    name: str
    text: str
    selections: tuple[Selection, ...] = ()
    codes: tuple[str, ...] = ()
    user: str | None = None
    created: datetime | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """A project. `sources` may be an iterator when it is written; `skipped` counts sources that are no text."""

    name: str
    codes: Sequence[Code]
    sources: Iterable[Source]
    users: Sequence[User] = ()
    variables: Sequence[str] = ()
    created: datetime | None = None
    origin: str = ORIGIN
    skipped: int = 0


def make_guid(*parts: object) -> str:
    """Return the guid of a thing: the same for the same parts, so that writing twice writes the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "common-threads:" + "\x1f".join(map(str, parts))))


def all_codes(codes: Iterable[Code]) -> Iterator[Code]:
    """Yield codes with their children, each before its own."""
    for code in codes:
        yield code
        yield from all_codes(code.children)
