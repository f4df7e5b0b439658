"""The page with the question: kept as other pages are, and yet each visitor's form has keys of its own."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from survey.core.database import db, now
from survey.core.models import Answer, Survey
from survey.manage import surveys
from survey.respond import bot_checks
from survey.respond.bot_checks import FormSigns
from survey.serve.kept_pages import KeptPages
from survey.sharing import links
from survey.sharing.links import Meta
from tests.support.filled_survey import Filled, Says, fill
from tests.support.site import queries
from tests.support.visitors import SLUG, make_owner, sign_in

ANSWERS = [Says("Cook together", [("Cook together", "Home")]), Says("A warm kitchen", [("kitchen", "Home")])]
QUESTION = f"/s/{SLUG}"
FIELD = re.compile(r'name="(form_key|token|csrf_token)"[^>]*value="([^"]+)"')


@pytest.fixture
def filled(app: Flask) -> Filled:
    return fill(app, ANSWERS, owner_id=make_owner(app))


def own(filled: Filled) -> Survey:
    return db.session.get_one(Survey, filled.survey_id)


def forget(app: Flask) -> None:
    """Empty the memory of this process."""
    middleware = app.wsgi_app
    assert isinstance(middleware, KeptPages)
    middleware._pages.clear()


def test_the_form_of_each_visitor_has_its_own_keys(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(sqlite_app, ANSWERS)
    made: list[int] = []
    meta = links.question_meta

    def counted(survey: Survey, source: str | None) -> Meta:
        made.append(survey.id)
        return meta(survey, source)

    monkeypatch.setattr(links, "question_meta", counted)
    clients = [sqlite_app.test_client() for _ in range(4)]
    pages = [client.get(QUESTION) for client in clients]
    assert len(made) == 1
    fields = [dict(FIELD.findall(page.text)) for page in pages]
    for name in ("form_key", "token", "csrf_token"):
        assert len({each[name] for each in fields}) == 4
    assert len({FIELD.sub("", page.text) for page in pages}) == 1
    for page in pages:
        assert "\0" not in page.text
        assert "ETag" not in page.headers
        assert page.headers["Cache-Control"] == "private, no-cache"
    assert sent(clients[3], fields[3]).status_code == 303
    assert sent(clients[2], fields[3]).status_code == 400  # another visitor's
    with sqlite_app.app_context():
        assert [answer.form_key for answer in db.session.query(Answer).filter_by(text="Patience")] == [
            fields[3]["form_key"]
        ]


def sent(client: FlaskClient, fields: dict[str, str]) -> TestResponse:
    return client.post(QUESTION, data={**fields, "text": "Patience"})


def test_a_form_from_memory_is_that_of_the_view_and_takes_no_query(sqlite_app: Flask) -> None:
    survey_id = fill(sqlite_app, ANSWERS).survey_id
    sqlite_app.config["SESSION_COOKIE_SECURE"] = True
    sqlite_app.test_client().get(QUESTION)
    by_view = sqlite_app.test_client().get(QUESTION)
    with queries(sqlite_app) as asked:
        in_memory = sqlite_app.test_client().get(QUESTION)
        head = sqlite_app.test_client().head(QUESTION)
    assert asked == []
    assert FIELD.sub("", in_memory.text) == FIELD.sub("", by_view.text)
    assert [shape(each) for each in (in_memory, head)] == [shape(by_view)] * 2
    assert head.data == b""
    assert "Secure" in in_memory.headers["Set-Cookie"]
    fields = dict(FIELD.findall(in_memory.text))
    with sqlite_app.app_context():
        age = bot_checks.form_age(survey_id, FormSigns(fields["token"], fields["form_key"], "", ""))
    assert age is not None
    assert timedelta() <= age < timedelta(minutes=1)


def shape(response: TestResponse) -> dict[str, str]:
    """The headers of a response, without the value of the session."""
    return {name: re.sub("session=[^;]+", "session=", value) for name, value in response.headers}


def test_who_has_a_session_keeps_it(sqlite_app: Flask) -> None:
    fill(sqlite_app, ANSWERS, owner_id=make_owner(sqlite_app))
    for _ in range(3):
        client = sqlite_app.test_client()
        first = dict(FIELD.findall(client.get(QUESTION).text))
    again = client.get(QUESTION)
    fields = dict(FIELD.findall(again.text))
    assert fields["form_key"] != first["form_key"]
    assert sent(client, first).status_code == sent(client, fields).status_code == 303
    sign_in(client)
    client.get(QUESTION)
    assert client.get("/manage").status_code == 200


def test_a_page_that_sets_another_cookie_is_not_in_memory(sqlite_app: Flask) -> None:
    fill(sqlite_app, ANSWERS)

    @sqlite_app.after_request
    def more(response: Response) -> Response:
        response.set_cookie("mine", "alone")
        return response

    for _ in range(3):
        assert len(sqlite_app.test_client().get(QUESTION).headers.getlist("Set-Cookie")) == 2


def test_who_has_answered_gets_a_page_of_their_own(sqlite_app: Flask) -> None:
    fill(sqlite_app, ANSWERS)
    client = sqlite_app.test_client()
    sent(client, dict(FIELD.findall(client.get(QUESTION).text)))
    assert "You answered on" in client.get(QUESTION).text
    for _ in range(3):
        sqlite_app.test_client().get(QUESTION)
    client.delete_cookie("session")  # the window was closed
    assert "You answered on" in client.get(QUESTION).text
    assert "You answered on" not in sqlite_app.test_client().get(QUESTION).text


@pytest.mark.both_databases
def test_a_question_that_is_changed_or_closed_is_so_at_once(app: Flask, filled: Filled) -> None:
    visitor = app.test_client
    assert visitor().get(QUESTION).status_code == visitor().get(QUESTION).status_code == 200
    with app.app_context():
        own(filled).question = "What else?"
        db.session.commit()
    assert "What else?" in visitor().get(QUESTION).text
    with app.app_context():
        surveys.set_open(filled.survey_id, False)
    assert visitor().get(QUESTION).status_code == 410
    closes = now() + timedelta(minutes=5)
    with app.app_context():
        surveys.set_open(filled.survey_id, True)
        own(filled).closes_at = closes
        db.session.commit()
    assert visitor().get(QUESTION).status_code == 200


def test_a_survey_that_its_last_answer_closed_is_closed_at_once(sqlite_app: Flask) -> None:
    filled = fill(sqlite_app, ANSWERS)
    with sqlite_app.app_context():
        own(filled).closes_after = 1
        db.session.query(Answer).update({"source": "import"})  # which do not count
        db.session.commit()
    themes = f"{QUESTION}/themes"
    for _ in range(3):
        assert sqlite_app.test_client().get(QUESTION).status_code == 200
        assert f'href="{QUESTION}"' in sqlite_app.test_client().get(themes).text
    client = sqlite_app.test_client()
    assert sent(client, dict(FIELD.findall(client.get(QUESTION).text))).status_code == 303
    assert sqlite_app.test_client().get(QUESTION).status_code == 410
    assert f'href="{QUESTION}"' not in sqlite_app.test_client().get(themes).text


def test_a_request_without_a_host_gets_nothing_from_memory(sqlite_app: Flask) -> None:
    fill(sqlite_app, ANSWERS)
    said = []
    for protocol in ("HTTP/1.0", "HTTP/1.0", "HTTP/1.0", "HTTP/1.1"):
        environment = EnvironBuilder(QUESTION).get_environ() | {"SERVER_PROTOCOL": protocol}
        del environment["HTTP_HOST"]
        said.append(run_wsgi_app(sqlite_app.wsgi_app, environment)[1][:3])
    assert said == ["200", "200", "200", "400"]
