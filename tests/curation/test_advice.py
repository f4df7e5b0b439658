"""Lists of advice: kept, refused in words, and held against what people answered."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.core.database import db, now
from survey.core.models import Advice, Run, Survey, Theme, ThemeResult
from survey.curation import advice_lists, edit_history, theme_edits
from survey.curation.advice_comparison import ComparedAdvice, compared_advice
from tests.support.every_case import for_each
from tests.support.visitors import SLUG, field, make_owner, make_survey, owned_survey, send_answer, sign_in

ADVICE = f"/manage/{SLUG}/advice"


@pytest.fixture
def owner(app: Flask) -> FlaskClient:
    owned_survey(app)
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
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    refused = post(client, **form)
    assert refused.status_code == 422
    assert message in refused.text
    assert form["points"].strip().split("\n")[0].replace("\0", "\ufffd") in refused.text.replace("\0", "\ufffd")
    assert kept(sqlite_app) == []


def test_there_are_as_many_lists_as_fit(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    for number in range(advice_lists.MAX_LISTS):
        assert post(client, title=f"List {number}", points="Listen").status_code == 303
    assert "There are 12 lists already." in post(client, title="One more", points="Listen").text
    assert len(kept(sqlite_app)) == advice_lists.MAX_LISTS


def test_anothers_list_is_not_there(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, make_owner(sqlite_app, "Otto"), "ottos")
    owned_survey(sqlite_app)
    with sqlite_app.app_context():
        advice_lists.add(db.session.query(Survey).filter_by(slug="ottos").one(), "Ottos list", ["Listen"])
        public_id = db.session.query(Advice.public_id).scalar()
    client = sqlite_app.test_client()
    sign_in(client)
    assert client.get(f"{ADVICE}/{public_id}").status_code == 404
    assert post(client, f"{ADVICE}/{public_id}/delete", x="1").status_code == 404
    assert len(kept(sqlite_app)) == 1


@for_each(
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


def compared_two(app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]) -> str:
    """A list of two points that is compared with two themes, Honesty and Listening; gives the address of the list."""
    for text in ("Honesty", "honesty", *["Shut up and listen"] * 3):
        send_answer(app.test_client(), text)
    post(owner, title="Two things", points="Honesty: above all\nZebra crossings")
    perform(app)
    with app.app_context():
        return f"{ADVICE}/{db.session.query(Advice.public_id).scalar()}"


def theme_of(app: Flask, name: str) -> str:
    with app.app_context():
        return db.session.query(Theme.public_id).filter_by(name=name).scalar() or ""


def said(app: Flask) -> list[tuple[str | None, bool]]:
    """The theme of each point of the only list, and whether its owner decided it."""
    (found,) = shown(app)
    return [(point.theme.name if point.theme else None, point.is_decided) for point in found.points]


def lacks(app: Flask) -> list[str]:
    (found,) = shown(app)
    return [theme.name for theme in found.missing]


@pytest.mark.both_databases
def test_a_match_is_dismissed_corrected_and_given_back(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    address = compared_two(app, owner, perform)
    honest, listening = "Honesty: above all", theme_of(app, "Listening")
    assert (said(app), lacks(app)) == ([("Honesty", False), (None, False)], ["Listening"])
    sent = post(owner, f"{address}/match", point=honest, theme="none")
    assert (sent.status_code, sent.location) == (303, f"{ADVICE}#{address.rsplit('/')[-1]}-1")
    assert (said(app), lacks(app)) == ([(None, True), (None, False)], ["Listening", "Honesty"])
    post(owner, f"{address}/match", point="Zebra crossings", theme=listening)
    assert (said(app), lacks(app)) == ([(None, True), ("Listening", True)], ["Honesty"])
    page = owner.get(ADVICE).text
    assert "Nobody says this. You said so" in page
    assert "3 people. You chose it" in page
    perform_again = f"/manage/{SLUG}/run"
    owner.post(perform_again, data={"csrf_token": field(owner.get(ADVICE), "csrf_token")})
    perform(app)
    assert (said(app), lacks(app)) == ([(None, True), ("Listening", True)], ["Honesty"])
    for point in (honest, "Zebra crossings"):
        post(owner, f"{address}/match", point=point, theme="found")
    assert (said(app), lacks(app)) == ([("Honesty", False), (None, False)], ["Listening"])


def test_changing_a_list_keeps_what_was_decided_about_points_that_stay(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    address = compared_two(app, owner, perform)
    post(owner, f"{address}/match", point="Honesty: above all", theme="none")
    post(owner, f"{address}/match", point="Zebra crossings", theme=theme_of(app, "Listening"))
    post(owner, address, title="Other things", points="Patience\nZebra crossings\nHonesty: beyond all")
    perform(app)
    assert said(app) == [(None, False), ("Listening", True), ("Honesty", False)]
    with app.app_context():
        assert [*db.session.query(Advice).one().decisions] == ["Zebra crossings"]


def test_the_page_of_a_point_offers_every_theme_and_chooses_none(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    address = compared_two(app, owner, perform)
    page = owner.get(f"{address}/match?point=2")
    assert field(page, "point") == "Zebra crossings"
    assert [theme_of(app, name) in page.text for name in ("Honesty", "Listening")] == [True, True]
    assert "checked" not in page.text
    assert "selected" not in page.text
    assert {owner.get(f"{address}/match?point={number}").status_code for number in ("0", "3", "x", "")} == {404}


@pytest.mark.parametrize(
    ("point", "theme", "words"),
    [
        ("Zebra crossing", "none", "That point is not on the list any more."),
        ("Zebra crossings", "0123456789abcdef", "That theme is not there any more."),
        ("Zebra crossings", "\0", "That theme is not there any more."),
        ("", "", "That theme is not there any more."),
    ],
)
def test_what_is_gone_changes_nothing_and_is_said(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None], point: str, theme: str, words: str
) -> None:
    address = compared_two(app, owner, perform)
    assert post(owner, f"{address}/match", point=point, theme=theme).status_code == 303
    assert words in owner.get(ADVICE).text
    assert said(app) == [("Honesty", False), (None, False)]


def test_a_decision_follows_its_theme_where_that_is_merged_hidden_or_gone(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    address = compared_two(app, owner, perform)
    post(owner, f"{address}/match", point="Zebra crossings", theme=theme_of(app, "Listening"))
    with app.app_context():
        themes = {theme.name: theme for theme in db.session.query(Theme)}
        ids = {name: theme.id for name, theme in themes.items()}
        merged = theme_edits.merge(themes["Listening"], themes["Honesty"])
    assert said(app) == [("Honesty", False), ("Honesty", True)]
    with app.app_context():
        edit_history.undo(db.session.query(Survey).one(), merged)
        db.session.query(Theme).filter_by(name="Listening").one().hidden = True
        db.session.commit()
    assert said(app) == [("Honesty", False), (None, True)]
    with app.app_context():
        db.session.query(ThemeResult).filter_by(theme_id=ids["Listening"]).delete()
        db.session.commit()
    assert said(app) == [("Honesty", False), (None, False)]  # what the run found, until somebody is in it again


def test_a_weak_match_is_shown_to_its_owner_alone(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    address = compared_two(app, owner, perform)
    with app.app_context():
        survey = db.session.query(Survey).one()
        survey.published_at = now()
        run = db.session.get_one(Run, survey.current_run_id)
        listening = db.session.query(Theme).filter_by(name="Listening").one()
        found = deepcopy(run.advice)
        found[0]["points"][1] |= {"perhaps": listening.key, "covers": [listening.key]}
        run.advice = found
        db.session.commit()
    assert said(app) == [("Honesty", False), (None, False)]
    assert lacks(app) == []
    page = owner.get(ADVICE).text
    assert "Perhaps" in page
    assert "People clearly name 1 of its 2 points." in page
    readers = app.test_client().get(f"/s/{SLUG}/themes").text
    assert "Nobody clearly says this" in readers
    assert "Nobody has said this" not in readers
    post(owner, f"{address}/match", point="Zebra crossings", theme=theme_of(app, "Listening"))
    assert said(app) == [("Honesty", False), ("Listening", True)]


def test_a_result_of_an_earlier_version_is_read_as_it_was(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    address = compared_two(app, owner, perform)
    with app.app_context():
        run = db.session.get_one(Run, db.session.query(Survey).one().current_run_id)
        found = deepcopy(run.advice)
        for point in found[0]["points"]:
            del point["perhaps"], point["covers"]
        run.advice = found
        db.session.commit()
    assert (said(app), lacks(app)) == ([("Honesty", False), (None, False)], ["Listening"])
    post(owner, f"{address}/match", point="Zebra crossings", theme="none")
    assert lacks(app) == ["Listening"]


def test_what_another_window_changed_is_not_overwritten_unseen(sqlite_app: Flask) -> None:
    survey_id = owned_survey(sqlite_app)
    with sqlite_app.app_context():
        advice_lists.add(db.session.get_one(Survey, survey_id), "A list", ["one", "two"])
        public_id = db.session.query(Advice.public_id).scalar()
    client = sqlite_app.test_client()
    sign_in(client)
    address = f"/manage/{SLUG}/advice/{public_id}"
    page = client.get(address)
    fields = {name: field(page, name) for name in ("csrf_token", "seen")} | {"title": "A list"}
    assert client.post(address, data=fields | {"points": "one\nthree"}).status_code == 303
    refused = client.post(address, data=fields | {"points": "one\nfour"})
    assert refused.status_code == 409
    assert "changed in another window" in refused.text
    assert "four" in refused.text
    assert (
        client.post(address, data=fields | {"points": "one\nfour", "seen": field(refused, "seen")}).status_code == 303
    )
    with sqlite_app.app_context():
        assert db.session.query(Advice.points).scalar() == ["one", "four"]
