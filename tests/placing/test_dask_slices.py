"""Slices placed by Dask workers, which read their own answers from PostgreSQL: the result is that of one process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from analysis.parallel.fallback_executor import FallbackExecutor
from analysis.progress import Progress
from app import create_app
from benchmarks.place import free_port
from survey.core.database import db
from survey.core.models import Idea
from survey.core.settings import PROJECT, Settings
from survey.placing import place_slice
from survey.runs import lifecycle as runs
from survey.runs import run_slices
from survey.worker import perform_run
from survey.worker.perform_run import ClaimedRun
from tests.support.large_survey import assert_counts_are_right, fill, placements, shown, toy_loader
from tests.support.toy_model import ToyModel, use_toy_model

WORKERS = 2
REGISTERED_SECONDS = 120

pytest.importorskip("distributed", reason="Dask is not installed: requirements-scale.txt")


@contextmanager
def dask(folder: Path, database_url: str) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and its workers; gives its address and the processes of the workers."""
    from analysis.parallel.dask_cluster import Cluster

    address = f"tcp://127.0.0.1:{free_port()}"
    at = ["--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
    environ = os.environ | {
        "PYTHONPATH": str(PROJECT),
        "THREADS_DATABASE_URL": database_url,
        "THREADS_SECRET_KEY": "k" * 40,
        "THREADS_INSTANCE": str(folder),
    }
    with ExitStack() as stack:

        def start(*what: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *what, *at], cwd=PROJECT, env=environ, stderr=subprocess.DEVNULL
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        start("scheduler", "--port", address.rpartition(":")[2])
        workers = [
            start("worker", address, "--nthreads", "1", "--memory-limit", "2GB", "--no-nanny") for _ in range(WORKERS)
        ]
        ends = time.monotonic() + REGISTERED_SECONDS
        while True:
            try:
                cluster = Cluster(address)
            except Exception:
                if time.monotonic() > ends:
                    raise
                continue
            there = len(cluster._client.nthreads())
            cluster.shutdown()
            if there == WORKERS:
                break
        yield address, workers


def test_a_dask_worker_dies_and_the_result_is_that_of_one_process(
    lend_postgres: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: None
) -> None:
    from analysis.parallel.dask_cluster import Cluster

    use_toy_model(monkeypatch)
    url = lend_postgres()
    app = create_app(Settings(instance=str(tmp_path), database_url=url, secret_key="k" * 40, run_delay=0))
    survey_id = fill(app, 2000)
    model = ToyModel()

    def run(executor: FallbackExecutor | None) -> None:
        with app.app_context():
            run_id = runs.request_run(db.session, survey_id, "owner", finds=True)
            db.session.commit()
            token = runs.claim(run_id)
            assert token is not None
            assert ClaimedRun(run_id, token, lambda: model, executor, toy_loader).perform() == survey_id

    run(None)
    with app.app_context():
        assert_counts_are_right(survey_id)
        alone = placements(survey_id)
    here: list[int] = []
    place_here = place_slice.place_here

    def in_this_process(*given: Any) -> None:
        here.append(1)
        place_here(*given)

    monkeypatch.setattr(place_slice, "place_here", in_this_process)
    with dask(tmp_path, url) as (address, workers):
        killed: list[int] = []
        writer = perform_run.progress_writer

        def kill_one(run_id: int, token: str) -> Progress:
            write = writer(run_id, token)

            def then(stage: str, done: int, total: int) -> None:
                write(stage, done, total)  # type: ignore[arg-type]
                if stage == "following" and done >= 5 and not killed:
                    killed.append(done)
                    workers[0].kill()

            return then

        monkeypatch.setattr(perform_run, "progress_writer", kill_one)
        with app.app_context():
            db.session.query(Idea).delete()
            db.session.commit()
        run(FallbackExecutor(lambda: Cluster(address)))
        assert killed
    with app.app_context():
        shown_run = assert_counts_are_right(survey_id)
        assert shown_run.answers == 2000
        assert placements(survey_id) == alone
        assert not here, "the worker placed slices that Dask lost by itself"
        assert shown(survey_id)[0].state == "finished"
        assert run_slices.undone(shown_run.id) == []
        db.engine.dispose()
