"""Threads that do a portion of work for each survey in turn, so that no survey waits for all the work of another."""

from __future__ import annotations

import threading
from collections.abc import Callable

THREADS = 2
"""So that one survey whose rows are locked, or whose answers take long, does not stop the others"""
PORTIONS_MAX = 10
"""Portions of a survey that are done each time it is asked for"""

Portion = Callable[[int], bool]
"""Does a portion for a survey; returns whether there is more to do. Raises nothing."""


class Turns:
    """The surveys that are waiting for a portion of work, in the order of their turns."""

    def __init__(self, portion: Portion) -> None:
        self._portion = portion
        self._waiting: dict[int, int] = {}
        """How many portions of each survey are still to be done"""
        self._busy: set[int] = set()
        self._changed = threading.Condition()

    def start(self) -> None:
        """Start the threads, which end with the process."""
        for number in range(THREADS):
            threading.Thread(target=self._serve, name=f"turns-{number}", daemon=True).start()

    def ask(self, survey_id: int) -> None:
        """Have a survey looked at; a look that has begun already may not see what came since, so another follows."""
        with self._changed:
            self._waiting[survey_id] = PORTIONS_MAX
            self._changed.notify()

    def _serve(self) -> None:
        while True:
            with self._changed:
                while (survey_id := self._next()) is None:
                    self._changed.wait()
                portions = self._waiting.pop(survey_id)
                self._busy.add(survey_id)
            more = False
            try:
                more = self._portion(survey_id)
            finally:
                with self._changed:
                    self._busy.remove(survey_id)
                    if more and portions > 1:
                        self._waiting.setdefault(survey_id, portions - 1)
                    self._changed.notify()

    def _next(self) -> int | None:
        """The survey whose turn it is; a survey has one portion at a time."""
        return next((survey_id for survey_id in self._waiting if survey_id not in self._busy), None)
