"""The file of an archive: a zip with a manifest and a file for each part. It is read as what a stranger made.

What can be known without reading a row is checked here, in little time and memory: that it is such a zip and nothing
else is in it, its version, how large it says it is. Sizes, sums and rows are compared while the parts are read.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from analysis.messages import Message
from survey.core.i18n import N_

FORMAT = "survey of Common Threads"
VERSION = 5
MANIFEST, READ_ME = "manifest.json", "README.txt"
SUFFIX = ".jsonl"
MAX_BYTES = 1024**3
"""All parts together, unpacked"""
MAX_COMPRESSION_RATIO = 150
"""Of one part. 4,000 copies of one answer of 5,000 letters have 107, placements in one theme 38, short answers 20"""
RATIO_CHECKED_FROM_BYTES = 20_000_000
"""Smaller parts may have any compression ratio"""
MAX_ROWS = 10_000_000
MAX_MANIFEST_BYTES = 256 * 1024
MAX_LINE_BYTES = 16 * 1024 * 1024
MAX_DIRECTORY_BYTES = 64 * 1024
MAX_MEMBERS = 64
END = b"PK\x05\x06"
END_BYTES, END_COMMENT_BYTES = 22, 65_535
NOTHING = N_("Nothing was taken in.")
NO_ARCHIVE = N_("This file is no archive of a survey, as the Export page of a survey gives it.")
DAMAGED = N_("This archive is damaged: it did not arrive whole, or was changed. Download it once more.")
TOO_LARGE = N_("This archive holds far more than a survey.")
NO_ROOM = N_("The disk of this site has no room for this archive. Tell who runs the site.")


class ArchiveRefused(Exception):
    """An archive that is not taken in. `message` says why to who sent it."""

    def __init__(self, text: str, **values: str | int) -> None:
        self.message = text if isinstance(text, Message) else Message(text, **values)
        super().__init__(f"{self.message} {NOTHING}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself: by part its rows, its bytes and its SHA-256."""

    version: int
    software: str
    written_at: datetime
    rows: Mapping[str, int]
    bytes: Mapping[str, int]
    sums: Mapping[str, str]


