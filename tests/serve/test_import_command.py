"""`flask import-answers`: what was understood is printed, all that can come in does, and a dry run changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.support.importing import stored, texts
from tests.support.visitors import SLUG, make_survey

FILE = "When,Your wish,E-mail\n" + "".join(
    f"{day}.03.2026 9:10,{wish},p{day}@example.org\n"
    for day, wish in enumerate(["Lower the kerb at the corner", "Mend the old clock", "", "More shade in the yard"], 11)
)


def run(app: Flask, path: Path, *options: str, slug: str = SLUG) -> tuple[int, str, str]:
    result = app.test_cli_runner().invoke(args=["import-answers", slug, str(path), *options])
    return result.exit_code, result.stdout, result.stderr


def write(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "wishes.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.both_databases
def test_a_file_comes_in_once(app: Flask, tmp_path: Path) -> None:
    make_survey(app, None)
    path = write(tmp_path, FILE)
    status, said, _ = run(app, path)
    assert status == 0
    assert "Answers: 'Your wish'." in said
    assert "Not taken: 'E-mail' (e-mail addresses)" in said
    assert "3 of 4 rows can be taken in." in said
    assert "1 blank: row 4" in said
    assert said.endswith("3 answers added.\n")
    assert [answer.received_at.day for answer in stored(app)] == [11, 12, 14]
    assert run(app, path)[1].endswith("0 answers added, 3 were already here.\n")


def test_a_dry_run_stores_nothing(sqlite_app: Flask, tmp_path: Path) -> None:
    make_survey(sqlite_app, None)
    status, said, _ = run(sqlite_app, write(tmp_path, FILE), "--dry-run")
    assert (status, stored(sqlite_app)) == (0, [])
    assert said.endswith("Nothing was imported: this was a dry run.\n")


def test_what_is_chosen_is_followed(sqlite_app: Flask, tmp_path: Path) -> None:
    make_survey(sqlite_app, None)
    path = write(tmp_path, "a;wish\nCafé;Größe\nZoë;Straße\n".encode("windows-1252"))
    chosen = ("--column", "WISH", "--encoding", "windows-1252", "--delimiter", "semicolon", "--time-column", "none")
    assert run(sqlite_app, path, *chosen)[0] == 0
    assert texts(sqlite_app) == ["Größe", "Straße"]


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (b"", (), "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, (), "picture"),
        (
            b"When,wish\n2026-03-01,Lower the kerb\n",
            ("--column", "answer"),
            "There is no column 'answer'. The file has 'When', 'wish'.",
        ),
        (b"wish\n \n\xc2\xa0\n", (), "Nothing was imported."),
        (b"id,score\n1,7\n2,8\n3,9\n", (), "with --column: 'id', 'score'. Nothing was imported."),
    ],
)
def test_a_refusal_is_one_sentence_and_status_2(
    sqlite_app: Flask, tmp_path: Path, content: bytes, options: tuple[str, ...], said: str
) -> None:
    make_survey(sqlite_app, None)
    status, _, errors = run(sqlite_app, write(tmp_path, content), *options)
    assert status == 2
    assert said in errors
    assert errors.count("\n") == 1
    assert stored(sqlite_app) == []


def test_a_missing_file_and_a_missing_survey(sqlite_app: Flask, tmp_path: Path) -> None:
    make_survey(sqlite_app, None)
    missing = tmp_path / "none.csv"
    assert run(sqlite_app, missing)[::2] == (2, f"Error: {missing} cannot be read: No such file or directory.\n")
    nowhere = run(sqlite_app, write(tmp_path, FILE), slug="nowhere")
    assert nowhere[::2] == (2, "Error: There is no survey at 'nowhere'.\n")


def test_a_choice_that_the_file_has_no_use_for_is_said(sqlite_app: Flask, tmp_path: Path) -> None:
    make_survey(sqlite_app, None)
    path = write(tmp_path, FILE)
    assert "Not used for such a file: --sheet\n" in run(sqlite_app, path, "--sheet", "foo", "--dry-run")[1]
    assert "Not used" not in run(sqlite_app, path, "--delimiter", "comma", "--encoding", "utf-8", "--dry-run")[1]
