"""Place all answers of a large survey in the themes that a run found in some of them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError

from analysis.embedding.models import Embedder
from analysis.new_answers import Themes
from analysis.parallel.helper_processes import HelperProcesses
from analysis.parallel.machine import available_cores
from analysis.parallel.memory import trim_memory
from analysis.progress import Progress
from analysis.results import Analysis
from analysis.standing.parts import centres_of_parts
from analysis.teaching.lessons import Lessons
from survey.core.database import batches, db
from survey.core.models import Run, Survey
from survey.findings.read_lessons import lessons_of
from survey.findings.run_inputs import RunInputs
from survey.placing.database_site import Loader, Place, lend_embedder
from survey.placing.place_slice import Slice, place_here, place_slice
from survey.placing.vector_store import StoredVectors
from survey.runs import run_slices

logger = logging.getLogger(__name__)

SENT_SLICES = 256
"""Calls that wait on other machines at a time: each has half a megabyte, the themes"""
MIN_SLICES = 4
"""Fewer are placed in this process: others take seconds to start"""


@dataclass(frozen=True, slots=True)
class Rest:
    """Places what a run of a large survey did not read. Needs an app context.

    ``executor`` runs calls on other machines; without one, or where the database is a file, helper processes do.
    """

    run_id: int
    token: str
    inputs: RunInputs
    found: Analysis
    vectors: StoredVectors
    embedder: Embedder
    loader: Loader
    model: str
    executor: Executor | None
    progress: Progress

    def place(self, theme_ids: Mapping[str, int]) -> None:
        """Place all slices that are not done. Raises ClaimLost, ModelError and what the database raises."""
        lend_embedder(self.embedder)
        themes = self._themes()
        trim_memory()
        own_lists = run_slices.undone(self.run_id)
        stands = self._stands()
        slices = [
            Slice(self.run_id, self.token, self.inputs.survey_id, first, last, stands) for first, last in own_lists
        ]
        self._report(0, len(slices))
        with self._executor(len(slices)) as (executor, address):
            place = Place(address, self.loader, self.model, self.embedder.model)
            if executor is None:
                for done, own in enumerate(slices, 1):
                    place_here(place, own, themes, theme_ids)
                    self._report(done, len(slices))
                return
            done = 0
            for some in batches(slices, SENT_SLICES):
                n = len(some)
                for _ in executor.map(place_slice, [place] * n, some, [themes] * n, [dict(theme_ids)] * n):
                    done += 1
                    self._report(done, len(slices))

    def _report(self, done: int, total: int) -> None:
        """Report the progress, unless slices keep the database busy: each of them is a heartbeat too."""
        try:
            self.progress("following", done, total)
        except OperationalError as error:
            logger.info("run %s: progress is not written, %s", self.run_id, error.orig)

    def _themes(self) -> Themes:
        """Return the themes that the others are placed among: those found, as the owner's decisions have them."""
        survey = db.session.get_one(Survey, self.inputs.survey_id)
        shown = db.session.get(Run, survey.current_run_id) if survey.current_run_id else None
        decisions = self.inputs.decisions
        return Themes(
            self.inputs.codebook,
            self.found.centres,
            decisions.merged,
            Lessons() if shown is None else lessons_of(shown, decisions),
            frozenset(theme.key for theme in self.found.themes),
            Counter(self.found.languages.values()),
            centres_of_parts(self.found, self.vectors),
        )

    def _stands(self) -> int | None:
        """Return the run whose placements stand, None where themes were found anew."""
        if self.inputs.finding == "replace":
            return None
        return db.session.get_one(Survey, self.inputs.survey_id).current_run_id

    @contextmanager
    def _executor(self, count: int) -> Iterator[tuple[Executor | None, str | None]]:
        """Open what runs the calls, None for this process, and the address of the database that it is told."""
        address = db.engine.url.render_as_string(hide_password=False)
        if self.executor is not None and db.engine.dialect.name != "sqlite":
            yield self.executor, None
            return
        helpers = None
        if count >= MIN_SLICES and available_cores() > 1:
            try:
                helpers = HelperProcesses(available_cores())
            except OSError as error:
                logger.warning("no helper process could be started (%s): this one works alone", type(error).__name__)
        try:
            yield helpers, address
        finally:
            if helpers is not None:
                helpers.shutdown()
