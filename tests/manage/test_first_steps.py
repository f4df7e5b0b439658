"""The first steps with a survey, the one filled button of Today, and how long the first minute is."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.accounts import owners
from survey.core.database import db
from survey.core.models import Survey
from survey.manage.surveys import set_open
from survey.serve import demo
from survey.worker.worker import Worker
from tests.support.site import served
from tests.support.visitors import SLUG, field, make_owner, make_survey, owned_survey, send_answer, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

TODAY = f"/manage/{SLUG}"
STEPS = ("Ask a question", "Share it", "Look at what they share", "Publish")
LISTEN = ("Listen to each other", "Listening, always", "Really listen", "Listen before you speak", "Just listen")


@pytest.fixture
def owner(sqlite_app: Flask) -> FlaskClient:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    return client


def post(client: FlaskClient, path: str) -> str:
    token = field(client.get(TODAY), "csrf_token")
    return str(client.post(path, data={"csrf_token": token}).location)


def done(client: FlaskClient) -> list[str] | None:
    """The first steps that are done; None where there is no list."""
    page = client.get(TODAY).text
    if "First steps" not in page:
        return None
    return re.findall(r'<li class="done">\s*<b>([^<]+)</b>', page)


def filled_buttons(client: FlaskClient) -> list[str]:
    """The filled buttons of Today, by their labels."""
    return re.findall(r'class="button"[^>]*>([^<]+)<', client.get(TODAY).text)


@pytest.mark.usefixtures("perform")
def test_each_step_is_done_by_what_happened_and_the_list_goes(sqlite_app: Flask, owner: FlaskClient) -> None:
    assert done(owner) == [STEPS[0]]
    assert filled_buttons(owner) == ["Share the question"]
    for text in LISTEN:
        send_answer(sqlite_app.test_client(), text)
    assert done(owner) == [*STEPS[:2]]
    assert filled_buttons(owner) == []  # they are being found
    Worker(sqlite_app).sweep()
    assert done(owner) == [*STEPS[:2]]
    assert filled_buttons(owner) == ["Look at the theme page"]
    assert post(owner, f"{TODAY}/look") == f"/s/{SLUG}/themes"
    assert done(owner) == [*STEPS[:3]]
    assert filled_buttons(owner) == ["Publish the theme page"]
    post(owner, f"{TODAY}/publish")
    assert done(owner) is None
    assert filled_buttons(owner) == []


@pytest.mark.usefixtures("perform")
def test_a_held_answer_comes_before_everything_else(sqlite_app: Flask, owner: FlaskClient) -> None:
    for text in (*LISTEN, "See https://a.example and https://b.example"):
        send_answer(sqlite_app.test_client(), text)
    Worker(sqlite_app).sweep()
    assert filled_buttons(owner) == ["Read it"]
    assert "Publish the theme page" in owner.get(TODAY).text


def test_a_closed_draft_is_opened_first(sqlite_app: Flask, owner: FlaskClient) -> None:
    with sqlite_app.app_context():
        survey = db.session.query(Survey).one()
        set_open(survey.id, False)
        db.session.query(Survey).update({"closed_at": None, "closed_by": None})
        db.session.commit()
    assert done(owner) == []
    assert filled_buttons(owner) == ["Open the survey"]


def test_the_list_is_put_away_for_good(owner: FlaskClient) -> None:
    assert post(owner, f"{TODAY}/first-steps/dismiss") == TODAY
    assert done(owner) is None


def test_the_example_says_so_and_has_no_steps(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        demo.load()
    said = "This is an example: its answers are made up."
    for address in ("/s/demo", "/s/demo/themes", "/s/demo/answers"):
        assert said in sqlite_app.test_client().get(address).text
    make_owner(sqlite_app)
    with sqlite_app.app_context():
        survey = db.session.query(Survey).one()
        survey.owner_id = 1
        db.session.commit()
    client = sqlite_app.test_client()
    sign_in(client)
    listed = client.get("/manage").text
    assert "Ask your first question" in listed
    assert "An example with made-up answers." in listed
    assert "First steps" not in client.get("/manage/demo").text
    make_survey(sqlite_app, 1)
    assert said not in sqlite_app.test_client().get(f"/s/{SLUG}").text


@pytest.mark.browser
def test_a_first_survey_is_live_within_a_minute(sqlite_app: Flask, page: Page) -> None:
    """Counted as by the keystroke-level model (Card, Moran and Newell 1980): .28 s a key, 1.1 s to point and .2 s to
    click, 1.35 s to think before each of these, and .4 s to move between mouse and keys; pages as they really load."""
    key, click, think, hand = 0.28, 1.1 + 0.2, 1.35, 0.4
    typed = {
        "Your name": "Nora",
        "A password": "four words in a row",
        "Your question": "What would make our street a better place?",
    }
    pages = fields = 0
    seconds = 0.0
    with sqlite_app.app_context():
        demo.load()
        token = owners.new_set_up_token()
    began = time.monotonic()
    with served(sqlite_app) as base:
        page.goto(f"{base}/set-up/{token}")
        for labels, button in ((("Your name", "A password"), "Set up"), (("Your question",), "Create the survey")):
            pages += 1
            for label in labels:
                page.get_by_label(label).fill(typed[label])
                fields += 1
                seconds += think + click + hand + key * len(typed[label])
            page.get_by_role("button", name=button).click()
            seconds += think + click + hand
        page.get_by_text("First steps").wait_for()
        slug = page.url.rsplit("/", 1)[-1]
        assert page.request.get(f"{base}/s/{slug}").ok
    seconds += time.monotonic() - began
    assert (pages, fields) == (2, 3)
    assert seconds < 60
    print(f"{pages} pages, {fields} fields, {seconds:.0f} s")
