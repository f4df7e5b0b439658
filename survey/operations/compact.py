"""Rewrite the database's files, so that no copy of what was deleted is left in them.

SQLite overwrites deleted rows with zeros (`secure_delete`), but not the copies it left in unused parts of pages when
it moved rows from one page to another: one deleted answer in a thousand was found there. PostgreSQL overwrites nothing.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError

from survey.core.database import db, now, truncate_wal
from survey.core.models import Answer, Deletion
from survey.operations.database_copy import all_tables

logger = logging.getLogger(__name__)

AUTOMATIC_BYTES = 100_000_000
"""Up to this size of an SQLite file the worker compacts it by itself; answers wait for a second or two"""
VERSION_UNIT_SECONDS = 60
"""Unit of the time in `user_version`: minutes since 1970 fit into its 32 bits"""
SLACK = timedelta(minutes=2)
"""An erasure this shortly before the last compaction may have been committed after it"""


def compact() -> None:
    """Rewrite the current app's database. Writers are locked out, and on PostgreSQL readers too.

    Raises OperationalError if the database stays locked, or the disk has no room for a second copy.
    """
    moment = now()
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        _vacuum(int(moment.timestamp()) // VERSION_UNIT_SECONDS)
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        preparer = connection.dialect.identifier_preparer
        for table in all_tables():
            connection.execute(text(f"VACUUM (FULL) {preparer.format_table(table)}"))


def _vacuum(version: int) -> None:
    pooled = db.engine.raw_connection()
    try:
        pooled.cursor().execute("VACUUM")
        pooled.cursor().execute(f"PRAGMA user_version = {version}")
    except sqlite3.OperationalError as error:
        raise OperationalError("VACUUM", {}, error) from error
    finally:
        pooled.close()
    truncate_wal()


def size(engine: Engine) -> int:
    """Return the size of the database in bytes."""
    if engine.dialect.name == "sqlite":
        return Path(str(engine.url.database)).stat().st_size
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def is_due() -> bool:
    """Return whether answers were deleted or changed since a SQLite database was last compacted."""
    minutes = db.session.scalar(text("PRAGMA user_version")) or 0
    since = datetime.fromtimestamp(minutes * VERSION_UNIT_SECONDS, UTC) - SLACK
    deleted = select(Deletion.answer_public_id).where(Deletion.deleted_at > since).limit(1)
    changed = select(Answer.id).where(Answer.changed_at > since).limit(1)
    return any(db.session.scalar(found) is not None for found in (deleted, changed))


class DailyCompaction:
    """The worker's compaction of a small SQLite database, once a day (UTC)."""

    def __init__(self) -> None:
        self._done: date | None = None

    def look(self) -> None:
        """Compact the database if that is due and was not tried today. Needs an app context."""
        today = now().date()
        if self._done == today or db.engine.dialect.name != "sqlite":
            return
        self._done = today
        if size(db.engine) > AUTOMATIC_BYTES or not is_due():
            return
        begun = time.monotonic()
        try:
            compact()
        except OperationalError as error:
            logger.warning("The database could not be compacted (%s); tried again tomorrow.", error.orig)
        else:
            logger.info("The database was compacted in %.1f seconds.", time.monotonic() - begun)
