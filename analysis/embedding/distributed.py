"""Embedding in several processes or machines, through any concurrent.futures.Executor, Dask's included."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import cache

import numpy as np

from analysis.arrays import FloatArray
from analysis.embedding.models import Embedder, ModelError, load
from analysis.encoders.names import is_exact

Loader = Callable[[str], Embedder]

BATCH_TEXTS = 64  # texts of one call in another process
PREFERRED_TEXTS = 1024  # texts per call of `encode`: batches for many processes, and still frequent progress reports
PROBES = ("Listen to each other", "We laugh a lot, even when things go wrong", "Zuhören, ¿verdad? 誠実")
MAX_DIFFERENCE = 1e-4  # between two machines' vectors of a model that is not exact, in each dimension

_model_lock = threading.Lock()


class DistributedEmbedder:
    """An Embedder that sorts texts by length, cuts them into batches and encodes these with an executor.

    The packaged encoders with 8-bit products return the same bits as in this process. With other models the texts of
    a batch influence each other's last bits: vectors differ by about 1e-7 from those encoded in one call.
    """

    texts_at_once = PREFERRED_TEXTS

    def __init__(self, model: str, executor: Executor, loader: Loader = load) -> None:
        """``model`` is passed to ``loader``, a module-level function that other processes call too.

        Raises ModelError.
        """
        self._name, self._executor, self._loader = model, executor, loader
        self.model = cached_model(loader, model).model
        self._probes = _encode_probes(loader, model)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode. Raises ModelError when another process has other vectors than this one."""
        order = sorted(range(len(texts)), key=lambda row: (len(texts[row]), texts[row]))
        batches = [order[start : start + BATCH_TEXTS] for start in range(0, len(order), BATCH_TEXTS)]
        batch_texts = [[texts[row] for row in batch] for batch in batches]
        vectors = np.zeros((len(texts), self._probes.shape[1]), dtype=np.float32)
        same = [self._loader] * len(batches), [self._name] * len(batches)
        results = self._executor.map(encode_batch, *same, batch_texts)
        for batch, (model, probes, encoded) in zip(batches, results, strict=True):
            self._check_same_model(model, probes)
            vectors[batch] = encoded
        return vectors

    def _check_same_model(self, model: str, probes: FloatArray) -> None:
        tolerance = 0.0 if is_exact(self.model) else MAX_DIFFERENCE
        comparable = model == self.model and probes.shape == self._probes.shape
        if comparable and np.abs(probes - self._probes).max() <= tolerance:
            return
        problem = "returns other vectors for the same model" if model == self.model else f"uses another model ({model})"
        raise ModelError(
            f"A helper machine {problem} than this one ({self.model}), and the two cannot be compared. Give all "
            "machines the same requirements.txt, the same model and processors of one kind, or let each worker "
            "run alone."
        )


def encode_batch(loader: Loader, model: str, texts: Sequence[str]) -> tuple[str, FloatArray, FloatArray]:
    """Return the model's own name, the vectors of PROBES and the vectors of the texts; runs in any process."""
    embedder = cached_model(loader, model)
    probes = _encode_probes(loader, model)
    with _model_lock:
        return embedder.model, probes, embedder.encode(texts)


def cached_model(loader: Loader, model: str) -> Embedder:
    """Return the model, loaded once per process. Raises ModelError."""
    with _model_lock:
        return _load_once(loader, model)


@cache
def _load_once(loader: Loader, model: str) -> Embedder:
    return loader(model)


@cache
def _encode_probes(loader: Loader, model: str) -> FloatArray:
    embedder = cached_model(loader, model)
    with _model_lock:
        return embedder.encode(PROBES)
