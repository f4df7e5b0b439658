"""Files that are kept of what was converted, and what is known of files that have not changed since.

Weights are compared with their SHA-256 before they are used. A file that still has the size, the time of its last
change and the inode that it had when it was compared is not read again for that, which is what git does too: 250 MB
took .22 s of processor time at each start.
"""

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.parallel.machine import has_int8_instructions

HEAD, DIGEST = 64, 32  # bytes before what a kept file holds, and those of its SHA-256 among them
NOTES = "checked.json"
YOUNG_SECONDS = 2.0  # after its last change a file may change again without its times telling


class Checked:
    """What was checked before, noted in a file of the cache folder; without a folder nothing is known."""

    def __init__(self, keep: Path | None) -> None:
        self._path = keep / NOTES if keep else None
        self._notes: dict[str, str] = {}
        if self._path is not None:
            with contextlib.suppress(OSError, ValueError, TypeError):
                found = json.loads(self._path.read_bytes())
                self._notes = {str(key): str(value) for key, value in dict(found).items()}

    def digest(self, path: Path, offset: int = 0) -> str:
        """Return the SHA-256 of a file from a byte on, as it is noted or found. Raises OSError."""
        name = f"file {path} from {offset}"
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            signs = f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"
            before, _, digest = self._notes.get(name, "").rpartition(" ")
            if before == signs:
                return digest
            file.seek(offset)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if time.time() - max(found.st_mtime, found.st_ctime) > YOUNG_SECONDS:
            self.note(name, f"{signs} {digest}")
        return digest

    def has_passed(self, what: str) -> bool:
        """Return whether it is noted that something passed a check."""
        return what in self._notes

    def note(self, what: str, value: str = "") -> None:
        """Note that something passed a check, or what was found; where no file can be written, for this object only."""
        self._notes[what] = value
        if self._path is not None:
            with contextlib.suppress(OSError):
                write(self._path, json.dumps(self._notes, indent=0).encode())


def kept(keep: Path | None, name: str, recipe: Sequence[bytes], make: Callable[[], bytes]) -> NDArray[np.uint8]:
    """Return what a file of a cache folder holds, mapped from the disk; it is made where it is missing or damaged.

    ``recipe`` is what it is made from: of another recipe it is another file, and the one of before is deleted. In
    memory without a folder and where no file can be written.
    """
    if keep is None:
        return np.frombuffer(make(), dtype=np.uint8)
    path = keep / kept_name(name, recipe)
    with contextlib.suppress(OSError):
        if _is_whole(path, Checked(keep)):
            return np.memmap(path, dtype=np.uint8, mode="r", offset=HEAD)
    made = make()
    with contextlib.suppress(OSError):
        write(path, hashlib.sha256(made).digest().ljust(HEAD, b"\0") + made)
        for old in set(keep.glob(f"{name}-*.model")) - {path}:
            old.unlink()
    return np.frombuffer(made, dtype=np.uint8)


def kind_of_products(*, int8: bool) -> str:
    """Return what kept models of these products have in their names; see ``Graph.int8_weight``."""
    if not int8:
        return "fp32"
    return "int8" if has_int8_instructions() else "uint8"


def kept_name(name: str, recipe: Sequence[bytes]) -> str:
    """Return the name of a kept file."""
    return f"{name}-{hashlib.sha256(b''.join(recipe)).hexdigest()[:16]}.model"


def _is_whole(path: Path, checked: Checked) -> bool:
    with path.open("rb") as file:
        return file.read(HEAD)[:DIGEST].hex() == checked.digest(path, HEAD)


def write(path: Path, content: bytes) -> None:
    """Write a file atomically. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
