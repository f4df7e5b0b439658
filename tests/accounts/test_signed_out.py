"""Signed out in the middle of a form: it is said, what was typed stands there to be copied, and one comes back."""

from __future__ import annotations

from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.accounts import owners
from survey.core.account_models import Owner
from survey.core.database import db
from survey.core.models import Survey
from tests.support.visitors import OWNER, PASSWORD, SLUG, field, owned_survey, sign_in

PAGE, TYPED = f"/manage/{SLUG}/publish", "We bought lamps for the quiet room.\r\n<b>Two</b>"
FORM = f"{PAGE}/conclusion"


@pytest.fixture
def owner(app: Flask) -> FlaskClient:
    """Somebody with a page open, whose session has ended meanwhile."""
    owned_survey(app)
    client = app.test_client()
    sign_in(client)
    client.get(PAGE)
    with app.app_context():
        owners.end_sessions(db.session.query(Owner.id).filter_by(name=OWNER).scalar() or 0)
    return client


def send(client: FlaskClient, address: str = FORM, referrer: str = PAGE, **form: str) -> TestResponse:
    return client.post(address, data=form, headers={"Referer": f"http://localhost{referrer}"})


def test_what_was_typed_is_shown_and_one_comes_back(app: Flask, owner: FlaskClient) -> None:
    seen, key = "a1b2c3d4e5f6 a1b2c3d4e5f6", "k" * 40
    page = send(owner, conclusion=TYPED, seen=seen, csrf_token=key, password="my own four words here")
    assert page.status_code == 403 and page.headers["Cache-Control"] == "no-store"
    assert "what you sent just now was not kept" in page.text
    assert TYPED.replace("\r\n", "\n") in unescape(page.text).replace("\r\n", "\n") and "<b>Two" not in page.text
    for hidden in (seen, key, "my own four words"):
        assert hidden not in page.text
    form = {name: field(page, name) for name in ("csrf_token", "next")} | {"name": OWNER, "password": PASSWORD}
    assert owner.post("/sign-in", data=form).location == PAGE
    with app.app_context():
        assert db.session.query(Survey.conclusion).scalar() == ""


@pytest.mark.parametrize(
    ("referrer", "back"), [(f"{PAGE}?a=1", f"{PAGE}?a=1"), ("//evil.example", None), ("/a\\b", None)]
)
def test_where_nothing_was_typed_it_is_said_too(owner: FlaskClient, referrer: str, back: str | None) -> None:
    sent = send(owner, referrer=referrer, shown="yes")
    page = owner.get(sent.location)
    assert "what you sent just now was not kept" in page.text and "What you typed" not in page.text
    assert f'value="{back}"' in page.text if back else "evil" not in page.text


def test_a_page_of_another_site_gets_nothing_shown_and_leads_nowhere(owner: FlaskClient) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        sent = owner.post(FORM, data={"conclusion": TYPED}, headers=headers | {"Referer": "https://evil.example/x"})
        assert sent.status_code == 302 and "evil" not in sent.location and "lamps" not in owner.get(sent.location).text


def test_a_new_password_that_was_typed_is_never_shown(owner: FlaskClient) -> None:
    page = send(owner, "/account", "/account", current="the old four words", other="a few new words in a row")
    assert page.status_code == 302


def test_who_was_signed_out_elsewhere_is_told_on_any_page(owner: FlaskClient) -> None:
    page = owner.get(owner.get(PAGE).location)
    assert "You were signed out: from another device" in page.text
    assert "You were signed out" not in owner.application.test_client().get("/sign-in").text


def test_signing_out_says_that_it_is_everywhere(app: Flask) -> None:
    owned_survey(app)
    client = app.test_client()
    sign_in(client)
    left = client.post("/sign-out", data={"csrf_token": field(client.get("/manage"), "csrf_token")})
    assert "You are signed out, here and wherever else you were signed in." in client.get(left.location).text
    assert "You are signed out" not in client.get("/sign-in").text
