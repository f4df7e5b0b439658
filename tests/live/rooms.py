"""A survey on a screen, for tests: its answers and themes, and the presenter who steers it."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.core.database import db, now
from survey.core.models import Answer, Placement, ThemeResult
from survey.live import recent, state
from tests.support.filled_survey import Filled, Says, fill
from tests.support.visitors import SLUG, field, sign_in

SCREEN, STATE, PRESENTER = f"/s/{SLUG}/live", f"/s/{SLUG}/live.json", f"/manage/{SLUG}/live"
TIME, TRUST = "Time for each other", "Trust"
SAID = [
    Says("Time, always time", [("Time", TIME)]),
    Says("We take time every evening", [("time every evening", TIME)]),
    Says("Give it time", [("time", TIME)]),
    Says("Trust me", [("Trust", TRUST)]),
    Says("Trust and patience", [("Trust and patience", TRUST)]),
    Says("Cooking", [("Cooking", None)]),
]
"""Six people, of whom three name one theme and two another"""


def room(app: Flask, answers: list[Says] = SAID, *, on: bool = True, **changes: Any) -> Filled:
    """A survey with an owner that is not published, whose screen is switched on."""
    filled = fill(app, answers, is_owned=True, is_published=False, **changes)
    with app.app_context():
        db.session.query(ThemeResult).update({"mentions": ThemeResult.people})
        db.session.commit()
    if on:
        with app.app_context():
            state.switch_on(filled.survey_id)
    return filled


def shown(app: Flask, lang: str = "en") -> Any:
    """What a screen is told now, without what was told a second ago."""
    with app.app_context():
        recent.forget(SLUG)
    response = app.test_client().get(f"{STATE}?lang={lang}")
    assert response.status_code == 200, response.status_code
    return response.json


def presenter(app: Flask) -> FlaskClient:
    """The owner, signed in."""
    client = app.test_client()
    sign_in(client)
    return client


def press(client: FlaskClient, button: str, **form: str) -> TestResponse:
    """Press a button of the presenter's page."""
    token = field(client.get(PRESENTER), "csrf_token")
    return client.post(f"{PRESENTER}/{button}", data={"csrf_token": token, **form})


def answer_now(app: Flask, text: str, **changes: Any) -> None:
    """Have an answer come just now, with other values where some are given."""
    with app.app_context():
        answer = db.session.query(Answer).filter_by(text=text).one()
        for name, value in {"received_at": now(), **changes}.items():
            setattr(answer, name, value)
        db.session.commit()


def against(app: Flask, idea_id: int) -> None:
    """Say of an idea that it is the opposite of its theme."""
    with app.app_context():
        db.session.query(Placement).filter_by(idea_id=idea_id).update({"against": True})
        db.session.commit()
