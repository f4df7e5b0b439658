"""The job queue between the site and its workers: Huey on a SQLite file, on PostgreSQL or on Redis.

A job only wakes a worker; the work to do is in the database (`Run`), because Huey loses a task whose worker is killed.
Each worker also polls the database once a minute.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from huey.api import Huey

from survey.runs.queue_backends import open_queue

logger = logging.getLogger(__name__)

SweepHandler = Callable[[], None]
IdHandler = Callable[[int], None]

THREADS = 2
"""Huey worker threads: one for a run, which may take long, and one for short jobs"""
PLACING_INTERVAL_SECONDS = 1.0
"""A process queues at most one placing job of a survey per interval, and one more at its end"""
SAME_DUE_SECONDS = 0.5
"""A run that is queued already is not queued again if the due times differ by less"""
SEEN_INTERVAL_SECONDS = 600.0
"""A process queues an owner's visit once in this time; the worker has long noted it when the next one is due"""
MAX_REMEMBERED = 1000
"""Entries in the dictionaries of queued runs and surveys, which are cleared when full"""
SWEEP_INTERVAL_SECONDS = 60.0
"""Interval at which a worker polls the database"""
MAX_SWEEPS = 2
"""Sweeps in progress at once: one may be busy with a run while another one sends heartbeats"""

TASKS = "survey.jobs"
"""Module prefix of the task names. Never change it: after an upgrade old jobs are still in the queue"""

NO_WORKER = "this process is not a worker: start one with `flask --app app worker`"


class JobQueue:
    """The job queue. The site calls the `enqueue_…` methods; a worker calls `consume` with its handlers."""

    def __init__(self, place: Path | str) -> None:
        """Open the queue in a file (a Path) or at a PostgreSQL or Redis URL, without connecting yet.

        Raises SettingsError if a library is missing.
        """
        self.huey: Huey = open_queue(place)
        self._queued_runs: dict[int, float] = {}
        self._queued_placing: dict[int, float] = {}
        self._on_run: IdHandler | None = None
        self._on_place: IdHandler | None = None
        self._queued_seen: dict[int, float] = {}
        self._on_use: IdHandler | None = None
        self._on_seen: IdHandler | None = None

        @self.huey.task(name="perform_run", __module__=TASKS)
        def perform_run(run_id: int) -> None:
            if self._on_run is None:
                raise RuntimeError(NO_WORKER)
            self._on_run(run_id)

        @self.huey.task(name="place_answers", __module__=TASKS)
        def place_answers(survey_id: int) -> None:
            if self._on_place is None:
                raise RuntimeError(NO_WORKER)
            self._on_place(survey_id)

        @self.huey.task(name="note_use", __module__=TASKS)
        def note_use(token_id: int) -> None:
            if self._on_use is None:
                raise RuntimeError(NO_WORKER)
            self._on_use(token_id)

        @self.huey.task(name="note_seen", __module__=TASKS)
        def note_seen(owner_id: int) -> None:
            if self._on_seen is None:
                raise RuntimeError(NO_WORKER)
            self._on_seen(owner_id)

        self._perform_run = perform_run
        self._place_answers = place_answers
        self._note_use = note_use
        self._note_seen = note_seen

    def enqueue_run(self, run_id: int, delay: float) -> None:
        """Queue a run for `delay` seconds from now, once for the same due time.

        If the queue is not available the run is not lost: a worker finds it in the database within a minute.
        """
        delay = max(0.0, delay)
        moment = time.monotonic()
        queued = self._queued_runs.get(run_id, 0.0)
        if queued > moment and abs(queued - moment - delay) < SAME_DUE_SECONDS:
            return
        if self._queue(lambda: self._perform_run.schedule(args=(run_id,), delay=delay), f"Run {run_id}"):
            _remember(self._queued_runs, run_id, moment + delay)

    def is_queued(self, run_id: int) -> bool:
        """Return whether this process queued this run and its due time is still to come."""
        return self._queued_runs.get(run_id, 0.0) > time.monotonic()

    def enqueue_placing(self, survey_id: int) -> None:
        """Queue the placing of new answers of a survey, at most once per PLACING_INTERVAL_SECONDS.

        If the queue is not available, a worker finds them within a minute.
        """
        moment = time.monotonic()
        last = self._queued_placing.get(survey_id, 0.0)
        if last > moment:
            return  # the queued job runs after this answer was committed
        what = f"Placing new answers of survey {survey_id}"
        if last + PLACING_INTERVAL_SECONDS <= moment:
            if self._queue(lambda: self._place_answers(survey_id), what):
                _remember(self._queued_placing, survey_id, moment)
        elif self._queue(lambda: self._place_answers.schedule(args=(survey_id,), delay=PLACING_INTERVAL_SECONDS), what):
            _remember(self._queued_placing, survey_id, moment + PLACING_INTERVAL_SECONDS)

    def enqueue_token_use(self, token_id: int) -> None:
        """Queue an update of the last use of a token."""
        self._queue(lambda: self._note_use(token_id), "The use of a token")

    def enqueue_owner_seen(self, owner_id: int) -> None:
        """Queue an update of the day on which an owner was here last, once in SEEN_INTERVAL_SECONDS."""
        moment = time.monotonic()
        if self._queued_seen.get(owner_id, 0.0) > moment:
            return
        if self._queue(lambda: self._note_seen(owner_id), "The visit of an owner"):
            _remember(self._queued_seen, owner_id, moment + SEEN_INTERVAL_SECONDS)

    def _queue(self, put: Callable[[], object], what: str) -> bool:
        try:
            put()
        except Exception:
            logger.exception("%s could not be queued. A worker finds it within a minute.", what)
            return False
        return True

    def consume(
        self, on_run: IdHandler, on_place: IdHandler, on_use: IdHandler, on_seen: IdHandler, on_sweep: SweepHandler
    ) -> None:
        """Run jobs until the process is stopped (SIGINT, SIGTERM).

        Only `on_run` and `on_sweep` may take long.
        """
        self._on_run, self._on_place, self._on_use, self._on_seen = on_run, on_place, on_use, on_seen
        # Not a periodic Huey task: only one of several workers would take it, and only that one would send a heartbeat.
        threading.Thread(target=sweep_periodically, args=(on_sweep,), name="sweeps", daemon=True).start()
        self.huey.create_consumer(workers=THREADS, periodic=False, initial_delay=0.1, max_delay=0.5, backoff=1.05).run()


def sweep_periodically(on_sweep: SweepHandler) -> None:
    """Call `on_sweep` now and every SWEEP_INTERVAL_SECONDS, also while an earlier call is busy with a run."""
    under_way: list[threading.Thread] = []
    while True:
        under_way = [thread for thread in under_way if thread.is_alive()]
        if len(under_way) < MAX_SWEEPS:
            under_way.append(threading.Thread(target=_sweep, args=(on_sweep,), name="sweep", daemon=True))
            under_way[-1].start()
        time.sleep(SWEEP_INTERVAL_SECONDS)


def _sweep(on_sweep: SweepHandler) -> None:
    try:
        on_sweep()
    except Exception:
        logger.exception("The sweep failed. The next one is within a minute.")


def _remember(times: dict[int, float], key: int, moment: float) -> None:
    """Store a time under a key; clear the dictionary first if it is full."""
    if len(times) >= MAX_REMEMBERED:
        times.clear()
    times[key] = moment
