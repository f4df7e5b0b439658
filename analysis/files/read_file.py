"""Read any file of answers as rows of text: the file is kept in a folder and read by a process of its own.

A folder holds `original` (the bytes as they came), `form.json` (how they were read) and `rows` (see row_writer).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import copyfileobj
from subprocess import DEVNULL, PIPE
from typing import Any, BinaryIO

from analysis.files.model import FileChoices, FileForm, FileRefused, Row, Sheet
from analysis.files.row_writer import read_rows
from analysis.messages import N_, unpacked
from analysis.parallel import isolated_process

ORIGINAL, FORM, ROWS, REQUEST = "original", "form.json", "rows", "request.json"
TOO_LARGE = N_(
    "This file cannot be read: it is damaged, or far too large. Open it, save the table as CSV UTF-8, and try that."
)
MIN_SECONDS, SECONDS_A_MEGABYTE = 10, 2
"""Of processor time, in which a file must be read: a megabyte takes some .3 s at most"""
WAITING = 4
"""Times as long as that, for whoever waits where the machine is busy with other things"""
FIND_OUT = FileChoices()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was read: how, and where its rows are."""

    form: FileForm
    folder: Path

    @property
    def rows_bytes(self) -> int:
        """How large its rows are on disk. Raises FileNotFoundError."""
        return (self.folder / ROWS).stat().st_size

    def rows(self) -> Iterator[Row]:
        """Yield the rows from the first on; each call begins again."""
        return read_rows(self.folder / ROWS)


def read_file(stream: BinaryIO, folder: Path, choices: FileChoices = FIND_OUT, *, name: str = "") -> StoredFile:
    """Keep a file in a folder and read it. `name` is the file's own, which decides nothing but the words of a refusal.

    Raises FileRefused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ORIGINAL).open("wb") as file:
        copyfileobj(stream, file)
    return _convert(folder, choices, {"name": name})


def read_pasted(text: str, folder: Path) -> StoredFile:
    """Keep a pasted list or table in a folder and read it. Raises FileRefused."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ORIGINAL).write_bytes(text.encode("utf-8", "surrogatepass"))
    return _convert(folder, FileChoices(), {"pasted": True})


def reread(folder: Path, choices: FileChoices) -> StoredFile:
    """Read a kept file again with other choices. Raises FileRefused; what was read before then stays."""
    told = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    return _convert(folder, choices, {"name": told.get("name", ""), "pasted": told.get("pasted", False)})


def open_stored(folder: Path) -> StoredFile:
    """Return a file that was read before. Raises OSError where there is none."""
    kept: dict[str, Any] = json.loads((folder / FORM).read_text(encoding="utf-8"))
    kept["sheets"] = [Sheet(**sheet) for sheet in kept["sheets"]]
    form: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in kept.items()}
    return StoredFile(FileForm(**form), folder)


def _convert(folder: Path, choices: FileChoices, told: dict[str, str | bool]) -> StoredFile:
    seconds = MIN_SECONDS + SECONDS_A_MEGABYTE * (folder / ORIGINAL).stat().st_size / 1e6
    request = {**told, "choices": asdict(choices), "seconds": math.ceil(seconds)}
    (folder / REQUEST).write_text(json.dumps(request), encoding="utf-8")
    process = isolated_process.start(
        "analysis.files.convert", str(folder.resolve()), stdin=DEVNULL, stdout=PIPE, seconds=WAITING * seconds
    )
    with process as child:
        assert child.stdout is not None
        said = child.stdout.read()
        if child.wait() != 0:
            raise FileRefused(TOO_LARGE)
    if said:
        raise FileRefused(unpacked(said.decode()))
    return open_stored(folder)
