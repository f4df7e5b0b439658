"""Errors of command-line programs: one line on stderr and exit status 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import OperationalError


class CommandError(click.ClickException):
    """A command cannot be carried out. Its message is one line, its exit status 2."""

    exit_code = 2


@contextmanager
def report_database_errors() -> Iterator[None]:
    """Turn a database that cannot be reached into a CommandError of one line."""
    try:
        yield
    except OperationalError as error:
        raise CommandError(
            f"The database cannot be reached, or is busy ({type(error.orig).__name__}). Check THREADS_DATABASE_URL, "
            "and that the database server runs, then try again."
        ) from error
