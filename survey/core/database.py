"""Engine, sessions, and how a write transaction is opened on SQLite and on PostgreSQL."""

from __future__ import annotations

import inspect
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

from flask import Flask
from flask_alembic import Alembic
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Executable, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from survey.core import secret_key_check, sqlite
from survey.core.settings import PROJECT

CONNECT_TIMEOUT_SECONDS = 5
STUCK_AFTER_SECONDS = 3.0
"""Threads behind one that waits so long for SQLite's write lock are refused at once"""
STUCK_TIMEOUT_SECONDS = 1.0
"""Seconds that are waited for a lock that the last one who wanted it did not get"""
POLL_SECONDS = 0.1

DATABASE_UNAVAILABLE = (OperationalError, PendingRollbackError)
"""What is raised where the database is locked or gone, and by whoever asks it again in the same transaction"""

logger = logging.getLogger(__name__)
db = SQLAlchemy()


class Model(DeclarativeBase):
    """The base of every table; its naming convention lets migrations name what they drop."""


Model.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

migrations = Alembic(metadatas=Model.metadata)


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: always UTC and always aware, also on SQLite, which keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _render_item(kind: str, item: object, context: object) -> str | Literal[False]:
    """How a new migration spells our own column type, which it should not depend on."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def now() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)


def init_app(app: Flask, url: str, threads: int) -> None:
    """Give the app its engine, with SQLite's settings made on each connection, and room for one connection of each of
    so many threads: those beyond would be opened anew for every request.
    """
    is_sqlite = url.startswith("sqlite")
    options: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": not is_sqlite}
    options |= {"url": sqlite.with_own_dialect(url) if is_sqlite else url, "pool_size": threads}
    if not is_sqlite:
        waits = {
            "options": f"-c lock_timeout={sqlite.LOCK_TIMEOUT_SECONDS * 1000:.0f}",
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        }
        options["connect_args"] = waits | secret_key_check.connection_options(app.config["SECRET_KEY"])
    app.config["SQLALCHEMY_ENGINES"] = {"default": options}
    app.config["ALEMBIC"] = {"script_location": str(PROJECT / "migrations")}
    # SQLite, too, undoes table changes with their transaction, because survey/core/sqlite.py really begins one.
    app.config["ALEMBIC_CONTEXT"] = {
        "transactional_ddl": True,
        "render_item": _render_item,
        "compare_server_default": False,  # only migrations have them, for the rows that are there
    }
    db.init_app(app)
    # It would start a thread and an event loop after every request, to close async sessions that nobody opens here.
    app.teardown_appcontext_funcs = [
        close for close in app.teardown_appcontext_funcs if not inspect.iscoroutinefunction(close)
    ]

    @app.teardown_appcontext
    def let_go(error: BaseException | None) -> None:
        # Before the library does it, and lets it raise where the server is gone: the page would then be a bare 500.
        try:
            db.session.close()
        except DBAPIError:
            db.session.invalidate()

    migrations.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            sqlite.set_pragmas(db.engine)
        else:
            secret_key_check.warn_on_other_key(db.engine, app.config["SECRET_KEY"])


def migrate_tables() -> None:
    """Bring the tables to the form this version needs; the log names each step."""
    logging.getLogger("alembic").setLevel(logging.INFO)
    migrations.upgrade()


def is_migrated() -> bool:
    """Whether the tables are those of this version."""
    return set(migrations.current()) == set(migrations.heads())


@contextmanager
def write_transaction() -> Iterator[Session]:
    """One write transaction on the session of this request or job: committed whole, or nothing of it.

    A read that was under way ends first, so that what is written rests on what is there now. On SQLite the
    write lock is taken at the start (BEGIN IMMEDIATE): a transaction that reads first and then wants to
    write could only fail where another one wrote in between.
    """
    session = db.session
    if session.info.get("writing"):
        raise RuntimeError("a write transaction is open already: pass its session on instead of opening another")
    session.rollback()
    line = _lock_queue if session.get_bind().dialect.name == "sqlite" else None
    stuck = line is not None and line.enter()
    session.info["writing"] = True
    erased = False
    try:
        with sqlite.immediate_transactions(STUCK_TIMEOUT_SECONDS if stuck else sqlite.LOCK_TIMEOUT_SECONDS):
            session.connection()
        if line is not None:
            line.begun()
        yield session
        session.commit()
        erased = session.info.get("erased", False)
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.update(writing=False, erased=False)
        if line is not None:
            line.leave()
    if erased:
        truncate_wal()


def truncate_wal_after_commit(session: Session) -> None:
    """Inside a write transaction that deletes or replaces people's words: once it is committed, have them leave
    SQLite's WAL file too.
    """
    session.info["erased"] = True


def truncate_wal() -> bool:
    """Empty SQLite's WAL file, which holds what was deleted; return False where that has to be tried again.

    The worker tries every minute.
    """
    if db.engine.dialect.name != "sqlite":
        return True
    try:
        return sqlite.truncate_wal(db.engine)
    except (sqlite3.Error, DBAPIError) as error:  # what was committed stands
        logger.warning("The WAL file could not be emptied: %s. The worker tries again within a minute.", error)
        return False


@contextmanager
def write_batch() -> Iterator[Session]:
    """Open a write transaction for one batch of a large write.

    On SQLite the lock stays free for YIELD_SECONDS after each batch, so that other readers and writers get their turn,
    and a WAL file that has grown is restarted.
    """
    with write_transaction() as session:
        yield session
    if db.engine.dialect.name == "sqlite":
        sqlite.restart_wal(db.engine)
        time.sleep(sqlite.YIELD_SECONDS)


class _LockQueue:
    """The threads of this process that want SQLite's write lock, which is asked for by one of them at a time.

    Many that ask at once starve each other: SQLite has no queue, only sleeps and looks again. And while somebody else
    holds the lock, only the first waits for it; the others are refused soon: a thread that waits shows no pages.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._asking_since: float | None = None
        self._stuck = False

    def enter(self) -> bool:
        """Wait for one's turn to ask; whether the one before did not get the lock.

        Raises OperationalError where waiting would take too long.
        """
        deadline = time.monotonic() + sqlite.LOCK_TIMEOUT_SECONDS
        while not self._turn.acquire(timeout=POLL_SECONDS):
            self.raise_if_stuck(late=time.monotonic() > deadline)
        self._asking_since = time.monotonic()
        return self._stuck

    def raise_if_stuck(self, *, late: bool = False) -> None:
        """Raises OperationalError where it is no use to wait any longer."""
        asking = self._asking_since
        waited = 0.0 if asking is None else time.monotonic() - asking
        if late or self._stuck or waited > STUCK_AFTER_SECONDS:
            raise OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("others wait for the lock"))

    def begun(self) -> None:
        """The lock is ours."""
        self._asking_since = None
        self._stuck = False

    def leave(self) -> None:
        """The transaction is over, or could not begin."""
        self._stuck = self._asking_since is not None
        self._asking_since = None
        self._turn.release()


