"""What the worker does for those who wait: it tells them once a result is out, and deletes what is over."""

from __future__ import annotations

import logging
from datetime import date, timedelta

from sqlalchemy import delete, or_, select

from survey.core.database import db, now, truncate_wal_after_commit, write_batch, write_transaction
from survey.core.models import Survey
from survey.follow_up import letters
from survey.follow_up.models import FollowUp
from survey.follow_up.registration import deletion_id, forget, oldest
from survey.mail import outbox

logger = logging.getLogger(__name__)

GRACE = timedelta(minutes=10)
"""Between publishing and the mails, so that who published by mistake can take it back"""
BATCH_ROWS = 50


def tell_due() -> int:
    """Queue the mail of everybody whose result is out, and delete their addresses; return how many.

    Each mail is queued in the transaction that deletes its address, so it is queued once, whatever is interrupted.
    """
    if not outbox.is_configured():
        return 0
    published = Survey.published_at <= now() - GRACE
    due = select(Survey.id).join(FollowUp, FollowUp.survey_id == Survey.id).where(published, FollowUp.confirmed)
    told = 0
    for survey_id in db.session.scalars(due.distinct()).all():
        while count := _tell_some(survey_id):
            told += count
    if told:
        logger.info("Told %s people that a result is out.", told)
    return told


def _tell_some(survey_id: int) -> int:
    with write_batch(shown=False) as session:
        survey = session.get(Survey, survey_id, with_for_update={"key_share": True})
        if survey is None or survey.published_at is None or survey.published_at > now() - GRACE:
            return 0
        own = select(FollowUp).where(FollowUp.survey_id == survey_id, FollowUp.confirmed)
        rows = session.scalars(own.order_by(FollowUp.token_hash).limit(BATCH_ROWS).with_for_update()).all()
        for row in rows:
            subject, text = letters.result_is_out(survey, row.language)
            outbox.enqueue(session, row.address, subject, text, key=f"result:{deletion_id(row.token_hash)}")
        forget(session, [row.token_hash for row in rows])
        return len(rows)


def delete_expired(today: date) -> int:
    """Delete the addresses that nobody confirmed in time, and those that waited for too long; return how many."""
    unconfirmed = ~FollowUp.confirmed & (FollowUp.day < oldest(False, today))
    expired = or_(unconfirmed, FollowUp.day < oldest(True, today))
    if db.session.scalar(select(FollowUp.token_hash).where(expired).limit(1)) is None:  # no write lock on most days
        return 0
    with write_transaction() as session:
        gone = session.execute(delete(FollowUp).where(expired).execution_options(synchronize_session=False))
        truncate_wal_after_commit(session)
    return gone.rowcount  # type: ignore[attr-defined,no-any-return]
