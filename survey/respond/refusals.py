"""The log of answers that the database did not take: why, at most once a minute, and nothing of the answer."""

from __future__ import annotations

import logging
import threading
import time

from sqlalchemy.exc import OperationalError

REPEAT_SECONDS = 60.0

logger = logging.getLogger(__name__)


class RefusalLog:
    """Counts what was refused between two lines."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0
        self._unsaid = 0

    def add(self, error: OperationalError) -> None:
        """Log the first line of the database's error, which has no values in it, unless a line was written lately."""
        moment = time.monotonic()
        with self._lock:
            if moment < self._next:
                self._unsaid += 1
                return
            self._next, unsaid, self._unsaid = moment + REPEAT_SECONDS, self._unsaid, 0
        reason = next(iter(str(error.orig).splitlines()), "") or type(error.orig).__name__
        logger.error("An answer was not saved: %s. Others since the last such line: %d.", reason, unsaid)


refusals = RefusalLog()
