"""The database engine, its sessions, write transactions and inserts, on SQLite and on PostgreSQL."""

from __future__ import annotations

import inspect
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app, g
from flask_alembic import Alembic
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Executable, String, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from survey.core import secret_key_check, sqlite
from survey.core.command_error import CommandError
from survey.core.settings import PROJECT

CONNECT_TIMEOUT_SECONDS = 5
"""For PostgreSQL"""
CHANGE_PAGES = text(
    "INSERT INTO page_version (number, version) VALUES (1, :version) "
    "ON CONFLICT (number) DO UPDATE SET version = :version"
)
ERASURE = "on_erasure"
"""Key in the app's extensions of what is called after answers were deleted"""
DATABASE_UNAVAILABLE = (OperationalError, PendingRollbackError)
"""Raised where the database is locked or gone; the second by later statements of the same transaction"""

UPGRADES = "upgrades"
"""File in the instance folder: a line for each time that tables came to a newer form, from which to which. By it
`make go-back` knows the data that an upgrade was of
"""

Item = TypeVar("Item")

logger = logging.getLogger(__name__)


class Database(SQLAlchemy):
    """The extension, with the session of this request or job only if there is one: opening one takes time."""

    @property
    def opened(self) -> Session | None:
        return g.get("_sqlalchemy_sessions", {}).get("default")  # type: ignore[no-any-return]


db = Database()


class Model(DeclarativeBase):
    """Base class of the tables. Its naming convention lets migrations drop constraints by name."""


Model.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class PageVersion(Model):
    """One row: the version of everything that readers see, which write transactions change.

    Random, because a counter would come back to an old number with a backup.
    """

    __tablename__ = "page_version"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[str] = mapped_column(String(32))


migrations = Alembic(metadatas=Model.metadata)


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware datetime in UTC, also on SQLite, which stores no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _render_item(kind: str, item: object, context: object) -> str | Literal[False]:
    """Write UtcDateTime as a plain SQLAlchemy type in new migrations, so that they do not depend on this module."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def iso(time: datetime) -> str:
    """Return a time as ISO 8601 in UTC, to the second: the one form in which programs get times."""
    return time.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def init_app(app: Flask, url: str, threads: int) -> None:
    """Create the app's engine, with a pool of one connection for each thread.

    A larger number of threads than pooled connections would open a new connection for every request: in a rush of
    answers the site reached 46 % of a bare handler's throughput with SQLAlchemy's default of five connections, and
    58 % with eight.
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
    # SQLite rolls back table changes too, because survey/core/sqlite.py opens real transactions.
    app.config["ALEMBIC_CONTEXT"] = {
        "transactional_ddl": True,
        "render_item": _render_item,
        "compare_server_default": False,  # only migrations have them, for existing rows
    }
    db.init_app(app)
    # The extension would start an event loop in a thread after every request, to close async sessions, which nobody
    # opens here: 0.8 ms of 4.9 ms of processor time for a POST of an answer.
    app.teardown_appcontext_funcs = [
        close for close in app.teardown_appcontext_funcs if not inspect.iscoroutinefunction(close)
    ]

    @app.teardown_appcontext
    def close_session(error: BaseException | None) -> None:
        # Before the extension does it: it would raise where the server is gone, and turn any page into a bare 500.
        session = db.opened
        if session is None:
            return
        try:
            session.close()
        except DBAPIError:
            session.invalidate()

    migrations.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            sqlite.set_pragmas(db.engine)
        else:
            secret_key_check.warn_on_other_key(db.engine, app.config["SECRET_KEY"])


def migrate_tables(back_to: str | None = None) -> None:
    """Run the migrations, or undo those after one; the log names each.

    Raises CommandError if it is not known, or the tables are those of a newer version.
    """
    logging.getLogger("alembic").setLevel(logging.INFO)
    if newer := newer_tables():
        raise CommandError(f"The database {newer}. Nothing was changed.")
    if back_to is None:
        before = _migrations_done()
        migrations.upgrade()
        if before and before != _migrations_done():
            with (Path(current_app.instance_path) / UPGRADES).open("a", encoding="utf-8") as file:
                print(*before, *_scripts().get_heads(), iso(now()), file=file)
        return
    if back_to not in _known_migrations():
        raise CommandError(f"There is no migration {back_to!r} in this version. Nothing was changed.")
    migrations.downgrade(back_to)


def is_migrated() -> bool:
    """Return whether all migrations have run. Threads may ask at once, which Flask-Alembic does not bear."""
    return _migrations_done() == {*_scripts().get_heads()}


def newer_tables() -> str:
    """Return what is wrong, and the remedy, where a version newer than this one made the tables; else nothing."""
    unknown = sorted(_migrations_done() - _known_migrations())
    if not unknown:
        return ""
    [newest] = _scripts().get_heads()
    return (
        f"has the tables of a newer version (migration {unknown[0][:40]!r}; this one ends with {newest!r}). Run that "
        f"version (`make upgrade` takes the newest), or have it take them back: flask --app app migrate --to {newest}"
    )


def _migrations_done() -> set[str]:
    with db.engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(PROJECT / "migrations"), version_locations=[str(PROJECT / "migrations")])


@cache
def _known_migrations() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


