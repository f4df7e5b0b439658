"""The worker, where what it works on is deleted meanwhile: it stops quietly, keeps nothing of it, and goes on."""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from survey.answers import erasure
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Run, Survey
from survey.curation import advice_lists
from survey.imports import importer
from survey.manage import overview
from survey.runs import lifecycle as runs
from survey.worker.worker import Worker
from tests.support.erasure import bring, own, rows_of
from tests.support.filled_once import filled_once
from tests.support.saved_site import fill
from tests.support.visitors import make_survey, send_answer

pytestmark = pytest.mark.both_databases

IN_A_RUN = (
    "survey.findings.run_inputs.read_run_inputs",
    "survey.worker.perform_run.analyse",
    "survey.placing.vector_store.StoredVectors._store",
    "survey.worker.perform_run.compare_with_advice",
    "survey.findings.save_results.save_result",
    "survey.findings.save_results.idea_rows",
    "survey.findings.save_results.daily_counts.count_people_by_day",
    "survey.findings.save_results.delete_old_results",
    "survey.placing.unused_vectors.delete_unused",
)
WHILE_PLACING = (
    "survey.worker.new_answers.find_unplaced",
    "survey.worker.new_answers.place_new_answers",
    "survey.placing.vector_store.StoredVectors._store",
    "survey.worker.new_answers.save",
    "survey.worker.nearest_answer.save_nearest",
)


@pytest.fixture
def page_seconds(database_url: str, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deletion is only begun, or done to its end: at each step the one on SQLite and the other on PostgreSQL."""
    is_begun = (IN_A_RUN + WHILE_PLACING).index(step) % 2 == database_url.startswith("sqlite")
    monkeypatch.setattr(erasure, "REQUEST_SECONDS", -1.0 if is_begun else 60.0)


def delete_before(monkeypatch: pytest.MonkeyPatch, app: Flask, step: str) -> list[str]:
    """Have the survey deleted just before a step of the worker; the list returned then holds the step."""
    done: list[str] = []
    module, name = resolved(step)
    real = getattr(module, name)

    def deleting(*given: Any, **more: Any) -> Any:
        if not done:
            done.append(step)
            with app.app_context():
                erasure.delete_survey(own())
        return real(*given, **more)

    monkeypatch.setattr(module, name, deleting)
    return done


def resolved(step: str) -> tuple[Any, str]:
    """The object that has what a step is called, and its name there."""
    owner, _, name = step.rpartition(".")
    return pkgutil.resolve_name(owner), name


def with_advice(app: Flask) -> None:
    make_survey(app, None)
    bring(app)
    with app.app_context():
        advice_lists.add(own(), "Rules", ["Listen more", "Never lie"])


def with_a_result(app: Flask, perform: Callable[[Flask], None]) -> int:
    survey_id = make_survey(app, None)
    bring(app)
    perform(app)
    return survey_id


def nothing_is_left(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    Worker(app).sweep()
    assert rows_of(app) == {}


@pytest.mark.slow
@pytest.mark.parametrize("step", IN_A_RUN)
@pytest.mark.usefixtures("page_seconds")
def test_a_survey_is_deleted_while_a_run_is_under_way(
    app: Flask,
    perform: Callable[[Flask], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    step: str,
) -> None:
    filled_once(app, with_advice)
    done = delete_before(monkeypatch, app, step)
    perform(app)
    assert done == [step]
    nothing_is_left(app, caplog)


@pytest.mark.slow
@pytest.mark.parametrize("step", WHILE_PLACING)
@pytest.mark.usefixtures("page_seconds")
def test_a_survey_is_deleted_while_new_answers_are_placed(
    app: Flask,
    perform: Callable[[Flask], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    step: str,
) -> None:
    survey_id = filled_once(app, with_a_result, perform)
    send_answer(app.test_client(), "Honesty. Quiet mornings with zebras.")
    done = delete_before(monkeypatch, app, step)
    Worker(app).place(survey_id)
    assert done == [step]
    nothing_is_left(app, caplog)


def test_the_worker_does_the_next_survey_after_one_that_vanished(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_survey(app, None)
    bring(app)
    make_survey(app, None, "next")
    bring(app, slug="next")
    delete_before(monkeypatch, app, "survey.worker.perform_run.analyse")
    perform(app)
    with app.app_context():
        assert db.session.query(Survey.slug).scalar() == "next"
        assert own("next").current_run_id == db.session.query(Run.id).filter_by(state="finished").scalar()


class TestIdsThatAreGivenAgain:
    """SQLite gives the id of the last row, once that is deleted, to the next one."""

    def test_a_run_shows_nothing_of_a_new_answer_that_has_the_id_of_one_it_read(
        self, sqlite_app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_survey(sqlite_app, None)
        bring(sqlite_app)
        real = runs.save_progress
        replaced: list[int] = []

        def progress(run_id: int, token: str, stage: str, *told: object) -> None:
            real(run_id, token, stage, *told)  # type: ignore[arg-type]
            if stage == "naming" and not replaced:
                last = db.session.query(Answer).order_by(Answer.id.desc()).limit(1).one()
                replaced.append(last.id)
                erasure.delete_answer(own(), last)
                importer.import_answers(own(), b"answer\nOtherwise\n")

        monkeypatch.setattr(runs, "save_progress", progress)
        perform(sqlite_app)
        with sqlite_app.app_context():
            new = db.session.query(Answer).filter_by(text="Otherwise").one()
            assert replaced == [new.id]
            first = db.session.query(Run.id).order_by(Run.id).limit(1).scalar()
            assert db.session.get_one(Run, first).state == "finished"
            # Placed as a new answer after the run, which had read "Zebras" under this id.
            spans = db.session.query(Idea.starts, Idea.ends).filter_by(answer_id=new.id, run_id=first).all()
            assert [tuple(span) for span in spans] == [(0, len("Otherwise"))]

    def test_a_theme_that_may_be_forming_shows_nothing_of_it_either(self, sqlite_app: Flask) -> None:
        survey_id = fill(sqlite_app)
        make_survey(sqlite_app, None, "other")
        with sqlite_app.app_context():
            run = db.session.query(Run).filter_by(state="finished").one()
            last, other = db.session.query(Answer).order_by(Answer.id.desc()).limit(2).all()
            with write_transaction() as session:
                session.query(Run).filter_by(id=run.id).update({Run.forming: [[[last.id, 0, 4], [other.id, 0, 4]]]})
                session.query(Idea).filter_by(run_id=run.id, answer_id=last.id).update(
                    {"ends": 4, "status": "unplaced"}
                )
                session.query(Idea).filter_by(run_id=run.id, answer_id=other.id).update(
                    {"ends": 4, "status": "unplaced"}
                )
            run = db.session.query(Run).filter_by(state="finished").one()
            assert overview.forming_ideas(run) == [["Laug", other.text[:4]]]
            erasure.delete_answer(own(), db.session.query(Answer).order_by(Answer.id.desc()).limit(1).one())
            importer.import_answers(own("other"), b"answer\nAnother's words\n")
            assert db.session.query(Answer.id).filter_by(text="Another's words").scalar() == last.id
            assert overview.forming_ideas(db.session.get_one(Run, run.id)) == []
            assert survey_id == own().id
