"""An archive between its upload and the moment it is taken in: in a folder of its own, for a day at most.

The folder lies beside those of other uploads, and is swept with them. It belongs to one owner.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import IO

from flask import current_app

from analysis.messages import unpacked
from analysis.parallel import isolated_process
from survey.archives import package, take_in
from survey.archives.check_rows import ARCHIVE
from survey.archives.owner_parts import PARTS
from survey.archives.package import ArchiveRefused
from survey.core.i18n import N_
from survey.imports.staged_uploads import FOLDER, KEY, KEY_BYTES, sweep

CHECK_SECONDS = 300.0
ROOM_FACTOR = 4
"""Of free room to unpacked bytes: checked rows once, in SQLite's log and in its tables with their indexes"""
MOST = {part.name: part.most for part in PARTS}
TOO_LONG = N_("This archive took too much time or memory to read.")


@dataclass(frozen=True, slots=True)
class StagedArchive:
    """A checked archive that waits: what it says of itself, and what is in it."""

    key: str
    folder: Path
    software: str
    written_at: datetime
    question: str
    slug: str
    is_open: bool
    is_published: bool
    closes_at: datetime | None
    rows: dict[str, int]


def keep(owner_id: int, stream: IO[bytes]) -> str:
    """Check an archive and keep it for the second step; return its key. Raises ArchiveRefused."""
    sweep()
    drop_all(owner_id)
    key = secrets.token_hex(KEY_BYTES)
    folder = _folder(owner_id, key)
    folder.mkdir(parents=True, mode=0o700)
    try:
        with (folder / ARCHIVE).open("wb") as file:
            shutil.copyfileobj(stream, file)
        _check(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return key


@contextmanager
def checked(stream: IO[bytes]) -> Iterator[Path]:
    """Check an archive in a folder that is removed after the block, for a command. Raises ArchiveRefused."""
    with tempfile.TemporaryDirectory(prefix="threads-archive-") as name:
        folder = Path(name)
        with (folder / ARCHIVE).open("wb") as file:
            shutil.copyfileobj(stream, file)
        _check(folder)
        yield folder


def find(owner_id: int, key: str) -> StagedArchive | None:
    """Return the archive with this key if it waits for this owner."""
    folder = _folder(owner_id, key)
    if not KEY.fullmatch(key):
        return None
    try:
        with package.open_archive(folder / ARCHIVE, MOST) as (_, manifest):
            said = take_in.settings(folder)
    except (FileNotFoundError, ArchiveRefused):
        return None
    return StagedArchive(
        key,
        folder,
        manifest.software,
        manifest.written_at,
        said["question"],
        said["slug"],
        said["is_open"],
        said["published_at"] is not None,
        datetime.fromisoformat(said["closes_at"]) if said["closes_at"] else None,
        {name: manifest.rows.get(name, 0) for name in MOST},
    )


def drop_all(owner_id: int) -> None:
    """Remove the archives that wait for an owner."""
    for folder in _root().glob(f"{owner_id}-archive-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _check(folder: Path) -> None:
    with package.open_archive(folder / ARCHIVE, MOST) as (_, manifest):  # refuses what is none without a process
        if shutil.disk_usage(folder).free < ROOM_FACTOR * sum(manifest.bytes.values()):
            raise ArchiveRefused(package.NO_ROOM)
    process = isolated_process.start(
        "survey.archives.check_rows", str(folder.resolve()), stdin=DEVNULL, stdout=PIPE, seconds=CHECK_SECONDS
    )
    with process as child:
        assert child.stdout is not None
        said = child.stdout.read().decode(errors="replace")
        if child.wait() != 0:
            raise ArchiveRefused(TOO_LONG)
    if said:
        raise ArchiveRefused(unpacked(said))


def _root() -> Path:
    return Path(current_app.instance_path) / FOLDER


def _folder(owner_id: int, key: str) -> Path:
    return _root() / f"{owner_id}-archive-{key}"
