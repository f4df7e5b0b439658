"""How the site uses SQLite: what is set on a connection, where a transaction begins, how its lock is waited for.

Python's driver would open transactions by itself, and only before some statements: that is switched off, and the
dialect below begins them. (An event, which is SQLAlchemy's way, makes it look for listeners at each step of each
statement.)
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, event, make_url
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

LOCK_TIMEOUT_SECONDS = 5.0
"""How long a statement waits for somebody else's lock"""
MAX_WAL_BYTES = 4 * 1024 * 1024
"""To which the WAL file is cut once it is begun anew: a little more than the 1,000 pages at which SQLite tries that"""
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={LOCK_TIMEOUT_SECONDS * 1000:.0f}",
    "foreign_keys=ON",
    "secure_delete=ON",  # what was deleted is not left in the free pages of the file
    f"journal_size_limit={MAX_WAL_BYTES}",
)
CHECKPOINT_TIMEOUT_SECONDS = 0.1
"""How long others are kept waiting for the WAL file to be begun anew"""
MIN_POLL_SECONDS, MAX_POLL_SECONDS = 0.0005, 0.02
"""Seconds between two looks whether the write lock is free, at first and after a while"""
YIELD_SECONDS = 1.5 * MAX_POLL_SECONDS
"""How long the lock is left free between two parts of a large write, for whoever waits for it in another process"""


class _NextTransaction(threading.local):
    """What the transaction that this thread begins next is for."""

    wait: float | None = None
    """Seconds that it waits for the write lock at most; None where it only reads"""


_next_transaction = _NextTransaction()


class Dialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's, with transactions that begin where it says so."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        connection = dbapi_connection.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        if _next_transaction.wait is None:
            connection.execute("BEGIN DEFERRED")
        else:
            _take_lock(connection, _next_transaction.wait)


registry.register("sqlite.threads", __name__, "Dialect")


def with_own_dialect(url: str) -> URL:
    """The address of a SQLite file with this dialect."""
    return make_url(url).set(drivername="sqlite+threads")


def set_pragmas(engine: Engine) -> None:
    """Make the settings on each connection of an engine."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


@contextmanager
def immediate_transactions(wait: float) -> Iterator[None]:
    """Transactions that begin within take the write lock at once, for which they wait so many seconds."""
    _next_transaction.wait = wait
    try:
        yield
    finally:
        _next_transaction.wait = None


def restart_wal(engine: Engine) -> None:
    """Write what a WAL file that has grown holds into the database, so that it begins anew, where no reader is in it.

    SQLite does the first by itself, and the second when somebody writes while nobody reads: that may not happen while
    one large part is written after the other.
    """
    if _wal_bytes(engine) > MAX_WAL_BYTES:
        _checkpoint(engine, "RESTART")


def truncate_wal(engine: Engine) -> bool:
    """Write what the WAL file holds into the database and empty it; return whether it is empty now.

    Until then it holds what was deleted, however long ago where nobody else writes. It stays as it is where somebody
    reads from it for longer than ANEW_SECONDS.
    """
    return _wal_bytes(engine) == 0 or _checkpoint(engine, "TRUNCATE")


def _wal_bytes(engine: Engine) -> int:
    file = Path(f"{engine.url.database}-wal")
    return file.stat().st_size if file.exists() else 0


def _checkpoint(engine: Engine, mode: str) -> bool:
    """Have SQLite write the WAL file into the database; return False where readers or writers kept it from finishing.

    Others wait for this for ANEW_SECONDS at most. Raises sqlite3.Error.
    """
    pooled = engine.raw_connection()
    try:
        connection = pooled.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        with _waiting(connection, CHECKPOINT_TIMEOUT_SECONDS):
            busy, *_ = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
            return not busy
    finally:
        pooled.close()


@contextmanager
def _waiting(connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """What is done within waits so long for somebody else's lock, instead of BUSY_SECONDS."""
    connection.execute(f"PRAGMA busy_timeout={seconds * 1000:.0f}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout={LOCK_TIMEOUT_SECONDS * 1000:.0f}")


def _take_lock(connection: sqlite3.Connection, wait: float) -> None:
    """Begin a write transaction. Raises sqlite3.OperationalError where its lock was not to be had in time.

    SQLite itself sleeps for 1, 2, 5, 10, 15 milliseconds and more between looks, while a lock that somebody held for
    two or three has long been free.
    """
    deadline, pause = time.monotonic() + wait, MIN_POLL_SECONDS
    with _waiting(connection, 0):
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            time.sleep(pause)
            pause = min(1.2 * pause, MAX_POLL_SECONDS)
