"""Retention: answers older than the operator wants to keep them are deleted for good."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from survey.answers.erasure import erase_batch
from survey.core.database import db, now
from survey.core.models import DELETED_PREFIX, Answer, Survey

logger = logging.getLogger(__name__)


def limit() -> datetime | None:
    """Return the time before which answers are too old, None where answers are kept for ever."""
    days: int = current_app.config["RETENTION_DAYS"]
    return now() - timedelta(days=days) if days else None


def too_old(before: datetime) -> dict[str, int]:
    """Return the number of answers that arrived before a time, by the address of their survey."""
    rows = db.session.execute(
        select(Survey.slug, func.count(Answer.id))
        .join(Answer, Answer.survey_id == Survey.id)
        .where(Answer.received_at < before, ~Survey.slug.startswith(DELETED_PREFIX))
        .group_by(Survey.slug)
        .order_by(Survey.slug)
    )
    return dict(rows.all())


def delete_old(before: datetime) -> int:
    """Delete the answers that arrived before a time and request runs without them; return how many were deleted.

    In batches: if interrupted, some are deleted for good, and the next call deletes the others.
    """
    deleted = 0
    kept = select(Survey.id).where(~Survey.slug.startswith(DELETED_PREFIX)).order_by(Survey.id)
    for survey_id in db.session.scalars(kept).all():
        old = select(Answer.id).where(Answer.survey_id == survey_id, Answer.received_at < before)
        old = old.order_by(Answer.received_at)
        # The first query takes no write lock: on most days there is nothing to delete.
        while db.session.scalar(old.limit(1)) is not None:
            deleted += erase_batch(survey_id, old)
    return deleted


class DailyRetention:
    """Retention as the worker does it: once a day (UTC)."""

    def __init__(self) -> None:
        self._done_on: date | None = None

    def look(self) -> None:
        """Delete what is too old, unless that was done today. Needs an app context."""
        before = limit()
        today = now().date()
        if before is None or self._done_on == today:
            return
        try:
            deleted = delete_old(before)
        except OperationalError as error:
            db.session.rollback()
            logger.warning("Retention: the database was busy (%s); it is tried again soon.", type(error.orig).__name__)
            return
        self._done_on = today
        if deleted:
            logger.info("Retention: %s answers were deleted for good.", deleted)
