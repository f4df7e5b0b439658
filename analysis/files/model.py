"""The types that the steps of reading a file share: convert, find_layout, columns, read_rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from analysis.messages import N_, NO_MESSAGE, Message

Row = tuple[int, list[str]]
"""The number of a row in its file, from 1, and its cells as text; rows may be of different lengths"""

LINE, BLANK_LINE = "line", "blank"
"""What separates the answers of a pasted list: a line end, or a blank line"""
Format = Literal["csv", "xlsx", "xlsb", "xls", "ods", "parquet", "json", "html", "pasted"]
Role = Literal[
    "answer",
    "time",
    "kind",
    "source",
    "id",
    "status",
    "name",
    "email",
    "phone",
    "address",
    "place",
    "link",
    "closed",
    "codes",
    "number",
    "other",
]
"""What a column holds. ``status`` says in our own exports that an answer is hidden or held; ``address`` is a network
address, ``place`` coordinates or a postal address, ``closed`` a choice among few, ``codes`` what somebody
sorted the answers into, ``id`` what tells responses apart."""
PERSONAL: frozenset[Role] = frozenset({"name", "email", "phone", "address", "place"})
"""Roles whose columns are never taken unless somebody chooses them"""
Reason = Literal[
    "blank", "placeholder", "preview", "too_long", "ragged", "unknown_kind", "unknown_source", "unreadable_time"
]
"""Why a row is left out. ``preview``: somebody tried the survey. ``ragged``: the row has more cells than the table has
columns. The last three leave out a cell, not the row, unless somebody chooses the row."""

EMPTY = N_("The file is empty.")


class FileRefused(Exception):
    """A file cannot be read; `message` says why, and what to do, to the person who brought it."""

    def __init__(self, text: str, **values: str | int) -> None:
        self.message = text if isinstance(text, Message) else Message(text, **values)
        super().__init__(self.message)


@dataclass(frozen=True, slots=True)
class FileChoices:
    """What a person chose of how the bytes are read; None leaves it to be found out.

    ``separator`` of a pasted list is LINE or BLANK_LINE.
    """

    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    separator: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook."""

    name: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class FileForm:
    """How the bytes were read.

    ``encodings`` are those worth offering, the likeliest first, ``samples`` some words with letters beyond ASCII as the
    chosen encoding has them, those with broken letters first, and ``broken`` how many letters do not fit it.
    ``delimiter`` is None where each line is one cell. ``sheets`` are in the order of the file, hidden ones last.
    ``separator`` is that of a pasted list, which has no header row.
    """

    format: Format
    encoding: str | None = None
    encodings: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    delimiter: str | None = None
    sheet: str | None = None
    sheets: tuple[Sheet, ...] = ()
    broken: int = 0
    separator: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table lies within the rows.

    ``names`` has a unique name for each column: the question as people read it where the file has one (a label), else
    the column's name. ``codes`` are the tool's own short names (Q1, QID2), blank where there are none. Rows before
    ``first`` are titles and headers, those from ``end`` on (None: none) a footer. ``skipped`` are numbers of rows
    between that belong to the frame (a row of units, a repeated header). ``time_zone`` is what the file says of its
    times ("": nothing).
    """

    names: tuple[str, ...]
    codes: tuple[str, ...] = ()
    header_rows: tuple[int, ...] = ()
    title_rows: tuple[int, ...] = ()
    first: int = 1
    end: int | None = None
    skipped: frozenset[int] = frozenset()
    tool: str | None = None
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """What a column seems to hold, and why, in a sentence; ``filled`` cells and their mean length in characters.

    ``rank`` is 0 for the best column of its role, 1 for the next.
    """

    place: int
    name: str
    role: Role
    reason: Message
    filled: int
    mean_length: float
    examples: tuple[str, ...] = ()
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that are used, by place from 0. ``answers`` has several where a file asks several open questions."""

    answers: tuple[int, ...]
    time: int | None = None
    kind: int | None = None
    source: int | None = None
    response_id: int | None = None
    status: int | None = None
    """Where our own export says that an answer is hidden or held"""


@dataclass(frozen=True, slots=True)
class TimeOrder:
    """How a column of times is written: whether the day comes before the month, and the row that shows it.

    ``day_first`` is None where no date has numbers whose order matters; ``decided_by`` is None where nothing in the
    column decides, and ``why`` says what the order is taken from. ``year_first`` is of years of two digits.
    ``language`` is that of month names which mean another month elsewhere. ``zone`` is that of times which name none
    ("": UTC). ``notes`` are sentences on what else was decided.
    """

    day_first: bool | None = None
    decided_by: int | None = None
    example: str = ""
    why: Message = NO_MESSAGE
    year_first: bool = False
    language: str = ""
    zone: str = ""
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class CellForms:
    """How the cells of the chosen columns are written, decided on whole columns; ``html`` are places of HTML."""

    time: TimeOrder = TimeOrder()
    html: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer: its row, what was written (plain text), and the cells beside it; ``problems`` are cells left out."""

    number: int
    text: str
    time: datetime | None = None
    kind: str = ""
    source: str = ""
    response_id: str = ""
    status: str = ""
    problems: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is left out, why, and the first characters of what it holds."""

    number: int
    reason: Reason
    beginning: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A file as a table, before anything is decided about its columns."""

    form: FileForm
    layout: Layout
    rows: Sequence[Row] | Iterator[Row]


Counts = Mapping[Reason, int]
