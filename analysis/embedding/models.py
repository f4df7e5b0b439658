"""Sentence embedding models on this machine; nothing is ever downloaded."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from analysis.arrays import FloatArray
from analysis.compiled import INSTALL_AGAIN
from analysis.encoders.encoder import MAX_TEXT_CHARACTERS, Embedder, ModelError

__all__ = ["PACKAGED", "Embedder", "ModelError", "Precision", "SentenceModel", "load"]

logger = logging.getLogger(__name__)

Precision = Literal["auto", "int8", "fp32"]

PACKAGED = "packaged"
INSTALL_TORCH = (
    "A sentence model of your own needs it, and torch, which make leaves out on Linux where it finds no build for "
    "processors alone: make -B TORCH_INDEX=ADDRESS .venv/installed looks elsewhere, an empty address for the usual "
    "torch (as a library: pip install .)."
)


class SentenceModel:
    """A sentence-transformers model from a folder or the local cache."""

    def __init__(self, path: str) -> None:
        self.model = path
        self._transformer = _open(path)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode."""
        if not texts:
            return np.zeros((0, self._transformer.get_embedding_dimension() or 0), dtype=np.float32)
        vectors = self._transformer.encode(
            [text[:MAX_TEXT_CHARACTERS] for text in texts],
            batch_size=64,
            convert_to_numpy=True,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)


def load(model: str = PACKAGED, keep: Path | None = None, precision: Precision = "auto") -> Embedder:
    """Load the packaged encoders, or any sentence-transformers model by its folder or its name in the local cache.

    ``precision`` is for the packaged encoders: "auto" takes products of 8 bits, and those of float32 where a check of
    the first fails. ``keep`` is the folder where converted models are cached; without one they are converted each time.
    Raises ModelError when a model is missing, damaged or not such a model.
    """
    if model != PACKAGED:
        return SentenceModel(model)
    if precision == "int8":
        return _packaged(keep, int8=True)
    if precision == "auto":
        try:
            return _packaged(keep, int8=True)
        except ModelError as error:
            logger.warning("%s Products of float32 are tried instead, which are slower.", error)
    return _packaged(keep, int8=False)


def _packaged(keep: Path | None, *, int8: bool) -> Embedder:
    """Load the packaged encoders. Raises ModelError."""
    try:
        # Imported here: loading onnxruntime takes 0.2 s, and most of this package needs no model.
        from analysis.encoders.mixture import Mixture

        return Mixture(keep, int8=int8)
    except ModelError:
        raise
    except ImportError as error:
        raise ModelError(f"onnxruntime cannot be loaded ({error}). {INSTALL_AGAIN}") from error
    except Exception as error:  # tokenizers and onnxruntime raise anything
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"The packaged models cannot be used on this machine: {reason}") from error


def _open(path: str) -> Any:
    """Load the model at a path or name; nothing is downloaded (see analysis/__init__.py)."""
    try:
        # Imported here: torch takes seconds and hundreds of megabytes, and most of this package needs no model.
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(path, device="cpu", local_files_only=True)
    except ImportError as error:
        raise ModelError(f"sentence-transformers cannot be loaded ({error}). {INSTALL_TORCH}") from error
    except Exception as error:  # its loaders raise anything, from OSError to KeyError
        if not Path(path).is_dir() and _is_absence(error):
            raise ModelError(
                f"There is no model {path!r} on this machine. Name a folder with a sentence-transformers model, or one "
                "that is in the cache of this machine: nothing is downloaded."
            ) from error
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"The model {path!r} cannot be loaded from this machine: {reason}") from error


def _is_absence(error: BaseException | None) -> bool:
    """Return whether an error, or one behind it, says that there is nothing of a name: the words are huggingface's."""
    if error is None:
        return False
    is_one = isinstance(error, FileNotFoundError) or type(error).__name__ == "HFValidationError"
    return is_one or _is_absence(error.__cause__ or error.__context__)
