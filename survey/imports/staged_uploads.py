"""Uploaded files between the two steps of an import: on disk in the instance folder, for a day at most.

A staged upload is a folder with a random name: `about.json` and `rows.jsonl`, one [line, [cells]] a
line, whatever the file was before. It belongs to one owner and one survey, and goes when it is used, when the next one
comes, or within a day: each worker sweeps every minute, and each web process, whose folder may be on another machine,
once an hour as long as requests come.
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

from flask import Flask, current_app

from survey.imports import file_reader
from survey.imports.file_reader import Row, Table, refusal

FOLDER = "uploads"
KEY_BYTES = 16
KEY = re.compile(r"[0-9a-f]{32}")
SWEEP_INTERVAL_SECONDS = 60 * 60
MAX_AGE_SECONDS = 24 * 60 * 60 - SWEEP_INTERVAL_SECONDS
"""So that a file is gone within a day"""
MAX_BYTES = 256 * 1024 * 1024
PREVIEW_ROWS = 10


@dataclass(frozen=True, slots=True)
class StagedUpload:
    """A staged file: `lengths` is the mean number of characters in each column, `separator` of a pasted list."""

    key: str
    name: str
    form: str
    header: list[str]
    lengths: list[float]
    separator: str | None
    folder: Path

    def rows(self, separator: str | None = None) -> Iterator[Row]:
        """Return a new iterator over the rows; those of a pasted list are split by `separator`."""
        lines = self._lines()
        return file_reader.pasted_rows(lines, separator or self.separator) if self.separator else lines

    def _lines(self) -> Iterator[Row]:
        with (self.folder / "rows.jsonl").open(encoding="ascii") as file:
            for line in file:
                number, cells = json.loads(line)
                yield number, cells


def keep(owner_id: int, survey_id: int, name: str, table: Table) -> str:
    """Store a table and return its key. Raises ImportRefused if it cannot be read to its end."""
    return _keep(owner_id, survey_id, table, {"name": name, "form": table.form, "separator": None})


def keep_pasted(owner_id: int, survey_id: int, text: str) -> str:
    """Store a pasted list and return its key. Raises ImportRefused if nothing was pasted."""
    if not text.strip():
        raise refusal("Nothing was pasted.")
    table = Table("", file_reader.PASTED_HEADER, file_reader.pasted_lines(text))
    separator = file_reader.guess_separator(text)
    return _keep(owner_id, survey_id, table, {"name": "Your list", "form": "", "separator": separator})


def find(owner_id: int, survey_id: int, key: str) -> StagedUpload | None:
    """Return the staged file with this key if it belongs to this owner and survey and is not too old."""
    folder = _folder(owner_id, survey_id, key)
    try:
        if not KEY.fullmatch(key) or _is_old(folder):
            return None
        about = json.loads((folder / "about.json").read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    return StagedUpload(key=key, folder=folder, **about)


def drop(waiting: StagedUpload) -> None:
    """Remove a staged file that was imported."""
    shutil.rmtree(waiting.folder, ignore_errors=True)


def drop_all(survey_id: int) -> None:
    """Remove every staged file of a survey from this machine."""
    for folder in _root().glob(f"*-{survey_id}-*"):
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Remove the files that are too old."""
    for folder in _root().glob("*-*-*"):
        if _is_old(folder):
            shutil.rmtree(folder, ignore_errors=True)


def init_app(app: Flask) -> None:
    """Sweep with the first request of each hour."""
    due = 0.0

    @app.before_request
    def look() -> None:
        nonlocal due
        moment = time.monotonic()
        if moment >= due:
            due = moment + SWEEP_INTERVAL_SECONDS
            sweep()


def _keep(owner_id: int, survey_id: int, table: Table, about: dict[str, Any]) -> str:
    sweep()
    for folder in _root().glob(f"{owner_id}-{survey_id}-*"):
        shutil.rmtree(folder, ignore_errors=True)
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
    """Write the rows and return the mean length of each column's cells. Raises ImportRefused."""
    totals = [0] * len(table.header)
    count = 0
    with path.open("w", encoding="ascii") as file:
        for line_number, cells in table.rows:
            count += 1
            file.write(json.dumps([line_number, cells]) + "\n")
            totals = [total + len(cell) for total, cell in zip(totals, cells, strict=True)]
            if file.tell() > MAX_BYTES:
                raise refusal("The file is far larger than a list of answers. Cut it into parts.")
    if not count:
        raise refusal("The file has a header and no answers below it.")
    return [total / count for total in totals]


def _is_old(folder: Path) -> bool:
    """Return whether a file is too old. One from the future counts as too old: a clock was wrong."""
    try:
        return abs(time.time() - folder.stat().st_mtime) > MAX_AGE_SECONDS
    except FileNotFoundError:
        return True


def _root() -> Path:
    return Path(current_app.instance_path) / FOLDER


def _folder(owner_id: int, survey_id: int, key: str) -> Path:
    return _root() / f"{owner_id}-{survey_id}-{key}"
