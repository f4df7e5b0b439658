"""Answers that wait for the owner, answers that are hidden, floods: what is shown and counted, and the way back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.answers import lifecycle as answers
from survey.answers import near_duplicates
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Run, Survey, ThemeResult
from survey.results import read_model
from survey.worker.worker import Worker
from tests.support.site import queries
from tests.support.visitors import SLUG, field, make_owner, make_survey, send_answer

LISTED = f"/manage/{SLUG}/answers"
FLOOD = "Buy the very best crystals from my shop, number {}"


def decide(client: FlaskClient, **chosen: str) -> str:
    token = field(client.get(f"/manage/{SLUG}/export"), "csrf_token")
    response = client.post(f"{LISTED}/decide", data={"csrf_token": token, **chosen}, follow_redirects=True)
    assert response.status_code == 200
    return response.text


def statuses(app: Flask) -> list[tuple[str, str | None]]:
    with app.app_context():
        return [(answer.status, answer.reason) for answer in db.session.query(Answer).order_by(Answer.id)]


def result(app: Flask) -> tuple[int, int, int, dict[int, tuple[int, int]]]:
    """Answers, ideas and placed answers of the result that is shown, and people and mentions by theme."""
    with app.app_context():
        survey = db.session.query(Survey).one()
        run = db.session.get_one(Run, survey.current_run_id)
        rows = db.session.query(ThemeResult).where(ThemeResult.run_id == run.id, ThemeResult.people > 0)
        return run.answers, run.ideas, run.placed, {row.theme_id: (row.people, row.mentions) for row in rows}


@pytest.mark.both_databases
def test_an_answer_with_a_link_waits_and_is_counted_nowhere(
    app: Flask, owned: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    send_answer(app.test_client(), "Honesty, see https://shop.example/honesty")
    send_answer(app.test_client(), "Honesty")
    perform(app)
    assert statuses(app) == [("held", "link"), ("shown", None)]
    assert result(app)[0] == 1
    with app.app_context():
        assert read_model.theme_page(db.session.query(Survey).one()).people == 1
    page = owned.get(f"{LISTED}?state=held").text
    assert "It has a link in it" in page
    assert "shop.example" in page


def test_a_held_answer_says_so_to_its_writer(app: Flask, owned: FlaskClient) -> None:
    client = app.test_client()
    send_answer(client, "Honesty, see https://shop.example/honesty")
    page = client.get(f"/s/{SLUG}/thanks").text
    assert "reads it first" in page
    assert 'http-equiv="refresh"' not in page


def test_a_survey_may_hold_every_answer_first(app: Flask, owned: FlaskClient) -> None:
    settings = f"/manage/{SLUG}/settings"
    form = {"csrf_token": field(owned.get(settings), "csrf_token"), "question": "Why?", "hold_first": "y"}
    assert owned.post(settings, data=form | {"codebook": "relationships"}).status_code == 303
    send_answer(app.test_client(), "Honesty")
    assert statuses(app) == [("held", "review")]
    assert "1 answer waits for you" in owned.get(f"/manage/{SLUG}").text


def test_showing_a_held_answer_places_it_and_hiding_it_takes_it_out_again(
    app: Flask, owned: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    send_answer(app.test_client(), "Honesty")
    send_answer(app.test_client(), "Honesty, read www.shop.example")
    perform(app)
    before = result(app)
    with app.app_context():
        held = db.session.query(Answer).where(Answer.status == "held").one().public_id
        survey_id = db.session.query(Survey.id).scalar()
    decide(owned, answer=held, status="shown")
    Worker(app).place(survey_id)
    assert result(app)[0] == before[0] + 1
    page = decide(owned, answer=held, status="hidden")
    assert "1 answer is hidden" in page
    assert "Undo" in page
    assert result(app) == before
    with app.app_context():
        hidden = db.session.query(Answer).where(Answer.status == "hidden").one()
        assert db.session.query(Idea).where(Idea.answer_id == hidden.id).count() == 0


@pytest.mark.both_databases
def test_a_flood_is_one_burst_and_is_decided_at_once(app: Flask, owned: FlaskClient) -> None:
    for number in range(9):
        send_answer(app.test_client(), FLOOD.format(number))
    first = near_duplicates.MIN_ANSWERS - 1
    assert statuses(app) == [("shown", None)] * first + [("held", "burst")] * (9 - first)
    page = owned.get(f"{LISTED}?state=held").text
    assert page.count("nearly the same within an hour") == 1
    with app.app_context():
        bursts = {answer.burst for answer in db.session.query(Answer).where(Answer.status == "held")}
    assert len(bursts) == 1
    page = decide(owned, burst=bursts.pop() or "", status="hidden", state="held")
    assert f"{9 - first} answers are hidden" in page
    assert [status for status, _ in statuses(app)] == ["shown"] * first + ["hidden"] * (9 - first)


def test_the_same_short_words_from_many_are_no_flood(app: Flask, owned: FlaskClient) -> None:
    for _ in range(8):
        send_answer(app.test_client(), "Communication")
    assert {status for status, _ in statuses(app)} == {"shown"}


def test_an_import_is_no_flood(app: Flask, owned: FlaskClient) -> None:
    with app.app_context():
        survey = db.session.query(Survey).one()
        answers.receive_import(
            survey,
            [answers.NewAnswer(FLOOD.format(n), f"import-{n}" + "k" * 20, source="import") for n in range(9)],
        )
    send_answer(app.test_client(), FLOOD.format(99))
    assert {status for status, _ in statuses(app)} == {"shown"}


def test_a_decision_about_somebody_elses_answer_is_none(app: Flask, owned: FlaskClient) -> None:
    make_survey(app, make_owner(app, "Someone else"), slug="other")
    send_answer(app.test_client(), "Honesty", slug="other")
    with app.app_context():
        public_id = db.session.query(Answer.public_id).scalar() or ""
    token = field(owned.get(f"/manage/{SLUG}/export"), "csrf_token")
    chosen = {"csrf_token": token, "answer": public_id, "status": "hidden"}
    assert owned.post(f"{LISTED}/decide", data=chosen).status_code == 404
    assert owned.post(f"{LISTED}/decide", data=chosen | {"status": "gone"}).status_code == 400
    assert statuses(app) == [("shown", None)]


@pytest.mark.parametrize("state", ["", "shown", "held", "hidden"])
def test_the_list_makes_as_many_queries_for_many_rows_as_for_few(app: Flask, owned: FlaskClient, state: str) -> None:
    counted = []
    for more in (3, 40):
        for number in range(more):
            send_answer(app.test_client(), f"Honesty {more} {number}")
        with app.app_context(), write_transaction() as session:
            session.query(Answer).update({"status": state or "shown"})
        with queries(app) as statements:
            assert owned.get(f"{LISTED}?state={state}").status_code == 200
        counted.append(len(statements))
    assert counted[0] == counted[1]


def test_the_owner_reads_the_shares_without_a_flood_and_with_it(
    app: Flask, owned: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    for words in ("Honesty", "Honesty, always", "Patience", "Listening to each other"):
        send_answer(app.test_client(), words)
    perform(app)
    for number in range(9):
        send_answer(app.test_client(), f"Honesty is what counts, number {number}")
    with app.app_context():
        held = db.session.query(Answer).where(Answer.status == "held").count()
        shown = db.session.query(Answer).where(Answer.status == "shown").count()
    assert held >= 5
    perform(app)
    page = owned.get(f"{LISTED}?state=held").text
    people = 2 + shown - 4  # the first of a flood are shown before it is one
    assert f"without them {people} of {shown} people" in page
    assert f"with them {people + held} of {shown + held}" in page
    with app.app_context():
        burst = db.session.query(Answer.burst).where(Answer.status == "held").limit(1).scalar() or ""
    decide(owned, burst=burst, status="shown", state="held")
    perform(app)
    page = owned.get(f"{LISTED}?state=shown").text
    assert f"with them {people + held} of {shown + held}" in page
    assert f"without them {people} of {shown} people" in page


@pytest.mark.both_databases
def test_hiding_a_flood_and_taking_it_back_counts_again(
    app: Flask, owned: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    send_answer(app.test_client(), "Patience")
    for number in range(9):
        send_answer(app.test_client(), f"Honesty is what counts, number {number}")
    with app.app_context():
        burst = db.session.query(Answer.burst).where(Answer.status == "held").limit(1).scalar() or ""
    decide(owned, burst=burst, status="shown", state="held")
    perform(app)
    counted = result(app)
    decide(owned, burst=burst, status="hidden", state="shown")
    assert result(app)[0] < counted[0]
    decide(owned, burst=burst, status="shown", state="hidden")  # what the button "Undo" sends
    perform(app)
    assert result(app) == counted
