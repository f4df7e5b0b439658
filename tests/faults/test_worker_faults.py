"""The worker killed, paused, poisoned: the result that is shown stays whole, and another worker finishes."""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from analysis.arrays import FloatArray
from benchmarks.load_texts import distinct
from survey.answers import lifecycle as answers
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult, WorkerProcess
from survey.curation import theme_edits
from survey.placing import unreadable_answers
from survey.results import read_model
from survey.runs import failures, heartbeats
from survey.runs import lifecycle as runs
from survey.worker.worker import Worker
from tests.faults.running_site import FULL, Site, chosen, figure, fill, run_of, running_site, wait_for
from tests.faults.running_site import Worker as RunningWorker
from tests.support.toy_model import ToyModel
from tests.support.visitors import make_survey

pytestmark = pytest.mark.both_databases

ANSWERS = 60
MOMENTS = chosen(5, 30)
STAGES = [*runs.STAGES, "finished"] if FULL else ["ideas", "naming", "saving", "finished"]
POISON = "arsenic"
NEWER = "We always keep a promise"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a first result, an owner's edits, and no worker."""
    with running_site(tmp_path_factory.mktemp("killed")) as site:
        survey_id = fill(site, distinct(ANSWERS, seed=5))
        with site.app.app_context():
            runs.request_run_now(survey_id)
        worker = site.start_worker()
        wait_for(lambda: run_of(site).state == "finished", 180, "the first run is finished")
        worker.kill()
        with site.app.app_context():
            survey = db.session.get_one(Survey, survey_id)
            first, second, third = (own(survey, shown.public_id) for shown in read_model.theme_page(survey).themes[:3])
            theme_edits.rename(first, "What we renamed")
            theme_edits.merge(second, third)
        yield site


def own(survey: Survey, public_id: str) -> Theme:
    theme = theme_edits.find_theme(survey, public_id)
    assert theme
    return theme


def ask_again(site: Site) -> int:
    """One more answer, and a run that is due at once; return the id of the result that is shown."""
    with site.app.app_context():
        survey = db.session.query(Survey).one()
        answers.receive(survey, answers.NewAnswer(f"{NEWER} {time.time_ns()}", answers.new_form_key()))
        runs.request_run_now(survey.id)
        return survey.current_run_id or 0


def silence(site: Site) -> None:
    """Let the worker of a run that is under way have been silent for too long."""
    with site.app.app_context(), write_transaction() as session:
        for run in session.query(Run).where(Run.state == "running"):
            run.heartbeat_at = now() - 2 * runs.STALE_AFTER


def assert_whole(site: Site, shown: int) -> None:
    """The result that is shown is this one, all of it, and the owner's edits stand."""
    with site.app.app_context():
        survey = db.session.query(Survey).one()
        assert survey.current_run_id == shown
        run = db.session.get_one(Run, shown)
        assert run.state == "finished"
        assert db.session.query(Idea).where(Idea.run_id == shown).count() == run.ideas + run.nonanswers
        keys = [key for (key,) in db.session.query(Theme.key)]
        assert len(keys) == len(set(keys)), "a theme is there twice"
        names = [theme.name for theme in read_model.theme_page(survey).themes + read_model.theme_page(survey).singles]
        assert names.count("What we renamed") == 1
        assert len(names) == len(set(names))
        for result in db.session.query(ThemeResult).where(ThemeResult.run_id == shown, ThemeResult.parent_id.is_(None)):
            people = (
                db.session.query(Idea.answer_id)
                .join(Placement, Placement.idea_id == Idea.id)
                .where(Idea.run_id == shown, Placement.theme_id == result.theme_id)
                .distinct()
                .count()
            )
            assert people == result.people


def finish(site: Site, shown: int) -> float:
    """Wait until another worker finishes the run; return the seconds it took."""
    silence(site)
    begun = time.monotonic()
    heir = site.start_worker()
    wait_for(lambda: run_of(site).state != "running" and run_of(site).state != "asked", 180, "another worker finishes")
    heir.kill()
    run = run_of(site)
    assert (run.state, run.error) == ("finished", None)
    assert run.id > shown
    assert_whole(site, run.id)
    return time.monotonic() - begun


