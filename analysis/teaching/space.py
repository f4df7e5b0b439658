"""The space in which ideas are compared with decided ones: without what all answers share."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import DoubleArray, FloatArray, IntArray, slices, unit

COMPONENTS = 128  # with 64 more moves are wrong, with 200 fewer are made
FLATTEN = 0.25  # power of a variance that a component is divided by: 0 changes nothing, 0.5 makes all alike
SHRINK = 1.0  # of the mean variance, added to each first: small components are mostly noise
SAMPLE_ROWS = 10_000  # that mean and directions are measured on
BLOCK_ROWS = 1024


@dataclass(frozen=True, slots=True)
class Space:
    """Subtract ``shared`` (d,), rotate and scale by ``axes`` (d, r), bring to unit length; both float32."""

    shared: FloatArray
    axes: FloatArray

    def project(self, vectors: FloatArray) -> FloatArray:
        """Return vectors (n, d) in this space, (n, r), a block at a time."""
        points = np.empty((len(vectors), self.axes.shape[1]), dtype=np.float32)
        for block in slices(len(vectors), BLOCK_ROWS):
            points[block] = unit((vectors[block] - self.shared) @ self.axes)
        return points


def canonical_order(vectors: FloatArray, placed: FloatArray) -> IntArray:
    """Return an order of the rows of (n, d) and (n, k) that does not depend on the order they come in.

    Sums are not the same to the last bit in another order.
    """
    keys = [*placed.T[:2], *vectors.T[:4]]
    return np.asarray(np.lexsort(keys), dtype=np.intp) if keys else np.arange(len(vectors), dtype=np.intp)


def sample_rows(order: IntArray, most: int, seed: int = 0) -> IntArray:
    """Return up to ``most`` random rows of those in a canonical ``order``, in that order."""
    chosen = np.random.default_rng(seed).permutation(len(order))[:most]
    return np.asarray(order[np.sort(chosen)], dtype=np.intp)


def fit_space(vectors: FloatArray) -> Space:
    """Fit the space to unit vectors (n, d): principal components, the large ones scaled down.

    The few directions in which all answers vary would otherwise decide most cosines.
    """
    width = vectors.shape[1]
    shared = (vectors.mean(axis=0, dtype=np.float64) if len(vectors) else np.zeros(width)).astype(np.float32)
    covariance = _covariance(vectors, shared)
    # Imported here: loading scipy.linalg takes .1 s, and only what owners decided needs it.
    from scipy.linalg import eigh

    values, axes = eigh(covariance, subset_by_index=[max(0, width - COMPONENTS), width - 1])
    variances = np.maximum(values[::-1], 0.0) + SHRINK * max(float(np.trace(covariance)) / width, 1e-12)
    return Space(shared, (axes[:, ::-1] * variances**-FLATTEN).astype(np.float32))


def kernel(points: FloatArray, others: FloatArray) -> FloatArray:
    """Return how near n points (n, r) are to m others (m, r), (n, m): ((1 + cosine) / 2) to the fourth power."""
    near = np.asarray(points @ (others * np.float32(0.5)).T, dtype=np.float32)
    near += np.float32(0.5)
    near *= near
    near *= near
    return near


def _covariance(vectors: FloatArray, shared: FloatArray) -> DoubleArray:
    total = np.zeros((vectors.shape[1], vectors.shape[1]))
    for block in slices(len(vectors), BLOCK_ROWS):
        rows = unit(vectors[block] - shared)
        total += rows.T @ rows
    return total / max(len(vectors), 1)
