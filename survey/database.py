"""Engine, sessions, and how a write transaction is opened on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

from flask import Flask
from flask_alembic import Alembic
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, TextClause, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from survey.settings import PROJECT

BUSY_MILLISECONDS = 5000
"""How long a statement waits for somebody else's lock"""
CONNECT_SECONDS = 5
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={BUSY_MILLISECONDS}",
    "foreign_keys=ON",
    "secure_delete=ON",  # what was deleted is not left in the free pages of the file
)

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


class Moment(TypeDecorator[datetime]):
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
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def now() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)


def init_app(app: Flask, url: str) -> None:
    """Give the app its engine, with SQLite's settings made on each connection."""
    is_sqlite = url.startswith("sqlite")
    options: dict[str, Any] = {"url": url, "hide_parameters": True, "pool_pre_ping": not is_sqlite}
    if not is_sqlite:
        waits = {"options": f"-c lock_timeout={BUSY_MILLISECONDS}", "connect_timeout": CONNECT_SECONDS}
        options["connect_args"] = waits
    app.config["SQLALCHEMY_ENGINES"] = {"default": options}
    app.config["ALEMBIC"] = {"script_location": str(PROJECT / "migrations")}
    # SQLite, too, undoes table changes with their transaction, because on_begin really begins one.
    app.config["ALEMBIC_CONTEXT"] = {
        "transactional_ddl": True,
        "render_item": _render_item,
        "compare_server_default": False,  # only migrations have them, for the rows that are there
    }
    db.init_app(app)
    migrations.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _tune_sqlite(db.engine)


def is_migrated() -> bool:
    """Whether the tables are those of this version."""
    return set(migrations.current()) == set(migrations.heads())


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        # sqlite3 would open transactions by itself, and only before some statements: on_begin does it instead.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {kind}")


@contextmanager
def writing() -> Iterator[Session]:
    """One write transaction on the session of this request or job: committed whole, or nothing of it.

    A read that was under way ends first, so that what is written rests on what is there now. On SQLite the
    write lock is taken at the start (BEGIN IMMEDIATE): a transaction that reads first and then wants to
    write could only fail where another one wrote in between.
    """
    session = db.session
    if session.info.get("writing"):
        raise RuntimeError("a write transaction is open already: pass its session on instead of opening another")
    session.rollback()
    session.info["writing"] = True
    try:
        session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["writing"] = False


def insert_new(
    session: Session,
    table: type[Model],
    rows: list[dict[str, Any]],
    *,
    unless: list[str] | None = None,
    where: TextClause | None = None,
) -> int:
    """Insert the rows but those that are there already; gives how many were inserted.

    `unless` names the columns of the unique index that decides (any, where None), `where` the condition of
    a partial one.
    """
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).values(rows)
    statement = statement.on_conflict_do_nothing(index_elements=unless, index_where=where)
    return len(session.execute(statement.returning(*table.__table__.primary_key)).all())


def insert_many(session: Session, table: type[Model], rows: list[dict[str, Any]], *, unless: list[str]) -> None:
    """The same for very many rows with the same columns, many times as fast, and without saying how many."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    if rows:
        session.connection().execute(
            dialect.insert(table.__table__).on_conflict_do_nothing(index_elements=unless), rows
        )
