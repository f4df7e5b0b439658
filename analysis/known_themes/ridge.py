"""Kernel ridge regression of the themes of a codebook on the vectors of its examples.

The coefficients of a packaged codebook are kept beside its vectors (`analysis/embedding/precomputed.py`): solving for
4,900 examples takes seconds and hundreds of megabytes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np

from analysis.arrays import DoubleArray, FloatArray, IntArray
from analysis.known_themes.codebook import FOLDER, Codebook, packaged
from analysis.text.normalise import fold

RIDGE = 0.1  # penalty of the regression per example, scaled so that all themes weigh the same
EVERY = 64  # of the examples one in so many is compared with what the coefficients were solved for
MOST_SOLVED = 32  # sets of coefficients in memory, of a megabyte or less each
TOLERANCE = 1e-3  # of a component of a unit vector: they were rounded to 16 bits


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a packaged codebook: coefficients (m, k) for the examples with that digest.

    Some of the vectors they are for are kept too, (m / EVERY, d). ``again`` has the coefficients (m', k) for the part
    of the examples that a re-run has, by ``digest_of_rows``; ``languages`` (m,) are those the examples are likely in.
    ``offsets`` (d,) are what each other language adds to the vectors of texts in it, by its code.
    """

    digest: str
    some_vectors: FloatArray
    weights: DoubleArray
    again: Mapping[str, DoubleArray] = field(default_factory=dict)
    languages: Sequence[str | None] = ()
    offsets: Mapping[str, DoubleArray] = field(default_factory=dict)

    def is_for(self, examples: FloatArray) -> bool:
        """Return whether it is for the model that made the vectors of these examples, (m, d)."""
        some = examples[::EVERY]
        return some.shape == self.some_vectors.shape and bool(np.abs(some - self.some_vectors).max() < TOLERANCE)


def ridge_weights(codebook: Codebook, examples: FloatArray, rows: IntArray | None = None) -> DoubleArray:
    """Return the dual coefficients of the kernel ridge regression of k themes on m examples (m, d), (m, k).

    If ``rows`` (m',) are given, on these examples alone, (m', k). All themes have the same weight. Solving for the ten
    re-runs of a run takes 8 s of processor time with a copy of the codebook "relationships", reading its coefficients
    3 ms.
    """
    kept = kept_with(codebook)
    if kept is not None and kept.is_for(examples):
        if rows is None:
            return kept.weights
        again = kept.again.get(digest_of_rows(rows))
        if again is not None:
            return again
    owner = owners(codebook)
    return _solved.get(owner, examples) if rows is None else _solved.get(owner[rows], examples[rows])


def solve(owner: IntArray, examples: FloatArray) -> DoubleArray:
    """Return the coefficients (m, k) from the theme of each example, (m,), and its vector, (m, d)."""
    # Imported here: loading scipy takes .4 s, and packaged codebooks bring their coefficients.
    from scipy.linalg import cho_factor, cho_solve

    vectors = examples.astype(np.float32)
    # One matrix (m, m) of float32 is all the memory it takes: RSS with 7,468 examples 738 MB with float64, 518 MB with
    # it, 3.7 s of processor time for 6.9. Scores differ by .00001.
    matrix = penalised(vectors @ vectors.T, owner)
    factor = cho_factor(matrix.T, lower=True, overwrite_a=True, check_finite=False)
    found = cho_solve(factor, np.eye(owner[-1] + 1, dtype=np.float32)[owner], check_finite=False)
    return np.asarray(found, dtype=np.float64)


class _Solved:
    """The coefficients solved for last: each new answer needs the same ones, and each run those of its re-runs."""

    def __init__(self) -> None:
        self._found: dict[bytes, DoubleArray] = {}

    def get(self, owner: IntArray, examples: FloatArray) -> DoubleArray:
        """See ``solve``."""
        key = hashlib.sha256(b"".join([str(examples.shape).encode(), owner.tobytes(), examples.tobytes()])).digest()
        found = self._found.pop(key, None)
        if found is None:
            found = solve(owner, examples)
            while len(self._found) >= MOST_SOLVED:
                self._found.pop(next(iter(self._found)), None)
        self._found[key] = found  # the last of all
        return found


_solved = _Solved()


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


def penalised(cosines: FloatArray, owner: IntArray) -> FloatArray:
    """Make of the cosines of m examples, (m, m), their kernel with the penalty of each added, in place; return it."""
    cosines -= 1.0
    cosines *= 2.0
    np.exp(cosines, out=cosines)
    np.einsum("ii->i", cosines)[:] += penalty(owner)
    return cosines


def penalty(owner: IntArray) -> DoubleArray:
    """Return the penalty of each example, (m,), by which all themes have the same weight."""
    sizes = np.bincount(owner)[owner].astype(np.float64)
    return np.asarray(RIDGE * sizes * np.mean(1.0 / sizes))


def digest_of_rows(rows: IntArray) -> str:
    """Return what tells a part of the examples from other parts."""
    return hashlib.sha256(rows.astype("<i8").tobytes()).hexdigest()


def kept_with(codebook: Codebook) -> Kept | None:
    """Return what is kept of a packaged codebook; None for another, and for one with other examples."""
    kept = _kept(codebook.name) if codebook.name in packaged() else None
    return kept if kept is not None and kept.digest == digest(codebook) else None


@cache
def _kept(name: str) -> Kept | None:
    path = FOLDER / f"{name}.npz"
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as file:
        if "offsets" not in file:
            return None
        again = zip(file["again.rows"].tolist(), file["again.weights"].astype(np.float64), strict=True)
        return Kept(
            str(file["digest"]),
            file["some_vectors"],
            file["weights"].astype(np.float64),
            dict(again),
            [code or None for code in file["languages"].tolist()],
            dict(zip(file["offsets.languages"].tolist(), file["offsets"].astype(np.float64), strict=True)),
        )
