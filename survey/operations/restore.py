"""Replace the site's database by a backup, completely or not at all."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import current_app
from sqlalchemy import select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DatabaseError

from survey.core.database import db, truncate_wal
from survey.core.models import Answer
from survey.operations import backup, database_copy, reconcile
from survey.operations.database_copy import OperationError
from survey.operations.reconcile import LaterChanges, Reconciled

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
DRAFT_FOLDER = "restore-"
SQLITE_SUFFIXES = ("-wal", "-shm")
"""Of the files that SQLite keeps next to a database"""


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restore: what is there now, what was deleted or changed again, where the old database is."""

    surveys: int
    answers: int
    settled: Reconciled
    aside: Path | None
    later: int
    """Answers that were in the old database and not in the backup, without those deleted"""
    notes: tuple[str, ...]


def restore(path: Path, *, replace: bool = False, deletions: Sequence[Path] = ()) -> Restored:
    """Put the backup at `path` in the place of the current app's database, with what was deleted since left out.

    `replace` allows that the database in place has answers; it is then kept as a backup in the instance folder.
    Deletions are taken from the backup, the database in place, the other backups beside it, and `deletions`.
    Raises OperationError; then the database is as it was.
    """
    own = db.engine
    known = LaterChanges()
    for other in deletions:
        known.learn_file(other)
    notes = tuple(_learn_from_folder(path, known))
    with _draft_folder(own) as folder:
        draft = folder / "draft.sqlite3"
        backup.unpack(path, draft)
        with backup.open_backup(draft) as connection:
            database_copy.check_version(database_copy.version(connection), str(path), older=True)
        backup.check(draft)
        damaged = _prepare(own, replace)
        with database_copy.open_database(f"sqlite:///{draft}") as engine:
            database_copy.upgrade()
            if damaged:
                notes += tuple(_learn_damaged(own, known))
                settled, aside, later = reconcile.reconcile(known), None, 0
            else:
                settled, aside, later = _replace(own, engine, known, replace)
        if damaged:
            aside = _swap(own, draft)
    truncate_wal()  # what was in place, and perhaps deleted there, is not to stay in it
    with own.connect() as connection:
        surveys, answers = database_copy.count(connection, "survey"), database_copy.count(connection, "answer")
    return Restored(surveys, answers, settled, aside, later, notes)


def drill(path: Path, folder: Path, *, deletions: Sequence[Path] = ()) -> Restored:
    """Restore the backup at `path` as a new SQLite site in an empty folder, and touch nothing of the current app's.

    Deletions that only the site's own database knows are not applied. Raises OperationError.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OperationError(f"{folder} is there already and not an empty folder. Nothing was changed. Name a new one.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = folder / "threads.sqlite3"
    database.touch(mode=0o600)
    try:
        with database_copy.open_database(f"sqlite:///{database}"):
            return restore(path, deletions=deletions)
    except BaseException:
        for made in folder.iterdir():
            made.unlink()
        raise


def _replace(own: Engine, draft: Engine, known: LaterChanges, replace: bool) -> tuple[Reconciled, Path | None, int]:
    """Apply later changes to the draft and copy it over the database in place, in one transaction."""
    with database_copy.exclusive_transaction(own) as target:
        _refuse_answers(target, replace)
        aside = None
        if database_copy.count(target, "survey"):
            aside = _aside()
            backup.write(own, aside)
        known.learn(target, tokens=True)
        settled = reconcile.reconcile(known)
        with draft.connect() as source:
            later = _later(source, target)
            database_copy.clear(target)
            database_copy.copy_all(source, target)
            database_copy.compare(source, target)
    return settled, aside, later


def _later(source: Connection, target: Connection) -> int:
    """Return how many answers of the old database are not in the restored one."""
    restored = set(source.scalars(select(Answer.public_id)))
    return sum(identity not in restored for identity in target.scalars(select(Answer.public_id)))


def _prepare(own: Engine, replace: bool) -> bool:
    """Check that the database in place may be replaced, migrate it, and return whether it is damaged (SQLite)."""
    try:
        with own.connect() as connection:
            if own.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                damaged = True
            else:
                damaged = False
                found = database_copy.version(connection)
                if found is not None:
                    database_copy.check_version(found, "The database in place", older=True)
                    _refuse_answers(connection, replace)
    except DatabaseError as error:
        if not _is_damage(error):
            raise
        damaged = True
    if damaged and not replace:
        raise OperationError(
            "The database in place is damaged. Add --replace: it is then put aside, and nothing of it lost."
        )
    if not damaged:
        database_copy.upgrade()
    return damaged


def _refuse_answers(connection: Connection, replace: bool) -> None:
    count = database_copy.count(connection, "answer")
    if count and not replace:
        raise OperationError(
            f"The site has {count} answers, which a restore would replace. Nothing was changed. "
            "Add --replace: the database in place is then kept as a file."
        )


def _is_damage(error: DatabaseError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in DAMAGED


def _learn_from_folder(path: Path, known: LaterChanges) -> Iterator[str]:
    """Learn from the other backups in the folder; yield a note for each that could not be read."""
    for other in sorted(path.absolute().parent.glob(f"*{backup.SUFFIX}")):
        if other.name == path.name or not backup.is_sealed(other):
            continue
        try:
            with backup.open_backup(other) as connection:
                known.learn(connection)
        except OperationError:
            yield f"{other.name} could not be read: deletions that only it knows of were not applied."


def _learn_damaged(own: Engine, known: LaterChanges) -> Iterator[str]:
    try:
        with own.connect() as connection:
            known.learn(connection, tokens=True)
    except (DatabaseError, OperationError):
        yield "The damaged database could not be read: deletions that only it knows of were not applied."


def _swap(own: Engine, draft: Path) -> Path:
    """Replace a damaged SQLite database by the draft; return where the damaged one is kept, next to it."""
    backup.make_single_file(draft)
    in_place = Path(str(own.url.database))
    aside = in_place.with_name(f"damaged-{backup.stamp()}-{secrets.token_hex(2)}{backup.SUFFIX}")
    own.dispose()
    draft.chmod(in_place.stat().st_mode)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    aside.hardlink_to(in_place)
    for side in SQLITE_SUFFIXES:
        if (beside := in_place.with_name(in_place.name + side)).exists():
            beside.replace(aside.with_name(aside.name + side))
    draft.replace(in_place)
    backup.sync_folder(in_place.parent)
    return aside


def _aside() -> Path:
    return Path(current_app.instance_path) / f"replaced-{backup.stamp()}-{secrets.token_hex(2)}{backup.SUFFIX}"


def remove_leftovers() -> None:
    """Remove folders that killed restores of the current app's database left more than a day ago."""
    backup.remove_leftovers(_home(db.engine), f"{DRAFT_FOLDER}*")


@contextmanager
def _draft_folder(own: Engine) -> Iterator[Path]:
    """Create a temporary folder for the draft, on the disk of a SQLite database so that it can be moved into place."""
    with TemporaryDirectory(prefix=DRAFT_FOLDER, dir=_home(own)) as folder:
        yield Path(folder)


def _home(own: Engine) -> Path:
    return Path(own.url.database or ".").parent if own.dialect.name == "sqlite" else Path(current_app.instance_path)
