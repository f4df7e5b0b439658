"""What every encoder offers, and the checks of its files."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from analysis.arrays import FloatArray
from analysis.encoders.kept_files import Checked

MAX_TEXT_CHARACTERS = 2000  # far past what an encoder reads, short of what slows its tokenizer


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


def checked_files(module: str, package: str, sha256: Mapping[str, str], keep: Path | None = None) -> Path:
    """Return the folder of an installed package after checking the SHA-256 of its files, without importing it.

    What is known of unchanged files is noted in the cache folder ``keep``. Raises ModelError where the package or a
    file is missing, or a file is not the published one.
    """
    found = find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise ModelError(f"A sentence model is not installed: pip install {package}")
    folder = Path(found.submodule_search_locations[0])
    checked = Checked(keep)
    for name, published in sha256.items():
        path = folder / name
        try:
            digest = checked.digest(path)
        except OSError as error:
            raise ModelError(f"A sentence model cannot be read ({path}): reinstall {package}") from error
        if digest != published:
            raise ModelError(f"A sentence model is not the published one (SHA-256 of {path}): reinstall {package}")
    return folder
