"""Retention: answers that are older than the operator wants to keep are deleted for good."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from survey.answers.lifecycle import erase
from survey.core.database import db, now, write_batch
from survey.core.models import DELETED_PREFIX, Answer, Survey
from survey.runs import lifecycle as runs

ANSWERS_AT_ONCE = 500
"""Deleted in one transaction, so that nobody who sends an answer waits long"""

logger = logging.getLogger(__name__)


def limit() -> datetime | None:
    """Answers that arrived before this moment are too old; None where answers are kept."""
    days: int = current_app.config["RETENTION_DAYS"]
    return now() - timedelta(days=days) if days else None


def too_old(before: datetime) -> dict[str, int]:
    """How many answers arrived before a moment, by the survey's address; surveys without any are left out."""
    rows = db.session.execute(
        select(Survey.slug, func.count(Answer.id))
        .join(Answer, Answer.survey_id == Survey.id)
        .where(Answer.received_at < before, ~Survey.slug.startswith(DELETED_PREFIX))
        .group_by(Survey.slug)
        .order_by(Survey.slug)
    )
    return dict(rows.all())


def forget_old(before: datetime) -> int:
    """Delete the answers that arrived before a moment, and ask for runs without them; gives how many were deleted.

    Batch by batch: stopped half-way, it has deleted some of them for good, and the next time the others.
    """
    deleted = 0
    kept = select(Survey.id).where(~Survey.slug.startswith(DELETED_PREFIX)).order_by(Survey.id)
    for survey_id in db.session.scalars(kept).all():
        while count := _forget_batch(survey_id, before):
            deleted += count
    return deleted


def _forget_batch(survey_id: int, before: datetime) -> int:
    old = (
        select(Answer.id)
        .where(Answer.survey_id == survey_id, Answer.received_at < before)
        .order_by(Answer.received_at)
        .limit(ANSWERS_AT_ONCE)
    )
    if db.session.scalar(old.limit(1)) is None:  # most days: without waiting for the right to write
        return 0
    run_id = None
    with write_batch() as session:
        ids = session.scalars(old).all()
        if ids:
            erase(session, survey_id, ids)
            run_id = runs.ask(session, survey_id, "answers")
    runs.wake(run_id)
    return len(ids)


class Daily:
    """Retention as the worker does it: at its first look of each day (UTC)."""

    def __init__(self) -> None:
        self._done: date | None = None

    def look(self) -> None:
        """Delete what is too old, unless that was done today; needs an app context, and costs nothing otherwise."""
        before = limit()
        today = now().date()
        if before is None or self._done == today:
            return
        try:
            deleted = forget_old(before)
        except OperationalError as error:
            db.session.rollback()
            logger.warning("Retention: the database was busy (%s); tried again soon.", type(error.orig).__name__)
            return
        self._done = today
        if deleted:
            logger.info("Retention: %s answers were deleted for good.", deleted)
