"""One count of people on every page of an owner, and the reason said where it is not that of the answers."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from survey.core.database import db, now
from survey.core.models import Answer, Run, Survey
from survey.manage import surveys
from survey.manage.overview import overview
from survey.runs import counted_people
from survey.runs.counted_people import CountedPeople
from survey.sharing import traffic_sources
from tests.support.filled_survey import Says, fill
from tests.support.visitors import SLUG, make_owner, sign_in

ANSWERS = [
    *(Says(f"Calm {n}", [(f"Calm {n}", "Calm")]) for n in range(5)),
    Says("Don't know", is_silent=True),
    Says("Held", status="held"),
    Says("Hidden", status="hidden"),
    Says("Not read yet"),
]


def test_a_large_survey_counts_the_same_from_its_result(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    made = fill(sqlite_app, ANSWERS)
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, made.survey_id)
        db.session.execute(update(Run).values(answers=6, nonanswers=1))  # a run reads what is shown
        as_a_whole = counted_people.people(survey)
        monkeypatch.setattr(counted_people, "MAX_WHOLE_ANSWERS", 3)
        assert counted_people.people(survey) == as_a_whole == 6


def test_one_who_says_nothing_and_is_hidden_is_not_taken_off_twice(app: Flask) -> None:
    hidden = Says("No idea", is_silent=True, status="hidden")
    made = fill(app, [*ANSWERS, hidden])
    with app.app_context():
        survey = db.session.get_one(Survey, made.survey_id)
        counted = counted_people.count(survey)
        assert (counted.people, counted.silent, counted.hidden) == (6, 1, 2)
        assert counted_people.people(survey) == 6


@pytest.mark.both_databases
def test_every_page_counts_the_same_people_and_says_what_becomes_of_the_others(app: Flask) -> None:
    owner_id = make_owner(app)
    made = fill(app, ANSWERS, owner_id=owner_id)
    with app.app_context(), app.test_request_context():
        db.session.execute(update(Answer).where(Answer.id <= 2).values(received_at=now() - timedelta(hours=1)))
        db.session.execute(update(Answer).where(Answer.id == 1).values(is_askers=True, source="direct"))
        db.session.execute(update(Answer).where(Answer.id > 5).values(received_at=now() - timedelta(minutes=1)))
        db.session.commit()
        survey = db.session.get_one(Survey, made.survey_id)
        counted = counted_people.count(survey)
        assert counted == CountedPeople(people=6, silent=1, held=1, hidden=1, today=3)
        assert counted.answers == len(ANSWERS)
        today = overview(survey)
        assert (today.people, today.today, today.nonanswers, today.held, today.hidden) == (6, 3, 1, 1, 1)
        assert {label: people for label, people, _ in today.sources} == {"Your own answer": 1, "Direct link": 5}
        assert [row.people for row in surveys.list_surveys(owner_id)] == [6]
        assert traffic_sources.by_time(survey).people == 5
    client = app.test_client()
    sign_in(client)
    assert "6 people answered" in client.get("/manage").text
    assert "6 people answered" in client.get(f"/s/{SLUG}/themes").text
    assert "5 people" in client.get(made.page("Calm")).text
    assert "6 people, 1 theme." in client.get(f"/manage/{SLUG}/themes").text
    assert "6 people have answered" in re.sub(r"<[^>]*>", "", client.get(f"/s/{SLUG}/live").text)
    listed = client.get(f"/manage/{SLUG}/answers").text
    assert "9 answers" in listed
    said = "6 people are counted: of the others, 1 is held, 1 is hidden and 1 says nothing to the question."
    assert said in listed
    assert "6 people have answered, 3 today. 1 more said nothing" in client.get(f"/manage/{SLUG}").text


def test_of_today_there_are_never_more_than_of_all(app: Flask) -> None:
    """Also where what a run counted is not what there is: both are counted from the answers."""
    made = fill(app, ANSWERS[:6])
    with app.app_context():
        db.session.execute(update(Answer).values(received_at=now()))
        db.session.execute(update(Run).values(nonanswers=5))
        db.session.commit()
        counted = counted_people.count(db.session.get_one(Survey, made.survey_id))
        assert (counted.people, counted.today) == (5, 5)


def test_where_all_are_counted_nothing_is_said(app: Flask) -> None:
    fill(app, ANSWERS[:5], is_owned=True)
    client = app.test_client()
    sign_in(client)
    assert "are counted" not in client.get(f"/manage/{SLUG}/answers").text
