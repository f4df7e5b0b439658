"""Results of another model than the worker's, as after an update: a run makes their vectors anew."""

from __future__ import annotations

import logging

from survey.core.database import write_transaction
from survey.core.models import Run
from survey.runs import lifecycle as runs

logger = logging.getLogger(__name__)


def ask_anew(run: Run, model: str) -> bool:
    """Return whether the result of a run is of another model, whose centres cannot be compared with new vectors.

    A run that makes the vectors anew is requested then, once; themes, names and edits stay. New answers wait for it.
    """
    if run.model == model:
        return False
    survey_id, newest = run.survey_id, runs.latest(run.survey_id)
    if newest is None or newest.id == run.id:
        with write_transaction() as session:
            run_id = runs.request_run(session, survey_id, "answers")
        runs.enqueue(run_id)
        logger.info("survey %s: its vectors are made anew for the model that is used now", survey_id)
    return True
