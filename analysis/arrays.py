"""Array types and the arithmetic of unit vectors."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


Number = TypeVar("Number", np.float32, np.float64)


NORMED = 1024  # rows whose lengths are looked for at a time


def unit(rows: NDArray[Number]) -> NDArray[Number]:
    """Rows (n, d) of unit length, in the precision they came in; a row without length stays as it is."""
    lengths = np.empty((len(rows), 1), dtype=rows.dtype)
    for start in range(0, len(rows), NORMED):  # which takes two copies of them
        part = slice(start, start + NORMED)
        lengths[part] = np.linalg.norm(rows[part], axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=rows.dtype)


def centred(vectors: FloatArray, shared: FloatArray) -> FloatArray:
    """Vectors (n, d) without what all answers share (d,), of unit length again."""
    return unit(vectors - shared)
