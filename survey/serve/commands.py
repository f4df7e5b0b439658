"""Commands of the operator and the owner: `flask --app app …`."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask.ctx import RequestContext
from sqlalchemy.exc import ProgrammingError

from survey.accounts import owners
from survey.core.command_error import CommandError, report_database_errors
from survey.core.database import migrate_tables
from survey.core.settings import refuse_missing_model
from survey.mail.commands import send_test_mail
from survey.operations import commands as operations_commands
from survey.people import operators
from survey.search import service
from survey.serve import archive_commands
from survey.serve.import_command import import_answers
from survey.serve.launcher_file import launched_address
from survey.web import access

USUAL_ADDRESS = "http://127.0.0.1:5000"
"""Where nothing says another: neither THREADS_BASE_URL nor the last start on this folder"""


def init_app(app: Flask) -> None:
    """Add the commands to `flask --app app`."""
    own = (migrate, set_up_link, reset_password, make_operator, import_answers, send_test_mail, worker, search_service)
    for command in (*own, *archive_commands.COMMANDS, *operations_commands.COMMANDS):
        app.cli.add_command(command)


@click.command()
@click.option("--to", "revision", metavar="MIGRATION", help="Bring it back to the form after this earlier migration.")
@with_appcontext
def migrate(revision: str | None) -> None:
    """Bring the database to the form this version needs."""
    try:
        with report_database_errors():
            migrate_tables(revision)
    except ProgrammingError as error:
        raise operations_commands.refusal(error) or error from None


@click.command("set-up-link")
@with_appcontext
def set_up_link() -> None:
    """Print a one-time link that makes an owner. An earlier link that was not used stops working."""
    with report_database_errors(), _at_its_address():
        click.echo(f"Set up: {access.external_url('account.set_up', token=owners.new_set_up_token())}")


@click.command("reset-password")
@click.argument("name")
@with_appcontext
def reset_password(name: str) -> None:
    """Print a one-time link by which the owner called NAME chooses a new password."""
    try:
        with report_database_errors():
            token = owners.new_reset_token(name)
    except owners.NoSuchOwner:
        raise CommandError(f"There is no owner called {name!r}. No link was made.") from None
    except owners.OwnerDisabled:
        raise CommandError(f"{name!r} is switched off. No link was made: switch them on first, at /owners.") from None
    with _at_its_address():
        click.echo(f"New password: {access.external_url('account.set_up', token=token)}")


def _at_its_address() -> RequestContext:
    """Return the context in which links are made; its address is used only if THREADS_BASE_URL is empty."""
    known = launched_address(Path(current_app.instance_path))
    return current_app.test_request_context(base_url=known or USUAL_ADDRESS)


@click.command("make-operator")
@click.argument("name")
@with_appcontext
def make_operator(name: str) -> None:
    """Let the owner called NAME look after the site: make and disable owners, hand surveys over."""
    try:
        with report_database_errors():
            operators.make_operator(name)
    except owners.NoSuchOwner:
        raise CommandError(f"There is no owner called {name!r}. Nothing was changed.") from None
    except owners.OwnerDisabled:
        raise CommandError(
            f"{name!r} is switched off. Nothing was changed: switch them on first, at /owners."
        ) from None
    click.echo(f"{name} is an operator now.")


@click.command()
@with_appcontext
def worker() -> None:
    """Find themes whenever that is asked for, until stopped."""
    refuse_missing_model(current_app.config["MODEL"])
    # Imported here, because loading the analysis takes memory and time: web processes must not do it.
    from survey.worker.worker import main

    main()


@click.command("search-service")
@click.option("--socket", "socket_number", type=int, hidden=True)
@with_appcontext
def search_service(socket_number: int | None) -> None:
    """Search answers by what they mean, for the site on this machine, until stopped."""
    service.main(current_app._get_current_object(), socket_number)  # type: ignore[attr-defined]
