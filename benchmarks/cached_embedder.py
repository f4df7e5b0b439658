"""An embedder that encodes each text once, for measurements that analyse the same texts several times."""

from collections.abc import Sequence

import numpy as np

from analysis.arrays import FloatArray
from analysis.embedding.models import Embedder

BATCH_TEXTS = 512


class CachedEmbedder:
    """An embedder that keeps all vectors in memory."""

    def __init__(self, embedder: Embedder) -> None:
        self.model = embedder.model
        self._embedder = embedder
        self._vectors: dict[str, FloatArray] = {}

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode."""
        new = sorted(set(texts) - self._vectors.keys(), key=lambda text: (len(text), text))
        for start in range(0, len(new), BATCH_TEXTS):
            batch = new[start : start + BATCH_TEXTS]
            self._vectors.update(zip(batch, self._embedder.encode(batch), strict=True))
        return np.array([self._vectors[text] for text in texts], dtype=np.float32)
