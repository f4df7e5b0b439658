"""Read JSON as rows of text: a list of objects, an object that holds one, lists of columns, or JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from analysis.files.encodings import codec, find_encoding
from analysis.files.model import FileChoices, FileForm, FileRefused, Row
from analysis.files.row_writer import MAX_COLUMNS, MAX_ROWS, TOO_MANY_COLUMNS, TOO_MANY_ROWS
from analysis.messages import N_

SEARCHED_LEVELS = 6
"""How deep inside other objects the list of answers may stand"""
KEY = "key"
"""The column of what the rows of an object stand under"""
DAMAGED = N_("This JSON file is damaged, or cut short, at line %(line)s. Write it again, or save the table as CSV.")
TOO_DEEP = N_("This JSON file has objects inside objects inside objects. Save the list of answers as CSV.")
NO_LIST = N_("This JSON file holds no list of answers. Choose a CSV or an Excel file (.xlsx), or a list of objects.")


def read_json(path: Path, choices: FileChoices) -> tuple[FileForm, Callable[[], list[Row]]]:
    """Return the form of a JSON file and what reads its rows. Raises FileRefused."""
    with path.open("rb") as file:
        found = find_encoding(file)
    encoding = choices.encoding or found.encoding
    text = path.read_text(codec(encoding), "replace").lstrip("\ufeff")
    try:
        records = _longest_list(_parsed(text))
        rows = list(_rows(records))
    except RecursionError:
        raise FileRefused(TOO_DEEP) from None
    if not rows:
        raise FileRefused(NO_LIST)
    form = FileForm("json", encoding, tuple(dict.fromkeys([*found.encodings, encoding])))
    return form, lambda: rows


def _parsed(text: str) -> Any:
    """Return what a text holds as JSON, or as JSON Lines; numbers stay as they are written."""
    decoder = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=lambda name: None)
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Extra data"):
            raise FileRefused(DAMAGED, line=error.lineno) from None
    values = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                values.append(decoder.decode(line))
            except json.JSONDecodeError:
                raise FileRefused(DAMAGED, line=number) from None
    return values


def _longest_list(value: Any) -> Sequence[Any]:
    """Return the longest list of rows in a value, and of equally long ones that which is nearest to its top."""
    longest: Sequence[Any] = ()
    level = [value]
    for _ in range(SEARCHED_LEVELS):
        for each in level:
            rows = _as_rows(each)
            if len(rows) > len(longest):
                longest = rows
        level = [inner for each in level if isinstance(each, dict) for inner in each.values()]
    return longest


def _as_rows(value: Any) -> Sequence[Any]:
    """Return the rows that a value is by itself, none where it is something else.

    An object has rows where it is written as data frames are: by column (lists of one length, or objects with the
    numbers of the rows) or by row (each under its key).
    """
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or not value:
        return ()
    parts = list(value.values())
    if all(isinstance(part, list) and not any(isinstance(cell, dict | list) for cell in part) for part in parts):
        columns = parts
    elif not all(isinstance(part, dict) for part in parts):
        return ()
    elif all(key.isdecimal() for key in parts[0]):
        columns = [list(part.values()) for part in parts]
    else:
        return [{KEY: key} | part for key, part in value.items()] if len(parts) > 1 else ()
    return (
        [dict(zip(value, cells, strict=True)) for cells in zip(*columns, strict=True)] if _one_length(columns) else ()
    )


def _one_length(columns: Sequence[Sequence[Any]]) -> bool:
    return len({len(column) for column in columns}) == 1


def _rows(records: Sequence[Any]) -> Iterator[Row]:
    """Yield a header and the rows of records that are objects; without a header those of lists and of single values."""
    if len(records) > MAX_ROWS:
        raise FileRefused(TOO_MANY_ROWS, most=MAX_ROWS)
    if not any(isinstance(record, dict) for record in records):
        for number, record in enumerate(records, 1):
            cells = list(map(_cell, record)) if isinstance(record, list) else [_cell(record)]
            if any(cells):
                yield number, cells
        return
    flat = [dict(_flat(record)) for record in records]
    names = list(dict.fromkeys(name for record in flat for name in record))
    if len(names) > MAX_COLUMNS:
        raise FileRefused(TOO_MANY_COLUMNS, most=MAX_COLUMNS)
    yield 1, names
    for number, record in enumerate(flat, 2):
        if any(record.values()):
            yield number, [record.get(name, "") for name in names]


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the cells of a record with their columns: what is inside objects and lists has a column of its own."""
    before = f"{name}." if name else ""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{before}{key}")
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        for number, inner in enumerate(value, 1):
            yield from _flat(inner, f"{before}{number}")
    else:
        yield name, _cell(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list):
        return "; ".join(map(_cell, value))
    return str(value)
