"""Files between the two steps of an import: on disk in the instance folder, for a day at most.

A waiting file is a folder with a random name of its own: `about.json` and `rows.jsonl`, one [line, [cells]] a
line, whatever the file was before. It belongs to one owner and one survey, and goes when it is used or when the
next one comes.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app

from survey import tables
from survey.tables import Row, Table, refuse

FOLDER = "uploads"
KEY_BYTES = 16
KEY = re.compile(r"[0-9a-f]{32}")
SECONDS_MOST = 24 * 60 * 60
BYTES_MOST = 256 * 1024 * 1024
PREVIEW_ROWS = 10


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits: `lengths` is the mean number of characters in each column, `separator` of a pasted list."""

    key: str
    name: str
    form: str
    header: list[str]
    lengths: list[float]
    separator: str | None
    folder: Path

    def rows(self, separator: str | None = None) -> Iterator[Row]:
        """The rows, as often as wanted; those of a pasted list as `separator` says."""
        lines = self._lines()
        return tables.pasted_rows(lines, separator or self.separator) if self.separator else lines

    def _lines(self) -> Iterator[Row]:
        with (self.folder / "rows.jsonl").open(encoding="ascii") as file:
            for line in file:
                number, cells = json.loads(line)
                yield number, cells


def keep(owner_id: int, survey_id: int, name: str, table: Table) -> str:
    """Let a table wait; gives its key. Raises ImportRefused where it cannot be read to its end."""
    return _keep(owner_id, survey_id, table, {"name": name, "form": table.form, "separator": None})


def keep_pasted(owner_id: int, survey_id: int, text: str) -> str:
    """Let a pasted list wait; gives its key. Raises ImportRefused where nothing was pasted."""
    if not text.strip():
        raise refuse("Nothing was pasted.")
    table = Table("", tables.PASTED_HEADER, tables.pasted_lines(text))
    separator = tables.guess_separator(text)
    return _keep(owner_id, survey_id, table, {"name": "Your list", "form": "", "separator": separator})


def find(owner_id: int, survey_id: int, key: str) -> Waiting | None:
    """The file of this key, if it waits for this owner and survey."""
    folder = _folder(owner_id, survey_id, key)
    try:
        if not KEY.fullmatch(key) or folder.stat().st_mtime < time.time() - SECONDS_MOST:
            return None
        about = json.loads((folder / "about.json").read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    return Waiting(key=key, folder=folder, **about)


def drop(waiting: Waiting) -> None:
    """Remove a file that was used."""
    shutil.rmtree(waiting.folder, ignore_errors=True)


def _keep(owner_id: int, survey_id: int, table: Table, about: dict[str, Any]) -> str:
    _clean(owner_id, survey_id)
    key = secrets.token_hex(KEY_BYTES)
    folder = _folder(owner_id, survey_id, key)
    folder.mkdir(parents=True, mode=0o700)
    try:
        lengths = _write(folder / "rows.jsonl", table)
        about |= {"header": table.header, "lengths": lengths}
        (folder / "about.json").write_text(json.dumps(about), encoding="ascii")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return key


def _write(path: Path, table: Table) -> list[float]:
    """Write the rows; gives the mean length of each column's cells. Raises ImportRefused."""
    totals = [0] * len(table.header)
    count = 0
    with path.open("w", encoding="ascii") as file:
        for line_number, cells in table.rows:
            count += 1
            file.write(json.dumps([line_number, cells]) + "\n")
            totals = [total + len(cell) for total, cell in zip(totals, cells, strict=True)]
            if file.tell() > BYTES_MOST:
                raise refuse("The file is far larger than a list of answers. Cut it into parts.")
    if not count:
        raise refuse("The file has a header and no answers below it.")
    return [total / count for total in totals]


def _clean(owner_id: int, survey_id: int) -> None:
    """Remove what is too old, and what waits for the same owner and survey."""
    for folder in (Path(current_app.instance_path) / FOLDER).glob("*-*-*"):
        try:
            old = folder.stat().st_mtime < time.time() - SECONDS_MOST
        except FileNotFoundError:
            continue
        if old or folder.name.startswith(f"{owner_id}-{survey_id}-"):
            shutil.rmtree(folder, ignore_errors=True)


def _folder(owner_id: int, survey_id: int, key: str) -> Path:
    return Path(current_app.instance_path) / FOLDER / f"{owner_id}-{survey_id}-{key}"
