"""What the API says of requests as such: methods, parameters, limits, keys, other sites."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.accounts import api_tokens
from survey.answers.lifecycle import NewAnswer, new_form_key, receive
from survey.api import openapi
from survey.core import settings
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Survey
from survey.core.settings import SettingsError
from survey.web import rate_limits
from tests.support.every_case import every_case, for_each
from tests.support.site import migrated, quiet
from tests.support.visitors import owned_survey

PATHS = ("survey", "themes", "answers", "clusters", "edits", "checks", "readings")
KEY = "k" * 22


def _program(app: Flask, purpose: str = api_tokens.READ) -> FlaskClient:
    """A program with a token for the survey there is, which is made where there is none."""
    with app.app_context():
        survey_id = db.session.query(Survey.id).scalar()
    survey_id = survey_id or owned_survey(app)
    with app.app_context():
        token = api_tokens.create(db.session.get_one(Survey, survey_id), "x", purpose)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def test_a_parameter_that_does_not_exist_is_refused_and_named(sqlite_app: Flask) -> None:
    reads, sends = _program(sqlite_app), _program(sqlite_app, api_tokens.SEND)
    with every_case() as case:
        for path in (*PATHS, "openapi.json"):
            with case(path):
                response = reads.get(f"/api/v1/{path}?page=2")
                assert response.status_code == 400
                assert response.json
                assert "'page'" in response.json["error"]
    assert sends.post("/api/v1/answers?key=1", json={"text": "Patience"}).status_code == 400
    twice = reads.get("/api/v1/answers?limit=1&limit=2")
    assert (twice.status_code, twice.json) == (400, {"error": "limit is there 2 times. Send it once."})
    with sqlite_app.app_context():
        assert db.session.query(Answer).count() == 0


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/api", 404, None),
        ("GET", "/api/", 404, None),
        ("GET", "/api/v2/survey", 404, None),
        ("GET", "/api/v1/survey/", 404, None),
        ("POST", "/api/docs", 405, {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/api/v1/answers", 405, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PUT", "/api/v1/themes", 405, {"GET", "HEAD", "OPTIONS"}),
        ("TRACE", "/api/v1/survey", 405, {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_every_error_below_api_is_json(
    sqlite_app: Flask, method: str, path: str, status: int, allow: set[str] | None
) -> None:
    response = _program(sqlite_app).open(path, method=method, headers={"Origin": "https://elsewhere.example"})
    assert (response.status_code, response.mimetype) == (status, "application/json")
    assert response.json
    assert set(response.json) == {"error"}
    assert allow is None or {name.strip() for name in response.headers["Allow"].split(",")} == allow


def test_head_and_options_say_what_get_would(sqlite_app: Flask) -> None:
    reads = _program(sqlite_app)
    with every_case() as case:
        for path in PATHS:
            with case(path):
                head, get = reads.head(f"/api/v1/{path}"), reads.get(f"/api/v1/{path}")
                assert (head.status_code, head.data) == (200, b"")
                assert head.headers["Content-Length"] == get.headers["Content-Length"]
                options = sqlite_app.test_client().options(f"/api/v1/{path}")
                assert options.status_code == 200
                assert {"GET", "HEAD", "OPTIONS"} <= options.allow


def test_too_many_requests_are_told_when_to_go_on(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [1_000_000.0]
    monkeypatch.setattr(rate_limits, "time", SimpleNamespace(time=lambda: moment[0], monotonic=lambda: moment[0]))
    rule = replace(rate_limits.API_CALLS, max_hits=2)
    monkeypatch.setattr("survey.api.authorisation.API_CALLS", rule)
    reads = _program(sqlite_app)
    assert [reads.get("/api/v1/survey").status_code for _ in range(3)] == [200, 200, 429]
    moment[0] += 100.5
    refused = reads.get("/api/v1/survey")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "200")
    assert refused.json == {"error": "That was a lot at once. Wait 200 seconds."}
    moment[0] += int(refused.headers["Retry-After"])
    assert reads.get("/api/v1/survey").status_code == 200


def test_every_method_may_be_asked_to_wait() -> None:
    for path, item in openapi.document()["paths"].items():
        for method, operation in item.items():
            assert "Retry-After" in operation["responses"]["429"]["headers"], (method, path)


@pytest.mark.both_databases
@pytest.mark.parametrize("change", [{"text": "Honesty"}, {"kind": "partner"}])
def test_a_key_that_comes_again_with_another_answer_is_refused(app: Flask, change: dict[str, str]) -> None:
    sends = _program(app, api_tokens.SEND)
    sent = {"text": "Patience", "kind": "friend", "key": KEY}
    first = sends.post("/api/v1/answers", json=sent)
    refused = sends.post("/api/v1/answers", json=sent | change)
    assert refused.status_code == 409
    assert refused.json
    assert refused.json["error"].startswith("Another answer came with this key before.")
    assert sends.post("/api/v1/answers", json=sent).json == first.json
    with app.app_context():
        [kept] = db.session.query(Answer)
        assert (kept.text, kept.kind, kept.changed_at) == ("Patience", "friend", None)


def test_a_person_who_sends_a_form_again_still_changes_their_answer(sqlite_app: Flask) -> None:
    survey_id = owned_survey(sqlite_app)
    key = new_form_key()
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        ids = {receive(survey, NewAnswer(text, key)) for text in ("Patience", "Patience and luck")}
        assert len(ids) == 1
        assert [answer.text for answer in db.session.query(Answer)] == ["Patience and luck"]


def test_the_survey_names_its_kinds(sqlite_app: Flask) -> None:
    reads, sends = _program(sqlite_app), _program(sqlite_app, api_tokens.SEND)
    found: Any = reads.get("/api/v1/survey", headers={"Accept-Language": "es"}).json
    assert found["kinds"][0] == {"key": "partner", "label": "Partner", "exported_as": "partner", "asked": True}
    assert [kind["key"] for kind in found["kinds"]] == ["partner", "family", "friend", "colleague", "customer", "any"]
    own = [{"key": "own-1", "label": "Nurse", "asked": True}, {"key": "own-2", "label": "Doctor", "asked": False}]
    with sqlite_app.app_context(), write_transaction() as session:
        session.query(Survey).one().own_kinds = own
    found = reads.get("/api/v1/survey").json
    assert found["kinds"][0] == {"key": "own-1", "label": "Nurse", "exported_as": "Nurse", "asked": True}
    assert {kind["key"] for kind in found["kinds"] if kind["asked"]} == {"own-1"}
    with every_case() as case:
        for kind in found["kinds"]:
            with case(kind["key"]):
                sent = {"text": f"Patience for a {kind['key']}", "kind": kind["key"]}
                assert sends.post("/api/v1/answers", json=sent).status_code == 201
    described: Any = sends.get("/api/v1/openapi.json").json
    keys = [kind["key"] for kind in found["kinds"]]
    assert set(described["components"]["schemas"]["sent"]["properties"]["kind"]["enum"]) == {*keys, None}


# ---------- scripts in pages of other sites ----------


ORIGIN = "https://charts.example"
ASKED = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}


def _cors(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.startswith("Access-Control-")}


def test_no_other_site_may_read_unless_it_is_named(sqlite_app: Flask) -> None:
    reads = _program(sqlite_app)
    assert not _cors(reads.get("/api/v1/survey", headers={"Origin": ORIGIN}).headers)
    assert not _cors(reads.options("/api/v1/survey", headers=ASKED).headers)


def test_scripts_of_the_sites_named_may_read_and_send(tmp_path: Path) -> None:
    with migrated(quiet(tmp_path, api_origins=f"{ORIGIN}, http://localhost:8080")) as app:
        reads, sends, stranger = _program(app), _program(app, api_tokens.SEND), app.test_client()
        preflight = stranger.options("/api/v1/answers", headers=ASKED | {"Access-Control-Request-Method": "POST"})
        assert preflight.status_code == 200
        allowed = _cors(preflight.headers)
        assert allowed.pop("Access-Control-Allow-Methods").replace(" ", "").split(",")
        assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
        assert allowed == {
            "Access-Control-Allow-Origin": ORIGIN,
            "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match",
            "Access-Control-Max-Age": "600",
        }
        with every_case() as case:
            for name, response in (
                ("read", reads.get("/api/v1/answers", headers={"Origin": ORIGIN})),
                ("sent", sends.post("/api/v1/answers", json={"text": "Patience"}, headers={"Origin": ORIGIN})),
                ("no token", stranger.get("/api/v1/survey", headers={"Origin": ORIGIN})),
                ("nothing there", stranger.get("/api/v1/people", headers={"Origin": ORIGIN})),
            ):
                with case(name):
                    assert _cors(response.headers) == {
                        "Access-Control-Allow-Origin": ORIGIN,
                        "Access-Control-Expose-Headers": "ETag, Retry-After, WWW-Authenticate",
                    }
                    assert "Origin" in response.headers["Vary"]
            for origin in ("https://evil.example", "null", f"{ORIGIN}.evil.example", "http://charts.example"):
                with case(origin):
                    response = reads.get("/api/v1/survey", headers={"Origin": origin})
                    assert not _cors(response.headers)
                    assert "Origin" in response.headers["Vary"]
            for path in ("/", "/sign-in", "/api/docs", "/s/lasting"):
                with case(path):
                    assert not _cors(stranger.get(path, headers={"Origin": ORIGIN}).headers)


def test_all_sites_may_be_allowed_and_no_cookie_ever_counts(tmp_path: Path) -> None:
    with migrated(quiet(tmp_path, api_origins="*")) as app:
        response = _program(app).get("/api/v1/survey", headers={"Origin": "https://any.example"})
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response.headers


@for_each("value", ["charts.example", "https://charts.example/page", "https://", "https://a b", "ftp://x"])
def test_a_setting_that_is_no_origin_stops_the_start(value: str) -> None:
    with pytest.raises(SettingsError, match="THREADS_API_ORIGINS"):
        settings.load({"THREADS_API_ORIGINS": value})


def test_origins_are_taken_as_browsers_send_them() -> None:
    given = settings.load({"THREADS_API_ORIGINS": " https://Charts.Example/ ,http://[::1]:8080"})
    assert given.origins == ["https://charts.example", "http://[::1]:8080"]


# ---------- the examples of the page ----------


def _examples(app: Flask) -> list[str]:
    page = app.test_client().get("/api/docs").text
    return [unescape(found) for found in re.findall(r'<pre class="code">(.*?)</pre>', page, re.DOTALL)]


def test_the_example_of_paging_reads_every_answer(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = _program(sqlite_app)
    with sqlite_app.app_context():
        survey = db.session.query(Survey).one()
        for number in range(5):
            receive(survey, NewAnswer(f"Reason {number} of many others", new_form_key()))
    [code] = [example for example in _examples(sqlite_app) if example.startswith("import requests")]

    class Session:
        """What the example uses of requests.Session: parameters that are None are not sent."""

        headers: dict[str, str] = {}  # noqa: RUF012 - as an instance has them

        def get(self, url: str, params: dict[str, Any]) -> Any:
            query = {name: value for name, value in params.items() if value is not None}
            response = reads.get(url, query_string=query)
            return SimpleNamespace(json=lambda: response.json)

    monkeypatch.setitem(__import__("sys").modules, "requests", SimpleNamespace(Session=Session))
    names: dict[str, Any] = {}
    exec(code.replace("1000", "2"), names)
    assert [row["answer"] for row in names["answers"]] == [f"Reason {number} of many others" for number in range(5)]


def test_the_example_of_sending_is_kept(sqlite_app: Flask) -> None:
    sends = _program(sqlite_app, api_tokens.SEND)
    [code] = [example for example in _examples(sqlite_app) if "-X POST" in example]
    sent = json.loads(re.search(r"-d '(.*)'", code, re.DOTALL)[1])  # type: ignore[index]
    assert sends.post("/api/v1/answers", json=sent).status_code == 201
