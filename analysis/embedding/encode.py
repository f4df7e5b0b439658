"""Vectors of many texts: each distinct text encoded once, a batch at a time."""

from collections.abc import Sequence

import numpy as np

from analysis.arrays import FloatArray
from analysis.embedding.models import Embedder
from analysis.embedding.precomputed import precomputed_vectors
from analysis.parallel.rows_on_disk import let_go, zero_rows
from analysis.progress import Progress

BATCH_TEXTS = 1024  # per call of the model: enough for all cores, few enough for frequent progress reports
LET_GO_TEXTS = 32 * BATCH_TEXTS  # after which vectors on disk leave the memory


def encode(texts: Sequence[str], embedder: Embedder, progress: Progress) -> FloatArray:
    """Return the vectors of n texts, (n, d), encoding each distinct text once unless it is precomputed.

    Texts are sorted by length, so that a model needs little padding.
    """
    if not texts:
        return np.zeros((0, 1), dtype=np.float32)
    ready = precomputed_vectors(embedder.model)
    first: dict[str, int] = {}
    rows = [first.setdefault(text, row) for row, text in enumerate(texts)]
    wanted = sorted((text for text in first if text not in ready), key=len)
    known = [text for text in first if text in ready]
    vectors = np.zeros((len(texts), len(ready[known[0]]) if known else 1), dtype=np.float32)
    for start in range(0, len(wanted), BATCH_TEXTS):
        progress("vectors", start, len(wanted))
        part = wanted[start : start + BATCH_TEXTS]
        encoded = embedder.encode(part)
        if not start:
            vectors = zero_rows(len(texts), encoded.shape[1])
        vectors[[first[text] for text in part]] = encoded
        if start % LET_GO_TEXTS == 0:
            let_go(vectors)
    progress("vectors", len(wanted), len(wanted))
    for text in known:
        vectors[first[text]] = ready[text]
    return vectors if len(first) == len(texts) else vectors[rows]


def encode_with_examples(
    wordings: Sequence[str], examples: Sequence[str], embedder: Embedder, progress: Progress
) -> tuple[FloatArray, FloatArray]:
    """Return the vectors of the wordings and of the examples; each distinct text is encoded once."""
    texts = [*wordings, *sorted(set(examples).difference(wordings))] if wordings else []
    vectors = encode(texts, embedder, progress)
    wanted = set(examples)
    at = {text: number for number, text in enumerate(texts) if text in wanted} if wanted else {}
    of_examples = vectors[[at[example] for example in examples if texts]]
    let_go(vectors)
    if not vectors.flags.owndata:  # on disk
        return vectors[: len(wordings)], of_examples
    vectors.resize((len(wordings), vectors.shape[1]), refcheck=False)  # in place: a copy would be as large again
    return vectors, of_examples
