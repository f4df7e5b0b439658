"""Move the site to another database, from SQLite to PostgreSQL or back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, ProgrammingError

from survey.core.command_error import cause
from survey.core.database import db
from survey.operations import database_copy
from survey.operations.database_copy import OperationError

SCHEMES = ("sqlite:///", "postgresql+psycopg://")


@contextmanager
def copy_site(url: str, *, replace: bool = False) -> Iterator[dict[str, int]]:
    """Copy the site's database to the one at `url`, compare every row, and yield the number of rows by table.

    While the context is open the old database is locked for writing, so that no answer is stored only there.
    `replace` deletes the rows of the new database. Raises OperationError; then nothing was copied.
    """
    own = db.engine
    _check_address(own, url)
    with database_copy.exclusive_transaction(own) as source:
        database_copy.check_version(database_copy.version(source), "The site's database")
        with database_copy.open_database(url) as engine:
            _prepare(engine, url, replace)
            with database_copy.exclusive_transaction(engine) as target:
                _refuse_rows(database_copy.is_empty(target) or replace, url)
                database_copy.clear(target)
                rows = database_copy.copy_all(source, target)
                database_copy.compare(source, target)
        yield rows


def _check_address(own: Engine, url: str) -> None:
    if not url.startswith(SCHEMES):
        raise OperationError("The new database's address must start with postgresql+psycopg:// or sqlite:///.")
    try:
        new = make_url(url)
    except (ArgumentError, ValueError):
        raise OperationError(
            "The new database's address cannot be read. Signs such as @ : / in a password are written %40 %3A %2F."
        ) from None
    places = [(at.host, at.port, at.database) for at in (own.url, new)]
    if places[0] == places[1] and own.url.query == new.query:
        raise OperationError("The new database is the one the site has already. Nothing was changed.")


def _prepare(engine: Engine, url: str, replace: bool) -> None:
    """Create the tables in the new database if it has none."""
    try:
        with engine.connect() as connection:
            found = database_copy.version(connection)
            if found is not None:
                database_copy.check_version(found, database_copy.hide_password(url))
                _refuse_rows(database_copy.is_empty(connection) or replace, url)
        database_copy.upgrade()
    except (OperationalError, NoSuchModuleError) as error:
        reason = _reason(error, url)
        remedy = f" {_creation(url)}" if "does not exist" in reason else ""
        raise OperationError(
            f"{database_copy.hide_password(url)} cannot be reached ({reason}). Nothing was changed.{remedy}"
        ) from None
    except ProgrammingError as error:
        if not (refused := database_copy.refused_permission(error)):
            raise
        raise OperationError(
            f"{database_copy.hide_password(url)} takes no tables from this role ({refused}). Nothing was changed. "
            f"{database_copy.ownership(url)}"
        ) from None


def _refuse_rows(fits: bool, url: str) -> None:
    if not fits:
        raise OperationError(
            f"{database_copy.hide_password(url)} is not empty. Nothing was changed. "
            "Name an empty database, or add --replace: what is there is then deleted."
        )


def _creation(url: str) -> str:
    """Return the shell commands that create the role and the database."""
    named = make_url(url)
    role, name = named.username or "ROLE", named.database or "DATABASE"
    return (
        f"As postgres, make the role where it is missing: createuser --pwprompt {role}; and the database: "
        f"createdb --owner {role} --encoding UTF8 --template template0 {name}"
    )


def _reason(error: Exception, url: str) -> str:
    """Return the most telling line of the database's error, without the password."""
    line = cause(error) if isinstance(error, OperationalError) else str(error).strip().splitlines()[0]
    password = make_url(url).password
    return line.replace(str(password), "***") if password else line
