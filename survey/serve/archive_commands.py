"""Commands that write a survey to a file and take one in."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from survey.archives import staging
from survey.archives.package import NOTHING, ArchiveRefused
from survey.archives.routes import INTERRUPTED, message
from survey.archives.take_in import Interrupted, settings, take_in
from survey.archives.write_archive import write_archive
from survey.core.account_models import Owner
from survey.core.command_error import CommandError, report_database_errors
from survey.core.database import db
from survey.core.models import Survey
from survey.manage import surveys
from survey.manage.forms import is_address

A_FILE = click.Path(path_type=Path)


@click.command("export-survey")
@click.argument("address")
@click.argument("file", type=A_FILE)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@with_appcontext
def export_survey(address: str, file: Path, force: bool) -> None:
    """Write the whole survey at ADDRESS to FILE.zip, for another site or for keeping."""
    if file.exists() and not force:
        raise CommandError(f"{file} is there already. Name another file, or add --force.")
    draft = file.with_name(f".{file.name}.draft")
    with report_database_errors():
        survey = db.session.scalar(select(Survey).where(Survey.slug == address))
        if survey is None:
            raise CommandError(f"There is no survey at {address!r}.")
        try:
            draft.touch(mode=0o600)
            with draft.open("wb") as target:
                rows = write_archive(survey, target)
            draft.replace(file)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
        finally:
            draft.unlink(missing_ok=True)
    click.echo(
        f"{file}: {rows['answers']} answers, {rows['themes']} themes, {rows['edits']} edits, "
        f"{file.stat().st_size} bytes."
    )


@click.command("import-survey")
@click.argument("file", type=A_FILE)
@click.option("--owner", required=True, help="The name of the owner it is for.")
@click.option("--address", help="Its address here; without one, that which it had.")
@click.option("--as-it-was", is_flag=True, help="Open and public at once, if it was.")
@with_appcontext
def import_survey(file: Path, owner: str, address: str | None, as_it_was: bool) -> None:
    """Take the survey in FILE.zip into this site: all of it, or nothing."""
    with report_database_errors():
        owner_id = db.session.scalar(select(Owner.id).where(Owner.name == owner))
        if owner_id is None:
            raise CommandError(f"There is no owner called {owner!r}. {NOTHING}")
        if address is not None and not is_address(address):
            raise CommandError(f"Write the address in small letters a-z, numbers and single hyphens. {NOTHING}")
        try:
            with file.open("rb") as stream, staging.checked(stream) as folder:
                slug = address or settings(folder)["slug"]
                taken = take_in(folder, owner_id, slug, as_it_was=as_it_was)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}. {NOTHING}") from None
        except ArchiveRefused as refused:
            raise CommandError(str(refused)) from None
        except Interrupted:
            raise CommandError(f"{INTERRUPTED} {NOTHING}") from None
        except surveys.SlugTaken:
            raise CommandError(f"There is a survey at {slug!r} already: add --address. {NOTHING}") from None
    click.echo(f"{message(taken)} It is at {taken.slug!r}{'' if as_it_was else ', closed and private'}.")


COMMANDS = (export_survey, import_survey)
