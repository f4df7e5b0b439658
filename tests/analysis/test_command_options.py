"""python -m analysis: what it says of options that cannot be used, and that it ends quietly where nobody reads on."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.__main__ import main
from analysis.command.options import parser
from analysis.command.read_answers import read_answers
from analysis.library.choices import MAX_SEED
from tests.support.toy_model import ToyModel

WISHES = [f"{wish} {end}" for wish in ("More buses at night", "Longer library hours") for end in ("now", "soon", "!")]


@pytest.fixture
def wishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("analysis.__main__.load", lambda model, keep: ToyModel())
    path = tmp_path / "wishes.csv"
    pd.DataFrame({"answer": WISHES}).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-o", "-"], "-: the list of themes goes to standard output. Name a file"),
        (["--json", "-"], "-: the list of themes goes to standard output. Name a file"),
        (["--qdc", "-"], "-: the list of themes goes to standard output. Name a file"),
        (["--qdpx", "foo.txt"], "foo.txt: write .qdpx"),
        (["--qdc", "foo.xml"], "foo.xml: write .qdc"),
        (["--json", "foo.csv"], "foo.csv: write .json"),
        (["-o", "foo.doc"], "foo.doc: write .csv, .xlsx, .json or .parquet"),
        (["--seed", "-1"], "'-1' is no seed: use a whole number from 0 to 4294967295"),
        (["--seed", "a"], "'a' is no seed"),
        (["--seed", str(MAX_SEED + 1)], "is no seed"),
        (["--delimiter", ";;"], "';;' is not one character, nor tab, comma, semicolon or pipe"),
        (["--delimiter", ""], "'' is not one character"),
        (["--delimiter", '"'], "is not one character that can set cells apart"),
        (["--header-rows", "99"], "wishes.csv has only 7 rows: with --header-rows 99 none is left for answers"),
        (["--header-rows", "7"], "wishes.csv has only 7 rows"),
        (["--header-rows", "100"], "'100' is not a number of rows from 0 to 99"),
        (["--encoding", "utf-99"], "There is no encoding called “utf-99”. There are utf-8, utf-16, windows-1252"),
    ],
)
def test_what_cannot_be_used_is_said(
    wishes: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    options: list[str],
    said: str,
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(SystemExit) as ended:
        main([str(wishes), "--codebook", "none", *options])
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert said in told.err
    assert told.out == ""
    assert not list((tmp_path / "here").iterdir())


def test_a_file_without_an_ending_is_csv(wishes: Path, tmp_path: Path) -> None:
    assert main([str(wishes), "--codebook", "none", "-o", str(tmp_path / "themes")]) == 0
    assert (tmp_path / "themes").read_text(encoding="utf-8-sig").startswith("row,answer,idea")


def test_a_choice_that_the_file_has_no_use_for_is_said(wishes: Path, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    pd.DataFrame({"answer": WISHES}).to_excel(book, index=False)

    def understood(path: Path, *options: str) -> list[str]:
        return [*read_answers(parser().parse_args([str(path), *options])).understood]

    assert understood(wishes, "--sheet", "foo")[1] == "Not used, for the file is CSV: --sheet."
    used = understood(wishes, "--delimiter", "comma", "--encoding", "utf-8")
    assert not any("Not used" in line for line in used)
    for line in (
        "Not used, for the file is Excel: --encoding, --delimiter.",
        "Answers: the column 'answer' (by its name); 6 rows, 0 of them blank.",
    ):
        assert line in understood(book, "--encoding", "utf-8", "--delimiter", "tab")


class _Closed(io.TextIOBase):
    """A pipe whose other end is closed."""

    def write(self, text: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError


def test_files_are_written_where_nobody_reads_what_is_said(
    wishes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", _Closed())
    output = tmp_path / "themes.csv"
    assert main([str(wishes), "--codebook", "none", "-o", str(output)]) == 0
    assert output.exists()


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["stdout", "both"])
def test_it_ends_quietly_where_nobody_reads_on(tmp_path: Path, closed: str) -> None:
    path, output = tmp_path / "wishes.csv", tmp_path / "themes.csv"
    pd.DataFrame({"answer": WISHES}).to_csv(path, index=False)
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "analysis", str(path), "--codebook", "none", "-o", str(output)]
    errors: Any = subprocess.PIPE if closed == "stdout" else writer
    ended = subprocess.run(command, stdout=writer, stderr=errors, text=True, check=False)
    os.close(writer)
    assert ended.returncode == 141  # as of a tool that SIGPIPE ends
    assert output.exists()
    if closed == "stdout":
        assert f"Written: {output}" in ended.stderr
        assert "Traceback" not in ended.stderr
        assert "BrokenPipe" not in ended.stderr


@pytest.mark.slow
def test_help_ends_quietly_where_nobody_reads_on() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "analysis", "--help"]
    ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert ended.returncode in (0, 141)
    assert ended.stderr == ""
