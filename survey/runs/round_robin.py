"""Threads that process one batch of each survey in turn, so that no survey waits for all the work of another."""

from __future__ import annotations

import threading
from collections.abc import Callable

THREADS = 2
"""More than one, so that a survey whose rows are locked or whose answers take long does not stop the others"""
MAX_BATCHES = 10
"""Batches of a survey that are processed for each call of `submit`"""

ProcessBatch = Callable[[int], bool]
"""Process one batch of the survey with this id; return whether there is more to do. Must not raise."""


class RoundRobin:
    """The surveys that wait for processing, and the threads that process them."""

    def __init__(self, process_batch: ProcessBatch) -> None:
        self._process_batch = process_batch
        self._batches_left: dict[int, int] = {}
        """Remaining batches by survey id, in the order of the surveys' turns"""
        self._busy: set[int] = set()
        self._changed = threading.Condition()

    def start(self) -> None:
        """Start the threads, which end with the process."""
        for number in range(THREADS):
            threading.Thread(target=self._serve, name=f"round-robin-{number}", daemon=True).start()

    def submit(self, survey_id: int) -> None:
        """Have a survey processed. A batch in progress may have missed what is new, so another follows it."""
        with self._changed:
            self._batches_left[survey_id] = MAX_BATCHES
            self._changed.notify()

    def _serve(self) -> None:
        while True:
            with self._changed:
                while (survey_id := self._next()) is None:
                    self._changed.wait()
                batches_left = self._batches_left.pop(survey_id)
                self._busy.add(survey_id)
            more = False
            try:
                more = self._process_batch(survey_id)
            finally:
                with self._changed:
                    self._busy.remove(survey_id)
                    if more and batches_left > 1:
                        self._batches_left.setdefault(survey_id, batches_left - 1)
                    self._changed.notify()

    def _next(self) -> int | None:
        """Return the next survey of which no batch is in progress."""
        return next((survey_id for survey_id in self._batches_left if survey_id not in self._busy), None)
