"""SQLite: pragmas of a connection, explicit transactions, waiting for the write lock, and the WAL file.

Python's driver opens transactions by itself, and only before some statements. That is switched off, and the dialect
below begins each one.
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
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

LOCK_TIMEOUT_SECONDS = 5.0
"""How long a statement waits for another connection's lock"""
MAX_WAL_BYTES = 4 * 1024 * 1024
"""Size to which SQLite cuts the WAL file when it restarts it; its automatic checkpoint comes just below"""
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={LOCK_TIMEOUT_SECONDS * 1000:.0f}",
    "foreign_keys=ON",
    "secure_delete=ON",  # overwrite deleted content: none is left in free pages of the file
    f"journal_size_limit={MAX_WAL_BYTES}",
)
CHECKPOINT_TIMEOUT_SECONDS = 0.1
"""How long a checkpoint may keep other connections waiting"""
MIN_POLL_SECONDS, MAX_POLL_SECONDS = 0.0005, 0.02
"""Interval between two attempts to get the write lock, at first and at most"""
YIELD_SECONDS = 1.5 * MAX_POLL_SECONDS
"""How long the lock stays free between two batches of a large write, for connections of other processes"""
STUCK_AFTER_SECONDS = 3.0
"""Once a thread has waited this long for SQLite's write lock, the threads queued behind it fail at once"""
STUCK_TIMEOUT_SECONDS = 1.0
"""Lock timeout after a failed attempt to get the lock"""
POLL_SECONDS = 0.1
"""Interval at which a queued thread checks whether waiting still makes sense"""


class _NextTransaction(threading.local):
    """How this thread's next transaction begins."""

    lock_timeout: float | None = None
    """Seconds to wait for the write lock; None for a read transaction"""


_next_transaction = _NextTransaction()


class Dialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's SQLite dialect, which begins each transaction explicitly."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        connection = dbapi_connection.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        if _next_transaction.lock_timeout is None:
            connection.execute("BEGIN DEFERRED")
        else:
            _take_lock(connection, _next_transaction.lock_timeout)


registry.register("sqlite.threads", __name__, "Dialect")


def with_own_dialect(url: str) -> URL:
    """Return the URL of a SQLite file with this dialect."""
    return make_url(url).set(drivername="sqlite+threads")


def set_pragmas(engine: Engine) -> None:
    """Set PRAGMAS on each connection of an engine."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


@contextmanager
def immediate_transactions(lock_timeout: float) -> Iterator[None]:
    """Within the block, transactions of this thread take the write lock when they begin, and wait `lock_timeout`
    seconds for it.
    """
    _next_transaction.lock_timeout = lock_timeout
    try:
        yield
    finally:
        _next_transaction.lock_timeout = None


def restart_wal(engine: Engine) -> None:
    """Checkpoint a WAL file that has grown, so that the next write starts at its beginning, if no reader uses it.

    SQLite checkpoints by itself, but restarts the file only at a write while nobody reads, which may not happen while
    one large batch follows the other.
    """
    if _wal_bytes(engine) > MAX_WAL_BYTES:
        _checkpoint(engine, "RESTART")


def truncate_wal(engine: Engine) -> bool:
    """Checkpoint the WAL file and empty it; return whether it is empty now.

    Until then it holds deleted text, for as long as nobody else writes. It is left as it is if a reader uses it for
    longer than CHECKPOINT_TIMEOUT_SECONDS.
    """
    return _wal_bytes(engine) == 0 or _checkpoint(engine, "TRUNCATE")


def _wal_bytes(engine: Engine) -> int:
    file = Path(f"{engine.url.database}-wal")
    return file.stat().st_size if file.exists() else 0


def _checkpoint(engine: Engine, mode: str) -> bool:
    """Run a checkpoint; return False if readers or writers kept it from finishing. Raises sqlite3.Error."""
    pooled = engine.raw_connection()
    try:
        connection = pooled.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        with _busy_timeout(connection, CHECKPOINT_TIMEOUT_SECONDS):
            busy, *_ = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
            return not busy
    finally:
        pooled.close()


@contextmanager
def _busy_timeout(connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """Within the block, use this lock timeout instead of LOCK_TIMEOUT_SECONDS."""
    connection.execute(f"PRAGMA busy_timeout={seconds * 1000:.0f}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout={LOCK_TIMEOUT_SECONDS * 1000:.0f}")


def _take_lock(connection: sqlite3.Connection, lock_timeout: float) -> None:
    """Begin a write transaction. Raises sqlite3.OperationalError where the lock cannot be had in time.

    Polls more often than SQLite's own busy handler, which sleeps for 1, 2, 5, 10, 15 ms and more while a transaction
    holds the lock for 2 or 3 ms: with it the processor idled a fifth of a rush of answers, and a tenth with this.
    """
    deadline, pause = time.monotonic() + lock_timeout, MIN_POLL_SECONDS
    with _busy_timeout(connection, 0):
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            time.sleep(pause)
            pause = min(1.2 * pause, MAX_POLL_SECONDS)


class LockQueue:
    """Queue of this process's threads for SQLite's write lock: one thread at a time tries to get it.

    SQLite has no queue of its own; each waiting connection sleeps and polls, and many that poll starve each other: four
    threads that polled at once had 1,555 of 6,000 answers time out. While another process holds the lock only the first
    thread waits for it, and those behind it fail soon, because a waiting thread serves no pages.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting_since: float | None = None
        """When the first thread began to wait for SQLite's lock; None while it has the lock or nobody waits"""
        self._stuck = False
        """Whether the last attempt to get SQLite's lock failed"""

    def enter(self) -> bool:
        """Wait until this thread is first in the queue; return whether the attempt before failed.

        Raises OperationalError after LOCK_TIMEOUT_SECONDS, or earlier where the queue is stuck.
        """
        deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
        while not self._lock.acquire(timeout=POLL_SECONDS):
            self.raise_if_stuck(timed_out=time.monotonic() > deadline)
        self._waiting_since = time.monotonic()
        return self._stuck

    def raise_if_stuck(self, *, timed_out: bool = False) -> None:
        """Raise OperationalError where the thread at the head of the queue has waited too long for SQLite's lock."""
        since = self._waiting_since
        waited = 0.0 if since is None else time.monotonic() - since
        if timed_out or self._stuck or waited > STUCK_AFTER_SECONDS:
            raise OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("others wait for the lock"))

    def lock_acquired(self) -> None:
        """Note that this thread has SQLite's lock."""
        self._waiting_since = None
        self._stuck = False

    def leave(self) -> None:
        """Let the next thread try, after the transaction ended or could not begin."""
        self._stuck = self._waiting_since is not None
        self._waiting_since = None
        self._lock.release()


lock_queue = LockQueue()
