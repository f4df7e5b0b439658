"""Closing after so many answers: exact when many come at once, said on the page, never by what is not an answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import update

from survey.answers import closing
from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Survey
from survey.manage import surveys
from survey.web.survey_cache import SurveyChanged
from tests.support.visitors import SLUG, field, make_survey, owned_survey, send_answer, sign_in, without_times


def limited(app: Flask, most: int) -> int:
    return owned_survey(app, closes_after=most)


def stored(app: Flask) -> Survey:
    with app.app_context():
        survey = db.session.query(Survey).one()
        db.session.expunge(survey)
        return survey


def test_the_last_that_fits_closes_it_and_the_next_is_told_why(app: Flask) -> None:
    limited(app, 2)
    first, second, late = (app.test_client() for _ in range(3))
    page = late.get(f"/s/{SLUG}")
    assert send_answer(first, "Tea").status_code == 303
    assert stored(app).is_open
    assert send_answer(second, "Coffee").status_code == 303
    survey = stored(app)
    assert (survey.is_open, survey.closed_by) == (False, "count") and survey.closed_at is not None
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": "Too late"}
    refused = late.post(f"/s/{SLUG}", data=form)
    assert refused.status_code == 410
    said = without_times(refused.text)
    assert "once 2 answers had come in." in said and "Too late" in said
    assert "once 2 answers had come in." in without_times(late.get(f"/s/{SLUG}/embed").text)


def test_the_last_one_sent_twice_is_thanked_twice_and_kept_once(app: Flask) -> None:
    limited(app, 1)
    client = app.test_client()
    page = client.get(f"/s/{SLUG}")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": "Tea"}
    sent = [client.post(f"/s/{SLUG}", data=form) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [303, 303]
    assert "Tea" in client.get(sent[1].location).text
    other = client.post(f"/s/{SLUG}", data=form | {"text": "Other words"})
    assert other.status_code == 410 and "Other words" in other.text
    with app.app_context():
        assert [row.text for row in db.session.query(Answer)] == ["Tea"]


@pytest.mark.both_databases
def test_of_many_that_come_at_once_exactly_so_many_are_taken(app: Flask) -> None:
    survey_id = limited(app, 7)

    def send(number: int) -> bool:
        with app.app_context():
            survey = db.session.get_one(Survey, survey_id)
            if not survey.is_open:
                return False
            try:
                answers.receive(survey, NewAnswer(f"Answer {number}", answers.new_form_key()))
            except SurveyChanged:
                return False
            return True

    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(send, range(40)))
    with app.app_context():
        assert db.session.query(Answer).count() == 7
    assert sum(taken) == 7
    assert stored(app).closed_by == "count"


def test_files_the_owners_own_and_what_is_hidden_do_not_count(app: Flask) -> None:
    survey_id = limited(app, 2)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        rows = [NewAnswer(f"Row {n}", answers.new_form_key(), source="import", import_key=str(n)) for n in range(5)]
        answers.receive_import(survey, rows)
        own = NewAnswer("Mine", "asker", is_askers=True)
        answers.receive(db.session.get_one(Survey, survey_id), own)
    assert stored(app).is_open
    send_answer(app.test_client(), "Tea")
    with app.app_context(), write_transaction() as session:
        session.execute(update(Answer).where(Answer.text == "Tea").values(status="hidden"))
    send_answer(app.test_client(), "Coffee")
    assert stored(app).is_open
    send_answer(app.test_client(), "Milk")
    assert not stored(app).is_open
    with app.app_context():
        answers.receive(db.session.get_one(Survey, survey_id), NewAnswer("Mine still", "asker", is_askers=True))
        assert closing.count_counted(db.session.get_one(Survey, survey_id)) == 2


def test_opened_again_it_takes_any_number_and_says_so(app: Flask) -> None:
    survey_id = limited(app, 1)
    send_answer(app.test_client(), "Tea")
    with app.app_context():
        assert surveys.set_open(survey_id, True) == ("closes_after",)
    assert send_answer(app.test_client(), "Coffee").status_code == 303
    assert stored(app).is_open


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "many", "1e3", "１２", "9" * 30, "1000001", "\0"])
def test_a_number_that_is_none_says_so(sqlite_app: Flask, typed: str) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    address = f"/manage/{SLUG}/settings"
    form = {"csrf_token": field(client.get(address), "csrf_token"), "question": "Q?", "codebook": "none"}
    refused = client.post(address, data=form | {"closes_after": typed})
    assert refused.status_code == 422
    assert "Write a whole number from 1 to 1,000,000." in refused.text


def test_a_number_of_people_who_have_answered_already_is_refused(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    for text in ("Tea", "Coffee"):
        send_answer(sqlite_app.test_client(), text)
    client = sqlite_app.test_client()
    sign_in(client)
    address = f"/manage/{SLUG}/settings"
    form = {"csrf_token": field(client.get(address), "csrf_token"), "question": "Q?", "codebook": "none"}
    refused = client.post(address, data=form | {"closes_after": "2"})
    assert refused.status_code == 422 and "2 people have answered already." in refused.text
    assert client.post(address, data=form | {"closes_after": "3"}).status_code == 303


def test_a_closed_page_says_when_and_why_and_what_was_found(sqlite_app: Flask) -> None:
    survey_id = make_survey(sqlite_app, None)
    with sqlite_app.app_context():
        surveys.set_open(survey_id, False)
        surveys.set_published(survey_id, True)
    page = without_times(sqlite_app.test_client().get(f"/s/{SLUG}").text)
    assert "It was closed by hand on " in page
    assert f'href="/s/{SLUG}/themes"' in page
