"""Backups: one SQLite file each, whatever the database is, with a checksum at its end.

A SQLite database is copied by VACUUM INTO: it reads in one transaction, which in WAL mode keeps no writer waiting, and
omits free pages, so that deleted answers are not in the backup. PostgreSQL is copied row by row in one REPEATABLE READ
transaction.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from survey.core.database import now
from survey.operations import database_copy
from survey.operations.database_copy import OperationError

SUFFIX = ".sqlite3"
NAME = re.compile(r"threads-\d{4}-\d\d-\d\dT\d{6}Z\.sqlite3")
"""The names of backups in a folder, which sort by time"""
_SEAL = re.compile(rb"common-threads backup 1 ([0-9a-f]{64})\n")
_SEAL_LENGTH = len(b"common-threads backup 1 ") + 64 + 1
"""Bytes of the last line of a backup, which SQLite does not read: the SHA-256 of everything before it"""
_CHUNK = 1 << 20
DRAFT_PATTERN = ".*.draft*"
LEFTOVER_AGE_SECONDS = 24 * 60 * 60
"""Older drafts belong to a command that was killed"""


@dataclass(frozen=True, slots=True)
class BackupSummary:
    """A backup that was made: its path, its numbers of surveys, answers and recorded deletions, its size in bytes."""

    path: Path
    surveys: int
    answers: int
    deletions: int
    size: int


def stamp() -> str:
    """Return the current time as in file names: 2026-11-22T074500Z."""
    return now().strftime("%Y-%m-%dT%H%M%SZ")


def backup_path(path: Path) -> Path:
    """Return the path of a new backup: the file itself, or in a folder a name with the time in it."""
    return path / f"threads-{stamp()}{SUFFIX}" if path.is_dir() else path


def write(engine: Engine, path: Path, *, force: bool = False, vectors: bool = True) -> BackupSummary:
    """Write a backup of a database to `path`, whole or not at all, while answers arrive. Raises OperationError.

    `vectors=False` omits the vectors, most of a large file, which the next run computes again.
    """
    _refuse_taken(path, force)
    remove_leftovers(path.parent, DRAFT_PATTERN)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.draft")
    without = () if vectors else (database_copy.VECTORS,)
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        if engine.dialect.name == "sqlite":
            _vacuum_into(engine, draft)
        else:
            _copy_into(engine, draft, without)
        make_single_file(draft, without)
        counts = check(draft)
        _seal(draft)
        _refuse_taken(path, force)
        size = draft.stat().st_size
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise OperationError(f"{path} cannot be written: {error.strerror}. No backup was made.") from None
    except sqlite3.Error as error:
        raise OperationError(f"{path} could not be written ({error}). No backup was made.") from None
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                draft.with_name(draft.name + end).unlink()
    return BackupSummary(path, counts["survey"], counts["answer"], counts["deletion"], size)


def prune(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` of a folder's own backups, known by their names; return those deleted."""
    own = sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name))
    gone = own[: max(0, len(own) - keep)]
    for path in gone:
        path.unlink()
    return gone


def remove_leftovers(folder: Path, pattern: str) -> None:
    """Remove drafts, which contain answers, that killed commands left in a folder more than a day ago."""
    for path in folder.glob(pattern):
        with suppress(OSError):
            if path.stat().st_mtime > time.time() - LEFTOVER_AGE_SECONDS:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def is_sealed(path: Path) -> bool:
    """Return whether a file ends like a backup. The checksum is not verified."""
    try:
        with path.open("rb") as file:
            return _read_seal(file) is not None
    except OSError:
        return False


def unpack(path: Path, draft: Path) -> None:
    """Copy the database out of a backup, and verify its checksum. Raises OperationError."""
    try:
        with path.open("rb") as file, draft.open("xb") as copy:
            draft.chmod(0o600)
            seal = _read_seal(file)
            if seal is None:
                raise OperationError(
                    f"{path} is not a backup that `flask backup` made, or its end is missing. Nothing was changed."
                )
            digest = hashlib.sha256()
            remaining = file.seek(0, os.SEEK_END) - _SEAL_LENGTH
            file.seek(0)
            while remaining and (part := file.read(min(_CHUNK, remaining))):
                digest.update(part)
                copy.write(part)
                remaining -= len(part)
    except OSError as error:
        raise OperationError(f"{path} cannot be read: {error.strerror}. Nothing was changed.") from None
    if digest.hexdigest() != seal:
        raise OperationError(
            f"{path} is damaged: it is not as it was written (its checksum differs). Nothing was changed. "
            "Use another backup."
        )


@contextmanager
def open_backup(path: Path) -> Iterator[Connection]:
    """Open a backup read-only. Raises OperationError if SQLite cannot read it."""
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    except DatabaseError as error:
        raise OperationError(f"{path} cannot be read as a backup ({error.orig}).") from None
    finally:
        engine.dispose()


def make_single_file(draft: Path, without: Collection[str] = ()) -> None:
    """Make a database a single file without a WAL file, and empty the tables in `without`."""
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        for table in without:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 (a name of ours)
            connection.execute("VACUUM")
        connection.execute("PRAGMA journal_mode=DELETE")


def check(draft: Path) -> dict[str, int]:
    """Return the number of rows of each table. Raises OperationError if the database is damaged."""
    try:
        with closing(sqlite3.connect(draft)) as connection:
            sound = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
            there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            counts = {
                table.name: connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]  # noqa: S608
                if table.name in there
                else 0
                for table in database_copy.all_tables()
            }
    except sqlite3.Error as error:
        raise OperationError(f"The copy is damaged ({error}). Nothing was changed.") from None
    if sound != "ok":
        raise OperationError("The copy does not hold together (SQLite's integrity check). Nothing was changed.")
    if orphan is not None:
        raise OperationError(f"The copy has a row of table {orphan[0]} that points at nothing. Nothing was changed.")
    return counts


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_taken(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise OperationError(f"{path} is there already and was left as it is. Choose another name, or add --force.")


def _vacuum_into(engine: Engine, draft: Path) -> None:
    with engine.connect() as connection:
        _refuse_nothing(database_copy.version(connection))
    plain = engine.raw_connection()
    try:
        plain.cursor().execute("VACUUM INTO ?", (str(draft),))
    finally:
        plain.close()


def _copy_into(engine: Engine, draft: Path, without: Collection[str]) -> None:
    snapshot = engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with snapshot as source, source.begin():
        found = database_copy.version(source)
        _refuse_nothing(found)
        database_copy.check_version(found, "The database")
        with database_copy.open_database(f"sqlite:///{draft.absolute()}") as copy:
            database_copy.upgrade()
            with database_copy.exclusive_transaction(copy) as target:
                database_copy.copy_all(source, target, without=without)
                database_copy.compare(source, target, without=without)


def _refuse_nothing(found: str | None) -> None:
    if found is None:
        raise OperationError("There is no site in the database yet, so there is nothing to back up.")


def _seal(draft: Path) -> None:
    with draft.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with draft.open("ab") as file:
        file.write(b"common-threads backup 1 " + digest.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _read_seal(file: BinaryIO) -> str | None:
    size = file.seek(0, os.SEEK_END)
    if size < _SEAL_LENGTH:
        return None
    file.seek(-_SEAL_LENGTH, os.SEEK_END)
    found = _SEAL.fullmatch(file.read(_SEAL_LENGTH))
    return found[1].decode() if found else None
