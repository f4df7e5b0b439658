"""Precomputed vectors of the packaged codebook's examples, by the packaged model, original and 8-bit.

Reading them takes milliseconds, encoding them seconds. After a change of the codebook or the model, write them again
with ``python -m analysis.embedding.precomputed``; a test fails until then.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from analysis.arrays import FloatArray
from analysis.embedding.models import INT8_NAME, PACKAGED_NAME, load
from analysis.known_themes.codebook import DEFAULT, Codebook
from analysis.text.normalise import fold

FOLDER = Path(__file__).parents[1] / "codebooks"
FILES = {PACKAGED_NAME: FOLDER / f"{DEFAULT}.npz", INT8_NAME: FOLDER / f"{DEFAULT}.int8.npz"}


@cache
def precomputed_vectors(model: str) -> Mapping[str, FloatArray]:
    """Return the vector (d,), float32 of unit length, of each folded example; empty for any other model."""
    path = FILES.get(model)
    if path is None or not path.is_file():
        return {}
    with np.load(path, allow_pickle=False) as file:
        texts, halves = file["texts"], file["vectors"]
    vectors = halves.astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return dict(zip(map(str, texts), vectors, strict=True))


def make() -> int:
    """Write the files; return the number of vectors in each. Raises ModelError without 8-bit support."""
    texts = sorted({fold(example) for theme in Codebook.load(DEFAULT).themes for example in theme.examples})
    for embedder in (load(precision="fp32"), load(precision="int8")):
        vectors = embedder.encode(texts).astype(np.float16)
        np.savez_compressed(FILES[embedder.model], texts=np.array(texts, dtype=np.str_), vectors=vectors)
    return len(texts)


if __name__ == "__main__":
    print(f"{make()} vectors in each of {', '.join(map(str, FILES.values()))}")
