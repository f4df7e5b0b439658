"""A file is kept in a folder, read by another process, and its rows are read from there as often as wanted."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from analysis.files.model import FileChoices
from analysis.files.read_file import open_stored, read_file, reread

pytestmark = pytest.mark.usefixtures("files_in_processes")


def test_rows_are_read_as_often_as_wanted(tmp_path: Path) -> None:
    stored = read_file(io.BytesIO("by,answer\nZoë,Listen\n".encode()), tmp_path / "file")
    assert list(stored.rows()) == list(stored.rows()) == [(1, ["by", "answer"]), (2, ["Zoë", "Listen"])]
    assert open_stored(tmp_path / "file") == stored


def test_a_kept_file_is_read_again_with_other_choices(tmp_path: Path) -> None:
    read_file(io.BytesIO(b"a,b;c\n1,2;3\n1,2;3\n"), tmp_path, FileChoices(delimiter=","))
    assert next(iter(reread(tmp_path, FileChoices(delimiter=";")).rows())) == (1, ["a,b", "c"])
