"""The queue between the site and the worker: Huey on a SQLite file.

The queue only wakes the worker. What is to be done stands in the database (`Run`), because Huey forgets a
task whose worker is killed: a periodic look finds whatever the database says is undone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from huey import SqliteHuey, crontab
from huey.api import Huey

logger = logging.getLogger(__name__)

SweepHandler = Callable[[], None]
IdHandler = Callable[[int], None]

THREADS = 2
"""One for a run, however long it takes, and one that places new answers meanwhile."""


NO_WORKER = "this process is not a worker: start one with `flask --app app worker`"


class Jobs:
    """One queue. The site calls `wake` and `place`; the worker calls `serve` with what is to be done."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.huey: Huey = SqliteHuey("threads", filename=str(path), fsync=False, strict_fifo=True)
        self._on_run: IdHandler | None = None
        self._on_place: IdHandler | None = None
        self._on_sweep: SweepHandler | None = None

        @self.huey.task(name="perform_run")
        def perform_run(run_id: int) -> None:
            if self._on_run is None:
                raise RuntimeError(NO_WORKER)
            self._on_run(run_id)

        @self.huey.task(name="place_answers")
        def place_answers(survey_id: int) -> None:
            if self._on_place is None:
                raise RuntimeError(NO_WORKER)
            self._on_place(survey_id)

        @self.huey.periodic_task(crontab(minute="*"), name="sweep")
        def sweep() -> None:
            if self._on_sweep is not None:
                self._on_sweep()

        self._perform_run = perform_run
        self._place_answers = place_answers

    def wake(self, run_id: int, delay: float) -> None:
        """Have a worker look at this run after `delay` seconds.

        Where the queue cannot take it, the run is not lost: the worker's periodic look finds it in the
        database within a minute.
        """
        try:
            self._perform_run.schedule(args=(run_id,), delay=max(0.0, delay))
        except Exception:
            logger.exception("Run %s could not be queued. The worker will find it within a minute.", run_id)

    def place(self, survey_id: int) -> None:
        """Have a worker place the new answers of a survey at once; where that fails, its periodic look does it."""
        try:
            self._place_answers(survey_id)
        except Exception:
            logger.exception("Placing new answers of survey %s could not be queued.", survey_id)

    def serve(self, on_run: IdHandler, on_place: IdHandler, on_sweep: SweepHandler) -> None:
        """Do what is queued until the process is told to stop (SIGINT, SIGTERM)."""
        self._on_run, self._on_place, self._on_sweep = on_run, on_place, on_sweep
        on_sweep()
        self.huey.create_consumer(workers=THREADS, periodic=True, initial_delay=0.1, max_delay=0.5, backoff=1.05).run()
