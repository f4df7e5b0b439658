"""Vectors with 8 bits a number and one scale each: a quarter of the space of float32.

The error of a number is at most half a step, 1/254 of the largest number of its vector; benchmarks/stored_vectors.py
measures what that does to themes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import FloatArray

LARGEST = 127


class Int8Vectors(NamedTuple):
    """n vectors: ``numbers`` (n, d) int8, which times ``scales`` (n,) float32 are the vectors."""

    numbers: NDArray[np.int8]
    scales: FloatArray

    def restore(self) -> FloatArray:
        """Return the vectors (n, d) as float32."""
        return self.numbers * self.scales[:, None]


def to_int8(vectors: FloatArray) -> Int8Vectors:
    """Return vectors (n, d) rounded to 8 bits a number."""
    largest = np.maximum(np.abs(vectors).max(axis=1, initial=0.0), 1e-12)
    numbers = np.rint(vectors * (LARGEST / largest)[:, None]).astype(np.int8)
    return Int8Vectors(numbers, (largest / LARGEST).astype(np.float32))
