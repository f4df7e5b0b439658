"""The counts by day that a run makes stay those of the answers, whatever comes, goes or is moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from survey.answers import erasure
from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Placement, Run, Survey, Theme, ThemeResult
from survey.curation import theme_edits
from survey.results import daily_counts, read_model
from survey.worker.worker import Worker
from tests.support.site import queries
from tests.support.visitors import make_survey

pytestmark = pytest.mark.both_databases

FIRST = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
SAID = ("We listen to each other", "Trust and honesty", "We laugh a lot. Listening", "idk", "Purple lampshades, mostly")


def new(number: int) -> NewAnswer:
    return NewAnswer(SAID[number % 5], f"key {number}", received_at=FIRST + timedelta(days=number % 4))


def told_and_counted(survey_id: int) -> tuple[dict[str, daily_counts.DayCounts], dict[str, daily_counts.DayCounts]]:
    """What the result keeps, and what the answers say."""
    run = db.session.get_one(Run, db.session.get_one(Survey, survey_id).current_run_id, populate_existing=True)
    shown = select(Theme.public_id).join(ThemeResult, ThemeResult.theme_id == Theme.id)
    own = db.session.scalars(shown.where(ThemeResult.run_id == run.id, ThemeResult.parent_id.is_(None))).all()
    assert run.by_day is not None
    assert len(own) > 1
    return daily_counts.people_by_day(db.session, run, own), daily_counts.count_people_by_day(db.session, run.id, own)


def test_kept_counts_are_those_of_the_answers(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        answers.receive_import(db.session.get_one(Survey, survey_id), [new(number) for number in range(40)])
    perform(app)
    with app.app_context():
        told, counted = told_and_counted(survey_id)
        assert told == counted
        assert sum(told[daily_counts.EVERYBODY].values()) == 32  # without "idk"
        assert min(told[daily_counts.EVERYBODY]) == "2026-03-02"
        answers.receive_import(db.session.get_one(Survey, survey_id), [new(number) for number in range(40, 55)])
    Worker(app).place(survey_id)
    with app.app_context():
        told, counted = told_and_counted(survey_id)
        assert told == counted
        assert sum(told[daily_counts.EVERYBODY].values()) == 44
        survey = db.session.get_one(Survey, survey_id)
        for answer in db.session.scalars(select(Answer).where(Answer.text.in_(SAID[:4])).limit(9)).all():
            erasure.delete_answer(survey, answer)
        told, counted = told_and_counted(survey_id)
        assert told == counted
        with write_transaction() as session:
            largest = select(Placement.theme_id).limit(1)
            theme = session.scalars(select(Theme).where(Theme.id == largest.scalar_subquery())).one()
            other = session.scalars(
                select(Theme)
                .join(ThemeResult, ThemeResult.theme_id == Theme.id)
                .where(Theme.id != theme.id, ThemeResult.parent_id.is_(None))
                .limit(1)
            ).one()
        theme_edits.merge(theme, other)
        told, counted = told_and_counted(survey_id)
        assert told == counted


@pytest.mark.slow
def test_the_theme_page_asks_as_much_of_ten_answers_as_of_a_thousand(
    sqlite_app: Flask, perform: Callable[[Flask], None]
) -> None:
    survey_id = make_survey(sqlite_app, None)
    asked = []
    for first, last in ((0, 40), (40, 600)):
        with sqlite_app.app_context():
            answers.receive_import(
                db.session.get_one(Survey, survey_id), [new(number) for number in range(first, last)]
            )
        perform(sqlite_app)
        with sqlite_app.app_context(), sqlite_app.test_request_context():
            survey = db.session.get_one(Survey, survey_id)
            with queries(sqlite_app) as statements:
                page = read_model.theme_page(survey)
            assert page.people == last * 4 // 5
            asked.append(len(statements))
    assert asked[0] == asked[1]
