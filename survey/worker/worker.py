"""The analysis worker: claim -> vectors -> analyse -> save.

With saving.py, unsaid.py and comparing.py the only part of the site that imports `analysis`. Every step may be killed
and run again: what a run saves becomes visible in the one transaction that finishes it.
"""

from __future__ import annotations

import logging
import logging.config
import os
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from analysis.embedding.models import Embedder, ModelError, load
from analysis.known_themes.codebook import Codebook, CodebookError
from analysis.known_themes.edits import edited_codebook
from analysis.new_answers import PlacedAnswers, place_new_answers
from analysis.parallel.executors import DistributedEmbedder, FallbackExecutor
from analysis.pipeline import analyse
from analysis.progress import Progress, Stage, time_left
from analysis.results import Centres
from survey.accounts import api_tokens
from survey.answers import bursts, retention
from survey.core.command_error import CommandError
from survey.core.database import db, now, truncate_wal
from survey.core.models import Run, Survey
from survey.curation.codebook import starting_codebook
from survey.operations import compact
from survey.runs import heartbeats
from survey.runs import lifecycle as runs
from survey.runs.queue import Jobs
from survey.web import logging_setup
from survey.web.rate_limits import throttle
from survey.worker import leftovers, nearest_answer, new_answers, run_inputs, save_results, unreadable_answers
from survey.worker.comparisons import against_advice
from survey.worker.round_robin import PORTIONS_MAX, Turns
from survey.worker.vector_store import OneAtATime, StoredVectors

logger = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.5
BUSY_SECONDS = 2.0
"""After how long a run is looked at again that came while another was under way."""
TELL_AGAIN_SECONDS = 2.0
TELLS_MOST = 12
"""How often it is tried again to say that a run broke off, where the database is why"""
TRUNCATIONS_MOST, TRUNCATE_AGAIN_SECONDS = 5, 0.3
"""How often one look tries to empty the WAL file that somebody reads, and the pause between"""
ROUNDS_MOST = 5
"""How often answers that cannot be read are looked for in one run"""
NICENESS = 5
"""On one machine the pages come first: answers are taken while a run goes on."""
NOT_THE_ANSWERS = (ModelError, CodebookError, OperationalError, runs.ClaimLost)
"""What no answer is to blame for"""


