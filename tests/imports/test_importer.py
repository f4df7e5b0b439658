"""Import: all or nothing, bad rows named by line, the same file twice adds nothing."""

from __future__ import annotations

import html
import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.core.database import db
from survey.core.models import Answer, Run
from survey.core.settings import PROJECT
from tests.support.visitors import SLUG, field, make_owner, make_survey, sign_in

GOOD = 'answer,by\n"Listen.",a\nBe honest.,b\n"Listen.",c\n"two\nlines",d\nListen.,a\n'


def run_command(app: Flask, path: Path, *options: str, slug: str = SLUG) -> tuple[int, str, str]:
    result = app.test_cli_runner().invoke(args=["import-answers", slug, str(path), *options])
    return result.exit_code, result.stdout, result.stderr


def write(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "file.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.both_databases
def test_the_same_file_twice_adds_nothing(app: Flask, tmp_path: Path) -> None:
    make_survey(app, None)
    path = write(tmp_path, "\ufeff" + GOOD)
    assert run_command(app, path) == (0, "5 answers added, 0 were already here.\n", "")
    assert run_command(app, path) == (0, "0 answers added, 5 were already here.\n", "")
    assert run_command(app, write(tmp_path, GOOD + "Laugh,e\n"))[1] == "1 answer added, 5 were already here.\n"
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


def packed(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


BAD = {
    "empty file": (b"", "The file is empty."),
    "only a header": (b"answer\n", "The file has a header and no answers below it."),
    "no such column": (b"text,by\nhi,a\n", "There is no column 'answer'. The file has 'text', 'by'."),
    "the column twice": (b"answer,answer\na,b\n", "is there 2 times"),
    "not UTF-8": (b"answer\nfine\nbroken \xff\n", "line 3: This is not UTF-8 text"),
    "UTF-16 without its mark": ("answer\nhi\n".encode("utf-16-le"), "This is not text."),
    "UTF-16 cut short": ("answer\nhi\n".encode("utf-16")[:-1], "This text (UTF-16) is damaged."),
    "Windows-1252": ("answer\nCafé\n".encode("cp1252"), "line 2: This is not UTF-8 text"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "This is a picture (PNG), not a table."),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000), "This is an Excel file of the old kind"),
    "a packed file that is no workbook": (packed({"a.txt": b"hi"}), "no Excel workbook"),
    "a damaged workbook": (packed({"[Content_Types].xml": b"<x", "xl/workbook.xml": b"<x"}), "cannot be read"),
    "a zip bomb": (
        packed({"[Content_Types].xml": b"", "xl/workbook.xml": b"", "xl/sheet.xml": bytes(40_000_000)}),
        "far larger than a list of answers",
    ),
    "an empty cell": (b'answer,by\nfine,a\n"",b\n', "line 3: Write an answer first"),
    "too long": (b"answer\nfine\n" + b"x" * 5001 + b"\n", "line 3: The answer is 5,001 characters long"),
    "NUL": (b"answer\nfine\nb\0d\n", "line 3: "),
    "cells missing": (b"answer,by\nfine,a\nfine\n", "line 3: This line has 1 cells, and the header has 2."),
    "an open quotation mark": (b'answer\nfine\n"open\n', "line 3: This is not a CSV file"),
    "unknown kind": (
        b"answer,kind\nfine,partner\nfine,martian\n",
        "line 3: The kind 'martian' is not one that this survey asks.",
    ),
    "unknown source": (b"answer,source\nfine,fax\n", "line 2: The source 'fax' is not known."),
    "unreadable time": (b"answer,received_at\nfine,yesterday\n", "line 2: The time 'yesterday' cannot be read."),
    "a time before time": (
        b"answer,received_at\nfine,0001-01-01T00:00:00+14:00\n",
        "line 2: The time '0001-01-01T00:00:00+14:00' cannot be read.",
    ),
    "after lines with breaks": (b'answer\n"a\nb\nc"\n""\n', "line 5: Write an answer first"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_whole_by_the_command(app: Flask, tmp_path: Path, name: str) -> None:
    content, message = BAD[name]
    make_survey(app, None)
    status, _, errors = run_command(app, write(tmp_path, content))
    assert status == 2
    assert message in errors
    assert "Nothing was imported." in errors
    with app.app_context():
        assert db.session.query(Answer).count() == 0
        assert db.session.query(Run).count() == 0


@pytest.mark.parametrize("name", BAD)
def test_the_page_shows_what_is_wrong_or_a_preview_and_never_breaks(sqlite_app: Flask, name: str) -> None:
    content, message = BAD[name]
    make_survey(sqlite_app, make_owner(sqlite_app))
    client = sqlite_app.test_client()
    sign_in(client)
    page = send(client, content)
    if page.status_code == 303:
        page = client.get(page.location)
        assert page.status_code == 200
        about_columns = ("There is no column", "is there 2 times", "the column twice")
        assert message.startswith(about_columns) or plain(message) in plain(page.text)
    else:
        assert page.status_code == 422
        assert "Nothing was imported" in page.text
        assert plain(message) in plain(page.text)
    with sqlite_app.app_context():
        assert db.session.query(Answer).count() == 0


def plain(text: str) -> str:
    """Words alone: no tags, no quotation marks, lines named as on pages."""
    text = re.sub(r"<[^>]*>", "", html.unescape(text)).replace("line ", "Line ")
    return re.sub(r"[\s'\"]+", " ", text)


def send(client: FlaskClient, content: bytes | None = None, pasted: str = "", name: str = "file.csv") -> TestResponse:
    """The first step: send a file, or a pasted list."""
    form: dict[str, object] = {
        "csrf_token": field(client.get(f"/manage/{SLUG}/import"), "csrf_token"),
        "pasted": pasted,
    }
    if content is not None:
        form["file"] = (io.BytesIO(content), name)
    return client.post(f"/manage/{SLUG}/import", data=form, content_type="multipart/form-data")


def take_in(client: FlaskClient, address: str, **choices: str) -> TestResponse:
    """The second step, with what is chosen on the page unless something else is."""
    page = client.get(address)
    form = {"csrf_token": field(page, "csrf_token"), "answer": "0", "time": "", "kind": "", "source": ""}
    for name, options in re.findall(r'<select[^>]* name="(\w+)">(.*?)</select>', page.text, re.DOTALL):
        form[name] = re.findall(r'<option selected value="(\d*)"', options)[0]
    return client.post(address, data=form | choices)


@pytest.fixture
def owner(app: Flask) -> FlaskClient:
    make_survey(app, make_owner(app))
    client = app.test_client()
    sign_in(client)
    return client


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


def stored(app: Flask) -> list[Answer]:
    with app.app_context():
        return db.session.query(Answer).order_by(Answer.id).all()


@pytest.mark.both_databases
def test_a_file_is_shown_first_and_taken_in_then(app: Flask, owner: FlaskClient) -> None:
    for told in ("5 answers added, 0 were already here.", "0 answers added, 5 were already here."):
        address = send(owner, GOOD.encode()).location
        before = len(stored(app))
        page = owner.get(address).text
        assert "5 answers were found" in page
        assert "It is called “answer”." in page
        assert "CSV, its cells set apart by commas" in page
        assert len(stored(app)) == before
        done = take_in(owner, address)
        assert done.status_code == 303
        assert told in owner.get(done.location).text
        assert owner.get(address).status_code == 303, "a file that was used waits no longer"
    assert len(stored(app)) == 5


def test_another_column_may_be_chosen_and_looked_at(app: Flask, owner: FlaskClient) -> None:
    address = send(owner, b"answer,note\nshort,A note is what I mean\nbrief,\n").location
    looked = take_in(owner, address, answer="1", look="yes")
    assert looked.status_code == 200
    assert "Line 3: Write an answer first" in plain(looked.text)
    refused = take_in(owner, address, answer="1")
    assert refused.status_code == 422
    assert "Line 3: Write an answer first" in plain(refused.text)
    assert stored(app) == []
    assert take_in(owner, address, answer="77").status_code == 422
    assert take_in(owner, address).status_code == 303
    assert [answer.text for answer in stored(app)] == ["short", "brief"]


@pytest.mark.both_databases
def test_the_same_rows_by_another_column_are_other_answers(app: Flask, owner: FlaskClient) -> None:
    for column in ("0", "1", "1"):
        take_in(owner, send(owner, b"first,second\none,two\n").location, answer=column)
    assert [answer.text for answer in stored(app)] == ["one", "two"]


FORMS = {
    "Google Forms": (
        "Timestamp,What keeps you together?,Anything else?\n"
        '"2026/03/19 7:40:12 PM GMT+1","Listening, mostly, and a walk.",no\n'
        '"2026/03/20 12:05:00 AM GMT+1","Patience and a good laugh now and then.",\n',
        "A file from Google Forms. Of its 2 questions this one has the longest answers.",
        ["2026-03-19T18:40:12+00:00", "2026-03-19T23:05:00+00:00"],
    ),
    "Google Sheets, day first": (
        "Timestamp\tWhat keeps you together?\n19/03/2026 07:40:12\tListening.\n02/03/2026 07:00:00\tPatience.\n",
        "A file from Google Forms, with this one question.",
        ["2026-03-19T07:40:12+00:00", "2026-03-02T07:00:00+00:00"],
    ),
    "Typeform": (
        "#,What keeps you together?,Response Type,Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Network ID,Tags\n"
        "x1ab,Listening.,completed,2026-03-19 07:39:01,,2026-03-19 07:40:12,4f2a9b8c7d,\n"
        "y2cd,Patience.,completed,2026-03-20 07:39:01,,2026-03-20 07:40:12,0a1b2c3d4e,\n",
        "A file from Typeform, with this one question.",
        ["2026-03-19T07:40:12+00:00", "2026-03-20T07:40:12+00:00"],
    ),
}


@pytest.mark.parametrize("program", FORMS)
def test_files_of_other_programs_are_known(app: Flask, owner: FlaskClient, program: str) -> None:
    content, reason, times = FORMS[program]
    address = send(owner, content.encode()).location
    assert reason in html.unescape(owner.get(address).text)
    assert take_in(owner, address).status_code == 303
    assert [answer.text.split()[0].strip(",.") for answer in stored(app)] == ["Listening", "Patience"]
    assert [answer.received_at.isoformat() for answer in stored(app)] == times


def test_a_pasted_list_is_cut_by_lines_or_by_blank_lines(app: Flask, owner: FlaskClient) -> None:
    address = send(owner, pasted="Listen.\r\nLaugh.\r\n\r\nBe kind.").location
    page = owner.get(address).text
    assert "2 answers were found" in page
    assert "cut at its blank lines" in page
    assert "Listen.\nLaugh." in page
    looked = take_in(owner, address, separator="line", look="yes").text
    assert "3 answers were found" in looked
    assert "each line an answer" in looked
    assert take_in(owner, address, separator="line").status_code == 303
    assert [answer.text for answer in stored(app)] == ["Listen.", "Laugh.", "Be kind."]
    take_in(owner, send(owner, b"answer\nListen.\nNew.\n").location)
    assert [answer.text for answer in stored(app)][3:] == ["New."], "a line of a list is known again in a file"


def test_something_must_be_sent_and_one_thing_at_a_time(owner: FlaskClient) -> None:
    assert "Choose a file, or paste a list." in send(owner).text
    assert "Send one after the other." in send(owner, b"answer\nhi\n", pasted="hi").text


def test_a_name_or_a_cell_that_is_markup_stays_text(owner: FlaskClient) -> None:
    address = send(owner, b"<b>answer</b>\n<script>alert(1)</script>\n", name="<i>x</i>.csv").location
    page = owner.get(address).text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "<i>x" not in page
    assert "<b>answer" not in page


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_many_rows_take_little_memory(tmp_path: Path) -> None:
    """20,000 rows. With 100,000 the whole process measures 148 MB, 15 more than before it began."""
    path = tmp_path / "many.csv"
    path.write_text("answer\n" + "".join(f"Answer {n}: {'listening and patience ' * 4}\n" for n in range(20_000)))
    code = f"""
import re
from app import create_app
from survey.imports import importer
from survey.manage import surveys
from survey.core.database import db, migrations
from survey.core.models import Survey
app = create_app()
with app.app_context():
    migrations.upgrade()
    surveys.create(None, surveys.Fields("Q?", "", "", "many", True, "none"))
    before = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
    outcome = importer.import_answers(db.session.query(Survey).one(), open({str(path)!r}, "rb").read())
    grown = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
assert outcome.added == 20_000
print(before // 1024, grown // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, check=True, timeout=120, capture_output=True, text=True,
        env={"THREADS_INSTANCE": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    before, after = map(int, done.stdout.split())
    assert after < 300
    assert after - before < 60
