"""The surveys whose vectors the search service has in memory: those searched lately, within a number of bytes."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout

from flask import Flask
from sqlalchemy import func, select

from survey.core.database import db
from survey.core.models import Idea, Survey
from survey.edits.sampling import count_answers, sample_rule
from survey.search.survey_vectors import SurveyVectors, count_bytes, read

MAX_BYTES = 256 * 1024 * 1024
"""Of all surveys together: half a million ideas"""
CATCH_UP_SECONDS = 0.15
"""How long a search waits for what is new; after that it is answered without it"""

logger = logging.getLogger(__name__)


class TooLarge(LookupError):
    """A survey that is not sampled has more ideas than fit into memory."""


class KeptSurveys:
    """Reads the vectors of a survey when it is searched, and forgets those that were not searched for longest.

    What is kept is brought up to date by the next search after a run, or after new answers. One survey is read at a
    time, in a thread of its own; of one that does not fit, the answers in which runs find its themes.
    """

    def __init__(self, app: Flask, max_bytes: int = MAX_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._kept: OrderedDict[int, SurveyVectors] = OrderedDict()
        self._reading: dict[int, Future[SurveyVectors]] = {}
        self._lock = threading.Lock()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="read-survey")

    def get(self, survey_id: int, model: str, until: float) -> SurveyVectors | None:
        """Return the vectors of a survey, in a context of the app; None where they are not there by `until`.

        Raises TooLarge, and what the database raises.
        """
        with self._lock:
            kept = self._kept.get(survey_id)
            if kept is not None:
                self._kept.move_to_end(survey_id)
        run_id = db.session.scalar(select(Survey.current_run_id).where(Survey.id == survey_id))
        if run_id is None or (kept is not None and _is_current(kept, run_id)):
            return kept
        with self._lock:
            reading = self._reading.get(survey_id)
            if reading is None:
                reading = self._reader.submit(self._read, survey_id, run_id, model)
                self._reading[survey_id] = reading
        wait = until - time.monotonic()
        try:
            return reading.result(max(0.0, wait if kept is None else min(wait, CATCH_UP_SECONDS)))
        except FutureTimeout:
            return kept

    @property
    def nbytes(self) -> int:
        """Memory that the vectors take."""
        with self._lock:
            return sum(each.nbytes for each in self._kept.values())

    def close(self) -> None:
        """End the thread that reads."""
        self._reader.shutdown(cancel_futures=True)

    def _read(self, survey_id: int, run_id: int, model: str) -> SurveyVectors:
        try:
            with self._app.app_context():
                with self._lock:
                    before = self._kept.get(survey_id)
                ideas = db.session.scalar(select(func.count()).select_from(Idea).where(Idea.run_id == run_id)) or 0
                sample = None
                if count_bytes(ideas) > self._max_bytes:
                    sample = sample_rule(survey_id, count_answers(survey_id))
                    if sample is None:
                        raise TooLarge(survey_id)
                found = read(survey_id, run_id, model, before, sample)
            with self._lock:
                self._kept[survey_id] = found
                self._kept.move_to_end(survey_id)
                while len(self._kept) > 1 and sum(each.nbytes for each in self._kept.values()) > self._max_bytes:
                    self._kept.popitem(last=False)
            return found
        finally:
            with self._lock:
                self._reading.pop(survey_id, None)


def _is_current(kept: SurveyVectors, run_id: int) -> bool:
    """Return whether nothing came since it was read."""
    if kept.run_id != run_id:
        return False
    later = select(Idea.id).where(Idea.id > kept.last_idea, Idea.run_id + 0 == run_id).limit(1)  # + 0: by the key
    return db.session.scalar(later) is None
