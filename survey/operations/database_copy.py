"""Copy every table of one database into another, and compare the two row by row."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import zip_longest
from typing import Any

from flask import Flask, current_app
from sqlalchemy import (
    JSON,
    URL,
    Column,
    MetaData,
    String,
    Table,
    Text,
    cast,
    delete,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

import survey.answers.check_models
import survey.answers.coding_models
import survey.answers.forgotten
import survey.answers.story
import survey.follow_up.models
import survey.looks.models
import survey.mail.models
import survey.mail.notice_models
import survey.mail.webhook_models
import survey.results.models  # noqa: F401 - tables
from survey.core import database, sqlite
from survey.core.database import Model, db, migrations
from survey.core.models import Vector

BATCH_ROWS = 1000
INSUFFICIENT_PRIVILEGE = "42501"
"""The SQLSTATE of PostgreSQL"""
VECTORS = Vector.__tablename__

_PLAIN = MetaData()


class OperationError(Exception):
    """A backup, a restore or a move that failed. The message is one line: what happened, what was kept, what to do."""


def _plain(table: Table) -> Table:
    """Return a table for copying: no defaults, primary key first, NULL in a JSON column stays NULL."""
    columns = sorted(table.columns, key=lambda column: not column.primary_key)
    return Table(
        table.name,
        _PLAIN,
        *(
            Column(
                column.name,
                JSON(none_as_null=True) if isinstance(column.type, JSON) else column.type,
                primary_key=column.primary_key,
            )
            for column in columns
        ),
    )


@cache
def all_tables() -> list[Table]:
    """Return every table of the site, each after those that it refers to; asked for once all of them are imported."""
    return [_plain(table) for table in Model.metadata.sorted_tables]


@contextmanager
def open_database(url: str) -> Iterator[Engine]:
    """Open another database than the site's; within the context it is that of the current app."""
    app = Flask("survey", instance_path=current_app.instance_path)
    app.config["RUN_DELAY"] = current_app.config["RUN_DELAY"]
    database.init_app(app, url, threads=1)
    with app.app_context():
        try:
            yield db.engine
        finally:
            db.session.close()
            db.engine.dispose()


def upgrade() -> None:
    """Bring the current app's database to the newest version, without log lines."""
    logger = logging.getLogger("alembic")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        migrations.upgrade()
    finally:
        logger.setLevel(level)


def newest_version() -> str:
    """Return the newest database version that this program knows."""
    return str(migrations.script_directory.get_current_head())


def version(connection: Connection) -> str | None:
    """Return the version of a database, None if it has none of our tables.

    Raises OperationError if it has tables with our names and no version.
    """
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" in tables:
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found
    if tables & {table.name for table in all_tables()}:
        raise OperationError("The database holds tables with the names of ours that are not ours. Use an empty one.")
    return None


def check_version(found: str | None, what: str, *, older: bool = False) -> None:
    """Raise OperationError unless `what` is at the newest version, or with `older` at a known one."""
    if found is None:
        raise OperationError(f"{what} holds no tables of this site. Nothing was changed.")
    if found == newest_version():
        return
    if found not in {script.revision for script in migrations.script_directory.walk_revisions()}:
        raise OperationError(
            f"{what} is at version {found[:40]!r}, which this program (at {newest_version()}) does not know: "
            "a newer one made it. Nothing was changed. Update this program first."
        )
    if not older:
        raise OperationError(
            f"{what} is at version {found}, and this program needs {newest_version()}. Nothing was changed. "
            "Run `flask --app app migrate` there first."
        )


@contextmanager
def exclusive_transaction(engine: Engine) -> Iterator[Connection]:
    """Open a transaction during which nobody else writes and others can read; commit it at the end.

    SQLite takes its write lock at once (other writers fail after five seconds); on PostgreSQL every table is locked,
    and other writers wait.
    """
    with engine.connect() as connection:
        with sqlite.immediate_transactions(sqlite.LOCK_TIMEOUT_SECONDS):
            transaction = connection.begin()
        with transaction:
            if engine.dialect.name == "postgresql":
                _lock_tables(connection)
            yield connection


def _lock_tables(connection: Connection) -> None:
    preparer = connection.dialect.identifier_preparer
    names = ", ".join(
        preparer.format_table(table) for table in all_tables() if inspect(connection).has_table(table.name)
    )
    if names:
        connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def count(connection: Connection, table: str) -> int:
    """Return the number of rows of a table."""
    return connection.scalar(select(func.count()).select_from(_PLAIN.tables[table])) or 0


def is_empty(connection: Connection) -> bool:
    """Return whether no table has a row."""
    return not any(connection.execute(select(table).limit(1)).first() for table in all_tables())


