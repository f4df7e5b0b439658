"""Where the queue of jobs is kept: a SQLite file, PostgreSQL, or Redis."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import psycopg
from huey import PostgresHuey, RedisHuey, SqliteHuey
from huey.api import Huey
from huey.exceptions import ConfigurationError
from sqlalchemy import make_url

from survey.core.settings import PREFIX, SettingsError

logger = logging.getLogger(__name__)

NAME = "threads"
TABLES = "jobs"
"""What the names of the queue's tables in PostgreSQL begin with"""
WAIT_SECONDS = 5
"""How long a page waits at most for a queue that cannot be reached, or for somebody else's lock"""
TABLES_LOCK_ID = 5_417_083_129
"""Names the lock in PostgreSQL under which one process at a time makes the tables"""


def open_queue(place: Path | str) -> Huey:
    """The queue in a file, or at an address; nothing is connected yet. Raises SettingsError."""
    if isinstance(place, Path):
        place.parent.mkdir(parents=True, exist_ok=True)
        return SqliteHuey(NAME, filename=str(place), fsync=False, strict_fifo=True)
    if place.startswith("postgresql"):
        door = PostgresConnector(place)
        huey = PostgresHuey(NAME, connection=door, table_prefix=TABLES, create_tables=False)
        door.tables = huey.storage.ddl
        return huey
    try:
        from redis import ConnectionPool  # only where it is asked for: requirements-scale.txt

        waits = {"socket_connect_timeout": WAIT_SECONDS, "socket_timeout": WAIT_SECONDS}
        return RedisHuey(NAME, connection_pool=ConnectionPool.from_url(place, **waits))
    except (ImportError, ConfigurationError) as error:
        raise SettingsError(
            f"{PREFIX}JOBS asks for Redis, and its library is not installed: pip install -r requirements-scale.txt"
        ) from error
    except ValueError as error:
        raise SettingsError(f"{PREFIX}JOBS cannot be read as redis://host:port/number: {error}.") from error


class PostgresConnector:
    """Opens connections to PostgreSQL, and makes the queue's tables when it first does.

    Not earlier: the site starts also while its database cannot be reached.
    """

    def __init__(self, address: str) -> None:
        url = make_url(address).set(drivername="postgresql")
        self._address = url.render_as_string(hide_password=False)
        self.tables: list[str] = []
        self._made = False

    def __call__(self) -> psycopg.Connection[Any]:
        """A new connection, each statement of which is a transaction. Raises psycopg.Error."""
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
