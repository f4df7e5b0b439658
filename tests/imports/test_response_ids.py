"""Response ids of a file come back to its owner, wherever answers go, and to nobody else."""

from __future__ import annotations

import csv
import io
import json
import logging
import zipfile
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.accounts import api_tokens
from survey.answers import erasure
from survey.core.database import Model, db
from survey.core.models import Answer, Survey
from survey.imports import importer
from survey.manage import surveys
from survey.publication import offering
from survey.results.reader_downloads import DOWNLOADS
from tests.support.archives import archive_of
from tests.support.importing import stored, take_in
from tests.support.visitors import SLUG, make_survey

pytestmark = pytest.mark.both_databases

ANSWERS = ("n/a nothing", "Honesty and trust", "Honesty", "Trust and humour", "We laugh together", "Honesty")
IDS = [f"=ZZ-0{n}" for n in range(6)]
CONTENT = (
    "Respondent ID,answer,Weight\n" + "".join(f"{i},{a},1.{i[-1]}\n" for i, a in zip(IDS, ANSWERS, strict=True))
).encode()


def table(owner: FlaskClient, name: str, slug: str = SLUG) -> list[dict[str, str]]:
    content = owner.get(f"/manage/{slug}/export/{name}.csv").data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline="")))


def test_ids_are_in_what_the_owner_takes_away(app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]) -> None:
    take_in(owner, CONTENT)
    perform(app)
    for name in ("answers", "wide", "clusters"):
        rows = {(row["response_id"], row["answer"]) for row in table(owner, name)}
        assert rows == {(f"'{one}", text) for one, text in zip(IDS, ANSWERS, strict=True)}, name
    as_json = owner.get(f"/manage/{SLUG}/export/answers.json").json
    assert [row["response_id"] for row in as_json or []] == IDS
    assert {row["language"] for row in as_json or []} <= {"en", None}
    assert list((as_json or [{}])[0])[-2:] == ["response_id", "language"]
    with zipfile.ZipFile(io.BytesIO(archive_of(app))) as archive:
        lines = archive.read("answers.jsonl").decode().splitlines()
    assert [json.loads(line)["response_id"] for line in lines] == IDS


def test_ids_come_back_with_our_own_export(app: Flask, owner: FlaskClient) -> None:
    take_in(owner, CONTENT)
    with app.app_context():
        owner_id = db.session.query(Survey.owner_id).filter_by(slug=SLUG).scalar()
    for name in ("csv", "json"):
        make_survey(app, owner_id, f"copy-{name}")
        exported = owner.get(f"/manage/{SLUG}/export/answers.{name}").data
        with app.app_context():
            copy = db.session.query(Survey).filter_by(slug=f"copy-{name}").one()
            importer.import_answers(copy, exported, f"a.{name}")
        assert sorted(one.response_id or "" for one in stored(app, f"copy-{name}")) == IDS


def test_an_answer_without_an_id_has_none(app: Flask, owner: FlaskClient) -> None:
    take_in(owner, b"answer,place\nPeace,A\nQuiet,B\nWork,A\n")
    assert [one.response_id for one in stored(app)] == [None] * 3
    assert [row["response_id"] for row in table(owner, "answers")] == [""] * 3


def test_the_same_file_brings_nothing_twice_and_a_newer_one_is_known(app: Flask, owner: FlaskClient) -> None:
    take_in(owner, CONTENT)
    take_in(owner, CONTENT)
    take_in(owner, CONTENT.replace(b"Weight", b"w") + b"=ZZ-99,Another one entirely,1.0\n")
    assert [one.response_id for one in stored(app)] == [*IDS, "=ZZ-99"]


def read(client: FlaskClient, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200, address
    return page.text


def test_no_reader_sees_an_id_and_no_log_has_it(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        take_in(owner, CONTENT)
        perform(app)
        with app.app_context():
            survey = db.session.query(Survey).filter_by(slug=SLUG).one()
            surveys.set_published(survey.id, True)
            offering.offer(survey, list(DOWNLOADS), "CC BY 4.0")
        anybody = app.test_client()
        pages = [f"/s/{SLUG}/{page}" for page in ("themes", "answers", "map")]
        names = [f"{name}.{form}" for name in ("themes", "wide", "answers") for form in ("csv", "json")]
        files = [f"/s/{SLUG}/download/{name}" for name in names]
        given = [read(anybody, address) for address in pages + files]
        given += [read(owner, f"/manage/{SLUG}/publish/{name}.csv") for name in ("answers", "wide", "clusters")]
    assert not [text for text in given if "ZZ-0" in text or "response_id" in text]
    assert "ZZ-0" not in caplog.text


def test_the_api_gives_ids_to_a_token_of_the_owner(app: Flask, owner: FlaskClient) -> None:
    take_in(owner, CONTENT)
    with app.app_context():
        token = api_tokens.create(db.session.query(Survey).filter_by(slug=SLUG).one(), "test")
    found = app.test_client().get("/api/v1/answers", headers={"Authorization": f"Bearer {token}"}).json
    assert sorted(row["response_id"] for row in (found or {})["answers"]) == IDS


def test_an_id_goes_with_its_answer(app: Flask, owner: FlaskClient) -> None:
    take_in(owner, CONTENT)
    with app.app_context():
        survey = db.session.query(Survey).filter_by(slug=SLUG).one()
        erasure.delete_answer(survey, db.session.query(Answer).filter_by(response_id=IDS[0]).one())
        named = [
            f"{name}.{row}"
            for name, columns in Model.metadata.tables.items()
            for row in db.session.execute(columns.select()).all()
            if IDS[0] in str(row)
        ]
    assert named == []
