"""Lists of advice: kept, refused in words, and held against what people answered."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.core.database import db
from survey.core.models import Advice, Run, Survey, Theme
from survey.curation import advice_lists
from survey.curation.advice_comparison import ComparedAdvice, compared_advice
from tests.support.visitors import SLUG, field, make_owner, make_survey, send_answer, sign_in

ADVICE = f"/manage/{SLUG}/advice"


@pytest.fixture
def owner(app: Flask) -> FlaskClient:
    make_survey(app, make_owner(app))
    client = app.test_client()
    sign_in(client)
    return client


def post(client: FlaskClient, address: str = ADVICE, **form: str) -> TestResponse:
    return client.post(address, data={"csrf_token": field(client.get(ADVICE), "csrf_token"), **form})


def kept(app: Flask) -> list[tuple[str, list[str]]]:
    with app.app_context():
        return [(advice.title, advice.points) for advice in db.session.query(Advice).order_by(Advice.id)]


def shown(app: Flask) -> list[ComparedAdvice]:
    with app.app_context():
        survey = db.session.query(Survey).one()
        return compared_advice(survey, db.session.get_one(Run, survey.current_run_id))


@pytest.mark.both_databases
def test_a_list_is_added_changed_and_deleted(app: Flask, owner: FlaskClient) -> None:
    sent = post(owner, title=" Four attributes ", points="Listen: let them finish\r\n\r\n  Be   honest  ")
    assert (sent.status_code, sent.location) == (303, ADVICE)
    assert kept(app) == [("Four attributes", ["Listen: let them finish", "Be honest"])]
    with app.app_context():
        address = f"{ADVICE}/{db.session.query(Advice.public_id).scalar()}"
        assert db.session.query(Run.state, Run.reason).all() == [("asked", "owner")]
    page = owner.get(address).text
    assert "Listen: let them finish\nBe honest" in page
    post(owner, address, title="Two", points="Laugh")
    assert kept(app) == [("Two", ["Laugh"])]
    assert "1 point waits for the next run." in owner.get(ADVICE).text
    post(owner, f"{address}/delete", x="1")
    assert kept(app) == []
    assert owner.get(address).status_code == 404


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"title": "", "points": "Listen"}, "Write what the list is called"),
        ({"title": "…", "points": "Listen"}, "Write what the list is called"),
        ({"title": "t" * 121, "points": "Listen"}, "Keep the title to 120 characters."),
        ({"title": "T", "points": " \n "}, "Write at least one point."),
        ({"title": "T", "points": "\n".join(["x"] * 41)}, "These are 41 points, and 40 fit."),
        ({"title": "T", "points": f"Listen\n{'x' * 301}"}, "Point 2 is 301 characters long, and 300 fit."),
        ({"title": "T", "points": "Listen\n---"}, "Point 2 has no words in it."),
        ({"title": "T", "points": "a\0b"}, "NUL"),
    ],
)
def test_a_list_that_cannot_be_says_why_and_keeps_what_was_typed(
    sqlite_app: Flask, form: dict[str, str], message: str
) -> None:
    make_survey(sqlite_app, make_owner(sqlite_app))
    client = sqlite_app.test_client()
    sign_in(client)
    refused = post(client, **form)
    assert refused.status_code == 422
    assert message in refused.text
    assert form["points"].strip().split("\n")[0].replace("\0", "\ufffd") in refused.text.replace("\0", "\ufffd")
    assert kept(sqlite_app) == []


def test_there_are_as_many_lists_as_fit(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, make_owner(sqlite_app))
    client = sqlite_app.test_client()
    sign_in(client)
    for number in range(advice_lists.MAX_LISTS):
        assert post(client, title=f"List {number}", points="Listen").status_code == 303
    assert "There are 12 lists already." in post(client, title="One more", points="Listen").text
    assert len(kept(sqlite_app)) == advice_lists.MAX_LISTS


def test_anothers_list_is_not_there(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, make_owner(sqlite_app, "Otto"), "ottos")
    make_survey(sqlite_app, make_owner(sqlite_app))
    with sqlite_app.app_context():
        advice_lists.add(db.session.query(Survey).filter_by(slug="ottos").one(), "Ottos list", ["Listen"])
        public_id = db.session.query(Advice.public_id).scalar()
    client = sqlite_app.test_client()
    sign_in(client)
    assert client.get(f"{ADVICE}/{public_id}").status_code == 404
    assert post(client, f"{ADVICE}/{public_id}/delete", x="1").status_code == 404
    assert len(kept(sqlite_app)) == 1


@pytest.mark.parametrize(
    ("point", "parts"),
    [
        ("Listen: let people finish", ("Listen", "let people finish")),
        ("Listen", ("Listen", "")),
        ("At 10:30 call", ("At 10:30 call", "")),
        (": nothing before", (": nothing before", "")),
        ("One: two: three", ("One", "two: three")),
    ],
)
def test_what_stands_before_a_colon_is_the_heading(point: str, parts: tuple[str, str]) -> None:
    assert advice_lists.split_point(point) == parts


def test_a_run_says_which_points_people_name_and_what_no_point_does(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    for text in ("Honesty", "honesty", *["Shut up and listen"] * 3):
        send_answer(app.test_client(), text)
    post(owner, title="Two things", points="Honesty: above all\nZebra crossings")
    perform(app)
    (found,) = shown(app)
    assert [point.heading for point in found.points] == ["Honesty", "Zebra crossings"]
    assert [point.body for point in found.points] == ["above all", ""]
    honest, zebra = (point.theme for point in found.points)
    assert honest is not None
    assert (honest.name, honest.people) == ("Honesty", 2)
    assert found.points[0].strength > 0.5
    assert zebra is None
    assert [(theme.name, theme.people) for theme in found.missing] == [("Listening", 3)]
    assert found.named_count == 1
    page = owner.get(ADVICE).text
    assert "People name 1 of its 2 points." in page
    assert "Nobody says this" in page


def test_a_theme_that_was_discovered_is_matched_by_what_is_in_it(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    with app.app_context():
        db.session.query(Survey).one().codebook = "none"
        db.session.commit()
    animals = [f"zebra quagga {word}" for word in ("okapi", "gnu", "eland", "kudu", "impala", "oribi")]
    games = [f"chess checkers {word}" for word in ("bridge", "whist", "go", "dominoes", "skat", "draughts", "rummy")]
    for text in animals + games:
        send_answer(app.test_client(), text)
    post(owner, title="Animals", points="Zebra quagga\nPhilosophy")
    perform(app)
    (found,) = shown(app)
    theme = found.points[0].theme
    assert theme is not None
    assert theme.people == 6
    assert found.points[1].theme is None
    assert [missing.people for missing in found.missing] == [7]


def test_hidden_themes_and_changed_lists_are_left_out(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    for text in ("Honesty", "Honesty", "Listening", "Listening"):
        send_answer(app.test_client(), text)
    post(owner, title="One thing", points="Honesty")
    perform(app)
    with app.app_context():
        for theme in db.session.query(Theme):
            theme.hidden = True
        db.session.commit()
    (found,) = shown(app)
    assert found.points[0].theme is None
    assert found.missing == []
    with app.app_context():
        address = f"{ADVICE}/{db.session.query(Advice.public_id).scalar()}"
    post(owner, address, title="Another thing", points="Patience")
    assert shown(app) == []


def test_lists_of_a_survey_that_nobody_answered_match_nothing(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    post(owner, title="One thing", points="Honesty")
    perform(app)
    (found,) = shown(app)
    assert found.points[0].theme is None
    assert np.isclose(found.points[0].strength, 0)
