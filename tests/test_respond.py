"""The respondent's form: one answer stored once, bad input refused with the typed text kept."""

from __future__ import annotations

import html
import threading
from collections.abc import Callable

import pytest
from conftest import SLUG, field, make_survey, send_answer
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey import answers, surveys
from survey.answers import NewAnswer
from survey.database import db
from survey.models import Answer, Run, Survey
from survey.worker import Worker

NASTY = [
    "<script>alert('hi')</script> and patience",
    "=1+1 is not love",
    "אמון וסבלנות",
    "family 👨‍👩‍👧‍👦 first",
    "right \u202eto left",
    "{{7*7}} ${7*7}",
    "'); DROP TABLE answer;--",
    "</textarea><b>bold</b>",
    "![x](http://example.com/x.png)",
    "a\u2028b\u2029c",
    "x" * 4999 + "😀",
    "line one\nline two",
    "z̵̢̛a̷͚l̴̬g̶͉o",
    "\x1b[31mred\x07",
    "noncharacter \ufffe here",
]


def stored(app: Flask) -> list[str]:
    with app.app_context():
        return [text for (text,) in db.session.query(Answer.text).order_by(Answer.id)]


@pytest.mark.parametrize("typed", NASTY)
def test_what_was_typed_is_stored_exactly_and_shown_inert(app: Flask, typed: str) -> None:
    make_survey(app, None)
    client = app.test_client()
    assert send_answer(client, typed).location == f"/s/{SLUG}/thanks"
    assert stored(app) == [typed]
    thanks = client.get(f"/s/{SLUG}/thanks")
    assert str(html.escape(typed.split("\n")[0], quote=False).split("'")[0]) in thanks.text
    assert "<script>alert" not in thanks.text
    assert "<b>bold" not in thanks.text


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


PART = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}'


Send = Callable[[FlaskClient, dict[str, str]], TestResponse]


def as_form(**changes: str) -> Send:
    return lambda client, form: client.post(f"/s/{SLUG}", data=form | changes)


def as_body(body: Callable[[dict[str, str]], bytes | str], content_type: str, **headers: str) -> Send:
    return lambda client, form: client.post(f"/s/{SLUG}", data=body(form), content_type=content_type, headers=headers)


URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"


def urlencoded(text: str) -> Callable[[dict[str, str]], bytes]:
    return lambda form: f"csrf_token={form['csrf_token']}&form_key={form['form_key']}&{text}".encode()


BAD: dict[str, tuple[Send, int, str, str]] = {
    # name: (what is sent, the status, words on the page, typed text that must still be there)
    "empty": (as_form(text=""), 422, "Write an answer first", ""),
    "only spaces": (as_form(text="  \n\t "), 422, "Write an answer first", ""),
    "only zero-width": (as_form(text="\u200b\u200d\ufeff\u2060"), 422, "Write an answer first", ""),
    "only blank-looking letters": (as_form(text="\u3164\u2800"), 422, "Write an answer first", ""),
    "one over the limit": (as_form(text="kept " * 1000 + "x"), 422, "5,001 characters", "kept kept"),
    "NUL": (as_form(text="keep this\0"), 422, "cannot be kept (NUL)", "keep this"),
    "unknown kind": (as_form(text="keep this", kind="martian"), 422, "Choose one of the kinds", "keep this"),
    "no form key": (as_form(text="keep this", form_key=""), 422, "send it again", "keep this"),
    "odd form key": (as_form(text="keep this", form_key="../../x"), 422, "send it again", "keep this"),
    "no token": (as_form(text="keep this", csrf_token=""), 400, "Your text is still here", "keep this"),
    "false token": (as_form(text="keep this", csrf_token="x"), 400, "Your text is still here", "keep this"),
    "broken UTF-8": (as_body(urlencoded("text=keep+this+%FF"), URLENCODED), 400, "UTF-8", "keep this"),
    "raw FF FE": (as_body(lambda form: urlencoded("text=keep+")(form) + b"\xff\xfe", URLENCODED), 400, "UTF-8", "keep"),
    "a field twice": (as_body(urlencoded("text=keep+this&text=b"), URLENCODED), 400, "arrived twice", "keep this"),
    "no text field": (as_body(urlencoded("other=1"), URLENCODED), 422, "Write an answer first", ""),
    "JSON": (as_body(lambda form: '{"text": "x"}', "application/json"), 415, "not sent as a form", ""),
    "plain text": (as_body(lambda form: "text=x", "text/plain"), 415, "not sent as a form", ""),
    "no content type": (as_body(lambda form: "text=x", ""), 415, "not sent as a form", ""),
    "gzip": (as_body(urlencoded("text=x"), URLENCODED, **{"Content-Encoding": "gzip"}), 415, "not sent as a form", ""),
    "truncated": (as_body(lambda form: "--b\r\n" + PART.format("text", "hel"), MULTIPART), 400, "not arrive whole", ""),
    "1 MB": (as_form(text="x" * 1_000_000), 413, "far more than fits", ""),
    "5,000 fields": (as_body(urlencoded("&".join(f"f{n}=1" for n in range(5000))), URLENCODED), 422, "Write", ""),
    "1,000 parts": (as_body(lambda form: "".join(f"--b\r\n{PART.format(n, 1)}\r\n" for n in range(1001)) + "--b--\r\n",
                            MULTIPART), 413, "far more", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_words_and_nothing_is_stored(sqlite_app: Flask, name: str) -> None:
    send, status, words, typed = BAD[name]
    make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    page = client.get(f"/s/{SLUG}")
    form = {"csrf_token": field(page, "csrf_token"), "form_key": field(page, "form_key")}
    response = send(client, form)
    assert response.status_code == status
    assert words in response.text
    assert typed in response.text
    assert "<textarea" in response.text
    assert stored(sqlite_app) == []
    with sqlite_app.app_context():
        assert db.session.query(Run).count() == 0


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


def test_a_closed_survey_says_so_and_gives_the_text_back(sqlite_app: Flask) -> None:
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


def test_a_busy_database_keeps_the_typed_text(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def busy(*args: object) -> None:
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    make_survey(sqlite_app, None)
    monkeypatch.setattr(answers, "receive", busy)
    response = send_answer(sqlite_app.test_client(), "keep this")
    assert response.status_code == 503
    assert "Your text is still here" in response.text
    assert "keep this" in response.text


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
    assert "You’re with 3 people who said" in placed
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


def test_the_thank_you_gives_up_looking(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    send_answer(client, "Honesty")
    for look in ("0", "4", "x", "-1"):
        assert 'http-equiv="refresh"' in client.get(f"/s/{SLUG}/thanks?look={look}").text
    for look in ("5", "99"):
        assert 'http-equiv="refresh"' not in client.get(f"/s/{SLUG}/thanks?look={look}").text
