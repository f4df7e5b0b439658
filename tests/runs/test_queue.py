"""The queue in each of its places; several workers on one database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer
from survey.core import settings
from survey.core.database import db, write_transaction
from survey.core.models import Idea, Run, Survey
from survey.core.settings import Settings, SettingsError
from survey.runs import queue as run_queue
from survey.runs.queue import JobQueue
from survey.worker import new_answers
from survey.worker.worker import Worker
from tests.support.visitors import make_survey

pytestmark = pytest.mark.both_databases

NOBODY = "postgresql+psycopg://postgres@127.0.0.1:1/threads"


def test_the_queue_is_beside_the_data_unless_it_is_named() -> None:
    postgres = "postgresql+psycopg://db/threads"
    assert settings.load({"THREADS_INSTANCE": "/x"}).queue_location == Path("/x/jobs.sqlite3")
    assert settings.load({"THREADS_DATABASE_URL": postgres}).queue_location == postgres
    assert settings.load({"THREADS_JOBS": "redis://r:6379/0"}).queue_location == "redis://r:6379/0"


@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [
        ("THREADS_JOBS", "mysql://x", "redis://"),
        ("THREADS_JOBS", "/var/jobs", "leave it empty"),
        ("THREADS_DASK", "10.0.0.5:8786", "tcp://10.0.0.5:8786"),
    ],
)
def test_a_place_that_is_none_stops_start_up(variable: str, value: str, remedy: str) -> None:
    with pytest.raises(SettingsError, match=variable) as refused:
        settings.load({variable: value})
    assert remedy in str(refused.value)


def address_of(app: Flask) -> Path | str:
    """The queue of a site."""
    with app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
    return Settings(instance=app.instance_path, database_url=url).queue_location


def test_what_one_process_asks_for_another_gets_once(app: Flask) -> None:
    place = address_of(app)
    JobQueue(place).enqueue_run(7, 0)
    JobQueue(place).enqueue_placing(8)
    workers = [JobQueue(place), JobQueue(place)]
    moment = time.monotonic()
    got: list[tuple[str, tuple[int, ...]]] = []
    while len(got) < 2 and time.monotonic() - moment < 20:
        for worker in workers:
            for task in worker.huey.read_schedule():
                worker.huey.enqueue(task)
            task = worker.huey.dequeue()
            got += [(task.name, task.args)] if task else []
    assert sorted(got) == [("perform_run", (7,)), ("place_answers", (8,))]
    assert [worker.huey.pending_count() + worker.huey.scheduled_count() for worker in workers] == [0, 0]


def test_processes_that_start_together_make_the_tables_of_the_queue_once(app: Flask) -> None:
    queues = [JobQueue(address_of(app)) for _ in range(8)]
    starting = [threading.Thread(target=queue.enqueue_run, args=(number, 60)) for number, queue in enumerate(queues)]
    for thread in starting:
        thread.start()
    for thread in starting:
        thread.join()
    assert queues[0].huey.pending_count() == 8


@pytest.mark.parametrize("place", [NOBODY, "redis://127.0.0.1:1/0"])
def test_a_queue_that_cannot_be_reached_fails_no_request(place: str, caplog: pytest.LogCaptureFixture) -> None:
    if place.startswith("redis"):
        pytest.importorskip("redis", reason="Redis' library is not installed: requirements-scale.txt")
    queue = JobQueue(place)
    queue.enqueue_run(1, 0)
    queue.enqueue_placing(1)
    queue.enqueue_token_use(1)
    assert caplog.text.count("could not be queued") == 3


def test_a_worker_looks_for_what_is_undone_while_an_earlier_look_does_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    pauses: list[float] = []
    release = threading.Event()

    class Ended(Exception):
        pass

    def look() -> None:
        looks.append(len(looks))
        release.wait(20)

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 4:
            raise Ended

    monkeypatch.setattr("survey.runs.queue.time.sleep", pause)
    with pytest.raises(Ended):
        run_queue.sweep_periodically(look)
    release.set()
    assert looks == [0, 1]
    assert set(pauses) == {run_queue.SWEEP_INTERVAL_SECONDS}


def test_two_workers_place_an_answer_once(
    app: Flask,
    perform: Callable[[Flask], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        answers.receive_import(survey, [NewAnswer(f"We listen to each other {n}", f"key {n}") for n in range(12)])
    perform(app)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        run_id = survey.current_run_id
        before = db.session.scalar(select(Run.answers).where(Run.id == run_id)) or 0
        answers.receive(survey, NewAnswer("We listen to each other 12", "newcomer"))
    both = threading.Barrier(2)
    looks = new_answers.lock_unplaced

    def together(session: Session, run: int, read: Mapping[int, str]) -> set[int]:
        """Both look before either has written, unless the one waits for the other."""
        found = looks(session, run, read)
        with suppress(threading.BrokenBarrierError):
            both.wait(1.5)
        return found

    monkeypatch.setattr(new_answers, "lock_unplaced", together)
    workers = [threading.Thread(target=Worker(app).place, args=(survey_id,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [record.getMessage() for record in caplog.records if record.levelname != "INFO"] == []  # of deadlocks
    with app.app_context(), write_transaction() as session:
        assert session.scalar(select(Run.answers).where(Run.id == run_id)) == before + 1
        spans = session.execute(select(Idea.answer_id, Idea.starts, func.count()).group_by(Idea.answer_id, Idea.starts))
        assert {count for _, _, count in spans} == {1}
