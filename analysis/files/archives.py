"""Look into a packed file (ZIP) without unpacking it: what it holds, and whether that is safe to unpack."""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator, Sequence, Set
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from analysis.files.model import FileRefused
from analysis.messages import N_, Message

MAX_PARTS = 5_000
MAX_DIRECTORY_BYTES = 1_000_000
MAX_UNPACKED_BYTES = 400_000_000
MAX_COMPRESSION_RATIO = 400
"""Of one part of the archive. A sheet of one word 100,000 times has a ratio of about 130."""
RATIO_CHECKED_FROM_BYTES = 20_000_000
"""Smaller parts may have any compression ratio"""
CHUNK = 1 << 20
TOO_MANY = N_("This packed file holds more than %(most)s files or sheets. Save its one table as CSV.")
FAR_LARGER = N_("Unpacked, this file is far larger than a list of answers. Save its one table as CSV.")
PACKED_TWICE = N_("This is a packed file inside a packed file. Unpack both, and choose the table in it.")
DAMAGED = N_("This file is damaged. Open it, save it again, and try with that.")
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x06"
_TABLES = {".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".parquet", ".html", ".htm"}
_RECORDS = {".json", ".jsonl", ".ndjson"}
"""A table where nothing else in the archive is: beside one they describe it"""
_OTHERS = (
    ("word/", N_("a text document (Word)")),
    ("ppt/", N_("a presentation (PowerPoint)")),
    ("visio/", N_("a drawing (Visio)")),
    ("Index/", N_("an Apple Numbers or Pages file")),
    ("Index.zip", N_("an Apple Numbers or Pages file")),
    ("META-INF/container.xml", N_("a book (EPUB)")),
    ("AndroidManifest.xml", N_("a program")),
)


def open_archive(path: Path) -> zipfile.ZipFile:
    """Open an archive whose directory is of a size that can be read. Raises FileRefused."""
    with path.open("rb") as file:
        if _directory_bytes(file) > MAX_DIRECTORY_BYTES:
            raise FileRefused(TOO_MANY, most=MAX_PARTS)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise FileRefused(DAMAGED) from None
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise FileRefused(TOO_MANY, most=MAX_PARTS)
    too_dense = any(
        part.file_size > RATIO_CHECKED_FROM_BYTES and part.file_size > MAX_COMPRESSION_RATIO * part.compress_size
        for part in parts
    )
    if too_dense or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise FileRefused(FAR_LARGER)
    return archive


def chunks(archive: zipfile.ZipFile, name: str, limit: int = MAX_UNPACKED_BYTES) -> Iterator[bytes]:
    """Yield a part in chunks. Raises FileRefused where it is larger than the limit, has a password or is damaged."""
    try:
        with archive.open(name) as part:
            while chunk := part.read(CHUNK):
                limit -= len(chunk)
                if limit < 0:
                    raise FileRefused(FAR_LARGER)
                yield chunk
    except RuntimeError:
        raise FileRefused("This file has a password. Open it, save it without one, and try with that.") from None
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, KeyError, ValueError, zipfile.zlib.error):  # type: ignore[attr-defined]
        raise FileRefused(DAMAGED) from None


def read_part(archive: zipfile.ZipFile, name: str, limit: int = MAX_UNPACKED_BYTES) -> bytes:
    """Return the bytes of a part. Raises FileRefused, see chunks."""
    return b"".join(chunks(archive, name, limit))


def only_table(archive: zipfile.ZipFile) -> str:
    """Return the name of the only table in an archive of files. Raises FileRefused where there is none, or several."""
    names = [name for name in archive.namelist() if not _is_clutter(name)]
    for start, what in _OTHERS:
        if any(name.startswith(start) for name in names):
            raise FileRefused(
                "This is %(what)s, not a table. Open it, and save or export the table as CSV or .xlsx.",
                what=Message(what),
            )
    tables = _with_endings(names, _TABLES) or _with_endings(names, _RECORDS)
    if len(tables) == 1:
        return tables[0]
    if any(PurePosixPath(name).suffix.lower() in (".zip", ".gz", ".7z", ".rar") for name in names) and not tables:
        raise FileRefused(PACKED_TWICE)
    if not tables:
        raise FileRefused("This is a packed file (ZIP) without a table in it. Choose a CSV or an Excel file (.xlsx).")
    shown = ", ".join(PurePosixPath(name).name[:60] for name in tables[:3]) + (", …" if len(tables) > 3 else "")
    raise FileRefused(
        "This packed file holds %(count)s tables (%(tables)s). Unpack it and choose the one with answers.",
        count=len(tables),
        tables=shown,
    )


def _with_endings(names: Sequence[str], endings: Set[str]) -> list[str]:
    return [name for name in names if PurePosixPath(name).suffix.lower() in endings]


def _is_clutter(name: str) -> bool:
    last = PurePosixPath(name).name
    return name.endswith("/") or name.startswith("__MACOSX/") or last.startswith(".") or last.lower() == "thumbs.db"


def _directory_bytes(file: BinaryIO) -> int:
    """Return the size of the archive's directory as its end says, 0 where it says none."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(max(0, size - (1 << 16) - 128))
    tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or end + 22 > len(tail):
        return 0
    (declared,) = struct.unpack_from("<L", tail, end + 12)
    end_64 = tail.rfind(_END_64, 0, end)
    if declared == 0xFFFFFFFF and 0 <= end_64 <= len(tail) - 56:
        (declared,) = struct.unpack_from("<Q", tail, end_64 + 40)
    return min(int(declared), size)


def declares_entities(start: bytes) -> bool:
    """Whether the beginning of an XML part declares entities, which no table needs and bombs are made of."""
    return re.search(rb"<!(?:DOCTYPE|ENTITY)", start) is not None
