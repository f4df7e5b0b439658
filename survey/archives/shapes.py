"""What a value in an archive may look like, and how it refers to other rows.

Rows of an archive refer to each other by public ids, or by line numbers where a table has none. A shape turns a value
of the database into one of an archive (`write`), checks it in a file that anybody may have made (`read`, which returns
numbers of rows from 0 in place of names), and turns it into a value of this site's database (`place`).
"""

from __future__ import annotations

import math
import re
from array import array
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

MAX_INTEGER = 2**31 - 1
MAX_SHOWN = 40  # characters of a wrong value that a message repeats
YEARS = range(1900, 2201)


class Wrong(Exception):
    """A value that no survey has; the message says what is the matter with it."""


class Missing(Exception):
    """A reference to a row that is not part of the archive."""


@dataclass(slots=True)
class Names:
    """How rows are named in the archive that is written: public ids by id, or all ids in order of the lines."""

    public: dict[str, dict[int, str]] = field(default_factory=dict)
    lines: dict[str, array[int]] = field(default_factory=dict)

    def of(self, part: str, row_id: int) -> str | int:
        """Return the name of a row. Raises Missing."""
        if part in self.public:
            if row_id not in self.public[part]:
                raise Missing
            return self.public[part][row_id]
        ids = self.lines[part]
        place = bisect_left(ids, row_id)
        if place == len(ids) or ids[place] != row_id:
            raise Missing
        return place + 1


@dataclass(slots=True)
class Known:
    """What was read so far of the archive that is checked."""

    rows: Mapping[str, int]
    """How many rows each part has, by its manifest"""
    numbers: dict[str, dict[str, int]] = field(default_factory=dict)
    """The rows of parts that have public ids"""
    kinds: Collection[str] = ()
    lengths: array[int] = field(default_factory=lambda: array("l"))
    """Characters of each answer"""
    codes: list[int] = field(default_factory=list)
    """Codes of each coding"""
    checks_read: set[int] = field(default_factory=set)  # checks that somebody reads

    def number(self, part: str, name: object) -> int:
        """Return the number of a row, from 0. Raises Wrong."""
        if part in self.numbers:
            found = self.numbers[part].get(name) if isinstance(name, str) else None
        else:
            found = name - 1 if type(name) is int and 1 <= name <= self.rows[part] else None
        if found is None:
            raise Wrong(f"{shown(name)} is not in {part}")
        return found


@dataclass(slots=True)
class Ids:
    """Where the rows of an archive are put: their new ids, and the public ids that had to change."""

    of: Mapping[str, array[int]]
    renamed: dict[str, dict[str, str]]


def shown(value: object) -> str:
    """Return a wrong value as a message repeats it."""
    return text if len(text := repr(value)) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


class Shape:
    """Anything that is the same in the database and in an archive."""

    is_plain = True  # `place` changes nothing

    def write(self, value: Any, names: Names) -> Any:
        """Return a value of the database as the archive has it. Raises Missing."""
        return value

    def read(self, value: Any, known: Known) -> Any:
        """Return a value of an archive, checked, with numbers of rows in place of names. Raises Wrong."""
        raise NotImplementedError

    def place(self, value: Any, ids: Ids) -> Any:
        """Return what `read` returned as the database has it."""
        return value


@dataclass(frozen=True)
class Words(Shape):
    """A text of so many characters at most."""

    most: int
    least: int = 0
    pattern: str = ""

    def read(self, value: Any, known: Known) -> str:
        if not isinstance(value, str):
            raise Wrong(f"{shown(value)} is not a text")
        if not self.least <= len(value) <= self.most:
            raise Wrong(f"it has {len(value)} characters, and {self.least} to {self.most} are expected")
        if "\0" in value:
            raise Wrong("it holds a character that cannot be kept (NUL)")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Wrong("it is not valid Unicode") from None
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise Wrong(f"{shown(value)} is not written as expected")
        return value


@dataclass(frozen=True)
class Choice(Shape):
    """One of some words."""

    words: Collection[str]

    def read(self, value: Any, known: Known) -> str:
        if not isinstance(value, str) or value not in self.words:
            raise Wrong(f"{shown(value)} is none of {', '.join(self.words)}")
        return value


