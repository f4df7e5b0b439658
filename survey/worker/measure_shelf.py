"""Measure which packaged codebook fits the answers of a survey, once a run is shown: its owner is asked about it."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from sqlalchemy import select

from analysis.embedding.encode import encode
from analysis.embedding.models import Embedder
from analysis.embedding.precomputed import precomputed_vectors
from analysis.embedding.readable_scripts import without_unread
from analysis.known_themes.codebook import Codebook, CodebookError, packaged
from analysis.known_themes.place import example_texts
from analysis.nonanswers.set_aside import find_silent, take_rows, without_answers
from analysis.progress import ignore_progress
from analysis.shelf.fit import MIN_PEOPLE, Fit, better_codebook, measure_fit, sample_answers
from analysis.text.parse_answers import parse_answers
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Run, Survey
from survey.curation.codebook import packaged_codebook, starting_codebook
from survey.placing.unreadable_answers import traceback_without_message
from survey.results.models import CodebookFit
from survey.runs.lookups import shown_run

logger = logging.getLogger(__name__)

GROWTH = 1.5
"""Measured again once a survey has this many times the people"""


def try_measuring_shelf(survey_id: int, embedder: Embedder) -> None:
    """Measure which codebook fits, after a run that is shown already: an error is logged, and changes nothing."""
    try:
        measure_shelf(survey_id, embedder)
    except Exception as error:  # noqa: BLE001 - the run is done, and the next one tries again
        db.session.rollback()
        logger.error("survey %s: codebooks were not compared\n%s", survey_id, traceback_without_message(error))


def measure_shelf(survey_id: int, embedder: Embedder) -> bool:
    """Measure how codebooks fit the answers that are shown, if that is due; return whether it was. Idempotent.

    Only with the model that the vectors of the examples were made by: making them takes minutes. Raises what
    `embedder` raises.
    """
    survey = db.session.get(Survey, survey_id, populate_existing=True)
    run = shown_run(survey) if survey else None
    if survey is None or run is None or not precomputed_vectors(embedder.model) or not _is_due(survey, run):
        return False
    used, people = survey.codebook, run.answers - run.nonanswers
    codebooks = {name: packaged_codebook(name, survey.language) for name in packaged()}
    try:
        codebooks[used] = starting_codebook(survey)
    except CodebookError:
        return False
    texts = db.session.scalars(select(Answer.text).where(Answer.survey_id == survey_id, Answer.status == "shown"))
    fits = measure(sample_answers(list(texts)), codebooks, embedder)
    _save(survey_id, used, people, fits)
    return True


def measure(answers: list[str], codebooks: Mapping[str, Codebook], embedder: Embedder) -> dict[str, Fit]:
    """Return how each codebook with themes fits answers. Raises what `embedder` raises."""
    parsed = without_unread(parse_answers(answers, ignore_progress), embedder)
    vectors = encode(parsed.wordings, embedder, ignore_progress)
    parsed, rows = without_answers(parsed, find_silent(parsed, vectors, embedder))
    vectors = take_rows(vectors, rows)
    return {
        name: measure_fit(parsed, vectors, book, encode(example_texts(book), embedder, ignore_progress))
        for name, book in codebooks.items()
        if book.themes
    }


def _is_due(survey: Survey, run: Run) -> bool:
    people = run.answers - run.nonanswers
    last = db.session.get(CodebookFit, survey.id, populate_existing=True)
    return people >= MIN_PEOPLE and (
        last is None or last.used != survey.codebook or people >= GROWTH * max(last.run_people, 1)
    )


def _save(survey_id: int, used: str, run_people: int, fits: Mapping[str, Fit]) -> None:
    with write_transaction(shown=False) as session:
        survey = session.get(Survey, survey_id, with_for_update=True, populate_existing=True)
        if survey is None or survey.codebook != used:
            return  # deleted, or measured again after the run that the change requested
        found = session.get(CodebookFit, survey_id, populate_existing=True)
        if found is None:
            found = CodebookFit(survey_id=survey_id, declined=[])
            session.add(found)
        found.used, found.run_people = used, run_people
        found.people = max((fit.people for fit in fits.values()), default=0)
        found.placed = {name: fit.placed for name, fit in fits.items()}
        found.better = better_codebook(fits, used)