def clear(connection: Connection) -> None:
    """Delete every row. (TRUNCATE would lock out readers on PostgreSQL.)"""
    for table in reversed(all_tables()):
        connection.execute(delete(table))


def copy_all(source: Connection, target: Connection, *, without: Collection[str] = ()) -> dict[str, int]:
    """Copy every table but those in `without`, with ids, in batches; return the number of rows of each.

    Works in the caller's transaction of `target`, whose tables must be empty. Raises OperationError.
    """
    counts: dict[str, int] = {}
    for table in all_tables():
        counts[table.name] = 0
        names = [column.name for column in table.columns]
        for rows in _batches(source, table) if table.name not in without else ():
            try:
                target.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
            except DBAPIError as error:  # the driver's message would contain answers
                raise OperationError(
                    f"The new database does not take a row of table {table.name} ({type(error.orig).__name__}). "
                    "Nothing of the copy was kept; the old database is as it was."
                ) from None
            counts[table.name] += len(rows)
    if target.dialect.name == "postgresql":
        _restart_sequences(target)
    return counts


def compare(source: Connection, target: Connection, *, without: Collection[str] = ()) -> None:
    """Compare every row of the two. Raises OperationError that names the first row that differs."""
    for table in all_tables():
        if table.name in without:
            continue
        width = len(table.primary_key)
        for ours, theirs in zip_longest(_rows(source, table), _rows(target, table)):
            if ours == theirs:
                continue
            if theirs is None or (ours is not None and ours[:width] < theirs[:width]):
                difference = f"{_key(ours[:width])} is missing in the copy"
            elif ours is None or ours[:width] > theirs[:width]:
                difference = f"{_key(theirs[:width])} is only in the copy"
            else:
                columns = zip(table.columns, ours, theirs, strict=True)
                differing = ", ".join(column.name for column, mine, its in columns if mine != its)
                difference = f"{_key(ours[:width])} is not the same in the copy ({differing})"
            raise OperationError(f"Table {table.name}: the row {difference}. The old database is as it was.")


def _key(values: Sequence[Any]) -> str:
    return ", ".join(value.hex() if isinstance(value, bytes) else str(value) for value in values)


def _rows(connection: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    for rows in _batches(connection, table):
        yield from rows


def _batches(connection: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a table in batches by primary key, as Python values."""
    documents = [place for place, column in enumerate(table.columns) if isinstance(column.type, JSON)]
    columns = [cast(column, Text) if isinstance(column.type, JSON) else column for column in table.columns]
    # A PostgreSQL of another collation would put texts in another order than SQLite does.
    bytewise = connection.dialect.name == "postgresql"
    order = [
        column.collate("C") if bytewise and isinstance(column.type, String) else column
        for column in table.primary_key.columns
    ]
    found = connection.execute(
        select(*columns).order_by(*order), execution_options={"yield_per": BATCH_ROWS, "stream_results": True}
    )
    for rows in found.partitions():
        if not documents:
            yield [tuple(row) for row in rows]
            continue
        yield [
            tuple(_document(value) if place in documents else value for place, value in enumerate(row)) for row in rows
        ]


def _document(value: str | None) -> Any:
    """Return the value of a JSON column: None for NULL, JSON.NULL for JSON's null."""
    if value is None:
        return None
    read = json.loads(value)
    return JSON.NULL if read is None else read


def _restart_sequences(target: Connection) -> None:
    """Restart PostgreSQL's sequences after the copied ids. (setval would survive a rollback.)"""
    preparer = target.dialect.identifier_preparer
    for table in all_tables():
        if "id" not in table.columns:
            continue
        sequence = target.scalar(select(func.pg_get_serial_sequence(preparer.format_table(table), "id")))
        top = target.scalar(select(func.max(table.columns["id"]))) or 0
        target.exec_driver_sql(f"ALTER SEQUENCE {sequence} RESTART WITH {top + 1}")


def refused_permission(error: DBAPIError) -> str | None:
    """Return PostgreSQL's message about a permission that this role lacks, None for any other error."""
    cause: Any = error.orig
    refused = getattr(cause, "sqlstate", "") == INSUFFICIENT_PRIVILEGE
    return str(cause.diag.message_primary) if refused else None


def ownership(url: str | URL) -> str:
    """Return the command that makes the role own the database: since PostgreSQL 15 only owners create tables."""
    named = make_url(url)
    role, name = named.username or "ROLE", named.database or "DATABASE"
    return f'As postgres: psql -c \'ALTER DATABASE "{name}" OWNER TO "{role}"\''


def hide_password(url: str) -> str:
    """Return a database address without its password."""
    return make_url(url).render_as_string(hide_password=True)
