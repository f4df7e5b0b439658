"""The analysis worker: claims runs, places new answers, and deletes what is due for deletion.

`perform_run` is the way of a run, `new_answers` that of a new answer, `housekeeping` the deletions.
"""

from __future__ import annotations

import logging
import logging.config
import os
import threading
from collections.abc import Callable
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from analysis.embedding.distributed import DistributedEmbedder
from analysis.embedding.models import Embedder, ModelError, load
from analysis.embedding.shared_embedder import SharedEmbedder
from analysis.parallel.fallback_executor import FallbackExecutor
from survey.accounts import api_tokens, owners
from survey.core.command_error import CommandError
from survey.core.database import db, now
from survey.core.models import DELETED_PREFIX, Survey
from survey.runs import heartbeats
from survey.runs import lifecycle as runs
from survey.runs.queue import JobQueue
from survey.runs.round_robin import MAX_BATCHES, RoundRobin
from survey.web import logging_setup
from survey.worker import deliveries, new_answers
from survey.worker.housekeeping import Housekeeping
from survey.worker.perform_run import ClaimedRun

logger = logging.getLogger(__name__)

BUSY_SECONDS = 2.0
"""Delay before a run is looked at again that was queued while another was in progress"""
NICENESS = 5
"""Lower priority than the web processes on the same machine, so that pages stay fast during a run"""


class Worker:
    """Performs queued runs one at a time, and places new answers in threads of their own meanwhile."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._embedder: Embedder | None = None
        self._executor = connect_executor(app.config["DASK"])
        self._loading = threading.Lock()
        self._running = threading.Lock()
        self._round_robin = RoundRobin(self.place_batch)
        self._request_placing: Callable[[int], object] = self.place
        self._started_at = now()
        self._housekeeping = Housekeeping()

    def serve(self) -> None:
        """Work until the process is told to stop. Loads the model first, so that the first answer need not wait."""
        threading.Thread(target=self._warm_up, name="warm-up", daemon=True).start()
        self._round_robin.start()
        deliveries.start(self.app)
        self._request_placing = self._round_robin.submit
        jobs: JobQueue = self.app.extensions["jobs"]
        jobs.consume(self.perform, self._round_robin.submit, self.note_use, self.note_seen, self.sweep)

    def sweep(self) -> None:
        """Do whatever the database says is undone, regardless of the queue, and update the heartbeat.

        Called once a minute. If the database cannot be reached, the next sweep does it.
        """
        try:
            with self.app.app_context():
                heartbeats.record_heartbeat(heartbeats.worker_name(), self._started_at, now())
                self._housekeeping.before_runs()
                due_runs = runs.due_run_ids(now())
                shown = Survey.current_run_id.is_not(None) & ~Survey.slug.startswith(DELETED_PREFIX)
                surveys = list(db.session.scalars(select(Survey.id).where(shown)))
            for survey_id in surveys:  # before the runs, which may take an hour
                self._request_placing(survey_id)
            for run_id in due_runs:
                self.perform(run_id)
            with self.app.app_context():
                self._housekeeping.after_runs()
        except OperationalError as error:
            logger.warning("The database is busy or cannot be reached: %s. Looking again within a minute.", error.orig)

    def perform(self, run_id: int) -> None:
        """Perform a run if it is due and not claimed, then place the answers that arrived meanwhile. Idempotent.

        Another that comes before it is performed in its place (`due_run_ids`), and it is looked at again.
        """
        with self.app.app_context():
            if not self._running.acquire(blocking=False):
                jobs: JobQueue = self.app.extensions["jobs"]
                jobs.enqueue_run(run_id, BUSY_SECONDS)
                return
            try:
                claimed, token = self._claim_next(run_id)
                if token is None:
                    runs.enqueue_if_early(run_id)
                    return
                survey_id = ClaimedRun(claimed, token, self._get_embedder, self._executor).perform()
            finally:
                self._running.release()
        if survey_id is not None:
            self._request_placing(survey_id)

    def _claim_next(self, run_id: int) -> tuple[int, str | None]:
        """Claim a run, or one that comes before it; return which, and the token."""
        due = runs.due_run_ids(now())
        for first in due[: due.index(run_id)] if run_id in due else []:
            token = runs.claim(first)
            if token is not None:
                jobs: JobQueue = self.app.extensions["jobs"]
                jobs.enqueue_run(run_id, BUSY_SECONDS)
                return first, token
        return run_id, runs.claim(run_id)

    def place(self, survey_id: int) -> None:
        """Place the new answers of a survey, up to MAX_BATCHES batches. Idempotent."""
        for _ in range(MAX_BATCHES):
            if not self.place_batch(survey_id):
                return

    def place_batch(self, survey_id: int) -> bool:
        """Place the next batch of a survey's new answers; return whether there may be more. Never raises."""
        with self.app.app_context():
            return new_answers.place_batch(survey_id, self._get_embedder)

    def note_use(self, token_id: int) -> None:
        """Save that an API token was used."""
        with self.app.app_context():
            api_tokens.record_use(token_id)

    def note_seen(self, owner_id: int) -> None:
        """Record that an owner was here today."""
        with self.app.app_context():
            owners.record_seen(owner_id)

    def _get_embedder(self) -> Embedder:
        """Return the model, which is loaded by the first call. Raises ModelError."""
        with self._loading:
            if self._embedder is None:
                name, keep = self.app.config["MODEL"], Path(self.app.instance_path)
                if self._executor:
                    self._embedder = DistributedEmbedder(name, self._executor)
                else:
                    self._embedder = SharedEmbedder(load(name, keep=keep))
            return self._embedder

    def _warm_up(self) -> None:
        try:
            self._get_embedder().encode(["warm up"])
        except ModelError as error:
            logger.error("%s Runs will fail until this is mended; answers are collected all the same.", error)


def connect_executor(address: str) -> FallbackExecutor | None:
    """Return an executor on the Dask cluster at an address; None if the address is empty. Raises CommandError."""
    if not address:
        return None
    try:
        from analysis.parallel.dask_cluster import Cluster  # optional, from requirements-scale.txt
    except ImportError as error:
        raise CommandError(
            "THREADS_DASK is set and Dask not installed: pip install -r requirements-scale.txt"
        ) from error
    return FallbackExecutor(lambda: Cluster(address))


def main() -> None:
    """Serve as the worker of the current app."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    logging.config.dictConfig(logging_setup.configuration(current_app.config["LOG"]))
    Worker(current_app._get_current_object()).serve()  # type: ignore[attr-defined]
