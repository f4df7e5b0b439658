"""Databases for tests: empty ones, and ones whose tables are there already because they were made for another test."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
    NullPool,
    String,
    TextClause,
    create_engine,
    exists,
    literal,
    select,
    text,
    union_all,
)
from sqlalchemy.engine import make_url

from app import create_app
from survey.core.database import Model, db, migrations
from survey.core.settings import Settings

OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
BEGIN_ANEW = text(
    "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences"
)
VERSION = text("SELECT version_num FROM alembic_version")


def wait_for_no_disk_either(server: str) -> None:
    """Leave it to the system when PostgreSQL's files are written to the disk, as for SQLite (tests/support/site.py)."""
    admin = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))


@contextmanager
def empty_postgres(server: str) -> Iterator[str]:
    """An empty PostgreSQL database; gives its address."""
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"t{os.urandom(6).hex()}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield re.sub(r"/postgres(?=\?|$)", f"/{name}", server)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def migrate(settings: Settings) -> None:
    """Make the tables of a site's database."""
    app = create_app(settings)
    with app.app_context():
        migrations.upgrade()
        db.engine.dispose()


def give_file(settings: Settings) -> bool:
    """Copy SQLite files with the tables and the queue, made once, to where a site has none; return whether it did.

    To make an empty file of either waits for the disk several times.
    """
    url = make_url(settings.engine_url)
    if url.get_backend_name() != "sqlite" or not url.database or Path(url.database).exists():
        return False
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    tables, queue = migrated_files()
    Path(url.database).write_bytes(tables)
    place = settings.queue_location
    if isinstance(place, Path) and place.parent.exists() and not place.exists():
        place.write_bytes(queue)
    return True


@cache
def migrated_files() -> tuple[bytes, bytes]:
    """A SQLite file with the tables of this version, made by the migrations, and one of an empty queue."""
    with tempfile.TemporaryDirectory() as folder:
        migrate(Settings(instance=folder))
        return (Path(folder) / "threads.sqlite3").read_bytes(), (Path(folder) / "jobs.sqlite3").read_bytes()


@contextmanager
def lent_postgres(server: str) -> Iterator[Callable[[], str]]:
    """Gives a function that gives the address of a PostgreSQL database with empty tables.

    It is the same database each time, emptied: to make one takes half a second. Whatever a test did to its tables,
    the next one has them as the migrations make them.
    """
    with ExitStack() as made:
        url, tables, version = "", set[str](), ""

        def lend() -> str:
            nonlocal url, tables, version
            if url and not _emptied(url, tables, version):
                made.close()
                url = ""
            if not url:
                url = made.enter_context(empty_postgres(server))
                with tempfile.TemporaryDirectory() as folder:
                    migrate(Settings(instance=folder, database_url=url))
                with _connected(url) as connection:
                    tables, version = _tables(connection), _version(connection)
            return url

        yield lend


def _emptied(url: str, tables: set[str], version: str) -> bool:
    """Remove all rows and what came beside the tables; False where the tables are not those there were."""
    with _connected(url) as connection:
        connection.execute(OTHERS)
        if not tables <= _tables(connection) or _version(connection) != version:
            return False
        connection.execute(text("SET session_replication_role = replica"))  # in any order
        for name in connection.execute(_filled()).scalars().all():
            connection.execute(Model.metadata.tables[name].delete())
        connection.execute(BEGIN_ANEW)
        for name in _tables(connection) - tables:  # such as the queue's
            connection.execute(text(f'DROP TABLE "{name}" CASCADE'))
    return True


@cache
def _filled() -> TextClause:
    """The query for the tables that have rows. To TRUNCATE all tables takes five times as long as to look at each."""
    looks = (select(literal(table.name, String)).where(exists(select(table))) for table in Model.metadata.sorted_tables)
    query = union_all(*looks).compile(compile_kwargs={"literal_binds": True})
    return text(str(query))


@cache
def _engine(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool)


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    with _engine(url).begin() as connection:
        yield connection


def _tables(connection: Connection) -> set[str]:
    return set(connection.execute(TABLES).scalars())


def _version(connection: Connection) -> str:
    return str(connection.execute(VERSION).scalar())