class Worker:
    """Does the runs that are asked for, one after the other, and places new answers meanwhile."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._embedder: Embedder | None = None
        self._helpers = helpers(app.config["DASK"])
        self._loading = threading.Lock()
        self._running = threading.Lock()
        self._turns = Turns(self._place_some)
        self._ask_to_place: Callable[[int], object] = self.place
        self._started_at = now()
        self._retention = retention.DailyRetention()
        self._compacting = compact.Daily()
        self._leftovers = leftovers.Leftovers()

    def serve(self) -> None:
        """Work until told to stop. The model is loaded at once, so that the first answer is placed without waiting.

        New answers are placed by threads of their own, a few of each survey in turn, whatever a run does meanwhile.
        """
        threading.Thread(target=self._warm, name="warm", daemon=True).start()
        self._turns.start()
        self._ask_to_place = self._turns.ask
        jobs: Jobs = self.app.extensions["jobs"]
        jobs.serve(self.perform, self._turns.ask, self.note_use, self.sweep)

    def sweep(self) -> None:
        """Do what the database says is undone, whatever the queue remembers, and give a sign of life.

        Where the database cannot be reached the next look does it.
        """
        try:
            with self.app.app_context():
                heartbeats.seen(heartbeats.own_name(), self._started_at, now())
                self._retention.look()
                self._compacting.look()
                leave_no_traces()
                waiting = runs.due(now())
                surveys = list(db.session.scalars(select(Survey.id).where(Survey.current_run_id.is_not(None))))
            for survey_id in surveys:  # first: a run may take an hour
                self._ask_to_place(survey_id)
            for run_id in waiting:
                self.perform(run_id)
            with self.app.app_context():
                self._leftovers.look()
        except OperationalError as error:
            logger.warning("The database is busy or cannot be reached: %s. Looking again within a minute.", error.orig)

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
            self._ask_to_place(survey_id)  # what came in while the run read the others

    def _perform(self, run_id: int) -> int | None:
        """The survey whose run was finished, None where nothing was."""
        token = runs.claim(run_id)
        if token is None:
            runs.wake_if_early(run_id)
            return None
        logger.info("run %s: started", run_id)
        try:
            survey_id, vectors = self._analyse_readable(run_id, token)
        except runs.ClaimLost as lost:
            logger.warning("run %s: stopped, %s", run_id, lost)
            return None
        except OperationalError as error:
            logger.error("run %s: stopped by the database: %s", run_id, error.orig)
            self._fail(run_id, token, error)
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, the owner is told and the worker goes on
            if not self._is_lost(run_id, token):
                logger.error("run %s: failed\n%s", run_id, where(error))
                self._fail(run_id, token, error)
            return None
        logger.info("run %s: finished", run_id)
        try:
            save_results.prune(survey_id, run_id)
            vectors.forget_others()
        except OperationalError as error:
            logger.warning("run %s: what it replaced is removed after the next one: %s", run_id, error.orig)
        return survey_id

    def _is_lost(self, run_id: int, token: str) -> bool:
        """Whether a run that went wrong is nobody's any more, as where its survey was deleted meanwhile."""
        try:
            runs.confirm(run_id, token)
        except runs.ClaimLost as lost:
            logger.warning("run %s: stopped, %s", run_id, lost)
            return True
        except OperationalError:
            pass
        return False

    def _fail(self, run_id: int, token: str, error: Exception) -> None:
        """Tell the owner why a run failed; have one done again that the database stopped.

        Where neither can be written for long, the run's silence says that it is to be done again.
        """
        for pause in (*[TELL_AGAIN_SECONDS] * TELLS_MOST, 0.0):
            try:
                if isinstance(error, OperationalError) and runs.put_back(run_id, token):
                    runs.wake(run_id)
                else:
                    runs.fail(run_id, token, in_words(error))
                return
            except OperationalError:
                time.sleep(pause)
            except runs.ClaimLost as lost:
                logger.warning("run %s: %s", run_id, lost)
                return
        logger.warning("run %s: tried again once its worker counts as silent", run_id)

    def _analyse_readable(self, run_id: int, token: str) -> tuple[int, StoredVectors]:
        """Do a run; where answers stop it, hold them and do it without them."""
        for _ in range(ROUNDS_MOST):
            work = run_inputs.read_work(run_id)
            tell = self._progress(run_id, token)
            vectors = StoredVectors(self._model(), work.survey_id)
            try:
                self._analyse(run_id, token, work, vectors, tell)
            except NOT_THE_ANSWERS:
                raise
            except Exception as error:
                runs.confirm(run_id, token)  # else no answer is to blame
                logger.error("run %s: looking for answers that cannot be read\n%s", run_id, where(error))
                if not self._hold_unreadable(work, vectors, tell):
                    raise
            else:
                return work.survey_id, vectors
        raise RuntimeError("answers that cannot be read were held, and there are still more")

    def _progress(self, run_id: int, token: str) -> Progress:
        """Says how far a run is, not too often."""
        said: dict[str, float] = {}
        begun: dict[Stage, float] = {}

        def progress(stage: Stage, done: int, total: int) -> None:
            begun.setdefault(stage, time.monotonic())
            if stage in said and time.monotonic() - said[stage] < PROGRESS_SECONDS and done < total:
                return
            said[stage] = time.monotonic()
            runs.progress(run_id, token, stage, done, total, time_left(seconds_in(begun), stage, done, total))

        return progress

    def _analyse(
        self, run_id: int, token: str, work: run_inputs.Work, vectors: StoredVectors, progress: Progress
    ) -> None:
        result = analyse(
            work.texts,
            codebook=work.codebook,
            embedder=vectors,
            earlier=work.earlier(),
            edits=work.edits,
            places=work.places,
            progress=progress,
            executor=self._helpers,
        )
        book = edited_codebook(work.codebook, work.edits)
        save_results.save(run_id, token, work, result, against_advice(work.advice, result, book, vectors))

    def _hold_unreadable(self, work: run_inputs.Work, vectors: StoredVectors, tell: Progress) -> int:
        """Find the answers that stop a run, and hold them; gives how many.

        What fails is nearly always the reading of one answer; where all can be read one by one, the whole of the
        analysis is tried on parts.
        """
        unplaced = Centres((), np.zeros((0, 1), dtype=np.float32), np.zeros(1, dtype=np.float32))

        def read(texts: Sequence[str]) -> PlacedAnswers:
            tell("ideas", 0, 1)
            return place_new_answers(
                texts, codebook=work.codebook, centres=unplaced, embedder=vectors, edits=work.edits
            )

        def read_wholly(texts: Sequence[str]) -> object:
            return analyse(texts, codebook=work.codebook, embedder=vectors, edits=work.edits, re_runs=0, progress=tell)

        answers = dict(zip(work.ids, work.texts, strict=True))
        found = unreadable_answers.culprits(work.texts, read, NOT_THE_ANSWERS)
        found = found or unreadable_answers.culprits(work.texts, read_wholly, NOT_THE_ANSWERS)
        held = unreadable_answers.hold(work.survey_id, answers, found)
        logger.warning("survey %s: %s answers cannot be read and are held", work.survey_id, held)
        return held

    def place(self, survey_id: int) -> None:
        """Place the answers that the result shown now has not seen, but for very many. Safe to call twice."""
        for _ in range(PORTIONS_MAX):
            if not self._place_some(survey_id):
                return

    def _place_some(self, survey_id: int) -> bool:
        """Place the first of those answers; returns whether there may be more. What stops it is logged, and the next
        look tries again.
        """
        try:
            return self._place(survey_id)
        except ModelError as error:
            logger.error("survey %s: new answers are not placed. %s", survey_id, error)
        except OperationalError as error:
            logger.warning("survey %s: new answers are placed later: %s", survey_id, error.orig)
        except Exception as error:  # noqa: BLE001 - a survey that cannot be placed must not stop the others
            logger.error("survey %s: new answers could not be placed\n%s", survey_id, where(error))
        return False

    def _place(self, survey_id: int) -> bool:
        with self.app.app_context():
            survey = db.session.get(Survey, survey_id)
            run = db.session.get(Run, survey.current_run_id) if survey and survey.current_run_id else None
            if survey is None or run is None or run.centres is None:
                return False
            answers = {answer.id: answer.text for answer in new_answers.waiting(survey)}
            floods = bursts.unplaced_texts(survey, run)
            if not answers and not floods:
                return False
            run_id, codebook, centres = run.id, starting_codebook(survey), save_results.unpacked(run.centres)
            vectors, edits = StoredVectors(self._model(), survey_id), run_inputs.owner_edits(survey_id)

            def read(texts: Sequence[str]) -> PlacedAnswers:
                return place_new_answers(texts, codebook=codebook, centres=centres, embedder=vectors, edits=edits)

            if answers:
                self._place_answers(survey_id, run_id, answers, codebook, vectors, read)
            if floods:
                bursts.save_themes(run_id, homes(list(floods), read(list(floods.values()))))
            return len(answers) == new_answers.ANSWERS_AT_ONCE

    def _place_answers(
        self,
        survey_id: int,
        run_id: int,
        answers: dict[int, str],
        codebook: Codebook,
        vectors: StoredVectors,
        read: Callable[[Sequence[str]], PlacedAnswers],
    ) -> None:
        """Place answers; where some stop that, hold them and place the others."""
        try:
            found = read(list(answers.values()))
        except NOT_THE_ANSWERS:
            raise
        except Exception as error:
            logger.error("survey %s: looking for answers that cannot be read\n%s", survey_id, where(error))
            bad = unreadable_answers.culprits(list(answers.values()), read, NOT_THE_ANSWERS)
            if not unreadable_answers.hold(survey_id, answers, bad):
                raise
            answers = {answer_id: text for answer_id, text in answers.items() if text not in bad}
            found = read(list(answers.values()))
        added = save_results.save_newcomers(run_id, survey_id, answers, found, codebook)
        nearest_answer.keep_nearest(survey_id, run_id, answers, found, vectors)
        logger.info("survey %s: %s new answers placed", survey_id, added)

    def note_use(self, token_id: int) -> None:
        """Write down that a token was used."""
        with self.app.app_context():
            api_tokens.note_use(token_id)

    def _model(self) -> Embedder:
        """The model, loaded once; one thread at a time uses it. Raises ModelError."""
        with self._loading:
            if self._embedder is None:
                name, keep = self.app.config["MODEL"], Path(self.app.instance_path)
                spread = DistributedEmbedder(name, self._helpers) if self._helpers else None
                self._embedder = spread or OneAtATime(load(name, keep=keep))
            return self._embedder

    def _warm(self) -> None:
        try:
            self._model().encode(["warm"])
        except ModelError as error:
            logger.error("%s Runs will fail until this is mended; answers are collected all the same.", error)


