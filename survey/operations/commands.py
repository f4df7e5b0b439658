"""Commands for the operator: backup, restore, move, deletions, retention, compaction."""

from __future__ import annotations

import os
import shlex
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError, OperationalError

from survey.answers import retention
from survey.core.command_error import CommandError, cause
from survey.core.database import db
from survey.core.models import DELETED_PREFIX, Deletion
from survey.core.settings import PROJECT
from survey.operations import backup, database_copy, move_database
from survey.operations import compact as compacting
from survey.operations import restore as restoring
from survey.operations.database_copy import OperationError

DRILL_PORT = 5999
DRILL_PAGES = 3
A_FILE = click.Path(path_type=Path)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """Report failures in one line that never contains data."""
    try:
        yield
    except OperationError as reason:
        raise CommandError(str(reason)) from None
    except DatabaseError as error:
        why = cause(error) if isinstance(error, OperationalError) else type(error.orig).__name__
        raise refusal(error) or CommandError(
            f"The database could not be reached, is busy or damaged ({why}). It is as it was. Try again when it works."
        ) from None
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}. Nothing was changed.") from None


def refusal(error: DatabaseError) -> CommandError | None:
    """Return a one-line error for a permission that the PostgreSQL role lacks; None for any other error."""
    refused = database_copy.refused_permission(error)
    if refused is None:
        return None
    return CommandError(
        f"The database refuses that ({refused}). It is as it was. {database_copy.ownership(db.engine.url)}"
    )


@click.command("backup")
@click.argument("place", metavar="FILE", type=click.Path())
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--without-vectors", is_flag=True, help="Leave out what the next run can make again: a smaller file.")
@click.option("--keep", type=click.IntRange(min=1), help="With a folder as FILE: delete its older backups but N.")
@with_appcontext
def back_up(place: str, force: bool, without_vectors: bool, keep: int | None) -> None:
    """Write all that is in the database to FILE, while answers arrive. A folder gets a name with the moment in it."""
    file = Path(place)
    if place.endswith(os.sep) and not file.is_dir():
        raise CommandError(
            f"There is no folder {file}. Make it first, or leave out the last {os.sep}. No backup was made."
        )
    if keep is not None and not file.is_dir():
        raise CommandError(f"--keep needs a folder, and {file} is none. No backup was made.")
    with _one_line_errors():
        written = backup.write(db.engine, backup.backup_path(file), force=force, vectors=not without_vectors)
        click.echo(
            f"{written.path}: {written.surveys} surveys, {written.answers} answers, "
            f"{written.deletions} recorded deletions, {written.size} bytes."
        )
        restoring.remove_leftovers()
        for gone in backup.prune(file, keep) if keep is not None else ():
            click.echo(f"{gone} deleted.")


@click.command()
@click.argument("file", type=A_FILE)
@click.option("--replace", is_flag=True, help="Replace a database that has answers; it is kept as a file.")
@click.option(
    "--deletions",
    type=A_FILE,
    multiple=True,
    help="A later backup, or what `flask deletions` printed. May be repeated.",
)
@click.option("--drill", type=A_FILE, help="Restore into this new folder instead, and leave the site alone.")
@with_appcontext
def restore(file: Path, replace: bool, deletions: tuple[Path, ...], drill: Path | None) -> None:
    """Put the backup FILE in the place of the database. What was deleted since stays deleted."""
    if drill is not None and replace:
        raise CommandError("--drill replaces nothing: leave out --replace. Nothing was changed.")
    with _one_line_errors():
        if drill is None:
            restored = restoring.restore(file, replace=replace, deletions=deletions)
        else:
            restored = restoring.drill(file, drill, deletions=deletions)
    settled = restored.settled
    click.echo(f"Restored: {restored.surveys} surveys, {restored.answers} answers.")
    if settled.surveys:
        click.echo(f"Deleted again: {settled.surveys} surveys of the backup that were deleted since.")
    if settled.deleted:
        click.echo(f"Deleted again: {settled.deleted} answers of the backup that were deleted since.")
    if settled.changed:
        click.echo(f"Changed again: {settled.changed} answers that were changed, held or hidden since.")
    if settled.tokens:
        click.echo(f"Ended again: {settled.tokens} API tokens.")
    if settled.runs:
        click.echo(f"Runs asked for: {settled.runs}. The worker does them.")
    if restored.aside:
        click.echo(f"The database that was in place is kept: {restored.aside}")
    if restored.later:
        click.echo(f"Only there: {restored.later} answers that the backup does not have.")
    for note in restored.notes:
        click.echo(note, err=True)
    if drill is None:
        click.echo("Owners sign in anew. Restart the site and its worker.")
        return
    click.echo("The site itself was not touched. Look at the restored one, with none of the site's settings:")
    click.echo(f"    {looking_at(drill)}")
    site = f"http://127.0.0.1:{DRILL_PORT}"
    for slug in published(drill):
        click.echo(f"Then open {site}/s/{slug}/themes")
    click.echo(f"What is not published is shown to its owners, who sign in as they did then: {site}/sign-in")
    click.echo(f"Then delete {drill.absolute()}: what was deleted since the backup may be in it.")


