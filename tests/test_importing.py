"""Import: all or nothing, bad rows named by line, the same file twice adds nothing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from conftest import SLUG, field, make_owner, make_survey, sign_in
from flask import Flask

from survey.database import db
from survey.models import Answer, Run

GOOD = 'answer,by\n"Listen.",a\nBe honest.,b\n"Listen.",c\n"two\nlines",d\nListen.,a\n'


def run_command(app: Flask, path: Path, *options: str, slug: str = SLUG) -> tuple[int, str, str]:
    result = app.test_cli_runner().invoke(args=["import-answers", slug, str(path), *options])
    return result.exit_code, result.stdout, result.stderr


def write(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "file.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_the_same_file_twice_adds_nothing(app: Flask, tmp_path: Path) -> None:
    make_survey(app, None)
    path = write(tmp_path, "\ufeff" + GOOD)
    assert run_command(app, path) == (0, "5 answers added, 0 were already here.\n", "")
    assert run_command(app, path) == (0, "0 answers added, 5 were already here.\n", "")
    assert run_command(app, write(tmp_path, GOOD + "Laugh,e\n"))[1] == "1 answers added, 5 were already here.\n"
    with app.app_context():
        texts = [text for (text,) in db.session.query(Answer.text).order_by(Answer.id)]
        assert texts == ["Listen.", "Be honest.", "Listen.", "two\nlines", "Listen.", "Laugh"]
        assert db.session.query(Run).count() == 1


def test_another_column_and_known_columns(app: Flask, tmp_path: Path) -> None:
    make_survey(app, None)
    path = write(tmp_path, "said,kind,source,received_at\nHi there,Friend,poster,2026-03-02T07:40:00+01:00\n")
    assert run_command(app, path, "--column", "said")[0] == 0
    with app.app_context():
        answer = db.session.query(Answer).one()
        assert (answer.text, answer.kind, answer.source) == ("Hi there", "friend", "poster")
        assert answer.received_at.isoformat() == "2026-03-02T06:40:00+00:00"


BAD = {
    "empty file": (b"", "The file is empty."),
    "only a header": (b"answer\n", "The file has a header and no answers below it."),
    "no such column": (b"text,by\nhi,a\n", "There is no column 'answer'. The file has 'text', 'by'."),
    "the column twice": (b"answer,answer\na,b\n", "is there 2 times"),
    "not UTF-8": (b"answer\nfine\nbroken \xff\n", "line 3: This is not UTF-8 text"),
    "UTF-16": ("answer\nhi\n".encode("utf-16"), "line 1: This is not UTF-8 text"),
    "an empty cell": (b'answer,by\nfine,a\n"",b\n', "line 3: Write an answer first"),
    "too long": (b"answer\nfine\n" + b"x" * 5001 + b"\n", "line 3: The answer is 5,001 characters long"),
    "NUL": (b"answer\nfine\nb\0d\n", "line 3: "),
    "cells missing": (b"answer,by\nfine,a\nfine\n", "line 3: This line has 1 cells, and the header has 2."),
    "an open quotation mark": (b'answer\nfine\n"open\n', "line 3: This is not a CSV file"),
    "unknown kind": (b"answer,kind\nfine,partner\nfine,martian\n", "line 3: Choose one of the kinds"),
    "unknown source": (b"answer,source\nfine,fax\n", "line 2: The source 'fax' is not known."),
    "unreadable time": (b"answer,received_at\nfine,yesterday\n", "line 2: The time 'yesterday' cannot be read."),
    "after lines with breaks": (b'answer\n"a\nb\nc"\n""\n', "line 5: Write an answer first"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_whole_by_command_and_page(app: Flask, tmp_path: Path, name: str) -> None:
    content, message = BAD[name]
    make_survey(app, make_owner(app))
    status, _, errors = run_command(app, write(tmp_path, content))
    assert status == 2
    assert message in errors
    assert "Nothing was imported." in errors
    client = app.test_client()
    sign_in(client)
    token = field(client.get(f"/manage/{SLUG}/import"), "csrf_token")
    form = {"csrf_token": token, "column": "answer", "file": (io.BytesIO(content), "file.csv")}
    page = client.post(f"/manage/{SLUG}/import", data=form)
    assert page.status_code == 422
    assert "Nothing was imported" in page.text
    assert message.removeprefix("line 3: ").split(": ")[-1].split("'")[0] in page.text
    with app.app_context():
        assert db.session.query(Answer).count() == 0
        assert db.session.query(Run).count() == 0


def test_many_bad_lines_are_named_up_to_a_number(sqlite_app: Flask, tmp_path: Path) -> None:
    make_survey(sqlite_app, None)
    _, _, errors = run_command(sqlite_app, write(tmp_path, "answer,by\n" + '"",a\n' * 200))
    assert "line 2: " in errors
    assert "line 51: " in errors
    assert "line 52: " not in errors
    assert "There may be more" in errors


def test_a_missing_file_and_a_missing_survey(sqlite_app: Flask, tmp_path: Path) -> None:
    make_survey(sqlite_app, None)
    status, _, errors = run_command(sqlite_app, tmp_path / "none.csv")
    assert (status, errors) == (2, f"Error: {tmp_path / 'none.csv'} cannot be read: No such file or directory.\n")
    status, _, errors = run_command(sqlite_app, write(tmp_path, GOOD), slug="nowhere")
    assert (status, errors) == (2, "Error: There is no survey at 'nowhere'.\n")


def test_the_page_imports_and_says_how_many(app: Flask) -> None:
    make_survey(app, make_owner(app))
    client = app.test_client()
    sign_in(client)
    for added, known in ((5, 0), (0, 5)):
        token = field(client.get(f"/manage/{SLUG}/import"), "csrf_token")
        form = {"csrf_token": token, "column": "answer", "file": (io.BytesIO(GOOD.encode()), "file.csv")}
        page = client.post(f"/manage/{SLUG}/import", data=form)
        assert page.status_code == 200
        assert f"{added} answers added, {known} were already here" in page.text


def test_the_page_wants_a_file_that_is_not_too_large(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, make_owner(sqlite_app))
    client = sqlite_app.test_client()
    sign_in(client)
    token = field(client.get(f"/manage/{SLUG}/import"), "csrf_token")
    assert client.post(f"/manage/{SLUG}/import", data={"csrf_token": token, "column": "answer"}).status_code == 422
    large = {"csrf_token": token, "column": "answer", "file": (io.BytesIO(b"answer\n" + b"x" * 21_000_000), "f.csv")}
    assert client.post(f"/manage/{SLUG}/import", data=large).status_code == 413
