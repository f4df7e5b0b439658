"""Errors of command-line programs: one line on stderr and exit status 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

UNDEFINED_TABLE = "42P01"
"""PostgreSQL's code; SQLite has none, and only says so"""


class CommandError(click.ClickException):
    """A command cannot be carried out. Its message is one line, its exit status 2."""

    exit_code = 2


@contextmanager
def report_database_errors() -> Iterator[None]:
    """Turn a database that cannot be reached, or has no tables, into a CommandError of one line that says why."""
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        if _lacks_table(error):
            raise CommandError(
                f"The database has not the tables of this version ({cause(error)}): flask --app app migrate makes them."
            ) from error
        if isinstance(error, ProgrammingError):
            raise
        raise CommandError(
            f"The database cannot be reached, or is busy ({cause(error)}). Check THREADS_DATABASE_URL, "
            "and that the database server runs, then try again."
        ) from error


def cause(error: DBAPIError) -> str:
    """Return the most telling line of what the database's driver says: no driver repeats the password it was given."""
    lines = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
    return lines[-1 if lines[0].startswith("Multiple connection attempts") else 0].strip(" -")


def _lacks_table(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", "") == UNDEFINED_TABLE or "no such table" in str(error.orig)
