"""Backends of the job queue: a SQLite file, PostgreSQL, or Redis."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huey import PostgresHuey, RedisHuey, SqliteHuey
from huey.api import Huey
from huey.exceptions import ConfigurationError
from sqlalchemy import make_url

from survey.core.settings import PREFIX, SettingsError

if TYPE_CHECKING:
    import psycopg

logger = logging.getLogger(__name__)

NAME = "threads"
TABLES = "jobs"
"""Prefix of the queue's tables in PostgreSQL"""
WAIT_SECONDS = 5
"""Timeout of a connection and of a lock, so that a page does not hang"""
TABLES_LOCK_ID = 5_417_083_129
"""Id of the PostgreSQL advisory lock for creating the tables"""


def open_queue(place: Path | str) -> Huey:
    """Open the queue without connecting yet. Raises SettingsError."""
    if isinstance(place, Path):
        place.parent.mkdir(parents=True, exist_ok=True)
        return SqliteHuey(NAME, filename=str(place), fsync=False, strict_fifo=True)
    if place.startswith("postgresql"):
        connector = PostgresConnector(place)
        huey = PostgresHuey(NAME, connection=connector, table_prefix=TABLES, create_tables=False)
        connector.tables = huey.storage.ddl
        return huey
    try:
        from redis import ConnectionPool  # optional: requirements-scale.txt

        waits = {"socket_connect_timeout": WAIT_SECONDS, "socket_timeout": WAIT_SECONDS}
        return RedisHuey(NAME, connection_pool=ConnectionPool.from_url(place, **waits))
    except (ImportError, ConfigurationError) as error:
        raise SettingsError(
            f"{PREFIX}JOBS asks for Redis, and its library is not installed: pip install -r requirements-scale.txt"
        ) from error
    except ValueError as error:
        raise SettingsError(f"{PREFIX}JOBS cannot be read as redis://host:port/number: {error}.") from error


class PostgresConnector:
    """Opens connections to PostgreSQL, and creates the queue's tables with the first one.

    Not earlier, because the site also starts while its database is not available.
    """

    def __init__(self, address: str) -> None:
        url = make_url(address).set(drivername="postgresql")
        self._address = url.render_as_string(hide_password=False)
        self.tables: list[str] = []
        self._made = False

    def __call__(self) -> psycopg.Connection[Any]:
        """Open a connection in autocommit mode. Raises psycopg.Error."""
        # Imported here: it takes .04 s to load, and a queue in a file does without.
        import psycopg

        connection = psycopg.connect(
            self._address,
            connect_timeout=WAIT_SECONDS,
            options=f"-c lock_timeout={1000 * WAIT_SECONDS}",
            application_name=f"{NAME} {TABLES}",
            autocommit=True,
        )
        if not self._made:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (TABLES_LOCK_ID,))
                for statement in self.tables:
                    connection.execute(statement.encode())
            self._made = True
        return connection
