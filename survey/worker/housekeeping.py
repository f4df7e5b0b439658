"""What the worker does once a minute: delete expired answers, unused uploads and links, deleted surveys, and go on with
what was left to it.
"""

from __future__ import annotations

import logging
import time
from datetime import date

from survey.accounts import owners
from survey.answers import erasure, retention
from survey.bulk_changes import changes as bulk_changes
from survey.core.database import db, now, truncate_wal
from survey.follow_up import telling
from survey.imports import staged_uploads
from survey.operations import compact
from survey.people import invitations
from survey.runs.vector_rows import convert_float32
from survey.web import shared_pages
from survey.web.rate_limits import rate_limiter

logger = logging.getLogger(__name__)

MAX_ERASURE_SECONDS = 45.0
"""The next sweep starts after a minute, and it updates the worker's heartbeat"""
MAX_CHANGING_SECONDS = 25.0
"""Of these, for what owners do with many answers at once"""
MAX_CONVERTING_SECONDS = 10.0
"""Of each minute, for vectors of before they were stored with 8 bits a number"""
MAX_TRUNCATIONS, TRUNCATION_PAUSE_SECONDS = 5, 0.3
"""Attempts of one sweep to empty a WAL file that has a reader"""


class Housekeeping:
    """The deletions of one worker. Needs an app context."""

    def __init__(self) -> None:
        self.retention = retention.DailyRetention()
        self.compacting = compact.DailyCompaction()
        self._links_deleted_on: date | None = None

    def before_runs(self) -> None:
        """Delete what has expired, and what was deleted from the database from its files too."""
        self.retention.look()
        self.compacting.look()
        purge_deleted_text()

    def after_runs(self) -> None:
        """Delete uploads that were never imported, more of deleted surveys, and once a day (UTC) what has expired.

        Go on with what owners do with many answers at once.
        """
        staged_uploads.sweep()
        shared_pages.drop_old()
        today = now().date()
        if self._links_deleted_on != today:
            owners.forget_expired_links()
            invitations.forget_old()
            telling.delete_expired(today)
            self._links_deleted_on = today
        begun = time.monotonic()
        bulk_changes.continue_all(MAX_CHANGING_SECONDS)
        erasure.continue_deletions(MAX_ERASURE_SECONDS - (time.monotonic() - begun))
        convert_float32(MAX_CONVERTING_SECONDS)


def purge_deleted_text() -> None:
    """Remove deleted text from the SQLite WAL file and expired addresses from the rate limits."""
    db.session.rollback()  # an open read transaction would keep the WAL file
    rate_limiter().sweep()
    for _ in range(MAX_TRUNCATIONS):
        if truncate_wal():
            return
        time.sleep(TRUNCATION_PAUSE_SECONDS)
    logger.info("The WAL file has a reader and still holds deleted text. It is emptied within a minute or two.")
