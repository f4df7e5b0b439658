"""Array types and the arithmetic of unit vectors."""

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float32]
DoubleArray = NDArray[np.float64]

Number = TypeVar("Number", np.float32, np.float64)

NORM_ROWS = 1024  # rows whose norms are computed at a time: norm() makes two copies of what it gets


def slices(count: int, size: int) -> Iterator[slice]:
    """Yield slices that cover range(count), ``size`` long each; the last one may be shorter."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def unit(rows: NDArray[Number]) -> NDArray[Number]:
    """Return rows (n, d) scaled to unit length, in the same precision; a row of zeros stays as it is."""
    lengths = np.empty((len(rows), 1), dtype=rows.dtype)
    for part in slices(len(rows), NORM_ROWS):
        lengths[part] = np.linalg.norm(rows[part], axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=rows.dtype)


def centred(vectors: FloatArray, shared: FloatArray) -> FloatArray:
    """Return vectors (n, d) minus the mean of all answers ``shared`` (d,), scaled to unit length."""
    return unit(vectors - shared)
