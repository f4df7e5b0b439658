"""The pages and commands by which a survey leaves a site and comes to another."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey.archives import staging, take_in
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.imports import staged_uploads
from survey.runs import lifecycle as runs
from tests.archives.test_hostile_archives import small
from tests.support.archives import archive_of, packed, parts_of
from tests.support.saved_site import done, refused
from tests.support.visitors import OWNER, SLUG, field, make_owner, make_survey, owned_survey, send_answer, sign_in

BRING = "/manage/new/archive"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An owner who is signed in."""
    make_owner(app)
    client = app.test_client()
    sign_in(client)
    return client


def upload(client: FlaskClient, archive: bytes) -> str:
    """Send an archive; gives the address it leads to, or the page that says why not."""
    token = field(client.get(BRING), "csrf_token")
    sent = client.post(BRING, data={"csrf_token": token, "file": (io.BytesIO(archive), "library.zip")})
    assert sent.status_code in (303, 422)
    return sent.location if sent.status_code == 303 else sent.text


def test_a_survey_is_brought_in_two_steps(app: Flask, client: FlaskClient) -> None:
    assert BRING in client.get("/manage").text and BRING in client.get("/manage/new").text
    place = upload(client, packed(small()))
    page = client.get(place)
    assert page.status_code == 200
    assert "the people who did there are invited anew" in page.text and "only the edits of themes" in page.text
    for words in ("What should change?", ">2<", "answers", "28 November", "Common Threads 0.1.0", 'value="library"'):
        assert words in page.text
    with app.app_context():
        assert db.session.scalars(select(Survey)).first() is None
    token = field(page, "csrf_token")
    taken = client.post(place, data={"csrf_token": token, "slug": "library"}, follow_redirects=True)
    assert "The survey is here, with 2 answers." in taken.text
    assert taken.request.path == "/manage/library"
    assert client.get("/s/library/themes").status_code == 200  # its owner sees it
    assert app.test_client().get("/s/library/themes").status_code == 404
    again = client.get(place, follow_redirects=True)
    assert "does not wait here any more" in again.text


def test_its_address_is_checked_as_that_of_any_survey(app: Flask, client: FlaskClient) -> None:
    make_survey(app, None, slug="library")
    place = upload(client, packed(small()))
    page = client.get(place)
    assert 'value="library-2"' in page.text and "is taken on this site" in page.text
    for slug, said in (("library", "has this address"), ("New", "small letters"), ("new", "taken"), ("", "Write")):
        sent = client.post(place, data={"csrf_token": field(page, "csrf_token"), "slug": slug})
        assert (sent.status_code, said in sent.text) == (422, True)
    open_too = {"csrf_token": field(page, "csrf_token"), "slug": "library-2", "as_it_was": "y"}
    assert client.post(place, data=open_too).status_code == 303
    assert app.test_client().get("/s/library-2/themes").status_code == 200


def test_what_is_no_archive_is_said_beside_the_field(client: FlaskClient, app: Flask) -> None:
    assert "no archive of a survey" in upload(client, b"answer\nA quiet floor\n")
    parts = small()
    parts["answers"][0]["status"] = "<b>"
    said = upload(client, packed(parts))
    assert "Line 1 of answers.jsonl" in said and "&lt;b&gt;" in said and "<b>'" not in said
    token = field(client.get(BRING), "csrf_token")
    assert "Choose the archive" in client.post(BRING, data={"csrf_token": token}).text
    with app.app_context():
        assert list((Path(app.instance_path) / staged_uploads.FOLDER).glob("*")) == []


def test_another_owner_does_not_see_what_waits(app: Flask, client: FlaskClient) -> None:
    place = upload(client, packed(small()))
    make_owner(app, "Boaz")
    other = app.test_client()
    sign_in(other, "Boaz")
    assert other.get(place).status_code == 303
    assert app.test_client().get(place).location.startswith("/sign-in")
    assert client.get(f"{BRING}/../../x").status_code in (303, 308, 404)
    assert client.get(place).status_code == 200


