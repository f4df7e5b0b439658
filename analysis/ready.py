"""Vectors made beforehand: those of the packaged codebook's examples under the packaged model.

Reading them takes milliseconds where making them takes many seconds, at every start without a store of vectors.
After a change of the codebook or the model make them anew with ``python -m analysis.ready``; a test notices when
that was forgotten.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from analysis.codebook import DEFAULT, Codebook
from analysis.embed import PACKAGED_NAME, FloatArray, MiniLM
from analysis.text import fold

FILE = Path(__file__).parent / "codebooks" / f"{DEFAULT}.npz"


@cache
def ready_vectors(model: str) -> Mapping[str, FloatArray]:
    """Folded text to vector (d,), float32 of unit length; nothing for any model but the packaged one."""
    if model != PACKAGED_NAME or not FILE.is_file():
        return {}
    with np.load(FILE, allow_pickle=False) as file:
        texts, halves = file["texts"], file["vectors"]
    vectors = halves.astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return dict(zip(map(str, texts), vectors, strict=True))


def make() -> int:
    """Write the file; gives how many vectors it holds."""
    texts = sorted({fold(example) for theme in Codebook.load(DEFAULT).themes for example in theme.examples})
    vectors = MiniLM().encode(texts)
    np.savez_compressed(FILE, texts=np.array(texts, dtype=np.str_), vectors=vectors.astype(np.float16))
    return len(texts)


if __name__ == "__main__":
    print(f"{make()} vectors in {FILE}")
