"""Warn if another site uses the same PostgreSQL database with another secret key.

With different keys each site rejects the sessions and forms of the other, and both count rate limits separately. Every
connection has a fingerprint of its site's key as its application name, so that a new one can see those of the others.
"""

from __future__ import annotations

import hashlib
import hmac
import logging

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

logger = logging.getLogger(__name__)

NAME_PREFIX = "threads key "
COUNT_OTHER_KEYS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE %s "
    "AND application_name <> %s"
)


def connection_options(key: str | None) -> dict[str, str]:
    """Return psycopg's options that name a connection after the key; empty without a key."""
    return {"application_name": _application_name(key)} if key else {}


def _application_name(key: str) -> str:
    return NAME_PREFIX + hmac.new(key.encode(), b"the fingerprint of a secret key", hashlib.sha256).hexdigest()[:16]


def warn_on_other_key(engine: Engine, key: str | None) -> None:
    """When this process first connects, log a warning if a site with another key is connected too."""
    if not key:
        return

    @event.listens_for(engine, "connect", once=True)
    def check(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(COUNT_OTHER_KEYS, (f"{NAME_PREFIX}%", _application_name(key)))
        [(others,)] = cursor.fetchall()
        cursor.close()
        connection.rollback()
        if others:
            logger.warning(
                "Another site uses this database with another secret key: each rejects the sessions of the other, and "
                "rate limits are counted separately. Set the same THREADS_SECRET_KEY for all of them, and restart them."
            )
