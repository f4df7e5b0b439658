"""The respondent's form: one answer stored once, and sent again after a refusal (see test_input_refused)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from importlib import import_module
from operator import attrgetter

import pytest
from flask import Flask
from flask_wtf.csrf import generate_csrf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer, Stored
from survey.core.database import db
from survey.core.group_commit import GroupCommit
from survey.core.models import Answer, Run, Survey
from survey.manage import surveys
from survey.respond.bot_checks import form_token
from survey.respond.forms import EmbedForm, RespondentForm
from survey.respond.refusals import RefusalLog
from survey.respond.routes import send
from survey.worker.worker import Worker
from tests.support.examples import examples
from tests.support.visitors import SLUG, field, make_survey, send_answer

pytestmark = pytest.mark.both_databases


def stored(app: Flask) -> list[str]:
    with app.app_context():
        return [text for (text,) in db.session.query(Answer.text).order_by(Answer.id)]


def test_the_form_key_makes_a_double_click_one_answer(app: Flask) -> None:
    make_survey(app, None)
    client = app.test_client()
    page = client.get(f"/s/{SLUG}")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": "We listen."}
    for _ in range(3):
        assert client.post(f"/s/{SLUG}", data=form).status_code == 303
    assert stored(app) == ["We listen."]
    assert client.post(f"/s/{SLUG}", data=form | {"text": "We listen and wait."}).status_code == 303
    assert stored(app) == ["We listen and wait."]
    assert send_answer(client, "We listen.").status_code == 303
    assert len(stored(app)) == 2


VALUES = st.sampled_from(
    ["", " ", "0", "1", "We listen.", "partner", "nonsense", "facebook", "\0", "x" * 5001, "k" * 22]
)


@settings(max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.dictionaries(
        st.sampled_from(["text", "kind", "form_key", "source", "token", "proof", "website", "second", "csrf_token"]),
        st.none() | VALUES,
        max_size=3,
    ),
    kinds_asked=st.booleans(),
    form_class=st.sampled_from([RespondentForm, EmbedForm]),
)
def test_what_is_read_without_a_form_is_what_the_form_would_take(
    sqlite_app: Flask, changes: dict[str, str | None], kinds_asked: bool, form_class: type[RespondentForm]
) -> None:
    survey = Survey(id=1, slug=SLUG, kinds_asked=kinds_asked, own_kinds=[], words={})
    with sqlite_app.test_request_context(method="POST"):
        key = answers.new_form_key()
        own = {"text": "Patience", "form_key": key, "token": form_token(1, key), "csrf_token": generate_csrf()}
        fields = MultiDict({name: value for name, value in (own | changes).items() if value is not None})
        form = form_class(survey, formdata=fields)
        assert form_class.read(survey, fields) == (form.valid() if form.validate() else None)


def test_a_valid_answer_builds_no_form_and_opens_no_session_of_its_own(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    assert send_answer(client, "We listen to each other every day.").status_code == 303
    page = client.get(f"/s/{SLUG}")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": "We wait."}
    monkeypatch.setattr(GroupCommit, "submit", lambda self, pending: Stored("f" * 16, None, in_burst=False))
    monkeypatch.setattr(RespondentForm, "__init__", None)
    with sqlite_app.app_context():
        assert client.post(f"/s/{SLUG}", data=form).status_code == 303
        assert db.opened is None


def test_clicks_at_the_same_moment_are_one_answer(app: Flask) -> None:
    survey_id = make_survey(app, None)
    barrier = threading.Barrier(6)

    def send() -> None:
        with app.app_context():
            survey = db.session.get_one(Survey, survey_id)
            barrier.wait()
            answers.receive(survey, NewAnswer("Patience", "k" * 22))

    clicks = [threading.Thread(target=send) for _ in range(6)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert stored(app) == ["Patience"]


def test_an_answer_asks_for_one_run(app: Flask) -> None:
    make_survey(app, None)
    client = app.test_client()
    for number in range(4):
        send_answer(client, f"Answer {number}")
    with app.app_context():
        assert db.session.query(Run.state, Run.reason).all() == [("asked", "answers")]


def test_kind_and_source_are_kept_where_they_are_known(app: Flask) -> None:
    make_survey(app, None)
    client = app.test_client()
    page = client.get(f"/s/{SLUG}?from=whatsapp")
    assert field(page, "source") == "whatsapp"
    send_answer(client, "one", kind="partner", source="whatsapp")
    send_answer(client, "two", source="<script>")
    with app.app_context():
        rows = db.session.query(Answer.kind, Answer.source).order_by(Answer.id).all()
    assert rows == [("partner", "whatsapp"), (None, "direct")]


def test_after_a_refusal_the_same_page_can_be_sent(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    refused = send_answer(client, "keep this", csrf_token="", form_key="")
    form = {name: field(refused, name) for name in ("csrf_token", "form_key")}
    assert client.post(f"/s/{SLUG}", data=form | {"text": "keep this"}).status_code == 303
    assert stored(sqlite_app) == ["keep this"]


def test_the_limit_is_counted_after_tidying(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    assert send_answer(client, "  " + "x" * 2500 + "\r\n" + "y" * 2499 + "  \n").status_code == 303
    assert [len(text) for text in stored(sqlite_app)] == [5000]


def test_an_unknown_address_is_404(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    response = client.get("/s/nowhere")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.text
    assert client.post("/s/nowhere", data={"text": "x"}).status_code == 404


def test_a_closed_survey_says_so_and_shows_the_text_again(sqlite_app: Flask) -> None:
    survey_id = make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    page = client.get(f"/s/{SLUG}")
    with sqlite_app.app_context():
        surveys.set_open(survey_id, False)
    form = {"csrf_token": field(page, "csrf_token"), "form_key": field(page, "form_key"), "text": "my own words"}
    response = client.post(f"/s/{SLUG}", data=form)
    assert response.status_code == 410
    assert "my own words" in response.text
    assert client.get(f"/s/{SLUG}").status_code == 410
    assert stored(sqlite_app) == []


def test_back_brings_the_page_with_its_key_again(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None)
    caching = sqlite_app.test_client().get(f"/s/{SLUG}").headers["Cache-Control"]
    assert "private" in caching
    assert "no-store" not in caching


def test_a_busy_database_keeps_the_typed_text_and_the_log_says_why_once(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from sqlalchemy.exc import OperationalError

    monkeypatch.setattr("survey.respond.submission.refusals", RefusalLog())

    def busy(*args: object) -> None:
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    make_survey(sqlite_app, None)
    monkeypatch.setattr(answers, "receive", busy)
    for _ in range(3):
        response = send_answer(sqlite_app.test_client(), "keep this")
        assert response.status_code == 503
        assert "Your text is still here" in response.text
        assert "keep this" in response.text
    assert caplog.text.count("An answer was not saved: database is locked. Others since the last such line: 0.") == 1
    assert "keep this" not in caplog.text


def test_the_thank_you_says_whom_one_is_with(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = make_survey(app, None)
    for _ in range(3):
        send_answer(app.test_client(), "Honesty")
    perform(app)
    with app.app_context():
        surveys.set_published(survey_id, True)
    client = app.test_client()
    send_answer(client, "Honesty")
    waiting = client.get(f"/s/{SLUG}/thanks").text
    assert "We are finding the thread it belongs to." in waiting
    assert 'http-equiv="refresh"' in waiting
    Worker(app).place(survey_id)
    placed = client.get(f"/s/{SLUG}/thanks").text
    assert re.search(r"<h1>You’re with 3 others on the thread <a [^>]*href=[^>]*>.*Honesty.*</a>\.</h1>", placed)
    assert "who said" not in placed  # which words the others chose is not known
    assert 'http-equiv="refresh"' not in placed


def test_before_it_is_published_the_thank_you_tells_no_numbers(app: Flask, perform: Callable[[Flask], None]) -> None:
    make_survey(app, None)
    client = app.test_client()
    for _ in range(3):
        send_answer(client, "Honesty")
    perform(app)
    text = client.get(f"/s/{SLUG}/thanks").text
    assert "It joins the thread" in text
    assert "Honesty" in text
    assert "people who" not in text


def test_the_thank_you_stops_reloading(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    send_answer(client, "Honesty")
    for look in ("0", "4", "x", "-1"):
        assert 'http-equiv="refresh"' in client.get(f"/s/{SLUG}/thanks?look={look}").text
    for look in ("5", "99"):
        assert 'http-equiv="refresh"' not in client.get(f"/s/{SLUG}/thanks?look={look}").text


def test_the_map_of_a_post_names_files_and_functions_that_exist() -> None:
    stops = re.findall(r"(survey/[\w/]+)\.py((?:(?: and)? `[\w.]+`)*)", send.__doc__ or "")
    assert len(stops) > 9
    for path, names in stops:
        module = import_module(path.replace("/", "."))
        for name in re.findall(r"`([\w.]+)`", names):
            assert callable(attrgetter(name)(module)), f"{path}.py has no {name}"
