"""The API: one token reads one survey, page by page, and says everything as its description promises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.accounts import api_tokens
from survey.api import openapi
from survey.core.account_models import ApiToken
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Survey
from survey.imports import importer
from survey.manage import surveys
from survey.tables.data_dictionary import TABLES
from tests.support.every_case import every_case
from tests.support.filled_once import filled_once
from tests.support.filled_survey import Says, fill
from tests.support.visitors import make_owner, make_survey, owned_survey, sign_in

ANSWERS = "answer,n\n" + "".join(f"Honesty and listening number {n},{n}\n" for n in range(7)) + "idk,x\n"


def token_of_a_result(app: Flask, perform: Callable[[Flask], None]) -> str:
    survey_id = owned_survey(app)
    make_survey(app, 1, "other")
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        importer.import_answers(survey, ANSWERS.encode())
        token = api_tokens.create(db.session.get_one(Survey, survey_id), "test")
    perform(app)
    return token


@pytest.fixture
def read(app: Flask, perform: Callable[[Flask], None]) -> Callable[..., Any]:
    """A program with a token for a survey with a result; gives what an address says."""
    token = filled_once(app, token_of_a_result, perform)
    client = app.test_client()

    def get(path: str, status: int = 200, **query: object) -> Any:
        response = client.get(f"/api/v1/{path}", query_string=query, headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == status
        assert response.headers["Content-Type"] == "application/json"
        assert "no-store" in response.headers["Cache-Control"]
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.headers.get("Vary", "")
        return response.json

    return get


def test_the_survey_and_its_themes(read: Callable[..., Any]) -> None:
    survey = read("survey")
    assert (survey["address"], survey["question"]) == ("lasting", "What keeps you together?")
    assert (survey["answers"], survey["people"], survey["people_placed"]) == (8, 7, 7)
    themes = read("themes")
    assert themes["result"] == survey["result"]
    assert {theme["theme"]: theme["people"] for theme in themes["themes"]}["Honesty"] == 7


@pytest.mark.parametrize("path", ["answers", "clusters"])
def test_pages_hold_every_row_once(read: Callable[..., Any], path: str) -> None:
    everything = read(path, limit=1000)[path]
    with every_case() as case:
        for limit in (1, 3, 8, 1000):
            with case(f"limit {limit}"):
                found: list[Any] = []
                after: str | None = None
                while True:
                    page = read(path, limit=limit, **({"after": after} if after else {}))
                    found += page[path]
                    after = page["next"]
                    if after is None:
                        break
                assert found == everything
                assert len({row["answer_id"] for row in found}) == 8
                if path == "answers":
                    assert len(found) == 8


@pytest.mark.both_databases
def test_a_page_is_followed_though_its_last_answer_is_gone(app: Flask, read: Callable[..., Any]) -> None:
    first = read("answers", limit=2)
    with app.app_context(), write_transaction() as session:
        session.query(Answer).filter_by(public_id=first["answers"][-1]["answer_id"]).delete()
    assert read("answers", limit=1, after=first["next"])["answers"][0]["answer"].endswith("number 2")


def test_a_result_that_changes_between_pages_is_told(app: Flask, read: Callable[..., Any]) -> None:
    following = read("clusters", limit=1)["next"]
    with app.app_context(), write_transaction() as session:
        survey = session.query(Survey).filter_by(slug="lasting").one()
        survey.current_run_id = (survey.current_run_id or 0) + 1
    assert read("clusters", 409, after=following)["error"].startswith("The result changed")


def test_a_bad_parameter_is_named(read: Callable[..., Any]) -> None:
    wrong = [("limit", value) for value in ("0", "1001", "x", "-1", "٣")] + [("after", value) for value in ("x", "1-")]
    with every_case() as case:
        for path in ("answers", "clusters"):
            for name, value in wrong:
                with case(f"{path}?{name}={value}"):
                    assert name in read(path, 400, **{name: value})["error"]


def test_without_a_token_nothing_is_said(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)  # a cookie is no token
    wrong = [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic dTpw", "Bearer \u00e9", "bearer  x y"]
    with every_case() as case:
        for path in ("survey", "themes", "answers", "clusters"):
            for authorization in wrong:
                with case(f"{path}, {authorization!r}"):
                    sent = {} if authorization is None else {"Authorization": authorization.encode().decode("latin-1")}
                    response = client.get(f"/api/v1/{path}", headers=sent)
                    assert response.status_code == 401
                    assert response.headers["WWW-Authenticate"].startswith("Bearer")
                    assert response.json
                    assert set(response.json) == {"error"}
                    assert "Set-Cookie" not in response.headers


def test_a_token_reads_its_own_survey_alone(app: Flask) -> None:
    owner_id = make_owner(app)
    ids = [make_survey(app, owner_id, slug, question=f"What of {slug}?") for slug in ("one", "two")]
    with app.app_context():
        shown = [api_tokens.create(db.session.get_one(Survey, number), "x") for number in ids]
        importer.import_answers(db.session.get_one(Survey, ids[1]), b"answer\nsecret\n")
    client = app.test_client()
    for token, slug in zip(shown, ("one", "two"), strict=True):
        bearer = {"Authorization": f"Bearer {token}"}
        found = client.get("/api/v1/survey", headers=bearer).json
        assert found
        assert found["question"] == f"What of {slug}?"
        assert ("secret" in client.get("/api/v1/answers", headers=bearer).text) == (slug == "two")


def test_only_a_hash_for_this_purpose_is_kept(app: Flask) -> None:
    survey_id = owned_survey(app)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        made = {api_tokens.create(survey, f"token {n}") for n in range(3)}
        kept = {row.token_hash for row in db.session.query(ApiToken)}
        assert len(made) == len(kept) == 3
        assert all(len(token) == 32 for token in made)
        assert kept == {api_tokens.hash_token(token) for token in made}
        assert not kept & made


@pytest.mark.both_databases
def test_a_worker_notes_use_once_a_minute_and_reading_writes_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = owned_survey(app)
    asked: list[int] = []
    monkeypatch.setattr(app.extensions["jobs"], "enqueue_token_use", asked.append)
    with app.app_context():
        token = api_tokens.create(db.session.get_one(Survey, survey_id), "x")
        assert api_tokens.authenticate(token) is not None
        assert db.session.query(ApiToken.used_at).scalar() is None
        api_tokens.record_use(asked.pop())
        first = db.session.query(ApiToken.used_at).scalar()
        assert first
        api_tokens.authenticate(token)
        assert not asked
        with write_transaction() as session:
            session.query(ApiToken).update({"used_at": now() - timedelta(minutes=2)})
        api_tokens.authenticate(token)
        assert len(asked) == 1


def test_a_token_is_for_one_purpose(app: Flask) -> None:
    survey_id = owned_survey(app)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        shown = {purpose: api_tokens.create(survey, purpose, purpose) for purpose in (api_tokens.READ, api_tokens.SEND)}
    client = app.test_client()

    def ask(purpose: str, method: str) -> int:
        headers = {"Authorization": f"Bearer {shown[purpose]}"}
        given: dict[str, Any] = {"json": {"text": "Patience"}} if method == "POST" else {}
        return client.open("/api/v1/answers", method=method, headers=headers, **given).status_code

    assert (ask(api_tokens.READ, "GET"), ask(api_tokens.READ, "POST")) == (200, 403)
    assert (ask(api_tokens.SEND, "GET"), ask(api_tokens.SEND, "POST")) == (403, 201)


@pytest.mark.both_databases
def test_an_answer_that_is_sent_again_with_its_key_is_one(app: Flask) -> None:
    survey_id = owned_survey(app)
    with app.app_context():
        token = api_tokens.create(db.session.get_one(Survey, survey_id), "x", api_tokens.SEND)
    client = app.test_client()
    sent = {"text": " Patience\r\nfirst ", "kind": "friend", "key": "k" * 22}
    headers = {"Authorization": f"Bearer {token}"}
    ids = [client.post("/api/v1/answers", json=sent, headers=headers).json for _ in range(2)]
    assert ids[0] == ids[1]
    with app.app_context():
        [kept] = db.session.query(Answer)
        assert (kept.text, kept.kind, kept.source, kept.status) == ("Patience\nfirst", "friend", "api", "shown")
        assert ids[0] == {"id": kept.public_id}


def test_a_closed_survey_takes_nothing_from_programs(app: Flask) -> None:
    survey_id = owned_survey(app)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        token = api_tokens.create(survey, "x", api_tokens.SEND)
        surveys.set_open(survey_id, False)
    refused = app.test_client().post(
        "/api/v1/answers", json={"text": "Patience"}, headers={"Authorization": f"Bearer {token}"}
    )
    assert refused.status_code == 409
    assert refused.json == {"error": "This survey takes no answers now. Nothing was kept."}


def test_a_survey_has_so_many_tokens_and_no_more(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_tokens, "MAX_TOKENS", 2)
    survey_id = owned_survey(sqlite_app)
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        api_tokens.create(survey, "x")
        api_tokens.create(survey, "x")
        with pytest.raises(api_tokens.TooManyTokens):
            api_tokens.create(survey, "x")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "people", 404), ("POST", "survey", 405)])
def test_other_errors_are_json_too(sqlite_app: Flask, method: str, path: str, status: int) -> None:
    response = sqlite_app.test_client().open(f"/api/v1/{path}", method=method)
    assert response.status_code == status
    assert response.json
    assert set(response.json) == {"error"}


# ---------- the description ----------


def conforms(value: object, schema: dict[str, Any], document: dict[str, Any]) -> None:
    """Fail where a value is not what a schema says (the part of JSON Schema that is used here)."""
    if "$ref" in schema:
        node: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        return conforms(value, node, document)
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    python: dict[str, Any] = {
        "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
        "null": type(None),
    }  # fmt: skip
    assert any(isinstance(value, python[kind]) for kind in kinds), (value, schema)
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema["required"]) <= set(value) <= set(schema["properties"])
        for name, inner in value.items():
            conforms(inner, schema["properties"][name], document)
    if isinstance(value, list):
        for item in value:
            conforms(item, schema["items"], document)
    return None


@pytest.mark.both_databases
def test_every_answer_is_as_described(app: Flask, read: Callable[..., Any]) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    assert document == openapi.document()
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")}
    assert {f"/api/v1{path}" for path in document["paths"]} | {"/api/v1/openapi.json"} == routes
    for path, item in document["paths"].items():
        responses = item["get"]["responses"]
        needed = {each["name"]: each["example"] for each in item["get"]["parameters"] if each.get("required")}
        conforms(read(path[1:], **needed), responses["200"]["content"]["application/json"]["schema"], document)
        assert "401" in responses
    for name, table in TABLES.items():
        properties = document["components"]["schemas"][name]["properties"]
        listed = openapi.LISTED.get(name, {})
        assert {key: value["description"] for key, value in properties.items() if key not in listed} == {
            column.name: column.meaning for column in table.columns if column.name not in listed
        }


def test_every_example_fits_its_schema_and_stands_on_the_page(sqlite_app: Flask) -> None:
    document = openapi.document(["friend", "partner"])
    shown = sqlite_app.test_client().get("/api/docs").text
    examples = 0
    for path, item in document["paths"].items():
        for operation in item.values():
            bodies = [*operation["responses"].items(), ("sent", operation.get("requestBody", {}))]
            for status, body in bodies:
                for content in body.get("content", {}).values():
                    conforms(content["example"], content["schema"], document)
                    assert content["example"], f"{path} {status}"
                    examples += 1
                    if status == "200":
                        assert all(f"&#34;{name}&#34;" in shown or f'"{name}"' in shown for name in content["example"])
    assert examples > 30
    assert shown.count("For example") == sum(len(item) for item in document["paths"].values())


def test_people_read_the_description_without_a_script(sqlite_app: Flask) -> None:
    client: FlaskClient = sqlite_app.test_client()
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "Set-Cookie" not in page.headers
    document = openapi.document()
    for path, item in document["paths"].items():
        assert f"/api/v1{path}" in page.text
        assert all(parameter["name"] in page.text for parameter in item["get"]["parameters"])
    for name in document["components"]["schemas"]:
        assert f'id="{name}-schema"' in page.text


def test_it_counts_the_answers_that_it_lists_whatever_their_status(app: Flask) -> None:
    said = [Says(f"Hear {n}", [("Hear", "Listening")], status=n) for n in ("shown", "held", "hidden")]
    filled = fill(app, said, is_owned=True)
    with app.app_context():
        token = api_tokens.create(db.session.get_one(Survey, filled.survey_id), "counts")
    client, bearer = app.test_client(), {"Authorization": f"Bearer {token}"}
    about, listed = (client.get(f"/api/v1/{name}", headers=bearer).json for name in ("survey", "answers"))
    assert about
    assert listed
    assert about["answers"] == len(listed["answers"]) == 3
