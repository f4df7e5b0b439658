"""On SQLite, ideas of answers that are named are looked up by these answers, and never by the whole run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from survey.answer_desk.answer_list import answer_rows
from survey.answers import moderation
from survey.checks.drawing import machine_themes
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.curation import edit_history, idea_edits
from survey.edits.decisions import read_decisions
from survey.findings.learn import learn_from_edits
from survey.findings.read_lessons import decided_wordings
from survey.manage.overview import forming_ideas
from survey.reports.answer_list import listed_answers
from survey.results.visible_themes import visible_themes
from survey.runs import counted_people
from survey.runs.lookups import shown_run
from survey.workbench.forming import forming_groups
from tests.support.filled_once import filled_once
from tests.support.large_survey import fill, ideas_of, span_of, themes_by_size
from tests.support.toy_model import ToyModel

NAMED = re.compile(r"(idea\.answer_id|answer\.public_id) IN \(")
WHOLE_RUN = re.compile(r"SEARCH idea USING (COVERING )?INDEX ix_idea_run_id_status")


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database meanwhile."""
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, given: Any, context: Any, many: bool) -> None:
        if not many:
            asked.append((statement, given))

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def of_whole_runs(asked: list[tuple[str, Any]]) -> list[str]:
    """Those of the statements that name answers and would read all ideas of a run."""
    named = [(statement, given) for statement, given in asked if NAMED.search(statement)]
    assert len(named) > 1
    with db.engine.connect() as connection:
        plans = {
            statement: " | ".join(
                str(row[3]) for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, given)
            )
            for statement, given in named
        }
    return [f"{statement}: {plan}" for statement, plan in plans.items() if WHOLE_RUN.search(plan)]


def sixty_answers(app: Flask, perform: Callable[[Flask], None]) -> int:
    survey_id = fill(app, 60)
    perform(app)
    return survey_id


@pytest.fixture
def survey_id(sqlite_app: Flask, perform: Callable[[Flask], None]) -> int:
    return filled_once(sqlite_app, sixty_answers, perform)


def test_edits_and_what_they_teach(sqlite_app: Flask, survey_id: int) -> None:
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        source, target = themes_by_size(survey_id)[:2]
        spans = [span_of(idea) for idea in ideas_of(source)[:3]]
        with statements() as asked:
            edit_id = idea_edits.move(survey, spans, source, target)
            learn_from_edits(survey_id, ToyModel())
            run = shown_run(survey)
            assert run is not None
            assert decided_wordings(run.id, read_decisions(survey_id))
            assert edit_history.undo(survey, edit_id)
        assert of_whole_runs(asked) == []


def test_answers_that_wait_in_a_large_survey_are_found_by_their_ids(
    sqlite_app: Flask, survey_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted_people, "MAX_WHOLE_ANSWERS", 50)
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        with statements() as asked:
            assert counted_people.people(survey) > 50
        [(statement, given)] = [one for one in asked if "FROM answer" in one[0]]
        with db.engine.connect() as connection:
            plan = str(connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, given).all())
        assert "SEARCH answer USING INTEGER PRIMARY KEY (rowid>?)" in plan


def test_lists_of_answers_and_hiding_some(sqlite_app: Flask, survey_id: int) -> None:
    with sqlite_app.app_context(), sqlite_app.test_request_context():
        survey = db.session.get_one(Survey, survey_id)
        run = shown_run(survey)
        assert run is not None
        answers = db.session.scalars(select(Answer).order_by(Answer.id).limit(20)).all()
        ids = [answer.id for answer in answers]
        visible = visible_themes(run).by_id()
        with statements() as asked:
            assert len(answer_rows(survey, answers)) == 20
            assert len(listed_answers(run, visible, ids)) == 20
            assert machine_themes(db.session, run.id, ids)
            forming_groups(run)
            forming_ideas(run)
            moderation.set_status(survey, ids, "hidden")
        assert of_whole_runs(asked) == []
        with statements() as asked:
            assert listed_answers(run, visible, []) == []
        assert asked == []
