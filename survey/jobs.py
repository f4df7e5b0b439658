"""The queue between the site and the worker: Huey on a SQLite file.

The queue only wakes the worker. What is to be done stands in the database (`Run`), because Huey forgets a
task whose worker is killed: a periodic look finds whatever the database says is undone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from huey import SqliteHuey, crontab
from huey.api import Huey

logger = logging.getLogger(__name__)

SweepHandler = Callable[[], None]
IdHandler = Callable[[int], None]

THREADS = 2
"""One for a run, however long it takes, and one that places new answers meanwhile."""
PLACING_EVERY = 1.0
"""Seconds in which this process asks once for placing, and once more at their end: many answers share a look."""
SAME_MOMENT = 0.5
"""Seconds within which a run that is queued already need not be queued again"""
REMEMBERED = 1000


NO_WORKER = "this process is not a worker: start one with `flask --app app worker`"


class Jobs:
    """One queue. The site calls `wake` and `place`; the worker calls `serve` with what is to be done."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.huey: Huey = SqliteHuey("threads", filename=str(path), fsync=False, strict_fifo=True)
        self._asked: dict[int, float] = {}
        self._placing: dict[int, float] = {}
        self._on_run: IdHandler | None = None
        self._on_place: IdHandler | None = None
        self._on_sweep: SweepHandler | None = None
        self._on_use: IdHandler | None = None

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

        @self.huey.task(name="note_use")
        def note_use(token_id: int) -> None:
            if self._on_use is None:
                raise RuntimeError(NO_WORKER)
            self._on_use(token_id)

        @self.huey.periodic_task(crontab(minute="*"), name="sweep")
        def sweep() -> None:
            if self._on_sweep is not None:
                self._on_sweep()

        self._perform_run = perform_run
        self._place_answers = place_answers
        self._note_use = note_use

    def wake(self, run_id: int, delay: float) -> None:
        """Have a worker look at this run after `delay` seconds; once, however often this process asks for that moment.

        Where the queue cannot take it, the run is not lost: the worker's periodic look finds it in the
        database within a minute.
        """
        delay = max(0.0, delay)
        moment = time.monotonic()
        queued = self._asked.get(run_id, 0.0)
        if queued > moment and abs(queued - moment - delay) < SAME_MOMENT:
            return
        if self._queue(lambda: self._perform_run.schedule(args=(run_id,), delay=delay), f"Run {run_id}"):
            _remember(self._asked, run_id, moment + delay)

    def place(self, survey_id: int) -> None:
        """Have a worker place the new answers of a survey: at once, or with others in a second's time.

        Where that fails, its periodic look does it.
        """
        moment = time.monotonic()
        last = self._placing.get(survey_id, 0.0)
        if last > moment:
            return  # the look that is queued comes after this answer
        what = f"Placing new answers of survey {survey_id}"
        if last + PLACING_EVERY <= moment:
            if self._queue(lambda: self._place_answers(survey_id), what):
                _remember(self._placing, survey_id, moment)
        elif self._queue(lambda: self._place_answers.schedule(args=(survey_id,), delay=PLACING_EVERY), what):
            _remember(self._placing, survey_id, moment + PLACING_EVERY)

    def note_use(self, token_id: int) -> None:
        """Have a worker write down that a token was used."""
        self._queue(lambda: self._note_use(token_id), "The use of a token")

    def _queue(self, put: Callable[[], object], what: str) -> bool:
        try:
            put()
        except Exception:
            logger.exception("%s could not be queued. The worker finds out within a minute.", what)
            return False
        return True

    def serve(self, on_run: IdHandler, on_place: IdHandler, on_use: IdHandler, on_sweep: SweepHandler) -> None:
        """Do what is queued until the process is told to stop (SIGINT, SIGTERM)."""
        self._on_run, self._on_place, self._on_use, self._on_sweep = on_run, on_place, on_use, on_sweep
        on_sweep()
        self.huey.create_consumer(workers=THREADS, periodic=True, initial_delay=0.1, max_delay=0.5, backoff=1.05).run()


def _remember(moments: dict[int, float], key: int, moment: float) -> None:
    """Keep the moment of this key, and forget the others now and then."""
    if len(moments) >= REMEMBERED:
        moments.clear()
    moments[key] = moment