@dataclass(frozen=True)
class Whole(Shape):
    """A whole number."""

    least: int = 0
    most: int = MAX_INTEGER

    def read(self, value: Any, known: Known) -> int:
        if type(value) is not int or not self.least <= value <= self.most:
            raise Wrong(f"{shown(value)} is not a whole number from {self.least} to {self.most}")
        return value


@dataclass(frozen=True)
class Real(Shape):
    """A finite number."""

    least: float = -1e9
    most: float = 1e9

    def read(self, value: Any, known: Known) -> float:
        if type(value) not in (int, float) or not math.isfinite(value) or not self.least <= value <= self.most:
            raise Wrong(f"{shown(value)} is not a number from {self.least} to {self.most}")
        return cast("float", value)


class Flag(Shape):
    """True or false."""

    def read(self, value: Any, known: Known) -> bool:
        if not isinstance(value, bool):
            raise Wrong(f"{shown(value)} is neither true nor false")
        return value


class Scalar(Shape):
    """A short text, a number, true or false."""

    def read(self, value: Any, known: Known) -> str | float | bool:
        if isinstance(value, bool):
            return value
        return Words(400).read(value, known) if isinstance(value, str) else Real(-1e15, 1e15).read(value, known)


class Moment(Shape):
    """A time with its offset, in UTC."""

    is_plain = False

    def write(self, value: datetime, names: Names) -> str:
        return value.astimezone(UTC).isoformat()

    def read(self, value: Any, known: Known) -> str:
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            moment = None
        if moment is None or moment.tzinfo is None or moment.year not in YEARS:
            raise Wrong(f"{shown(value)} is not a time such as 2026-03-19T07:40:00+00:00")
        return moment.astimezone(UTC).isoformat()

    def place(self, value: str, ids: Ids) -> datetime:
        return datetime.fromisoformat(value)


@dataclass(frozen=True)
class Ref(Shape):
    """A row of a part: its id in the database."""

    part: str
    is_plain = False

    def write(self, value: int, names: Names) -> str | int:
        return names.of(self.part, value)

    def read(self, value: Any, known: Known) -> int:
        return known.number(self.part, value)

    def place(self, value: int, ids: Ids) -> int:
        return ids.of[self.part][value]


@dataclass(frozen=True)
class RefKey(Shape):
    """A row of a part where the database has its id as a text: a name in a JSON object."""

    part: str
    is_plain = False

    def write(self, value: str, names: Names) -> str:
        return str(names.of(self.part, int(value)))

    def read(self, value: Any, known: Known) -> str:
        return str(known.number(self.part, value))

    def place(self, value: str, ids: Ids) -> str:
        return str(ids.of[self.part][int(value)])


@dataclass(frozen=True)
class PublicName(Shape):
    """The public id of a row of a part where the database has just that: nothing is asked of whether it exists."""

    part: str
    is_plain = False

    def read(self, value: Any, known: Known) -> str:
        return Words(16, 16, "[0-9a-f]{16}").read(value, known)

    def place(self, value: str, ids: Ids) -> str:
        return ids.renamed.get(self.part, {}).get(value, value)


@dataclass(frozen=True)
class Maybe(Shape):
    """A shape, or nothing. A reference to a row that is not in the archive becomes nothing."""

    shape: Shape

    @property
    def is_plain(self) -> bool:  # type: ignore[override]
        return self.shape.is_plain

    def write(self, value: Any, names: Names) -> Any:
        try:
            return None if value is None else self.shape.write(value, names)
        except Missing:
            return None

    def read(self, value: Any, known: Known) -> Any:
        return None if value is None else self.shape.read(value, known)

    def place(self, value: Any, ids: Ids) -> Any:
        return None if value is None else self.shape.place(value, ids)


