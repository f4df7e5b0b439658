"""Kernel ridge regression of the themes of a codebook on the vectors of its examples.

The coefficients of a packaged codebook are kept beside its vectors (`analysis/embedding/precomputed.py`): solving for
4,900 examples takes seconds and hundreds of megabytes.
"""

import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from analysis.arrays import DoubleArray, FloatArray, IntArray
from analysis.known_themes.codebook import FOLDER, Codebook, packaged
from analysis.text.normalise import fold

RIDGE = 0.3  # penalty of the regression per example, scaled so that all themes weigh the same
EVERY = 64  # of the examples one in so many is compared with what the coefficients were solved for
TOLERANCE = 1e-3  # of a component of a unit vector: they were rounded to 16 bits


@dataclass(frozen=True, slots=True)
class _Kept:
    """Coefficients (m, k) for the examples with that digest, of which some vectors (m / EVERY, d) are kept too."""

    digest: str
    some_vectors: FloatArray
    weights: DoubleArray


def ridge_weights(codebook: Codebook, examples: FloatArray) -> DoubleArray:
    """Return the dual coefficients of the kernel ridge regression of k themes on m examples (m, d), (m, k).

    All themes have the same weight.
    """
    kept = _kept(codebook.name) if codebook.name in packaged() else None
    if kept is not None and kept.digest == digest(codebook):
        some = examples[::EVERY]
        if some.shape == kept.some_vectors.shape and np.abs(some - kept.some_vectors).max() < TOLERANCE:
            return kept.weights
    return _solved(codebook, examples.shape, examples.tobytes())


def solve(owner: IntArray, examples: FloatArray) -> DoubleArray:
    """Return the coefficients (m, k) from the theme of each example, (m,), and its vector, (m, d)."""
    # Imported here: loading scipy takes .4 s, and packaged codebooks bring their coefficients.
    from scipy.linalg import cho_factor, cho_solve

    vectors = examples.astype(np.float64)
    # One matrix (m, m) is all the memory it takes: RSS with 4,519 examples 607 MB before, 324 MB with it.
    matrix = vectors @ vectors.T
    matrix -= 1.0
    matrix *= 2.0
    np.exp(matrix, out=matrix)
    np.einsum("ii->i", matrix)[:] += penalty(owner)
    factor = cho_factor(matrix.T, lower=True, overwrite_a=True, check_finite=False)
    return np.asarray(cho_solve(factor, np.eye(owner[-1] + 1)[owner], check_finite=False))


@lru_cache(maxsize=8)
def digest(codebook: Codebook) -> str:
    """Return what tells the examples of a codebook, their order and their themes from those of another."""
    texts = (f"{number}\t{fold(text)}" for number, theme in enumerate(codebook.themes) for text in theme.examples)
    return hashlib.sha256("\n".join((str(RIDGE), *texts)).encode()).hexdigest()


def owners(codebook: Codebook) -> IntArray:
    """Return the index of the theme of each example, (m,)."""
    return np.repeat(np.arange(len(codebook.themes)), [len(theme.examples) for theme in codebook.themes])


def kernel(cosines: DoubleArray) -> DoubleArray:
    """Return the Gaussian kernel of unit vectors, exp(-|a - b|^2), from their cosines."""
    return np.asarray(np.exp(2.0 * cosines - 2.0))


def penalty(owner: IntArray) -> DoubleArray:
    """Return the penalty of each example, (m,), by which all themes have the same weight."""
    sizes = np.bincount(owner)[owner].astype(np.float64)
    return np.asarray(RIDGE * sizes * np.mean(1.0 / sizes))


@cache
def _kept(name: str) -> _Kept | None:
    path = FOLDER / f"{name}.npz"
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as file:
        if "weights" not in file:
            return None
        return _Kept(str(file["digest"]), file["some_vectors"], file["weights"].astype(np.float64))


@lru_cache(maxsize=8)
def _solved(codebook: Codebook, shape: tuple[int, int], examples: bytes) -> DoubleArray:
    """Return the coefficients for the bytes of a float32 array (m, d); each new answer needs the same ones."""
    return solve(owners(codebook), np.frombuffer(examples, dtype=np.float32).reshape(shape))