@contextmanager
def write_transaction(*, shown: bool = True) -> Iterator[Session]:
    """Open a write transaction on the session of this request or job; commit it at the end, roll back on an exception.

    `shown` is whether readers see anything of what is written; if so, kept pages are no longer sent
    (survey.web.shared_pages). What deletes or replaces answers is shown in any case.

    An open read transaction ends first, so that the block sees the latest data. SQLite takes the write lock at the
    start (BEGIN IMMEDIATE): a transaction that reads first and writes later fails if another one wrote in between.

    Raises OperationalError where the lock cannot be had in time.
    """
    session = db.session
    if session.info.get("writing"):
        raise RuntimeError("a write transaction is open already: pass its session on instead of opening another")
    session.rollback()
    queue = sqlite.lock_queue if session.get_bind().dialect.name == "sqlite" else None
    stuck = queue is not None and queue.enter()
    session.info["writing"] = True
    erased = False
    try:
        with sqlite.immediate_transactions(sqlite.STUCK_TIMEOUT_SECONDS if stuck else sqlite.LOCK_TIMEOUT_SECONDS):
            session.connection()
        if queue is not None:
            queue.lock_acquired()
        yield session
        erased = session.info.get("erased", False)
        if shown or erased or session.info.get("seen"):
            session.flush()
            session.connection().execute(CHANGE_PAGES, {"version": secrets.token_hex(16)})
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.update(writing=False, erased=False, seen=False)
        if queue is not None:
            queue.leave()
    if erased:
        truncate_wal()
        for forget in current_app.extensions.get(ERASURE, ()):
            forget()


def on_erasure(app: Flask, forget: Callable[[], None]) -> None:
    """Call a function after each transaction of this app that deleted or replaced answers."""
    app.extensions.setdefault(ERASURE, []).append(forget)


def truncate_wal_after_commit(session: Session) -> None:
    """Inside a write transaction that deletes or replaces answers: also remove the old text from SQLite's WAL file,
    after the commit.
    """
    session.info["erased"] = True


def show_after_commit(session: Session) -> None:
    """Inside a write transaction with `shown=False`, of which readers see something after all."""
    session.info["seen"] = True


def truncate_wal() -> bool:
    """Empty SQLite's WAL file, which still holds deleted text; return False if it has to be tried again.

    The worker tries every minute.
    """
    if db.engine.dialect.name != "sqlite":
        return True
    try:
        return sqlite.truncate_wal(db.engine)
    except (sqlite3.Error, DBAPIError) as error:  # the commit stands
        logger.warning("The WAL file could not be emptied: %s. The worker tries again within a minute.", error)
        return False


@contextmanager
def write_batch(*, shown: bool = True) -> Iterator[Session]:
    """Open a write transaction for one batch of a large write; `shown` as in `write_transaction`.

    On SQLite the lock stays free for YIELD_SECONDS after each batch, so that other readers and writers get their turn,
    and a WAL file that has grown is restarted.
    """
    with write_transaction(shown=shown) as session:
        yield session
    if db.engine.dialect.name == "sqlite":
        sqlite.restart_wal(db.engine)
        time.sleep(sqlite.YIELD_SECONDS)


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield items, in order, in lists of at most `size`, as for one query or one `write_batch` each."""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


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
    statement = _insert_new(session.get_bind().dialect.name, table, conflict_columns, where, returning)
    return session.connection().execute(statement, list(rows)).scalars().all()


def insert_fresh(
    session: Session, table: type[Model], rows: Sequence[dict[str, Any]], conflict_columns: tuple[str, ...], fresh: str
) -> Sequence[Any]:
    """Insert rows as `insert_new_returning` does; `fresh` is a unique column whose values no row has had before.

    On SQLite they are looked up only where not all rows were inserted: eight answers take 165 µs, and 386 with
    RETURNING, for which SQLAlchemy writes a statement of its own each time.
    """
    if not rows or session.get_bind().dialect.name != "sqlite":
        return insert_new_returning(session, table, rows, conflict_columns, returning=fresh)
    statement = _insert_new("sqlite", table, conflict_columns, "", "")
    values = [row[fresh] for row in rows]
    done = session.connection().execute(statement, list(rows), execution_options={"preserve_rowcount": True})
    column = table.__table__.c[fresh]
    return values if done.rowcount == len(rows) else session.scalars(select(column).where(column.in_(values))).all()


@cache
def _insert_new(
    dialect_name: str, table: type[Model], conflict_columns: tuple[str, ...], where: str, returning: str
) -> Executable:
    """Build the statement once: building it takes SQLAlchemy longer than SQLite takes to insert the row."""
    statement = (sqlite_dialect if dialect_name == "sqlite" else postgresql).insert(table.__table__)
    condition = text(where) if where else None
    statement = statement.on_conflict_do_nothing(index_elements=conflict_columns, index_where=condition)
    cached: Executable = statement.returning(table.__table__.c[returning]) if returning else statement
    return cached


def bulk_insert_new(
    session: Session, table: type[Model], rows: list[dict[str, Any]], *, conflict_columns: list[str], where: str = ""
) -> None:
    """Insert many rows that all have the same columns and skip those that conflict.

    Faster than `insert_new_returning`, because nothing is returned; the parameters are the same.
    """
    if rows:
        statement = _insert_new(session.get_bind().dialect.name, table, tuple(conflict_columns), where, "")
        session.connection().execute(statement, rows)