def test_what_waits_is_gone_within_a_day(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    place = upload(client, packed(small()))
    monkeypatch.setattr(staged_uploads, "MAX_AGE_SECONDS", -1)
    with app.app_context():
        staged_uploads.sweep()
    assert client.get(place).status_code == 303


def test_a_failure_in_the_middle_takes_nothing_in(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_survey(app, 1)
    with app.app_context(), staging.checked(io.BytesIO(packed(small()))) as folder:
        monkeypatch.setattr(runs, "request_run", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            take_in.take_in(folder, 1, "library")
        assert db.session.scalars(select(Survey.slug)).all() == [SLUG]
        assert db.session.scalars(select(Answer)).first() is None


def test_the_export_page_gives_the_archive_to_its_owner_alone(app: Flask, client: FlaskClient) -> None:
    make_survey(app, 1)
    send_answer(app.test_client(), "A quiet floor")
    place = f"/manage/{SLUG}/export/survey.zip"
    assert place in client.get(f"/manage/{SLUG}/export").text
    sent = client.get(place)
    assert (sent.mimetype, sent.headers["Cache-Control"]) == ("application/zip", "no-store")
    assert sent.headers["Content-Disposition"] == f"attachment; filename={SLUG}-survey.zip"
    assert [row["text"] for row in parts_of(sent.data)["answers"]] == ["A quiet floor"]
    make_owner(app, "Boaz")
    other = app.test_client()
    sign_in(other, "Boaz")
    assert other.get(place).status_code == 404
    assert app.test_client().get(place).status_code == 302


def test_a_person_can_read_it_with_any_zip_tool(app: Flask) -> None:
    owned_survey(app)
    send_answer(app.test_client(), "A “quiet” floor: ספרים")
    with zipfile.ZipFile(io.BytesIO(archive_of(app))) as file:
        assert file.testzip() is None
        assert "What keeps you together?" in file.read("README.txt").decode()
        manifest = json.loads(file.read("manifest.json"))
        assert manifest["parts"]["answers"]["rows"] == 1
        line = file.read("answers.jsonl").decode()
    assert "A “quiet” floor: ספרים" in line and line.endswith("}\n")


def test_the_commands(app: Flask, tmp_path: Path) -> None:
    owned_survey(app)
    send_answer(app.test_client(), "A quiet floor")
    file = tmp_path / "survey.zip"
    said = done(app, "export-survey", SLUG, str(file))
    assert "1 answers, 0 themes, 0 edits" in said
    assert file.stat().st_mode & 0o777 == 0o600
    assert "is there already" in refused(app, "export-survey", SLUG, str(file))
    done(app, "export-survey", SLUG, str(file), "--force")
    assert "no survey at 'nowhere'" in refused(app, "export-survey", "nowhere", str(tmp_path / "x.zip"))
    assert "cannot be written" in refused(app, "export-survey", SLUG, str(tmp_path / "no" / "x.zip"))
    assert "add --address" in refused(app, "import-survey", str(file), "--owner", OWNER)
    assert "no owner called" in refused(app, "import-survey", str(file), "--owner", "Nobody")
    assert "small letters" in refused(app, "import-survey", str(file), "--owner", OWNER, "--address", "A b")
    assert "cannot be read" in refused(app, "import-survey", str(tmp_path / "y.zip"), "--owner", OWNER)
    said = done(app, "import-survey", str(file), "--owner", OWNER, "--address", "copy")
    assert "The survey is here, with 1 answer. It is at 'copy', closed and private." in said
    assert {path.name for path in tmp_path.glob("*.zip*")} | {path.name for path in tmp_path.glob(".*")} == {file.name}
    file.write_bytes(file.read_bytes()[:-40])
    assert "damaged" in refused(app, "import-survey", str(file), "--owner", OWNER, "--address", "third")