@contextmanager
def open_archive(path: Path, names: Mapping[str, int]) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Open an archive whose parts are some of `names`, which says how many rows each may have.

    Raises ArchiveRefused, also for what goes wrong inside the block because the file is damaged.
    """
    try:
        with path.open("rb") as file:
            _check_end(file)
            with zipfile.ZipFile(file) as found:
                sizes = _check_members(found)
                manifest = _manifest(found, names)
                if any(sizes.get(name + SUFFIX) != size for name, size in manifest.bytes.items()):
                    raise ArchiveRefused(DAMAGED)
                if {*sizes} - {MANIFEST, READ_ME} != {name + SUFFIX for name in manifest.bytes}:
                    raise ArchiveRefused(DAMAGED)
                yield found, manifest
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise ArchiveRefused(DAMAGED) from None


def lines(found: zipfile.ZipFile, manifest: Manifest, name: str) -> Iterator[bytes]:
    """Yield the lines of a part and compare them with the manifest. Raises ArchiveRefused where they differ."""
    digest, rows, size = hashlib.sha256(), 0, 0
    with found.open(name + SUFFIX) as file:
        while line := file.readline(MAX_LINE_BYTES):
            rows, size = rows + 1, size + len(line)
            if rows > manifest.rows[name] or size > manifest.bytes[name] or not line.endswith(b"\n"):
                raise ArchiveRefused(DAMAGED)
            digest.update(line)
            yield line
    if (rows, size, digest.hexdigest()) != (manifest.rows[name], manifest.bytes[name], manifest.sums[name]):
        raise ArchiveRefused(DAMAGED)


def parse(line: bytes) -> Any:
    """Return the JSON value of a line. Raises ValueError."""
    try:
        return json.loads(line, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _check_end(file: BinaryIO) -> None:
    """Refuse a file without a small directory at its end: Python would read a huge one whole."""
    size = file.seek(0, 2)
    start = max(0, size - END_BYTES - END_COMMENT_BYTES)
    file.seek(start)
    tail = file.read()
    place = tail.rfind(END)
    if place < 0:
        file.seek(0)
        raise ArchiveRefused(DAMAGED if file.read(4) == b"PK\x03\x04" else NO_ARCHIVE)
    record = tail[place : place + END_BYTES]
    if len(record) < END_BYTES:
        raise ArchiveRefused(DAMAGED)
    members, directory = int.from_bytes(record[10:12], "little"), int.from_bytes(record[12:16], "little")
    # An archive has no need of the 64-bit form, which would say other numbers than these.
    if members > MAX_MEMBERS or directory > MAX_DIRECTORY_BYTES or b"PK\x06\x07" in tail[max(0, place - 20) : place]:
        raise ArchiveRefused(NO_ARCHIVE)


def _check_members(found: zipfile.ZipFile) -> dict[str, int]:
    """Return the size of each file by its name. Raises ArchiveRefused."""
    members = found.infolist()
    sizes = {member.filename: member.file_size for member in members}
    if len(sizes) < len(members) or len(members) > MAX_MEMBERS or MANIFEST not in sizes:
        raise ArchiveRefused(NO_ARCHIVE)
    if any(member.flag_bits & 1 for member in members):
        raise ArchiveRefused(N_("This archive is locked with a password."))
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
        raise ArchiveRefused(NO_ARCHIVE)
    too_dense = any(
        member.file_size > max(RATIO_CHECKED_FROM_BYTES, MAX_COMPRESSION_RATIO * member.compress_size)
        for member in members
    )
    if too_dense or sum(sizes.values()) > MAX_BYTES or sizes[MANIFEST] > MAX_MANIFEST_BYTES:
        raise ArchiveRefused(TOO_LARGE)
    return sizes


def _manifest(found: zipfile.ZipFile, names: Mapping[str, int]) -> Manifest:
    with found.open(MANIFEST) as file:
        content = file.read(MAX_MANIFEST_BYTES + 1)
    try:
        said = parse(content)
        if said["format"] != FORMAT:
            raise ArchiveRefused(NO_ARCHIVE)
        version = said["version"]
        if type(version) is not int or version < 1:
            raise ValueError
        if version > VERSION:
            software = str(said.get("software", ""))[:40]
            raise ArchiveRefused(
                N_(
                    "This archive was written by a newer version of this program (%(software)s, format %(version)s). "
                    "This site reads format %(read)s and older: update it first."
                ),
                software=software,
                version=version,
                read=VERSION,
            )
        parts = said["parts"]
        manifest = Manifest(
            version,
            _short(said["software"]),
            datetime.fromisoformat(said["written_at"]),
            _of_each(parts, "rows", lambda count: type(count) is int and count >= 0),
            _of_each(parts, "bytes", lambda size: type(size) is int and size >= 0),
            _of_each(parts, "sha256", lambda digest: isinstance(digest, str) and len(digest) == 64),
        )
        if manifest.written_at.tzinfo is None:
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ArchiveRefused(DAMAGED) from None
    if other := {*parts} - {*names}:
        raise ArchiveRefused(
            N_("This archive has a part that this site does not know: “%(part)s”."), part=min(other)[:40]
        )
    many = [name for name, count in manifest.rows.items() if count > names[name]]
    if many or sum(manifest.rows.values()) > MAX_ROWS:
        raise ArchiveRefused(TOO_LARGE)
    return manifest


def _short(text: Any) -> str:
    if not isinstance(text, str) or not text.isprintable() or len(text) > 40:
        raise ValueError
    return text


def _of_each(parts: Mapping[str, Mapping[str, Any]], name: str, is_valid: Callable[[Any], bool]) -> dict[str, Any]:
    """Return one thing that is said of each part. Raises ValueError."""
    found = {part: about[name] for part, about in parts.items()}
    if not all(map(is_valid, found.values())):
        raise ValueError(name)
    return found
