"""Runs: asked once, claimed once, lost to nobody, and the last good result stays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from survey.core.database import db, now, write_transaction
from survey.core.models import Run, Survey
from survey.imports import importer
from survey.manage.overview import run_state
from survey.runs import failures
from survey.runs import lifecycle as runs
from survey.runs.queue import JobQueue
from tests.support.visitors import make_survey

pytestmark = pytest.mark.both_databases


def ask(survey_id: int, reason: str = "owner") -> int:
    with write_transaction() as session:
        return runs.request_run(session, survey_id, reason)


def age(run_id: int, by: timedelta) -> None:
    """Let the worker of a run have been silent for so long."""
    with write_transaction() as session:
        session.get_one(Run, run_id).heartbeat_at = now() - by


def test_one_run_waits_at_a_time(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        assert ask(survey_id) == ask(survey_id) == ask(survey_id, "answers")
        assert db.session.query(Run).count() == 1


def test_new_answers_put_a_run_off_but_not_for_ever(app: Flask) -> None:
    survey_id = make_survey(app, None)
    app.config["RUN_DELAY"] = 10
    with app.app_context():
        run_id = ask(survey_id, "answers")
        asked = db.session.get_one(Run, run_id).asked_at
        with write_transaction() as session:
            session.get_one(Run, run_id).not_before = asked + timedelta(seconds=1)
        ask(survey_id, "answers")
        put_off = db.session.get_one(Run, run_id).not_before
        assert timedelta(seconds=9) < put_off - asked < timedelta(seconds=12)
        with write_transaction() as session:
            run = session.get_one(Run, run_id)
            run.asked_at = asked - timedelta(hours=1)
            run.not_before = asked
        ask(survey_id, "answers")
        assert db.session.get_one(Run, run_id).not_before == asked
        assert runs.claim(run_id) is not None


def test_an_owner_brings_a_waiting_run_forward(app: Flask) -> None:
    survey_id = make_survey(app, None)
    app.config["RUN_DELAY"] = 600
    with app.app_context():
        run_id = ask(survey_id, "answers")
        assert runs.claim(run_id) is None
        ask(survey_id, "owner")
        assert runs.claim(run_id) is not None


def test_a_run_is_claimed_once(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        run_id = ask(survey_id)
        assert runs.claim(run_id) is not None
        assert runs.claim(run_id) is None
        assert runs.claim(run_id + 1) is None


def test_two_runs_of_one_survey_do_not_overlap(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        first = ask(survey_id)
        assert runs.claim(first)
        second = ask(survey_id)
        assert second != first
        assert runs.claim(second) is None
        age(first, runs.STALE_AFTER * 2)
        assert runs.claim(second) is not None


def test_the_run_of_the_smallest_survey_is_next_unless_another_waited_too_long(app: Flask) -> None:
    large, small, old = (make_survey(app, None, slug) for slug in ("large", "small", "old"))
    with app.app_context():
        for survey_id, count in ((large, 3), (small, 1), (old, 4)):
            lines = "".join(f"{survey_id} said {n}\n" for n in range(count))
            importer.import_answers(db.session.get_one(Survey, survey_id), f"answer\n{lines}".encode())
        with write_transaction() as session:
            session.execute(update(Run).values(not_before=now(), asked_at=now()))
        ids = {survey_id: run_id for run_id, survey_id in db.session.execute(select(Run.id, Run.survey_id))}
        assert runs.due_run_ids(now()) == [ids[small], ids[large], ids[old]]
        with write_transaction() as session:
            session.execute(update(Run).where(Run.survey_id == old).values(not_before=now() - runs.MAX_WAIT))
        assert runs.due_run_ids(now()) == [ids[old], ids[small], ids[large]]


def test_a_silent_worker_loses_its_run_and_can_write_no_more(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        run_id = ask(survey_id)
        paused = runs.claim(run_id)
        assert paused
        assert runs.due_run_ids(now()) == []
        age(run_id, runs.STALE_AFTER * 2)
        assert runs.due_run_ids(now()) == [run_id]
        heir = runs.claim(run_id)
        assert heir
        assert heir != paused
        with pytest.raises(runs.ClaimLost):
            runs.save_progress(run_id, paused, "ideas", 1, 2)
        with pytest.raises(runs.ClaimLost):
            runs.fail(run_id, paused, "late")
        with pytest.raises(runs.ClaimLost), write_transaction() as session:
            runs.finish(session, run_id, paused)
        runs.save_progress(run_id, heir, "ideas", 1, 2)
        assert db.session.get_one(Run, run_id).state == "running"


def test_a_failed_run_keeps_its_words_and_the_last_result_stays(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        good = ask(survey_id)
        token = runs.claim(good)
        assert token
        with write_transaction() as session:
            runs.finish(session, good, token, answers=3)
        bad = ask(survey_id)
        token = runs.claim(bad)
        assert token
        runs.fail(bad, token, "The model file is damaged.")
        survey = db.session.get_one(Survey, survey_id)
        assert survey.current_run_id == good
        state = run_state(runs.latest(survey_id))
        assert state
        assert (state.state, state.error) == ("failed", "The model file is damaged.")
        assert runs.claim(bad) is None


def test_progress_moves_from_stage_to_stage(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        run_id = ask(survey_id)
        token = runs.claim(run_id)
        assert token
        seen = []
        for stage in runs.STAGES:
            for done in (0, 5, 10):
                runs.save_progress(run_id, token, stage, done, 10)
                state = run_state(runs.latest(survey_id))
                assert state
                assert state.stage_label == runs.STAGES[stage]
                seen.append(state.percent)
        assert seen == sorted(seen)
        assert seen[0] == 0
        assert seen[-1] == 100


def test_a_run_is_tried_three_times_and_then_given_up(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        run_id = ask(survey_id)
        for attempt in range(1, runs.MAX_ATTEMPTS + 1):
            assert runs.claim(run_id) is not None
            assert db.session.get_one(Run, run_id, populate_existing=True).attempts == attempt
            age(run_id, runs.STALE_AFTER * 2)
        assert runs.due_run_ids(now()) == [run_id]
        assert runs.claim(run_id) is None
        run = db.session.get_one(Run, run_id, populate_existing=True)
        assert (run.state, run.error) == ("failed", failures.CRASHED_TOO_OFTEN)
        assert runs.due_run_ids(now()) == []


def test_a_sign_of_life_from_the_time_to_come_is_none(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        run_id = ask(survey_id)
        early = runs.claim(run_id)
        assert early
        age(run_id, -2 * runs.STALE_AFTER)
        assert runs.due_run_ids(now()) == [run_id]
        assert runs.claim(run_id)
        with pytest.raises(runs.ClaimLost):
            runs.save_progress(run_id, early, "ideas", 1, 2)


def test_a_run_that_waits_by_a_wrong_clock_is_due(app: Flask) -> None:
    survey_id = make_survey(app, None)
    app.config["RUN_DELAY"] = 10
    with app.app_context():
        run_id = ask(survey_id, "answers")
        with write_transaction() as session:
            run = session.get_one(Run, run_id)
            run.asked_at, run.not_before = now() + timedelta(days=1), now() + timedelta(days=1)
        assert runs.due_run_ids(now()) == [run_id]
        ask(survey_id, "answers")
        assert db.session.get_one(Run, run_id, populate_existing=True).not_before < now() + timedelta(minutes=1)


def test_a_run_is_put_back_once_and_by_its_worker_alone(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        run_id = ask(survey_id)
        token = runs.claim(run_id)
        assert token
        assert not runs.retry_later(run_id, "somebody else")
        assert runs.retry_later(run_id, token)
        assert not runs.retry_later(run_id, token)
        assert db.session.get_one(Run, run_id, populate_existing=True).state == "asked"
        assert runs.due_run_ids(now() + runs.RETRY_DELAY) == [run_id]


def test_a_run_is_not_put_back_beside_one_that_waits(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        run_id = ask(survey_id)
        token = runs.claim(run_id)
        assert token
        assert ask(survey_id) != run_id
        assert not runs.retry_later(run_id, token)


def test_the_queue_is_asked_once_for_one_moment(tmp_path: Path) -> None:
    jobs = JobQueue(tmp_path / "jobs.sqlite3")
    for _ in range(5):
        jobs.enqueue_run(1, 60)
    jobs.enqueue_run(1, 30)
    jobs.enqueue_run(2, 60)
    assert jobs.huey.pending_count() == 3
    for _ in range(5):
        jobs.enqueue_placing(7)
    assert jobs.huey.pending_count() == 3 + 2


@pytest.mark.parametrize(("took", "waits"), [(5, 0), (60, 600), (7200, 3600)])
def test_after_a_long_run_the_next_one_waits_in_proportion_and_the_owner_does_not(
    app: Flask, took: int, waits: int
) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        ended = now()
        with write_transaction() as session:
            begun = ended - timedelta(seconds=took)
            session.add(
                Run(survey_id=survey_id, state="finished", reason="answers", claimed_at=begun, finished_at=ended)
            )
        with write_transaction() as session:
            run_id = runs.request_run(session, survey_id, "answers")
        due = db.session.get_one(Run, run_id).not_before
        assert abs((due - ended).total_seconds() - waits) < 5
        runs.request_run_now(survey_id)
        assert db.session.get_one(Run, run_id).not_before <= now()


def test_the_owner_hears_how_long_a_run_still_needs(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        run_id = ask(survey_id)
        token = runs.claim(run_id) or ""
        for seconds, words in ((None, ""), (2.0, ""), (41.2, "about 50 seconds left"), (130.0, "about 3 minutes left")):
            runs.save_progress(run_id, token, "naming", 1, 2, seconds)
            state = run_state(db.session.get_one(Run, run_id, populate_existing=True))
            assert state is not None
            assert state.left == words
