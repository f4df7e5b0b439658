"""What a survey that is closed says where people would be brought to it: nothing there invites."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.core.database import db
from survey.core.models import Survey
from survey.manage import surveys
from tests.support.visitors import SLUG, owned_survey, send_answer, sign_in

INVITES = (
    "Bring people to your question",
    "Paste it where your people are",
    "One line is enough",
    "Answer for another",
)


@pytest.fixture
def survey_id(app: Flask) -> int:
    return owned_survey(app)


def pages(app: Flask, respondent: FlaskClient) -> dict[str, str]:
    owner = app.test_client()
    sign_in(owner)
    return {
        "Today": owner.get(f"/manage/{SLUG}").text,
        "Share": owner.get(f"/manage/{SLUG}/share").text,
        "Poster": owner.get(f"/manage/{SLUG}/share/poster").text,
        "Thanks": respondent.get(f"/s/{SLUG}/thanks").text,
    }


def test_nothing_invites_to_a_closed_survey(app: Flask, survey_id: int) -> None:
    respondent = app.test_client()
    send_answer(respondent, "Honesty")
    opened = pages(app, respondent)
    assert [name for name, page in opened.items() if not any(words in page for words in INVITES)] == []
    with app.app_context():
        surveys.set_open(survey_id, False)
    closed = pages(app, respondent)
    assert [(name, words) for name, page in closed.items() for words in INVITES if words in page] == []
    assert "It is closed: whoever opens this address cannot answer." in closed["Today"]
    assert "Your question is closed" in closed["Share"]
    assert "Share the question" not in closed["Share"] + closed["Today"]
    assert "Your question is closed" in closed["Poster"]


def test_a_survey_that_closed_by_itself_counts_answers_and_not_people(app: Flask, survey_id: int) -> None:
    with app.app_context():
        db.session.get_one(Survey, survey_id).closes_after = 2
        db.session.commit()
    for text in ("Honesty", "."):
        send_answer(app.test_client(), text)
    page = re.sub(r"\s+", " ", app.test_client().get(f"/s/{SLUG}").text)
    assert "once 2 answers had come in." in page
