"""Files and archives read, and Parquet written, in the process of the test: one of their own takes .1 to .8 s."""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import pytest

from analysis.files import read_file
from analysis.files.convert import convert
from analysis.files.model import FileChoices, FileRefused
from analysis.messages import unpacked
from survey.archives import check_rows, staging
from survey.archives.package import ArchiveRefused
from survey.exports import file_formats

CONVERT, CHECK, PROCESS = read_file._convert, staging._check, vars(file_formats)["isolated_process"]
"""What the site does: in a process of its own, within limits on time and memory"""


def read_here() -> None:
    """Have files and archives read, and Parquet written, in this process, without limits."""
    read_file._convert = _convert
    staging._check = _check
    vars(file_formats)["isolated_process"] = SimpleNamespace(start=_start)


def read_in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have them read and written as the site does."""
    monkeypatch.setattr(read_file, "_convert", CONVERT)
    monkeypatch.setattr(staging, "_check", CHECK)
    monkeypatch.setattr(file_formats, "isolated_process", PROCESS)


def _convert(folder: Path, choices: FileChoices, told: dict[str, str | bool]) -> read_file.StoredFile:
    request = {**told, "choices": asdict(choices)}
    (folder / read_file.REQUEST).write_text(json.dumps(request), encoding="utf-8")
    try:
        convert(folder, choices, pasted=bool(told.get("pasted")))
    except FileRefused as refused:
        raise FileRefused(unpacked(refused.message.packed())) from None
    return read_file.open_stored(folder)


def _check(folder: Path) -> None:
    try:
        check_rows.check(folder)
    except ArchiveRefused as refused:
        raise ArchiveRefused(unpacked(refused.message.packed())) from None


class _Kept(io.BytesIO):
    """What was written, which can be read when it is closed."""

    def close(self) -> None:
        self.seek(0)


@contextmanager
def _start(program: str, *, stdin: int, stdout: BinaryIO) -> Iterator[SimpleNamespace]:
    """The program that writes Parquet, as a process that does all of it when it is waited for."""
    rows = _Kept()

    def wait() -> int:
        importlib.import_module(program).write(rows, stdout)
        return 0

    yield SimpleNamespace(stdin=rows, wait=wait)
