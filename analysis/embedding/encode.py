"""Vectors of many texts: each distinct text encoded once, a batch at a time."""

from collections.abc import Sequence

import numpy as np

from analysis.arrays import FloatArray
from analysis.embedding.models import Embedder
from analysis.embedding.precomputed import precomputed_vectors
from analysis.progress import Progress

SLICE = 1024  # texts given to the model at a time: many enough for all cores, few enough that progress moves


def encode(texts: Sequence[str], embedder: Embedder, tell: Progress) -> FloatArray:
    """The vectors of n texts, (n, dimensions), made a slice at a time but for those that are ready.

    Texts of like length go together, so that a model has little to fill up.
    """
    if not texts:
        return np.zeros((0, 1), dtype=np.float32)
    ready = precomputed_vectors(embedder.model)
    first: dict[str, int] = {}
    rows = [first.setdefault(text, row) for row, text in enumerate(texts)]
    wanted = sorted((text for text in first if text not in ready), key=len)
    vectors = np.zeros((len(texts), len(next(iter(ready.values()), ()))), dtype=np.float32)
    for start in range(0, len(wanted), SLICE):
        tell("vectors", start, len(wanted))
        part = wanted[start : start + SLICE]
        made = embedder.encode(part)
        if not start:
            vectors = np.zeros((len(texts), made.shape[1]), dtype=np.float32)
        vectors[[first[text] for text in part]] = made
    tell("vectors", len(wanted), len(wanted))
    for text in first.keys() & ready.keys():
        vectors[first[text]] = ready[text]
    return vectors if len(first) == len(texts) else vectors[rows]


def encode_with_examples(
    wordings: Sequence[str], examples: Sequence[str], embedder: Embedder, tell: Progress
) -> tuple[FloatArray, FloatArray]:
    """The vectors of the wordings and of the examples; every distinct text is given to the model once."""
    texts = [*wordings, *sorted(set(examples).difference(wordings))] if wordings else []
    vectors = encode(texts, embedder, tell)
    wanted = set(examples)
    at = {text: number for number, text in enumerate(texts) if text in wanted} if wanted else {}
    beside = vectors[[at[example] for example in examples if texts]]
    vectors.resize((len(wordings), vectors.shape[1]), refcheck=False)  # in place: a copy would be as large again
    return vectors, beside