@dataclass(frozen=True)
class ListOf(Shape):
    """A list of one shape. What refers to a row that is not in the archive is left out of it."""

    shape: Shape
    most: int = 100_000
    least: int = 0

    @property
    def is_plain(self) -> bool:  # type: ignore[override]
        return self.shape.is_plain

    def write(self, value: Sequence[Any], names: Names) -> list[Any]:
        return [written for one in value for written in _present(self.shape, one, names)]

    def read(self, value: Any, known: Known) -> list[Any]:
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            raise Wrong(f"{shown(value)} is not a list of {self.least} to {self.most}")
        return [self.shape.read(one, known) for one in value]

    def place(self, value: list[Any], ids: Ids) -> list[Any]:
        return [self.shape.place(one, ids) for one in value]


@dataclass(frozen=True)
class Row(Shape):
    """A list with a shape for each place."""

    shapes: tuple[Shape, ...]
    is_plain = False

    def write(self, value: Sequence[Any], names: Names) -> list[Any]:
        return [shape.write(one, names) for shape, one in zip(self.shapes, value, strict=True)]

    def read(self, value: Any, known: Known) -> list[Any]:
        if not isinstance(value, list) or len(value) != len(self.shapes):
            raise Wrong(f"{shown(value)} is not a list of {len(self.shapes)}")
        return [shape.read(one, known) for shape, one in zip(self.shapes, value, strict=True)]

    def place(self, value: list[Any], ids: Ids) -> list[Any]:
        return [shape.place(one, ids) for shape, one in zip(self.shapes, value, strict=True)]


@dataclass(frozen=True)
class Keyed(Shape):
    """A JSON object whose names are data. Those that refer to a row that is not in the archive are left out."""

    key: Shape
    shape: Shape
    most: int = 100_000
    is_plain = False

    def write(self, value: Mapping[str, Any], names: Names) -> dict[str, Any]:
        return {
            key: written
            for own, one in value.items()
            for key in _present(self.key, own, names)
            for written in _present(self.shape, one, names)
        }

    def read(self, value: Any, known: Known) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > self.most:
            raise Wrong(f"{shown(value)} is not an object of up to {self.most} names")
        return {self.key.read(own, known): self.shape.read(one, known) for own, one in value.items()}

    def place(self, value: dict[str, Any], ids: Ids) -> dict[str, Any]:
        return {self.key.place(own, ids): self.shape.place(one, ids) for own, one in value.items()}


@dataclass(frozen=True)
class Record(Shape):
    """A JSON object with a shape for each name; those in `optional` may be missing, and there are no others."""

    shapes: Mapping[str, Shape]
    optional: Collection[str] = ()
    is_plain = False

    def write(self, value: Mapping[str, Any], names: Names) -> dict[str, Any]:
        return {name: shape.write(value[name], names) for name, shape in self.shapes.items() if name in value}

    def read(self, value: Any, known: Known) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Wrong(f"{shown(value)} is not an object")
        if other := sorted(value.keys() - self.shapes.keys()):
            raise Wrong(f"{shown(other[0])} is not known in it")
        if missing := sorted(self.shapes.keys() - value.keys() - {*self.optional}):
            raise Wrong(f"{missing[0]} is missing in it")
        return {name: self.shapes[name].read(one, known) for name, one in value.items()}

    def place(self, value: dict[str, Any], ids: Ids) -> dict[str, Any]:
        return {name: self.shapes[name].place(one, ids) for name, one in value.items()}


@dataclass(frozen=True)
class Either(Shape):
    """One shape for JSON objects, another for anything else."""

    mapping: Shape
    other: Shape
    is_plain = False

    def _of(self, value: Any) -> Shape:
        return self.mapping if isinstance(value, Mapping) else self.other

    def write(self, value: Any, names: Names) -> Any:
        return self._of(value).write(value, names)

    def read(self, value: Any, known: Known) -> Any:
        return self._of(value).read(value, known)

    def place(self, value: Any, ids: Ids) -> Any:
        return self._of(value).place(value, ids)


def _present(shape: Shape, value: Any, names: Names) -> list[Any]:
    """Return a value as the archive has it, in a list; an empty one where it refers to what is not in it."""
    try:
        return [shape.write(value, names)]
    except Missing:
        return []