def published(folder: Path) -> list[str]:
    """Return the addresses of a few surveys of the site in a folder whose theme pages anybody may read."""
    with closing(sqlite3.connect(folder / "threads.sqlite3")) as file:
        query = "SELECT slug FROM survey WHERE published_at IS NOT NULL AND slug NOT LIKE ? ORDER BY id LIMIT ?"
        return [slug for (slug,) in file.execute(query, (f"{DELETED_PREFIX}%", DRILL_PAGES))]


def looking_at(folder: Path) -> str:
    """Return the command that serves the site in a folder on this machine alone, whatever the settings say."""
    python = [sys.executable, str(PROJECT / "app.py"), "--instance", str(folder.absolute()), "--port", str(DRILL_PORT)]
    return f'env -i PATH="$PATH" {shlex.join([*python, "--no-demo"])}'


@click.command()
@click.argument("target_url")
@click.option("--replace", is_flag=True, help="Delete what the new database has.")
@with_appcontext
def move(target_url: str, replace: bool) -> None:
    """Copy the site to the database at TARGET_URL and check it row by row. Meanwhile the site takes no answers."""
    with _one_line_errors(), move_database.copy_site(target_url, replace=replace) as rows:
        for table, count in rows.items():
            click.echo(f"{count:>10} {table}")
        click.echo(f"Every row is the same in {database_copy.hide_password(target_url)}.")
        click.echo("Stop the site, set THREADS_DATABASE_URL to that address with its password, and start it again.")
        click.pause("The old database takes no answers until you press a key here: do it when the site has stopped.")


@click.command("deletions")
@with_appcontext
def list_deletions() -> None:
    """Print the ids of what was deleted, which tell nothing, one a line, for `flask restore --deletions`."""
    with _one_line_errors():
        for identity in db.session.scalars(select(Deletion.answer_public_id).order_by(Deletion.answer_public_id)):
            click.echo(identity)


@click.command("forget-old")
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@with_appcontext
def forget_old(dry_run: bool) -> None:
    """Delete the answers that are older than THREADS_RETENTION_DAYS, for good."""
    before = retention.limit()
    if before is None:
        click.echo("THREADS_RETENTION_DAYS is 0: answers are kept. Nothing was deleted.")
        return
    days = current_app.config["RETENTION_DAYS"]
    with _one_line_errors():
        if dry_run:
            counts = retention.too_old(before)
            for slug, count in counts.items():
                click.echo(f"{count:>10} {slug}")
            click.echo(f"{sum(counts.values())} answers are older than {days} days. Nothing was deleted.")
        else:
            click.echo(f"{retention.delete_old(before)} answers older than {days} days were deleted for good.")


@click.command()
@with_appcontext
def compact() -> None:
    """Rewrite the database, so that nothing that was deleted is left in its files. Meanwhile nobody can write."""
    with _one_line_errors():
        before = compacting.size(db.engine)
        compacting.compact()
        click.echo(f"Rewritten: {before} bytes before, {compacting.size(db.engine)} now.")


COMMANDS = (back_up, restore, move, list_deletions, forget_old, compact)
