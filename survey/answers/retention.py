"""Retention: answers older than the operator wants to keep them are deleted for good."""

from __future__ import annotations

import logging
import math
from datetime import date, datetime, timedelta
from time import monotonic

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from survey.answers.erasure import erase_batch
from survey.core.database import db, now
from survey.core.models import DELETED_PREFIX, Answer, Survey

logger = logging.getLogger(__name__)

MAX_SECONDS = 30.0
"""Of one sweep of a worker, which has other things to do"""


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


def delete_old(before: datetime, *, seconds: float = math.inf) -> int:
    """Delete the answers that arrived before a time and request runs without them; return how many were deleted.

    In batches, for so many seconds at most: the next call deletes the others.
    """
    deleted, deadline = 0, monotonic() + seconds
    kept = select(Survey.id).where(~Survey.slug.startswith(DELETED_PREFIX)).order_by(Survey.id)
    for survey_id in db.session.scalars(kept).all():
        old = select(Answer.id).where(Answer.survey_id == survey_id, Answer.received_at < before)
        old = old.order_by(Answer.received_at)
        # The first query takes no write lock: on most days there is nothing to delete.
        while monotonic() < deadline and db.session.scalar(old.limit(1)) is not None:
            deleted += erase_batch(survey_id, old)
    return deleted


class DailyRetention:
    """Retention as the worker does it: once a day (UTC), in parts where it takes long."""

    def __init__(self) -> None:
        self._done_on: date | None = None

    def look(self) -> None:
        """Delete what is too old, unless that was done today. Needs an app context."""
        before = limit()
        today = now().date()
        if before is None or self._done_on == today:
            return
        begun = monotonic()
        try:
            deleted = delete_old(before, seconds=MAX_SECONDS)
        except OperationalError as error:
            db.session.rollback()
            logger.warning("Retention: the database was busy (%s); it is tried again soon.", type(error.orig).__name__)
            return
        if monotonic() - begun < MAX_SECONDS:
            self._done_on = today
        if deleted:
            logger.info("Retention: %s answers were deleted for good.", deleted)
