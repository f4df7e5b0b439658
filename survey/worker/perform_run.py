"""Perform a run that this worker has claimed: read its inputs, analyse, save the result.

The process may be killed at any step, and another worker then repeats the run: a result becomes visible in the one
transaction that finishes it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from flask import current_app
from sqlalchemy.exc import OperationalError

from analysis.embedding.models import Embedder, ModelError, load
from analysis.known_themes.codebook import CodebookError
from analysis.known_themes.edits import edited_codebook
from analysis.new_answers import PlacedAnswers, Themes, place_new_answers
from analysis.pipeline import analyse
from analysis.progress import Progress, Stage, time_left
from analysis.results import Analysis, Centres
from survey.answers import story
from survey.core.database import db
from survey.core.models import Run
from survey.findings import run_inputs, save_results
from survey.findings.comparisons import compare_with_advice
from survey.findings.learn import count_ideas, has_lessons, learn_from_edits
from survey.findings.run_inputs import RunInputs
from survey.findings.save_findings import Outdated
from survey.findings.save_languages import save_languages
from survey.findings.standing_themes import keep_stability
from survey.placing import unused_vectors
from survey.placing.database_site import Loader
from survey.placing.place_rest import Rest
from survey.placing.unreadable_answers import (
    UNRELATED_ERRORS,
    find_unreadable,
    hold_answers,
    traceback_without_message,
)
from survey.placing.vector_store import StoredVectors
from survey.runs import failures, run_slices
from survey.runs import lifecycle as runs
from survey.worker.measure_shelf import try_measuring_shelf

logger = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.5
"""Interval between two progress updates of a stage"""
REPORT_AGAIN_SECONDS, REPORT_TRIES = 2.0, 13
"""Attempts to write that a run failed while the database cannot be reached, and the pause between two"""
MAX_UNTAUGHT_IDEAS = 50_000
"""In a result for which what teaches most is listed before the owner decided anything: 137,000 take 5 seconds"""
MAX_ROUNDS = 5
"""Attempts to analyse, each without the answers that the last found unreadable"""


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """A run claimed with this token, and what its analysis uses. Needs an app context."""

    run_id: int
    token: str
    get_embedder: Callable[[], Embedder]
    executor: Executor | None
    loader: Loader = load
    """Loads the model in other processes"""

    def perform(self) -> int | None:
        """Analyse the survey's answers and show the result. Return the survey's id, None if the run did not finish."""
        logger.info("run %s: started", self.run_id)
        try:
            runs.delete_ideas(self.run_id)  # of a worker that was killed
            survey_id, vectors = self._analyse_readable()
        except runs.ClaimLost as error:
            logger.warning("run %s: stopped, %s", self.run_id, error)
            return None
        except OperationalError as error:
            logger.error("run %s: stopped by the database: %s", self.run_id, error.orig)
            self._report(error)
            return None
        except Exception as error:  # noqa: BLE001 - any error is reported to the owner, and the worker goes on
            if not self._is_lost():
                logger.error("run %s: failed\n%s", self.run_id, traceback_without_message(error))
                self._report(error)
            return None
        logger.info("run %s: finished", self.run_id)
        try:
            story.record_themes(survey_id)
            if not has_lessons(survey_id) and count_ideas(self.run_id) <= MAX_UNTAUGHT_IDEAS:
                learn_from_edits(survey_id, vectors)  # what to read first; with decisions it was listed before the run
            save_results.delete_old_results(survey_id, self.run_id)
            run_slices.delete_slices(self.run_id)
            try_measuring_shelf(survey_id, vectors)
            unused_vectors.delete_unused(survey_id, self.run_id, vectors)
        except OperationalError as error:
            logger.warning("run %s: old results are deleted after the next run: %s", self.run_id, error.orig)
        return survey_id

    def _analyse_readable(self) -> tuple[int, StoredVectors]:
        """Analyse and save; if answers make it fail, hold them and repeat without them."""
        for _ in range(MAX_ROUNDS):
            progress = progress_writer(self.run_id, self.token)
            inputs = self._read_inputs()
            vectors = StoredVectors(self.get_embedder(), inputs.survey_id)
            try:
                self._analyse(inputs, vectors, progress)
            except Outdated:
                logger.info("run %s: themes were edited meanwhile, looking again", self.run_id)
                runs.delete_ideas(self.run_id)
            except UNRELATED_ERRORS:
                raise
            except Exception as error:
                runs.check_claim(self.run_id, self.token)  # the inputs of a lost run may have been deleted
                logger.error(
                    "run %s: searching for unreadable answers\n%s", self.run_id, traceback_without_message(error)
                )
                if not hold_unreadable(inputs, vectors, progress):
                    raise
            else:
                return inputs.survey_id, vectors
        raise RuntimeError(f"there are unreadable answers after {MAX_ROUNDS} rounds of holding them")

    def _analyse(self, inputs: RunInputs, vectors: StoredVectors, progress: Progress) -> None:
        result = analyse(
            inputs.texts,
            codebook=inputs.codebook,
            embedder=vectors,
            standing=inputs.standing,
            finding=inputs.finding,
            places=inputs.places,
            progress=progress,
            executor=self.executor,
            language=inputs.language,
        )
        result = keep_stability(result, inputs.found_by, inputs.finding)
        codebook = edited_codebook(inputs.codebook, inputs.decisions.merged)
        advice = compare_with_advice(inputs.advice, result, codebook, vectors)
        if inputs.sample is None:
            save_results.save_result(self.run_id, self.token, inputs, result, advice)
        else:
            result = replace(result, settings={**result.settings, "sample": len(inputs.ids)})
            rest = self._rest(inputs, result, vectors, progress)
            save_results.save_sampled_result(self.run_id, self.token, inputs, result, advice, rest.place)
        save_languages(inputs.ids, inputs.texts, result.languages)

    def _rest(self, inputs: RunInputs, result: Analysis, vectors: StoredVectors, progress: Progress) -> Rest:
        """Return what places the answers that were not read, once they are cut into slices."""
        run_slices.plan(self.run_id, inputs.survey_id)
        model = current_app.config["MODEL"]
        return Rest(
            self.run_id,
            self.token,
            inputs,
            result,
            vectors,
            self.get_embedder(),
            self.loader,
            model,
            self.executor,
            progress,
        )

    def _read_inputs(self) -> RunInputs:
        """Learn from the owner's decisions, so that the run sees what they moved, and read its inputs."""
        survey_id = db.session.get_one(Run, self.run_id).survey_id
        if has_lessons(survey_id):
            learn_from_edits(survey_id, StoredVectors(self.get_embedder(), survey_id))
        return run_inputs.read_run_inputs(self.run_id)

    def _is_lost(self) -> bool:
        """Return whether the claim is lost, as when the survey was deleted during the run."""
        try:
            runs.check_claim(self.run_id, self.token)
        except runs.ClaimLost as error:
            logger.warning("run %s: stopped, %s", self.run_id, error)
            return True
        except OperationalError:
            pass
        return False

    def _report(self, error: Exception) -> None:
        """Save why the run failed for the owner, or queue it again if the database stopped it.

        If neither can be written, another worker claims the run once its heartbeat is too old.
        """
        for attempt in range(REPORT_TRIES):
            try:
                if isinstance(error, OperationalError) and runs.retry_later(self.run_id, self.token):
                    runs.enqueue(self.run_id)
                else:
                    runs.fail(self.run_id, self.token, message_for_owner(error))
                return
            except OperationalError:
                if attempt < REPORT_TRIES - 1:
                    time.sleep(REPORT_AGAIN_SECONDS)
            except runs.ClaimLost as lost:
                logger.warning("run %s: %s", self.run_id, lost)
                return
        logger.warning("run %s: repeated once its heartbeat is too old", self.run_id)


