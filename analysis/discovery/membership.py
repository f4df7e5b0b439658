"""How surely a point belongs to its theme, by its cosine to the other points of the theme; weak members leave it."""

from typing import Any

import numpy as np

from analysis.arrays import DoubleArray, FloatArray, IntArray, unit
from analysis.discovery.micro_clusters import SMALL_BLOCK_ROWS, blocks, fill_blocks, group_sums, let_go_after

MIN_COSINE = 0.12  # to the middle of the other points of its theme, for a point to be in it
# Steepness and midpoint of a logistic curve, fitted to placements of which coded answers tell whether they are right;
# the same curve fits surveys of 80 and of 1,500 answers (docs/decisions.md).
LIKELIHOOD_CURVE = (5.0, 0.2)
NO_OTHERS = 1e-3  # length of a sum that is only what rounding leaves
_ORIGIN = np.zeros(1)


def likelihood(cosines: FloatArray | DoubleArray) -> DoubleArray:
    """Return the probability that a placement is right, 0-1, from the cosine to the middle of the theme's others."""
    steepness, midpoint = LIKELIHOOD_CURVE
    return np.asarray(1.0 / (1.0 + np.exp(-steepness * (cosines.astype(np.float64) - midpoint))))


def cosines_to_others(
    vectors: FloatArray | DoubleArray, common: FloatArray | DoubleArray, weights: IntArray, labels: IntArray
) -> DoubleArray:
    """Return the cosine of each of n points to the middle of the others in its theme, (n,); 0 where it has no theme.

    ``vectors`` (n, d) minus ``common`` (d,) or (1,), scaled to unit length, are the points, ``weights`` (n,) the ideas
    of each. Of a theme of one idea the cosine is 1.
    """
    themes = int(labels.max(initial=-1)) + 1
    found = np.zeros(len(vectors))
    if not themes:
        return found

    def points(rows: slice) -> Any:
        return unit(vectors[rows] - common.astype(vectors.dtype))

    sums = np.zeros((themes, vectors.shape[1]))
    for rows in blocks(len(vectors)):
        sums += group_sums(points(rows), labels[rows], weights[rows], themes)
        let_go_after(rows.stop, vectors)
    squares = np.square(sums).sum(axis=1)
    middles = sums.astype(vectors.dtype)

    def of(rows: slice) -> DoubleArray:
        own = labels[rows]
        along = (points(rows) * middles[own]).sum(axis=1, dtype=np.float64)
        rest = np.sqrt(np.maximum(squares[own] - 2 * along + 1, 0.0))  # the length of the sum of the others
        cosines = np.where(rest > NO_OTHERS, (along - 1) / np.maximum(rest, NO_OTHERS), 1.0)
        return np.where(own >= 0, np.clip(cosines, -1.0, 1.0), 0.0)

    fill_blocks(of, found, SMALL_BLOCK_ROWS, reads=vectors)
    return found


def said_alone(persons: IntArray, which: IntArray) -> IntArray:
    """Return who alone said each of m distinct points, (m,), -1 where several did; ``which`` (n,) are their numbers."""
    first = np.full(int(which.max()) + 1, -1, dtype=np.intp)
    first[which[::-1]] = persons[::-1]
    several = np.bincount(which, weights=persons != first[which]) > 0
    return np.where(several, -1, first)


def cosines_to_other_people(points: DoubleArray, weights: IntArray, labels: IntArray, persons: IntArray) -> DoubleArray:
    """Return ``cosines_to_others`` of n points of unit length, (n,), without what the same person said besides.

    ``persons`` (n,): who alone said a point, -1 for what several said. Of a theme of one person all are 1.
    """
    found = cosines_to_others(points, _ORIGIN, weights, labels)
    alone = np.flatnonzero((labels >= 0) & (persons >= 0))
    _, group, points_of = np.unique(
        np.stack([labels[alone], persons[alone]]), axis=1, return_inverse=True, return_counts=True
    )
    for number in np.flatnonzero(points_of > 1):
        own = alone[group.ravel() == number]
        theme = labels == labels[own[0]]
        others = weights[theme] @ points[theme] - weights[own] @ points[own]
        length = float(np.linalg.norm(others))
        found[own] = np.clip(points[own] @ others / length, -1.0, 1.0) if length > NO_OTHERS else 1.0
    return found


def without_weak(labels: IntArray, cosines: DoubleArray, weights: IntArray) -> IntArray:
    """Return the labels with -1 for points below MIN_COSINE, and for themes of which fewer than two ideas are left."""
    kept = np.where(cosines >= MIN_COSINE, labels, -1)
    placed = kept >= 0
    left = np.bincount(kept[placed], weights=weights[placed], minlength=1)
    return np.asarray(np.where(placed & (left[np.maximum(kept, 0)] >= 2), kept, -1), dtype=np.intp)
