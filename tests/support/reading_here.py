"""Files and archives read in the process of the test: one of their own takes .1 to .8 s, and hundreds are read."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from analysis.files import read_file
from analysis.files.convert import convert
from analysis.files.model import FileChoices, FileRefused
from analysis.messages import unpacked
from survey.archives import check_rows, staging
from survey.archives.package import ArchiveRefused

CONVERT, CHECK = read_file._convert, staging._check
"""What the site does: in a process of its own, within limits on time and memory"""


def read_here() -> None:
    """Have files and archives read in this process, without limits."""
    read_file._convert = _convert
    staging._check = _check


def read_in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have them read as the site does."""
    monkeypatch.setattr(read_file, "_convert", CONVERT)
    monkeypatch.setattr(staging, "_check", CHECK)


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
