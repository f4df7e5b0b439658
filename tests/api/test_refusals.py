"""What the API says of tokens and kinds that it does not take, and that its examples are what comes."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
from flask import Flask

from survey.accounts import api_tokens
from survey.api import openapi
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Survey
from tests.api.test_requests import _program
from tests.support.every_case import every_case

OWN = [{"key": "own-27f97059", "label": "I live here", "asked": True}]


def _told(app: Flask, authorization: str | None) -> str:
    sent = {} if authorization is None else {"Authorization": authorization}
    response = app.test_client().get("/api/v1/survey", headers=sent)
    assert response.status_code == 401
    assert response.json
    return str(response.json["error"])


def test_a_token_that_does_not_work_is_told_from_none(sqlite_app: Flask) -> None:
    for nothing in (None, "", "Bearer", "Basic dTpw"):
        assert _told(sqlite_app, nothing).startswith("Send a token as Authorization: Bearer TOKEN.")
    assert _told(sqlite_app, "Bearer wrong") == (
        "This token does not work: it was deleted, ended with its survey, or is mistyped. "
        "The owner makes another on the Export page."
    )


def _sent(app: Flask, kind: str) -> tuple[int, Any]:
    response = _program(app, api_tokens.SEND).post("/api/v1/answers", json={"text": "Patience", "kind": kind})
    assert response.json
    return response.status_code, response.json.get("error")


def _change(app: Flask, **columns: Any) -> None:
    with app.app_context(), write_transaction() as session:
        survey = session.query(Survey).one()
        for name, value in columns.items():
            setattr(survey, name, value)


def test_an_unknown_kind_is_answered_with_the_keys_there_are(sqlite_app: Flask) -> None:
    status, error = _sent(sqlite_app, "wizard")
    assert (status, error) == (
        422,
        "There is no kind 'wizard'. Send one of these keys, or none: partner, family, friend, colleague, customer, "
        "any. /api/v1/survey names all that are taken.",
    )
    _change(sqlite_app, own_kinds=OWN)
    for kind in ("wizard", "I live here"):
        assert "own-27f97059 (I live here). /api" in _sent(sqlite_app, kind)[1]
    assert _sent(sqlite_app, "own-27f97059")[0] == 201
    assert _sent(sqlite_app, "x" * 5000)[1].count("x") == 40


def test_a_kind_is_refused_where_none_is_asked_for(sqlite_app: Flask) -> None:
    sends = _program(sqlite_app, api_tokens.SEND)
    _change(sqlite_app, kinds_asked=False)
    status, error = _sent(sqlite_app, "friend")
    assert (status, error) == (422, "This survey asks for no kind now. Send the answer without one.")
    with sqlite_app.app_context():
        assert db.session.query(Answer).count() == 0
    for none in (None, ""):
        assert sends.post("/api/v1/answers", json={"text": "Patience", "kind": none}).status_code == 201
    sent: Any = sends.get("/api/v1/openapi.json").get_json()["components"]["schemas"]["sent"]
    assert sent["properties"]["kind"]["enum"] == [None]
    assert sent["example"]["kind"] is None


def test_every_example_is_one_that_can_come() -> None:
    document = openapi.document(["friend", "partner"])
    schemas = {"components": document["components"]}
    with every_case() as case:
        for path, item in document["paths"].items():
            for method, operation in item.items():
                bodies = [*operation["responses"].values(), operation.get("requestBody", {})]
                for content in (content for body in bodies for content in body.get("content", {}).values()):
                    with case(f"{method} {path}"):
                        jsonschema_rs.validate(
                            {**content["schema"], **schemas}, content["example"], validate_formats=True
                        )
                for parameter in operation["parameters"]:
                    if "example" in parameter:
                        jsonschema_rs.validate(parameter["schema"], parameter["example"])
    found = document["paths"]["/search"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    asked = {each["name"]: each.get("example") for each in document["paths"]["/search"]["get"]["parameters"]}
    assert (found["query"], found["by"]) == (asked["q"], asked["by"])
    for path in ("/survey", "/themes", "/clusters"):
        properties = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["example"]
        assert properties["result"].isdigit()
