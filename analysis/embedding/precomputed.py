"""Precomputed vectors of the packaged codebook's examples, by the packaged encoders with 8-bit products.

Reading them takes milliseconds, encoding them seconds. After a change of the codebook or the model, write them again
with ``python -m analysis.embedding.precomputed``; a test fails until then.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from analysis.arrays import FloatArray
from analysis.embedding.models import ModelError, load
from analysis.encoders.names import full_name
from analysis.known_themes.codebook import DEFAULT, Codebook
from analysis.text.normalise import fold

FOLDER = Path(__file__).parents[1] / "codebooks"
MODEL = full_name(("e5", "use", "minilm"), int8=True)
FILE = FOLDER / f"{DEFAULT}.npz"


@cache
def precomputed_vectors(model: str) -> Mapping[str, FloatArray]:
    """Return the vector (d,), float32 of unit length, of each folded example; empty for any other model."""
    if model != MODEL or not FILE.is_file():
        return {}
    with np.load(FILE, allow_pickle=False) as file:
        texts, halves = file["texts"], file["vectors"]
    vectors = halves.astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return dict(zip(map(str, texts), vectors, strict=True))


def make() -> int:
    """Write the file; return the number of vectors. Raises ModelError without 8-bit support or without one encoder."""
    texts = sorted({fold(example) for theme in Codebook.load(DEFAULT).themes for example in theme.examples})
    embedder = load(precision="int8")
    if embedder.model != MODEL:
        raise ModelError(f"{embedder.model} is not {MODEL}: not all encoders are installed.")
    vectors = embedder.encode(texts).astype(np.float16)
    np.savez_compressed(FILE, texts=np.array(texts, dtype=np.str_), vectors=vectors)
    return len(texts)


if __name__ == "__main__":
    print(f"{make()} vectors in {FILE}")
