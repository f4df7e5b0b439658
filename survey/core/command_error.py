"""How a command says that it cannot be done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import OperationalError


class CommandError(click.ClickException):
    """A command that cannot be done; its message is one line, and the exit status 2."""

    exit_code = 2


@contextmanager
def report_database_errors() -> Iterator[None]:
    """Raise Refused, in one line, where the database cannot be reached."""
    try:
        yield
    except OperationalError as error:
        raise CommandError(
            f"The database cannot be reached, or is busy ({type(error.orig).__name__}). Look at THREADS_DATABASE_URL "
            "and at whether it runs, then try again."
        ) from error