_lock_queue = _LockQueue()
raise_if_stuck = _lock_queue.raise_if_stuck


def insert_new(session: Session, table: type[Model], rows: list[dict[str, Any]]) -> int:
    """Insert the rows that violate no unique constraint; return how many were inserted."""
    dialect = sqlite_dialect if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).values(rows).on_conflict_do_nothing()
    return len(session.execute(statement.returning(*table.__table__.primary_key)).all())


def insert_new_returning(
    session: Session,
    table: type[Model],
    rows: Sequence[dict[str, Any]],
    conflict_columns: tuple[str, ...],
    *,
    where: str = "",
    returning: str = "id",
) -> Sequence[Any]:
    """Insert rows that all have the same columns, skip those that conflict, and return the column `returning` of the
    inserted ones, in no particular order.

    `conflict_columns` are the columns of the unique index that decides; `where` is the condition of a partial index.
    """
    if not rows:
        return []
    statement = _insert_returning(session.get_bind().dialect.name, table, conflict_columns, where, returning)
    return session.connection().execute(statement, list(rows)).scalars().all()


@cache
def _insert_returning(
    dialect_name: str, table: type[Model], conflict_columns: tuple[str, ...], where: str, returning: str
) -> Executable:
    """Build the statement once: building it takes SQLAlchemy longer than SQLite takes to insert the row."""
    dialect = sqlite_dialect if dialect_name == "sqlite" else postgresql
    statement = dialect.insert(table.__table__)
    condition = text(where) if where else None
    statement = statement.on_conflict_do_nothing(index_elements=conflict_columns, index_where=condition)
    cached: Executable = statement.returning(table.__table__.c[returning])
    return cached


def bulk_insert_new(
    session: Session, table: type[Model], rows: list[dict[str, Any]], *, conflict_columns: list[str], where: str = ""
) -> None:
    """Insert many rows that all have the same columns and skip those that conflict.

    Faster than `insert_new_returning`, because nothing is returned; the parameters are the same.
    """
    dialect = sqlite_dialect if session.get_bind().dialect.name == "sqlite" else postgresql
    condition = text(where) if where else None
    if rows:
        statement = dialect.insert(table.__table__)
        session.connection().execute(
            statement.on_conflict_do_nothing(index_elements=conflict_columns, index_where=condition), rows
        )