@pytest.mark.parametrize("stage", STAGES)
def test_a_worker_killed_at_a_stage(site: Site, stage: str) -> None:
    shown = ask_again(site)
    marker = site.folder / f"at-{stage}"
    worker = site.start_worker("--stop-at", stage, str(marker))
    wait_for(marker.exists, 60, f"the run reaches {stage} (see {site.folder}/worker.log)")
    worker.kill()
    assert_whole(site, shown)
    figure("a worker killed at a stage", stage=stage, resumed_seconds=round(finish(site, shown), 1))
    marker.unlink()


def test_a_worker_killed_at_random_moments(site: Site) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    print(f"\nseed of the moments: {seed}")
    whole = seconds_of_a_run(site)
    at: dict[str, int] = {}
    for _ in range(MOMENTS):
        shown = ask_again(site)
        begun = time.monotonic()
        worker = site.start_worker("--slow", "0.05")
        wait_for(lambda: run_of(site).state != "asked", 60, "the run begins")
        time.sleep(chance.uniform(0, whole))
        worker.kill()
        run = run_of(site)
        where = "finished" if run.state == "finished" else str(run.stage)
        at[where] = at.get(where, 0) + 1
        assert_whole(site, run.id if run.state == "finished" else shown)
        if run.state == "running":
            finish(site, shown)
        assert time.monotonic() - begun < 120
    figure("a worker killed at random moments", seed=seed, moments=MOMENTS, run_seconds=round(whole, 1), stages=at)


def seconds_of_a_run(site: Site) -> float:
    """How long a run of the worker takes that is killed, when nobody kills it."""
    ask_again(site)
    worker = site.start_worker("--slow", "0.05")
    wait_for(lambda: run_of(site).state != "asked", 60, "the run begins")
    seconds = wait_for(lambda: run_of(site).state == "finished", 60, "the run ends")
    worker.kill()
    return seconds


def test_a_paused_worker_that_wakes_late_is_refused(site: Site) -> None:
    shown = ask_again(site)
    paused = site.start_worker("--slow", "0.3")
    wait_for(lambda: run_of(site).stage is not None, 60, "the run is under way")
    pause_between_writes(site, paused)
    assert run_of(site).state == "running"
    finish(site, shown)
    themes_before, said = count(site, Theme), site.log("worker").count("belongs to another worker now")
    paused.send(signal.SIGCONT)
    wait_for(lambda: site.log("worker").count("belongs to another worker now") > said, 60, "it is told that it is late")
    paused.kill()
    assert_whole(site, run_of(site).id)
    assert count(site, Theme) == themes_before
    figure("a paused worker that wakes late is refused", refused=True)


def pause_between_writes(site: Site, worker: RunningWorker) -> None:
    """Stop a worker at a moment when it does not hold SQLite's write lock, which it would hold until it goes on."""
    for _ in range(100):
        worker.send(signal.SIGSTOP)
        wait_for(lambda: is_stopped(worker.pid), 5, "every thread of the worker has stopped")
        other = sqlite3.connect(site.folder / "threads.sqlite3", isolation_level=None, timeout=0.5)
        try:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
            return
        except sqlite3.OperationalError:
            worker.send(signal.SIGCONT)
            time.sleep(0.02)
        finally:
            other.close()
    raise AssertionError("the worker held the lock each time")