def hold_unreadable(inputs: RunInputs, vectors: StoredVectors, progress: Progress) -> int:
    """Find the answers that make an analysis fail, and hold them; return how many.

    Nearly always one text cannot be split or encoded, so placing is tried first. If that never fails, the whole
    analysis is tried on parts of the texts.
    """
    no_centres = Centres((), np.zeros((0, 1), dtype=np.float32), np.zeros(1, dtype=np.float32))
    themes = Themes(inputs.codebook, no_centres, inputs.decisions.merged)

    def place(texts: Sequence[str]) -> PlacedAnswers:
        progress("ideas", 0, 1)  # updates the heartbeat
        return place_new_answers(texts, themes=themes, embedder=vectors)

    def analyse_all(texts: Sequence[str]) -> Analysis:
        return analyse(texts, codebook=inputs.codebook, embedder=vectors, re_runs=0, progress=progress)

    unreadable = find_unreadable(inputs.texts, place) or find_unreadable(inputs.texts, analyse_all)
    held = hold_answers(inputs.survey_id, dict(zip(inputs.ids, inputs.texts, strict=True)), unreadable)
    logger.warning("survey %s: %s answers cannot be read and are held", inputs.survey_id, held)
    return held


def progress_writer(run_id: int, token: str) -> Progress:
    """Return a callback that writes a run's progress to the database, at most every PROGRESS_SECONDS in a stage."""
    written: dict[Stage, float] = {}
    started: dict[Stage, float] = {}

    def write(stage: Stage, done: int, total: int) -> None:
        started.setdefault(stage, time.monotonic())
        if stage in written and time.monotonic() - written[stage] < PROGRESS_SECONDS and done < total:
            return
        written[stage] = time.monotonic()
        runs.save_progress(run_id, token, stage, done, total, time_left(seconds_spent(started), stage, done, total))

    return write


def seconds_spent(started: Mapping[Stage, float]) -> dict[Stage, float]:
    """Return the seconds spent in each stage, from their start times in order; each ends when the next starts."""
    ends = [*list(started.values())[1:], time.monotonic()]
    return {stage: end - start for (stage, start), end in zip(started.items(), ends, strict=True)}


def message_for_owner(error: Exception) -> str:
    """Return why a run failed: what happened, what was kept, what to do. Never contains answer text."""
    if isinstance(error, ModelError | CodebookError):
        return failures.NOT_READY % {"error": error}
    if isinstance(error, MemoryError):
        return failures.NO_MEMORY
    if isinstance(error, OperationalError):
        return failures.NO_DATABASE
    return failures.UNKNOWN % {"error": type(error).__name__}
