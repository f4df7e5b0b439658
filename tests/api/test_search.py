"""The API searches: by word, by meaning, and says when it cannot."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from survey.accounts import api_tokens
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.search import client, find, service
from survey.web import rate_limits
from tests.support.filled_survey import Says, fill
from tests.support.searching import searchable, store_vectors
from tests.support.visitors import make_survey

SAID = [
    Says("Listen, then write to jo@example.com", [("Listen", "Listening")]),
    Says("So I am heard", [("So I am heard", "Listening")]),
    Says("Escuchar", [("Escuchar", None)]),
    Says("Listen again", status="hidden"),
]


@pytest.fixture
def program(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A program with a token that reads a survey; pages wait for the service as long as it takes."""
    monkeypatch.setattr(client, "WAIT_SECONDS", 20.0)
    monkeypatch.setattr(service, "MAX_SECONDS", 20.0)
    monkeypatch.setattr(service, "POLL_SECONDS", 0.05)
    fill(sqlite_app, SAID)
    store_vectors(sqlite_app)
    with sqlite_app.app_context():
        token = api_tokens.create(db.session.get_one(Survey, 1), "x", api_tokens.READ)
    reads = sqlite_app.test_client()
    reads.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return reads


def texts(program: FlaskClient, **asked: object) -> list[str]:
    response = program.get("/api/v1/search", query_string=asked)
    assert response.status_code == 200, response.text
    assert response.json
    return [each["answer"] for each in response.json["answers"]]


def test_by_word_the_newest_first_with_what_the_survey_has(program: FlaskClient) -> None:
    assert texts(program, q="listen") == ["Listen again", "Listen, then write to jo@example.com"]
    assert texts(program, q="example.com") == ["Listen, then write to jo@example.com"]
    found = program.get("/api/v1/search?q=lisen&limit=1").json
    assert found
    assert (found["query"], found["by"], found["total"], found["next"]) == ("listen", "word", 2, "1")
    assert [each["status"] for each in found["answers"]] == ["hidden"]
    assert texts(program, q="listen", after=1) == ["Listen, then write to jo@example.com"]
    assert texts(program, q="listen", after=10**17) == []


def test_by_meaning_the_nearest_first(program: FlaskClient, sqlite_app: Flask) -> None:
    with searchable(sqlite_app):
        assert texts(program, q="hear", by="meaning") == [
            "Listen, then write to jo@example.com", "Escuchar", "So I am heard"
        ]  # fmt: skip
        other = make_survey(sqlite_app, None, "other")
        with sqlite_app.app_context():
            db.session.execute(update(Answer).where(Answer.text == "Escuchar").values(survey_id=other))
            db.session.commit()
        assert "Escuchar" not in texts(program, q="hear", by="meaning")


def test_without_the_service_it_says_so(program: FlaskClient) -> None:
    response = program.get("/api/v1/search?q=hear&by=meaning")
    assert response.status_code == 503
    assert response.json
    assert "by=word" in response.json["error"]


def test_very_often_is_too_often(program: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "ASKED", rate_limits.Rule("meaning", 0, 5))
    response = program.get("/api/v1/search?q=hear&by=meaning")
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "asked", ["", "?q=", "?q=%20", "?q=a%00b", f"?q={'x' * 101}", "?q=a&by=heart", "?q=a&page=1", "?q=a&q=b"]
)
def test_a_search_that_is_none_is_refused(program: FlaskClient, asked: str) -> None:
    assert program.get(f"/api/v1/search{asked}").status_code == 400