def leave_no_traces() -> None:
    """Have what was deleted leave the files beside the data as well, wherever that could not be done at once."""
    db.session.rollback()  # a read that is under way would keep the WAL file
    throttle().sweep()
    for _ in range(TRUNCATIONS_MOST):
        if truncate_wal():
            return
        time.sleep(TRUNCATE_AGAIN_SECONDS)
    logger.info("The WAL file is being read and still holds what was deleted. Emptied within a minute or two.")


def helpers(address: str) -> FallbackExecutor | None:
    """The Dask cluster at an address, for a worker to share its work with; None where none is named."""
    if not address:
        return None
    try:
        from survey.worker.dask_cluster import Cluster  # only where it is asked for
    except ImportError as error:
        raise CommandError(
            "THREADS_DASK is set and Dask not installed: pip install -r requirements-scale.txt"
        ) from error
    return FallbackExecutor(lambda: Cluster(address))


def seconds_in(begun: Mapping[Stage, float]) -> dict[Stage, float]:
    """The seconds spent in each stage so far, from when each began; one ends where the next begins."""
    ends = [*list(begun.values())[1:], time.monotonic()]
    return {stage: end - start for (stage, start), end in zip(begun.items(), ends, strict=True)}


def homes(names: Sequence[str], found: PlacedAnswers) -> dict[str, list[str]]:
    """The keys of the themes in which each of some texts is, by the texts' names, which are in the texts' order."""
    keys: dict[str, list[str]] = {name: [] for name in names}
    for placement in found.placements:
        own = keys[names[found.ideas[placement.idea].answer]]
        if placement.theme not in own:
            own.append(placement.theme)
    return keys


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


def where(error: Exception) -> str:
    """What the log says of an error nobody knows: its kind, and where it came from. Its words may hold an answer."""
    return "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__


def main() -> None:
    """Serve as the worker of the current app."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    logging.config.dictConfig(logging_setup.configuration(current_app.config["LOG"]))
    Worker(current_app._get_current_object()).serve()  # type: ignore[attr-defined]
