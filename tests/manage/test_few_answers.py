"""What pages say while there is no theme: without an answer, before the first run, and after one that found none."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey.core.database import db
from survey.core.models import Survey
from survey.live import snapshot
from survey.results.read_model import SATURATION
from tests.support.only_survey import own, send
from tests.support.visitors import SLUG, owned_survey, send_answer, sign_in

PAGES = {
    "Today": f"/manage/{SLUG}",
    "Themes": f"/manage/{SLUG}/themes",
    "No theme": f"/manage/{SLUG}/themes/inbox",
}
SAID = ["Chess", "Rain on Sundays", "Zebras", "Trains at night", "Vinegar", "Plumbing", "A yellow hat"]


@pytest.fixture
def owner(app: Flask) -> FlaskClient:
    owned_survey(app, codebook="none")
    client = app.test_client()
    sign_in(client)
    return client


def text_of(client: FlaskClient, address: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(address).text))


def test_before_any_answer(owner: FlaskClient) -> None:
    for address in PAGES.values():
        page = text_of(owner, address)
        assert "Themes are found when people have answered." in page
        assert "Every idea is on a theme." not in page
    assert "all themes of this survey were found" not in owner.get(f"/manage/{SLUG}/export").text
    assert "There is no theme for readers yet." in owner.get(f"/manage/{SLUG}/publish").text


def test_once_people_answered_and_nobody_looked(app: Flask, owner: FlaskClient) -> None:
    with app.app_context():
        send(SAID)
    for address in PAGES.values():
        assert "Themes have not been looked for yet." in text_of(owner, address)


def test_after_a_run_that_found_none(app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]) -> None:
    with app.app_context():
        send(SAID)
    perform(app)
    for address in PAGES.values():
        page = text_of(owner, address)
        assert "are found when people have answered" not in page
        assert "No two people said the same" not in page
        for words in SATURATION.values():
            assert str(words) not in page
    for name in ("Today", "Themes"):
        assert "No theme was found yet. More answers will help." in text_of(owner, PAGES[name])
    with app.test_request_context():
        told = snapshot.take(own(), db.session.scalars(select(Survey.created_at)).one())
        assert told.notice == "No themes have been found yet."
    assert "all themes of this survey were found" not in owner.get(f"/manage/{SLUG}/export").text


def test_the_first_who_answers_joins_nobody(app: Flask, owner: FlaskClient) -> None:
    client = app.test_client()
    send_answer(client, "Chess")
    page = client.get(f"/s/{SLUG}/thanks").text
    assert "what others said" not in page
    assert "<h1>It arrived.</h1>" in page


def test_the_owner_is_told_what_respondents_see_before_the_result_is_published(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    with app.app_context():
        own().codebook = "relationships"
        db.session.commit()
    send_answer(app.test_client(), "Honesty")
    client = app.test_client()
    send_answer(client, "Honesty, always")
    perform(app)
    assert "It joins the thread" in client.get(f"/s/{SLUG}/thanks").text
    told = "Whoever answers is told the name of the theme that the answer joins."
    assert told in text_of(owner, f"/manage/{SLUG}/publish")
    today = text_of(owner, PAGES["Today"])
    assert told in today
    assert "The themes are ready. Their page is not public yet." in today
    assert "Only those who work on this survey can see this page." in owner.get(f"/s/{SLUG}/themes").text
