"""Whether all sites on one PostgreSQL have the same secret key.

With two keys each signs out the visitors of the other, takes its forms for forged, and counts limits apart. Each
connection carries a fingerprint of its site's key as its name, so that whoever connects can see those of the others.
"""

from __future__ import annotations

import hashlib
import hmac
import logging

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

logger = logging.getLogger(__name__)

NAME = "threads key "
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE %s "
    "AND application_name <> %s"
)


def connection_options(key: str | None) -> dict[str, str]:
    """Return how a site with this key names its connections, for psycopg; a copy that has none leaves them unnamed."""
    return {"application_name": _name(key)} if key else {}


def _name(key: str) -> str:
    return NAME + hmac.new(key.encode(), b"the fingerprint of a secret key", hashlib.sha256).hexdigest()[:16]


def warn_on_other_key(engine: Engine, key: str | None) -> None:
    """Warn, when this process first connects, where another site with another key is connected too."""

    if not key:
        return

    @event.listens_for(engine, "connect", once=True)
    def look(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(OTHERS, (f"{NAME}%", _name(key)))
        [(others,)] = cursor.fetchall()
        cursor.close()
        connection.rollback()
        if others:
            logger.warning(
                "Another site is on this database with another secret key: visitors of one are unknown to the other, "
                "and limits are counted apart. Set the same THREADS_SECRET_KEY for all of them, and restart them."
            )
