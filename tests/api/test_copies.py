"""Programs that keep a copy of a survey ask only for what is new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.accounts import api_tokens
from survey.answers import lifecycle, moderation
from survey.api.parameters import parse_moment
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, AnswerImport, Survey
from tests.support.every_case import every_case, for_each
from tests.support.visitors import owned_survey

PAST = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD, YEAR = PAST.isoformat(), timedelta(days=365)


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    """A program that reads a survey of three answers from long ago."""
    survey_id = owned_survey(app)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        for text in ("Patience", "Honesty", "Laughing"):
            key = lifecycle.new_form_key()
            lifecycle.receive(survey, lifecycle.NewAnswer(text, key, received_at=PAST))
        token = api_tokens.create(db.session.get_one(Survey, survey_id), "copy")
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def _texts(reader: FlaskClient, **query: object) -> list[str]:
    page: Any = reader.get("/api/v1/answers", query_string=query).json
    return [row["answer"] for row in page["answers"]]


@pytest.mark.both_databases
def test_since_gives_what_came_or_changed(app: Flask, reader: FlaskClient) -> None:
    assert _texts(reader, since=(PAST + timedelta(seconds=1)).isoformat()) == []
    assert _texts(reader, since=OLD) == ["Patience", "Honesty", "Laughing"]
    with app.app_context():
        survey = db.session.query(Survey).one()
        patience, honesty, _ = db.session.query(Answer).order_by(Answer.id)
        lifecycle.change(survey, patience, "Patience first", None)
        moderation.set_status(survey, [honesty.id], "hidden")
        lifecycle.receive(survey, lifecycle.NewAnswer("Being on time", lifecycle.new_form_key()))
        # A row of a file from long ago that was imported just now
        row = lifecycle.NewAnswer("Kindness", lifecycle.new_form_key(), received_at=PAST - YEAR, import_key="1")
        lifecycle.receive_import(survey, [row])
    assert _texts(reader, since=(PAST + YEAR / 365).isoformat()) == [
        "Patience first", "Honesty", "Being on time", "Kindness",
    ]  # fmt: skip
    assert _texts(reader, since=(now() + timedelta(hours=1)).isoformat()) == []


@pytest.mark.both_databases
def test_what_the_first_page_calls_changed_is_where_the_next_reading_begins(app: Flask, reader: FlaskClient) -> None:
    first: Any = reader.get("/api/v1/answers").json
    assert datetime.fromisoformat(first["changed"]) <= PAST
    assert _texts(reader, since=first["changed"]) == ["Patience", "Honesty", "Laughing"]
    with app.app_context():
        survey = db.session.query(Survey).one()
        lifecycle.receive(survey, lifecycle.NewAnswer("Being on time", lifecycle.new_form_key()))
    second: Any = reader.get("/api/v1/answers", query_string={"since": first["changed"]}).json
    assert datetime.fromisoformat(second["changed"]) > PAST
    assert _texts(reader, since=second["changed"]) == ["Being on time"]
    rest: Any = reader.get("/api/v1/answers", query_string={"limit": 2, "after": 1}).json
    assert rest["changed"] is None


def test_a_survey_without_answers_has_not_changed(app: Flask, reader: FlaskClient) -> None:
    with app.app_context(), write_transaction() as session:
        session.query(Answer).delete()
        session.query(AnswerImport).delete()
    assert reader.get("/api/v1/answers").json == {"answers": [], "changed": None, "next": None}


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-03-19", "2026-03-19T07:40:00", "2026-13-01T00:00:00Z", "", "2026-03-19T07:40:00+25:00"]
)
def test_a_since_that_is_no_moment_is_refused(reader: FlaskClient, text: str) -> None:
    response = reader.get("/api/v1/answers", query_string={"since": text})
    assert response.status_code == 400
    assert response.json == {"error": "since is a moment with its zone, such as 2026-03-19T07:40:00Z."}


@for_each(
    ("text", "moment"),
    [
        ("2026-03-19T07:40:00Z", datetime(2026, 3, 19, 7, 40, tzinfo=UTC)),
        ("2026-03-19 07:40:00.25+02:00", datetime(2026, 3, 19, 5, 40, 0, 250_000, tzinfo=UTC)),
        ("2026-03-19T07:40:00-05:30", datetime(2026, 3, 19, 13, 10, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0000-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+10:00", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59-10:00", datetime.max.replace(tzinfo=UTC)),
        ("2026-02-30T00:00:00Z", None),
        ("2026-03-19T07:40:00Z ", None),
    ],
)
def test_moments_are_read_as_rfc_3339_writes_them(text: str, moment: datetime | None) -> None:
    assert parse_moment(text) == moment


def test_a_plus_that_was_not_escaped_is_still_a_zone(reader: FlaskClient) -> None:
    assert reader.get("/api/v1/answers?since=2026-03-01T12:00:00+00:00").status_code == 200


def test_what_did_not_change_is_not_sent_again(app: Flask, reader: FlaskClient) -> None:
    with every_case() as case:
        for path in ("survey", "themes", "answers", "clusters", "edits", "checks", "readings", "openapi.json"):
            with case(path):
                first = reader.get(f"/api/v1/{path}")
                etag = first.headers["ETag"]
                again = reader.get(f"/api/v1/{path}", headers={"If-None-Match": etag})
                assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
                assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "private, no-store"
                assert reader.head(f"/api/v1/{path}").headers["ETag"] == etag
                assert reader.get(f"/api/v1/{path}", headers={"If-None-Match": '"another"'}).status_code == 200
    etag = reader.get("/api/v1/answers").headers["ETag"]
    with app.app_context():
        survey = db.session.query(Survey).one()
        lifecycle.receive(survey, lifecycle.NewAnswer("Being on time", lifecycle.new_form_key()))
    assert reader.get("/api/v1/answers", headers={"If-None-Match": etag}).status_code == 200


def test_errors_have_no_etag(reader: FlaskClient) -> None:
    assert "ETag" not in reader.get("/api/v1/answers?limit=0").headers
