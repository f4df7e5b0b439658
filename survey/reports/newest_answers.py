"""The answers that readers' pages list and search by word: all of a survey, or the newest of a large one.

Of ten million answers a page of all took 20 s, a theme of a million 29 s; of the newest MAX_LISTED 1 s each.
"""

from __future__ import annotations

from sqlalchemy import select

from survey.core.database import db
from survey.core.models import Answer, Run

MAX_LISTED = 200_000


def first_listed(run: Run | None) -> int | None:
    """Return the least id of the answers of the run's survey that are listed; None where all are."""
    if run is None or run.answers <= MAX_LISTED:
        return None
    # `+ 0`: SQLite is to go down the ids, of which most are this survey's, not to sort all it has.
    newest = select(Answer.id).where(Answer.survey_id + 0 == run.survey_id).order_by(Answer.id.desc())
    return db.session.scalar(newest.offset(MAX_LISTED - 1).limit(1))
