"""The queue between the site and its workers: Huey on a SQLite file, on PostgreSQL or on Redis.

The queue only wakes a worker. What is to be done stands in the database (`Run`), because Huey forgets a
task whose worker is killed: each worker looks by itself, once a minute, for whatever the database says is undone.
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
"""One for a run, however long it takes, and one for everything else, which is done in a moment"""
PLACING_INTERVAL_SECONDS = 1.0
"""Seconds in which this process asks once for placing, and once more at their end: many answers share a look."""
SAME_DUE_SECONDS = 0.5
"""Seconds within which a run that is queued already need not be queued again"""
MAX_REMEMBERED = 1000
SWEEP_INTERVAL_SECONDS = 60.0
"""Seconds between two looks of a worker at what is undone"""
MAX_SWEEPS = 2
"""Looks under way at once: one that does a run, however long it takes, and one that gives signs of life meanwhile"""

TASKS = "survey.jobs"
"""The first part of the names of tasks in the queue. It stays as it is: an upgrade finds what is queued already."""

NO_WORKER = "this process is not a worker: start one with `flask --app app worker`"


class JobQueue:
    """One queue. The site calls `wake` and `place`; a worker calls `serve` with what is to be done."""

    def __init__(self, place: Path | str) -> None:
        """`place` is the file of the queue, or the address of a PostgreSQL or a Redis.

        Connects only when it is used: the site starts without. Raises SettingsError where a library is missing.
        """
        self.huey: Huey = open_queue(place)
        self._asked: dict[int, float] = {}
        self._placing: dict[int, float] = {}
        self._on_run: IdHandler | None = None
        self._on_place: IdHandler | None = None
        self._on_use: IdHandler | None = None

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

        self._perform_run = perform_run
        self._place_answers = place_answers
        self._note_use = note_use

    def enqueue_run(self, run_id: int, delay: float) -> None:
        """Have a worker look at this run after `delay` seconds; once, however often this process asks for that moment.

        Where the queue cannot take it, the run is not lost: the worker's periodic look finds it in the
        database within a minute.
        """
        delay = max(0.0, delay)
        moment = time.monotonic()
        queued = self._asked.get(run_id, 0.0)
        if queued > moment and abs(queued - moment - delay) < SAME_DUE_SECONDS:
            return
        if self._queue(lambda: self._perform_run.schedule(args=(run_id,), delay=delay), f"Run {run_id}"):
            _remember(self._asked, run_id, moment + delay)

    def is_queued(self, run_id: int) -> bool:
        """Whether this process has asked for a look at this run that is still to come."""
        return self._asked.get(run_id, 0.0) > time.monotonic()

    def enqueue_placing(self, survey_id: int) -> None:
        """Have a worker place the new answers of a survey: at once, or with others in a second's time.

        Where that fails, its periodic look does it.
        """
        moment = time.monotonic()
        last = self._placing.get(survey_id, 0.0)
        if last > moment:
            return  # the look that is queued comes after this answer
        what = f"Placing new answers of survey {survey_id}"
        if last + PLACING_INTERVAL_SECONDS <= moment:
            if self._queue(lambda: self._place_answers(survey_id), what):
                _remember(self._placing, survey_id, moment)
        elif self._queue(lambda: self._place_answers.schedule(args=(survey_id,), delay=PLACING_INTERVAL_SECONDS), what):
            _remember(self._placing, survey_id, moment + PLACING_INTERVAL_SECONDS)

    def enqueue_token_use(self, token_id: int) -> None:
        """Have a worker write down that a token was used."""
        self._queue(lambda: self._note_use(token_id), "The use of a token")

    def _queue(self, put: Callable[[], object], what: str) -> bool:
        try:
            put()
        except Exception:
            logger.exception("%s could not be queued. The worker finds out within a minute.", what)
            return False
        return True

    def consume(self, on_run: IdHandler, on_place: IdHandler, on_use: IdHandler, on_sweep: SweepHandler) -> None:
        """Do what is queued until the process is told to stop (SIGINT, SIGTERM).

        Only `on_run` and `on_sweep` may take long.
        """
        self._on_run, self._on_place, self._on_use = on_run, on_place, on_use
        # Not by the queue: of several workers only the one that takes a task from it would look, and be seen to live.
        threading.Thread(target=sweep_periodically, args=(on_sweep,), name="sweeps", daemon=True).start()
        self.huey.create_consumer(workers=THREADS, periodic=False, initial_delay=0.1, max_delay=0.5, backoff=1.05).run()


def sweep_periodically(on_sweep: SweepHandler) -> None:
    """Look at once, and then every minute as long as the process lives, also while an earlier look does a run."""
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
        logger.exception("What is undone could not be looked for. The next look is within a minute.")


def _remember(moments: dict[int, float], key: int, moment: float) -> None:
    """Keep the moment of this key, and forget the others now and then."""
    if len(moments) >= MAX_REMEMBERED:
        moments.clear()
    moments[key] = moment
