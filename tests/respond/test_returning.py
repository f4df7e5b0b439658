"""Sending again, and coming back: one link for one form, and a browser that knows the answers sent from it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.core.database import db, now
from survey.core.models import Answer, Survey
from survey.core.settings import Settings
from survey.manage import surveys
from survey.respond import returning
from survey.web import formatting
from tests.support.site import quiet
from tests.support.visitors import SLUG, field, make_survey, owned_survey, send_answer

LINK = re.compile(rf"/s/{SLUG}/mine/[\w-]{{32}}")


@pytest.fixture(autouse=True)
def survey_id(app: Flask) -> int:
    return owned_survey(app)


def opened(client: FlaskClient) -> dict[str, str]:
    """The hidden fields of a form that was opened."""
    page = client.get(f"/s/{SLUG}")
    return {name: field(page, name) for name in ("csrf_token", "form_key", "token")}


def link_of(client: FlaskClient) -> str:
    found = LINK.search(client.get(f"/s/{SLUG}/thanks?look=9").text)
    assert found
    return found[0]


def stored(app: Flask) -> list[str]:
    with app.app_context():
        return [text for (text,) in db.session.query(Answer.text).order_by(Answer.id)]


@pytest.mark.both_databases
def test_the_link_that_was_copied_first_works_after_sending_again(app: Flask) -> None:
    client = app.test_client()
    form = opened(client)
    client.post(f"/s/{SLUG}", data=form | {"text": "Honesty"})
    first = link_of(client)
    assert "Your answer is changed" not in client.get(f"/s/{SLUG}/thanks").text
    client.post(f"/s/{SLUG}", data=form | {"text": "Honesty, and patience"})
    assert link_of(client) == first
    assert "Your answer is changed" in client.get(f"/s/{SLUG}/thanks").text
    assert "Honesty, and patience" in app.test_client().get(first).text
    assert stored(app) == ["Honesty, and patience"]


@pytest.mark.both_databases
def test_a_double_click_gives_both_the_same_link(app: Flask) -> None:
    form = opened(client := app.test_client())
    value = (cookie := client.get_cookie("session")) and cookie.value

    def click(_: int) -> str:
        one = app.test_client()
        one.set_cookie("session", value or "")
        assert one.post(f"/s/{SLUG}", data=form | {"text": "Honesty"}).status_code == 303
        return link_of(one)

    with ThreadPoolExecutor(6) as clicks:
        links = set(clicks.map(click, range(6)))
    assert len(links) == 1
    assert stored(app) == ["Honesty"]


def test_two_forms_are_two_answers_with_two_links(app: Flask) -> None:
    client = app.test_client()
    forms = [opened(client), opened(client)]
    links = []
    for number, form in enumerate(forms):
        client.post(f"/s/{SLUG}", data=form | {"text": f"Honesty {number}"})
        links.append(link_of(client))
    assert len(set(links)) == 2
    page = client.get(f"/s/{SLUG}").text
    assert all(link in page for link in links)
    assert page.index(links[1]) < page.index(links[0])


@pytest.mark.both_databases
def test_a_second_answer_from_the_same_page_is_one_where_its_writer_says_so(app: Flask) -> None:
    client = app.test_client()
    form = opened(client)
    client.post(f"/s/{SLUG}", data=form | {"text": "Honesty"})
    first = link_of(client)
    for _ in range(2):
        client.post(f"/s/{SLUG}", data=form | {"text": "Patience", "second": "1"})
    assert stored(app) == ["Honesty", "Patience"]
    second = link_of(client)
    assert second != first
    client.post(f"/s/{SLUG}", data=form | {"text": "Honesty, always"})
    assert stored(app) == ["Honesty, always", "Patience"]
    assert link_of(client) == first
    refused = client.post(f"/s/{SLUG}", data=form | {"text": " ", "second": "1"}).text
    assert re.search(r'name="second"[^>]* checked', refused)


def test_the_link_in_a_frame_stays_too(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    page = client.get(f"/s/{SLUG}/embed")
    form = {name: field(page, name) for name in ("form_key", "token")}
    links = set()
    for typed in ("Honesty", "Honesty, and patience"):
        sent = client.post(f"/s/{SLUG}/embed", data=form | {"text": typed})
        found = LINK.search(client.get(sent.location).text)
        assert found
        links.add(found[0])
    assert len(links) == 1
    assert "and patience" in client.get(links.pop()).text


def test_who_comes_back_finds_the_answer_and_another_person_does_not(app: Flask, survey_id: int) -> None:
    client = app.test_client()
    send_answer(client, "Honesty")
    link = link_of(client)
    page = client.get(f"/s/{SLUG}").text
    assert "You answered on" in page
    assert link in page
    assert "Honesty" not in page
    assert "You answered on" not in app.test_client().get(f"/s/{SLUG}").text
    with app.app_context():
        surveys.set_open(survey_id, False)
    closed = client.get(f"/s/{SLUG}").text
    assert link in closed
    assert "Forget it on this device" in closed


def test_the_next_person_at_the_same_browser_answers_for_themselves(app: Flask) -> None:
    client = app.test_client()
    send_answer(client, "Honesty")
    link = link_of(client)
    token = {"csrf_token": field(client.get(f"/s/{SLUG}"), "csrf_token")}
    page = client.post(f"/s/{SLUG}/forget", data=token, follow_redirects=True).text
    assert "You answered on" not in page
    assert link not in page
    assert client.get(f"/s/{SLUG}/thanks").status_code == 302
    assert client.get_cookie(returning.COOKIE, path=f"/s/{SLUG}") is None
    assert "Honesty" in app.test_client().get(link).text


def test_a_deleted_answer_is_forgotten_and_others_are_not(app: Flask) -> None:
    client = app.test_client()
    links = []
    for typed in ("Honesty", "Patience"):
        send_answer(client, typed)
        links.append(link_of(client))
    client.post(f"{links[1]}/delete", data={"csrf_token": field(client.get(links[1]), "csrf_token")})
    assert link_of(client) == links[0]


def test_what_a_browser_keeps_is_for_one_survey_and_holds_what_the_link_holds(app: Flask) -> None:
    make_survey(app, None, slug="other")
    client = app.test_client()
    send_answer(client, "Honesty")
    cookie = client.get_cookie(returning.COOKIE, path=f"/s/{SLUG}")
    assert cookie
    assert cookie.path == f"/s/{SLUG}"
    assert cookie.value == link_of(client).rsplit("/", 1)[1]
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")
    with client.session_transaction() as session:
        assert set(session) <= {"csrf_token", "_fresh"}
    page = client.get("/s/other").text
    assert "You answered on" not in page
    for number in range(7):
        send_answer(client, f"Honesty {number}")
    cookie = client.get_cookie(returning.COOKIE, path=f"/s/{SLUG}")
    assert cookie
    assert len(cookie.value.split(".")) == returning.MAX_ANSWERS


@pytest.mark.parametrize(
    "sent", ["", ".", "x", "a" * 32, "a" * 33, ".".join(["b" * 32] * 9), "\x00" * 32, "\udc80" * 32, "é" * 32, "%00"]
)
def test_a_cookie_that_is_none_of_ours_is_nothing(app: Flask, sent: str) -> None:
    client = app.test_client()
    header = f"{returning.COOKIE}={sent}".encode("utf-8", "surrogateescape").decode("latin-1")
    for address in (f"/s/{SLUG}", f"/s/{SLUG}/what-happens"):
        page = client.get(address, environ_overrides={"HTTP_COOKIE": header})
        assert page.status_code == 200
        assert "You answered on" not in page.text
    assert client.get(f"/s/{SLUG}/thanks", environ_overrides={"HTTP_COOKIE": header}).status_code == 302


def test_it_is_said_what_a_browser_keeps_and_how_it_is_removed(app: Flask) -> None:
    app.config["RETENTION_DAYS"] = 30
    client = app.test_client()
    with app.test_request_context():
        until = formatting.day(now() + timedelta(days=30))
    said = re.sub("<[^>]+>", "", client.get(f"/s/{SLUG}/what-happens").text)
    assert f"if you answer today, until {until}" in said
    assert "Every answer is deleted 30 days after it arrived." in said
    send_answer(client, "Honesty")
    assert "Forget it on this device</button>" in client.get(f"/s/{SLUG}/what-happens").text
    cookie = client.get_cookie(returning.COOKIE, path=f"/s/{SLUG}")
    assert cookie
    assert cookie.max_age == 30 * 24 * 3600


def test_a_day_is_one_day(app: Flask) -> None:
    app.config["RETENTION_DAYS"] = 1
    assert "Every answer is deleted 1 day after it arrived." in app.test_client().get(f"/s/{SLUG}/what-happens").text


class TestBehindHttps:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return quiet(tmp_path, https=True, proxies=1, base_url="https://ask.example")

    def test_the_cookie_is_secure_there(self, app: Flask) -> None:
        client = app.test_client()
        client.environ_base |= {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "ask.example"}
        page = client.get(f"/s/{SLUG}")
        form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": "Honesty"}
        sent = client.post(f"/s/{SLUG}", data=form)
        kept = [cookie for cookie in sent.headers.getlist("Set-Cookie") if cookie.startswith(returning.COOKIE)]
        assert len(kept) == 1
        assert "Secure" in kept[0]


def test_who_has_answered_is_not_asked_to_be_counted_again(app: Flask, survey_id: int) -> None:
    client = app.test_client()
    send_answer(client, "Honesty")
    assert "Answer for another relationship" in client.get(f"/s/{SLUG}/thanks").text
    with app.app_context():
        db.session.get_one(Survey, survey_id).kinds_asked = False
        db.session.commit()
    page = client.get(f"/s/{SLUG}/thanks").text
    assert "Answer for another relationship" not in page
    assert f'<a class="button button-quiet" href="http://localhost{link_of(client)}">Add to it or change it</a>' in page
