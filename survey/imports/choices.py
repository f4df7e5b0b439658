"""What a person chose of how a file is read and taken in, on the page or on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from analysis.files.model import BLANK_LINE, LINE, FileChoices

NO_COLUMN = -1
MAX_HEADER_ROWS = 3
MAX_ROW_NUMBER = 9_999_999
"""No sheet has as many rows; a text file may have as many lines"""
TooLong = Literal["leave", "cut", "mine"]
"""An answer that is too long: left out, its first characters taken, or a shorter text typed in its place"""
UnknownKind = Literal["blank", "leave", "add"]
"""A kind the survey does not know: the answer comes without it, is left out, or the survey gets the kind"""


@dataclass(frozen=True, slots=True)
class Choices:
    """None leaves a thing as it was understood; columns are places from 0, NO_COLUMN is none of them."""

    file: FileChoices = field(default_factory=FileChoices)
    header_rows: int | None = None
    answer: int | None = None
    others: frozenset[int] | None = None
    """Further columns of answers that become surveys of their own; None: all that were found"""
    time: int | None = None
    kind: int | None = None
    source: int | None = None
    response_id: int | None = None
    day_first: bool | None = None
    too_long: TooLong = "leave"
    shortened: Mapping[int, str] = field(default_factory=dict)
    """What is taken in place of the answers that are too long, by row"""
    placeholders: bool = False
    """Whether texts such as "No response" are taken in"""
    previews: bool = False
    """Whether test responses are taken in"""
    unknown_kind: UnknownKind = "blank"
    leave_unreadable_times: bool = False
    """Whether rows with an unreadable time are left out, instead of coming in without a time"""
    alike: bool = False
    """Whether rows are taken in whose text is here already, where nothing tells if they are other people's"""
    changed: bool = False
    """Whether new texts of responses that are here with another text are taken in too"""
    deleted: bool = False
    """Whether answers that were deleted here are taken in again"""

    def without_columns(self) -> Choices:
        """Return the choices of how the file is read, for a table whose columns are others than those chosen from."""
        return Choices(self.file, self.header_rows)


def from_form(form: Mapping[str, Any]) -> Choices:
    """Return the choices of a form that was sent. What is missing or no option is left as it was understood."""

    def get(name: str) -> str:
        return str(form.get(name, ""))

    def numbers(start: str) -> dict[int, str]:
        named = {_whole(name.removeprefix(start), MAX_ROW_NUMBER): name for name in form if name.startswith(start)}
        return {number: name for number, name in named.items() if number is not None}

    others = None
    if get("asked"):
        others = frozenset(numbers("other-"))
    too_long, unknown_kind = get("too_long"), get("unknown_kind")
    return Choices(
        file=FileChoices(
            get("sheet") or None,
            get("encoding") or None,
            _delimiter(get("delimiter")),
            get("separator") if get("separator") in (LINE, BLANK_LINE) else None,
        ),
        header_rows=_whole(get("header_rows"), MAX_HEADER_ROWS),
        answer=_whole(get("answer")),
        others=others,
        time=_column(get("time")),
        kind=_column(get("kind")),
        source=_column(get("source")),
        response_id=_column(get("response_id")),
        day_first={"day": True, "month": False}.get(get("order")),
        too_long=too_long if too_long in ("cut", "mine") else "leave",  # type: ignore[arg-type]
        shortened={number: get(name) for number, name in numbers("text-").items()},
        placeholders=get("placeholders") == "take",
        previews=get("previews") == "take",
        unknown_kind=unknown_kind if unknown_kind in ("leave", "add") else "blank",  # type: ignore[arg-type]
        leave_unreadable_times=get("unreadable_time") == "leave",
        alike=get("alike") == "take",
        changed=get("changed") == "take",
        deleted=get("deleted") == "take",
    )


def _delimiter(text: str) -> str | None:
    return {"tab": "\t", "": None}.get(text, text[:1] or None)


def _whole(text: str, most: int = 100_000) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 and int(text) <= most else None


def _column(text: str) -> int | None:
    return NO_COLUMN if text == "none" else _whole(text)
