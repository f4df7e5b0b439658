"""Answers that wait for the owner, answers that are hidden, floods: what is shown and counted, and the way back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.answers import lifecycle as answers
from survey.answers import moderation, near_duplicates
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Run, Survey, ThemeResult
from survey.results import read_model
from survey.worker.worker import Worker
from tests.support.site import queries
from tests.support.visitors import SLUG, field, make_owner, make_survey, send_answer

LISTED = f"/manage/{SLUG}/answers"
FLOOD = "Buy the very best crystals from my shop, number {}"


def decided_page(client: FlaskClient, **chosen: str) -> TestResponse:
    token = field(client.get(f"/manage/{SLUG}/export"), "csrf_token")
    response = client.post(f"{LISTED}/decide", data={"csrf_token": token, **chosen}, follow_redirects=True)
    assert response.status_code == 200
    return response


def decide(client: FlaskClient, **chosen: str) -> str:
    return decided_page(client, **chosen).text


def burst_of(app: Flask) -> str:
    with app.app_context():
        return db.session.query(Answer.burst).where(Answer.burst.is_not(None)).limit(1).scalar() or ""


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
    assert f"nearly the same within an hour ({9 - first} held, {first} shown)" in page
    assert all(words in page for words in ("Show the other 6", "Hide all 9", "Delete the 6 held"))
    burst = burst_of(app)
    with app.app_context():
        assert {answer.burst for answer in db.session.query(Answer)} == {burst}
    page = decide(owned, burst=burst, status="hidden", state="held")
    assert "9 answers are hidden" in page
    assert [status for status, _ in statuses(app)] == ["hidden"] * 9


@pytest.mark.both_databases
def test_undoing_gives_each_answer_of_a_flood_the_status_it_had(app: Flask, owned: FlaskClient) -> None:
    for number in range(9):
        send_answer(app.test_client(), FLOOD.format(number))
    with app.app_context():
        approved = db.session.query(Answer.public_id).order_by(Answer.id).offset(6).limit(1).scalar() or ""
    decide(owned, answer=approved, status="shown")
    before = [status for status, _ in statuses(app)]
    assert before == ["shown"] * 3 + ["held"] * 3 + ["shown"] + ["held"] * 2
    for status in ("hidden", "shown"):
        decided = decided_page(owned, burst=burst_of(app), status=status, state="held")
        assert {status for status, _ in statuses(app)} == {status}
        back = decide(owned, burst=burst_of(app), before=field(decided, "before"), became=status)
        assert [status for status, _ in statuses(app)] == before
        assert "are back as before" in back


def test_what_was_before_is_one_of_the_words_for_it(app: Flask, owned: FlaskClient) -> None:
    send_answer(app.test_client(), "Honesty")
    with app.app_context():
        public_id = db.session.query(Answer.public_id).scalar() or ""
    token = field(owned.get(f"/manage/{SLUG}/export"), "csrf_token")
    for before in ("", "shown", "gone:1-2", "shown:1-2 ", "shown:a-b", f"held:1-{'9' * 30}", "\0"):
        sent = owned.post(
            f"{LISTED}/decide", data={"csrf_token": token, "answer": public_id, "before": before, "became": "shown"}
        )
        assert sent.status_code == 400, before
        assert statuses(app) == [("shown", None)]


def test_undoing_leaves_alone_what_somebody_else_decided_meanwhile(app: Flask, owned: FlaskClient) -> None:
    for number in range(3):
        send_answer(app.test_client(), f"Honesty {number}")
    with app.app_context():
        db.session.query(Answer).update({"burst": "b" * 16})
        db.session.commit()
        third_id, third = db.session.query(Answer.id, Answer.public_id).order_by(Answer.id).all()[2]
    decided = decided_page(owned, answer=third, status="held")
    with app.app_context():
        moderation.set_status(db.session.query(Survey).one(), [third_id], "hidden")
    back = decide(owned, answer=third, before=field(decided, "before"), became=field(decided, "became"))
    assert [status for status, _ in statuses(app)] == ["shown", "shown", "hidden"]
    assert "1 was changed by somebody meanwhile, and stays as it is." in back
    decided = decided_page(owned, burst="b" * 16, status="held")
    once = decided_page(owned, burst="b" * 16, before=field(decided, "before"), became=field(decided, "became"))
    assert [status for status, _ in statuses(app)] == ["shown", "shown", "hidden"]
    with app.app_context():
        moderation.set_status(db.session.query(Survey).one(), [third_id - 2], "hidden")
    decide(owned, burst="b" * 16, before=field(once, "before"), became=field(once, "became"))
    assert [status for status, _ in statuses(app)] == ["hidden", "held", "held"]


def test_the_askers_own_answer_is_part_of_no_flood(app: Flask, owned: FlaskClient) -> None:
    with app.app_context():
        survey = db.session.query(Survey).one()
        own = answers.NewAnswer(FLOOD.format("none"), answers.new_form_key(), source="direct", is_askers=True)
        answers.receive(survey, own)
    for number in range(5):
        send_answer(app.test_client(), FLOOD.format(number))
    with app.app_context():
        free = db.session.query(Answer).where(Answer.burst.is_(None)).all()
        assert [answer.is_askers for answer in free] == [True]


def test_who_writes_something_else_is_part_of_the_flood_no_more(app: Flask, owned: FlaskClient) -> None:
    for number in range(4):
        send_answer(app.test_client(), FLOOD.format(number))
    with app.app_context():
        survey, first = db.session.query(Survey).one(), db.session.query(Answer).order_by(Answer.id).first()
        assert first is not None
        answers.change(survey, first, "Patience", None)
        assert db.session.query(Answer).order_by(Answer.id).first().burst is None  # type: ignore[union-attr]
    decide(owned, burst=burst_of(app), status="hidden", state="held")
    assert [status for status, _ in statuses(app)] == ["shown"] + ["hidden"] * 3


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


def test_the_list_makes_as_many_queries_for_many_rows_as_for_few(app: Flask, owned: FlaskClient) -> None:
    counted: dict[str, list[int]] = {state: [] for state in ("", "shown", "held", "hidden")}
    for more in (3, 12):
        for number in range(more):
            send_answer(app.test_client(), f"Honesty {more} {number}")
        for state, counts in counted.items():
            with app.app_context(), write_transaction() as session:
                session.query(Answer).update({"status": state or "shown"})
            with queries(app) as statements:
                assert owned.get(f"{LISTED}?state={state}").status_code == 200
            counts.append(len(statements))
    assert {state: few for state, (few, _) in counted.items()} == {state: many for state, (_, many) in counted.items()}


@pytest.mark.slow
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
    assert held + shown == 4 + 9
    assert "without them 2 of 4 people" in page
    assert "with them 11 of 13" in page
    decide(owned, burst=burst_of(app), status="shown", state="held")
    perform(app)
    page = owned.get(f"{LISTED}?state=shown").text
    assert "with them 11 of 13" in page
    assert "without them 2 of 4 people" in page


@pytest.mark.slow
@pytest.mark.both_databases
@pytest.mark.usefixtures("axes")
def test_hiding_a_flood_and_taking_it_back_counts_again(
    app: Flask, owned: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    send_answer(app.test_client(), "Patience")
    for number in range(9):
        send_answer(app.test_client(), f"Honesty is what counts, number {number}")
    perform(app)
    some = result(app)
    assert some[0] == 1 + 3
    burst = burst_of(app)
    decided = decided_page(owned, burst=burst, status="hidden", state="held")
    assert result(app)[:3] == (1, 1, 1)  # in the transaction that hides them, the first three with them
    decide(owned, burst=burst, before=field(decided, "before"), became="hidden")
    perform(app)
    assert result(app) == some
    decide(owned, burst=burst, status="shown", state="held")
    perform(app)
    counted = result(app)
    assert counted[0] == 1 + 9
    decide(owned, burst=burst, status="hidden", state="shown")
    assert result(app)[0] == 1
    decide(owned, burst=burst, status="shown", state="hidden")
    perform(app)
    assert result(app) == counted
