"""The analysis worker: claim -> vectors -> analyse -> save.

With saving.py and comparing.py the only part of the site that imports `analysis`. Every step may be killed and
run again: what a run saves becomes visible in the one transaction that finishes it.
"""

from __future__ import annotations

import logging
import threading
import time

from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from analysis.codebook import CodebookError
from analysis.edits import taught
from analysis.embed import Embedder, ModelError, load
from analysis.newcomers import place_new
from analysis.pipeline import analyse
from analysis.reading import Stage
from survey import nearest, placing, runs, saving, workload
from survey.comparing import against_advice
from survey.database import db, now
from survey.jobs import Jobs
from survey.models import Run, Survey
from survey.vectors import OneAtATime, StoredVectors

logger = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.5
BUSY_SECONDS = 2.0
"""After how long a run is looked at again that came while another was under way."""


class Worker:
    """Does the runs that are asked for, one after the other, and places new answers meanwhile."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._embedder: Embedder | None = None
        self._loading = threading.Lock()
        self._running = threading.Lock()

    def serve(self) -> None:
        """Work until told to stop. The model is loaded at once, so that the first answer is placed without waiting."""
        threading.Thread(target=self._warm, name="warm", daemon=True).start()
        jobs: Jobs = self.app.extensions["jobs"]
        jobs.serve(self.perform, self.place, self.sweep)

    def sweep(self) -> None:
        """Do what the database says is undone, whatever the queue remembers."""
        with self.app.app_context():
            waiting = runs.due(now())
            surveys = list(db.session.scalars(select(Survey.id).where(Survey.current_run_id.is_not(None))))
        for run_id in waiting:
            self.perform(run_id)
        for survey_id in surveys:
            self.place(survey_id)

    def perform(self, run_id: int) -> None:
        """Do one run if it is still to be done. Safe to call twice."""
        with self.app.app_context():
            if not self._running.acquire(blocking=False):
                jobs: Jobs = self.app.extensions["jobs"]
                jobs.wake(run_id, BUSY_SECONDS)
                return
            try:
                survey_id = self._perform(run_id)
            finally:
                self._running.release()
        if survey_id is not None:
            self.place(survey_id)  # what came in while the run read the others

    def _perform(self, run_id: int) -> int | None:
        """The survey whose run was finished, None where nothing was."""
        token = runs.claim(run_id)
        if token is None:
            runs.wake_if_early(run_id)
            return None
        logger.info("run %s: started", run_id)
        try:
            survey_id = self._analyse(run_id, token)
        except runs.ClaimLost as lost:
            logger.warning("run %s: stopped, %s", run_id, lost)
        except Exception as error:
            logger.exception("run %s: failed", run_id)
            runs.fail(run_id, token, in_words(error))
        else:
            logger.info("run %s: finished", run_id)
            return survey_id
        return None

    def _analyse(self, run_id: int, token: str) -> int:
        work = workload.read_work(run_id)
        said: dict[str, float] = {}

        def progress(stage: Stage, done: int, total: int) -> None:
            if stage in said and time.monotonic() - said[stage] < PROGRESS_SECONDS and done < total:
                return
            said[stage] = time.monotonic()
            runs.progress(run_id, token, stage, done, total)

        vectors = StoredVectors(self._model(), work.survey_id)
        result = analyse(
            work.texts,
            codebook=work.codebook,
            embedder=vectors,
            earlier=work.earlier(),
            edits=work.edits,
            places=work.places,
            progress=progress,
        )
        book = taught(work.codebook, work.edits)
        saving.save(run_id, token, work, result, against_advice(work.advice, result, book, vectors))
        vectors.forget_others()
        return work.survey_id

    def place(self, survey_id: int) -> None:
        """Place the answers that the result shown now has not seen. Safe to call twice."""
        with self.app.app_context():
            survey = db.session.get(Survey, survey_id)
            run = db.session.get(Run, survey.current_run_id) if survey and survey.current_run_id else None
            if survey is None or run is None or run.centres is None:
                return
            answers = {answer.id: answer.text for answer in placing.waiting(survey)}
            if not answers:
                return
            run_id, codebook = run.id, workload.codebook_of(survey)
            vectors = StoredVectors(self._model(), survey_id)
            found = place_new(
                list(answers.values()),
                codebook=codebook,
                centres=saving.unpacked(run.centres),
                embedder=vectors,
                edits=workload.decided(survey_id),
            )
            added = saving.save_newcomers(run_id, survey_id, answers, found, codebook)
            nearest.keep_nearest(survey_id, run_id, answers, found, vectors)
            logger.info("survey %s: %s new answers placed", survey_id, added)

    def _model(self) -> Embedder:
        """The model, loaded once; one thread at a time uses it. Raises ModelError."""
        with self._loading:
            if self._embedder is None:
                self._embedder = OneAtATime(load(self.app.config["MODEL"]))
            return self._embedder

    def _warm(self) -> None:
        try:
            self._model().encode(["warm"])
        except ModelError as error:
            logger.error("%s Runs will fail until this is mended; answers are collected all the same.", error)


def in_words(error: Exception) -> str:
    """Why a run failed, for the owner: what happened, what was kept, what to do. Never answer text."""
    if isinstance(error, ModelError | CodebookError):
        return f"{error} Answers are still collected; ask for the run again when this is mended."
    if isinstance(error, MemoryError):
        return "The machine ran out of memory. Every answer is kept. Give it more memory and ask for the run again."
    if isinstance(error, OperationalError):
        return "The database could not be reached or was busy. Every answer is kept. Ask for the run again."
    return (
        f"The analysis stopped on an error it does not know ({type(error).__name__}). Every answer is kept. "
        "Ask for the run again; if it stops again, the worker's log says where."
    )


def main() -> None:
    """Serve as the worker of the current app."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s worker: %(message)s")
    logging.getLogger("huey").setLevel(logging.WARNING)
    Worker(current_app._get_current_object()).serve()  # type: ignore[attr-defined]