def is_stopped(pid: int) -> bool:
    """Return whether all threads of a process are stopped: one that still ran could take the lock first."""
    states = [path.read_text().rpartition(")")[2].split()[0] for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return set(states) <= {"T", "t"}


def count(site: Site, table: type) -> int:
    with site.app.app_context():
        return db.session.query(table).count()


def test_a_run_that_takes_its_worker_down_each_time_is_given_up(tmp_path: Path) -> None:
    with running_site(tmp_path) as site:
        survey_id = fill(site, ["Listening to her", "Honesty first", f"A little {POISON} every day"])
        with site.app.app_context():
            runs.request_run_now(survey_id)
        for _ in range(runs.MAX_ATTEMPTS):
            worker = site.start_worker("--crash-on", POISON)
            worker.wait()
            silence(site)
        worker = site.start_worker("--crash-on", POISON)
        wait_for(lambda: run_of(site).state == "failed", 60, "the run is given up")
        time.sleep(0.5)
        assert worker.is_alive
        run = run_of(site)
        assert (run.attempts, run.error) == (runs.MAX_ATTEMPTS, failures.CRASHED_TOO_OFTEN)
    figure("a run that takes its worker down each time", attempts=run.attempts)


def add(app: Flask, survey_id: int, texts: Sequence[str]) -> None:
    """Answers, one after the other."""
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        answers.receive_import(survey, [answers.NewAnswer(text, answers.new_form_key()) for text in texts])


class Poisoned(ToyModel):
    """Cannot bear one word."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        if any(POISON in text for text in texts):
            raise ValueError(f"cannot read {texts}")
        return super().encode(texts)


@pytest.fixture
def poisoned(perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("survey.worker.worker.load", lambda name, keep: Poisoned())


@pytest.mark.usefixtures("poisoned")
def test_one_poison_answer_is_held_and_the_rest_is_read(
    app: Flask, perform: Callable[[Flask], None], caplog: pytest.LogCaptureFixture
) -> None:
    survey_id = make_survey(app, None)
    add(app, survey_id, [*distinct(200, seed=3), f"one with {POISON}", f"two with {POISON}", f"one with {POISON}"])
    Worker(app).sweep()
    with app.app_context():
        run = db.session.query(Run).order_by(Run.id).first()
        assert run
        assert (run.state, run.error, run.answers) == ("finished", None, 200)
        held = db.session.query(Answer.text, Answer.reason).where(Answer.status == "held").order_by(Answer.id).all()
        assert [tuple(row) for row in held] == [
            (f"{number} with {POISON}", "unreadable") for number in ("one", "two", "one")
        ]
    assert POISON not in caplog.text


@pytest.mark.usefixtures("poisoned")
def test_an_unreadable_new_answer_does_not_keep_the_others_waiting(app: Flask) -> None:
    survey_id = make_survey(app, None)
    add(app, survey_id, distinct(20, seed=3))
    worker = Worker(app)
    worker.sweep()
    with app.app_context():
        shown = db.session.get_one(Survey, survey_id).current_run_id
    add(app, survey_id, ["Honesty", f"a little {POISON}", "Listening"])
    worker.place(survey_id)
    with app.app_context():
        assert db.session.get_one(Survey, survey_id).current_run_id == shown
        assert db.session.get_one(Run, shown).answers == 22
        assert db.session.query(Answer.text).where(Answer.reason == "unreadable").all() == [(f"a little {POISON}",)]


def test_where_nothing_can_be_read_no_answer_is_blamed(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> object:
        raise ValueError("broken")

    survey_id = make_survey(app, None)
    add(app, survey_id, distinct(20, seed=3))
    monkeypatch.setattr(ToyModel, "encode", broken)
    Worker(app).sweep()
    with app.app_context():
        run = db.session.query(Run).one()
        assert run.state == "failed"
        assert "ValueError" in (run.error or "")
        assert db.session.query(Answer).where(Answer.status != "shown").count() == 0


def test_halving_is_bounded() -> None:
    asked: list[int] = []

    def read(texts: Sequence[str]) -> None:
        asked.append(len(texts))
        if any("bad" in text for text in texts):
            raise ValueError

    texts = [f"good {number}" for number in range(10_000)]
    assert unreadable_answers.find_unreadable([*texts, "bad one"], read) == ["bad one"]
    assert len(asked) < 40
    found = unreadable_answers.find_unreadable([f"bad {number}" for number in range(10_000)], read)
    assert 0 < len(found) <= unreadable_answers.MAX_TRIES
    assert len(asked) < 40 + unreadable_answers.MAX_TRIES + 2


@pytest.mark.usefixtures("perform")
def test_workers_leave_signs_of_life(app: Flask) -> None:
    with app.app_context(), write_transaction() as session:
        session.add(WorkerProcess(name="gone:1", started_at=now(), seen_at=now() - 2 * heartbeats.KEEP_FOR))
        session.add(WorkerProcess(name="lately:2", started_at=now(), seen_at=now() - timedelta(hours=1)))
    worker = Worker(app)
    worker.sweep()
    worker.sweep()
    with app.app_context():
        seen = {row.name: row for row in db.session.query(WorkerProcess)}
        assert set(seen) == {"lately:2", heartbeats.worker_name()}
        own = seen[heartbeats.worker_name()]
        assert own.started_at < own.seen_at <= now()
