"""Very many points gathered into micro-groups, which are then grouped as points are: time and memory linear in n.

Principal components and k-means (Sculley 2010, "Web-scale k-means clustering") are learnt on a sample; all points then
go to the nearest centre, a block at a time. The sample is drawn from the points in an order of their content, so the
order they come in does not matter.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from analysis.arrays import DoubleArray, FloatArray, IntArray, unit
from analysis.parallel.threads import eigh, map_in_threads

MAX_EXACT_POINTS = 5000  # points; from here on nothing compares all with all, and what is read or tried is a sample
BLOCK_ROWS = 4096  # rows worked on at a time
SMALL_BLOCK_ROWS = 1024  # the same where the order in which they are added up does not matter
COLUMNS = 16  # of a block that are added up at a time, and as many numbers of more rows
MAX_SAMPLE_POINTS = 20_000  # points that components and centres are learnt on
MOST_WEIGHT = 20_000  # what all micro-groups weigh together, so that a tree of them is as quick for any number of ideas


@dataclass(frozen=True, slots=True)
class MicroClusters:
    """n points and the m micro-groups they are in.

    ``points`` (n, components) of unit length, ``micro`` (n,) which group each is in. Of each group: ``directions``
    (m, components), ``weights`` (m,) in proportion to its ideas, ``count`` (m,) its points and ``sums`` (m, d) of them.
    """

    points: FloatArray
    micro: IntArray
    directions: DoubleArray
    weights: IntArray
    count: IntArray
    sums: DoubleArray


def blocks(count: int, most: int | None = None) -> Iterator[slice]:
    """The rows 0 to ``count``, BLOCK or at most ``most`` at a time."""
    size = most or BLOCK_ROWS
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def fill_blocks(work: Callable[[slice], NDArray[Any]], found: NDArray[Any], most: int | None = None) -> None:
    """Fill ``found`` (n, ...) with what ``work`` gives for a block of its rows, on two cores."""

    def fill(rows: slice) -> None:
        found[rows] = work(rows)

    for _ in map_in_threads(fill, blocks(len(found), most)):
        pass


def weighted_mean(vectors: FloatArray, weights: IntArray, rows: IntArray | None = None) -> DoubleArray:
    """The mean of n vectors (n, d), each counted ``weights`` (n,) times, or of some ``rows``, without a copy of all."""
    count = len(vectors) if rows is None else len(rows)
    if count <= MAX_EXACT_POINTS:
        some = slice(None) if rows is None else rows
        return np.asarray(np.average(vectors[some], axis=0, weights=weights[some]), dtype=np.float64)

    def added(block: slice) -> DoubleArray:
        own = block if rows is None else rows[block]
        return np.asarray(weights[own].astype(np.float64) @ vectors[own].astype(np.float64))

    total = np.zeros(vectors.shape[1])
    for part in map_in_threads(added, blocks(count)):
        total += part
    return np.asarray(total / (weights if rows is None else weights[rows]).sum(), dtype=np.float64)


def sample(vectors: FloatArray, most: int, seed: int) -> IntArray:
    """Up to ``most`` of the n rows (n, d) at random, the same ones in whatever order the rows come."""
    order = np.lexsort(vectors[:, :3].T)
    return np.asarray(order[np.sort(np.random.default_rng(seed).permutation(len(order))[:most])], dtype=np.intp)


def build_micro_clusters(
    vectors: FloatArray,
    weights: IntArray,
    shared: DoubleArray,
    *,
    groups: int,
    components: int,
    flatten: float,
    seed: int,
) -> MicroClusters:
    """n points (n, d) in at most ``groups`` micro-groups, once what all have in common, ``shared`` (d,), is taken off.

    ``components`` principal components are kept, each scaled by its singular value to the power of minus ``flatten``.
    """
    total = int(weights.sum())
    common = shared.astype(np.float32)
    axes, centres = _learn(vectors, weights, common, groups, components, flatten, seed)
    points = np.empty((len(vectors), axes.shape[1]), dtype=np.float32)
    fill_blocks(lambda rows: unit((vectors[rows] - common) @ axes), points, SMALL_BLOCK_ROWS)
    _, micro = np.unique(nearest(points, centres), return_inverse=True)
    count = np.bincount(micro)
    ideas = np.bincount(micro, weights=weights)
    scale = min(1.0, MOST_WEIGHT / total)
    sums = np.zeros((len(count), vectors.shape[1]))
    for rows in blocks(len(vectors)):  # on one core: two of these at once are the most that a run holds
        sums += _added(_made_unit(vectors[rows] - common), micro[rows], np.ones(len(micro[rows])), len(count))
    directions = unit(_added(points, micro, weights, len(count)))
    return MicroClusters(
        points,
        micro.astype(np.intp),
        directions,
        np.maximum(1, np.rint(ideas * scale)).astype(np.intp),
        count.astype(np.intp),
        sums,
    )


def _learn(
    vectors: FloatArray,
    weights: IntArray,
    common: FloatArray,
    groups: int,
    components: int,
    flatten: float,
    seed: int,
) -> tuple[FloatArray, FloatArray]:
    """Axes (d, components) and centres (groups, components) from a sample of the points."""
    some = sample(vectors, MAX_SAMPLE_POINTS, seed)
    axes = _axes(_centred(vectors, some, common), weights[some], components, flatten)
    points = unit(_centred(vectors, some, common) @ axes)  # taken out once more: kept, they would be as large again
    return axes, fit_kmeans(points, weights[some], groups, seed).cluster_centers_.astype(np.float32)


def fit_kmeans(points: FloatArray, weights: IntArray, groups: int, seed: int) -> Any:
    """See kmeans.fitted."""
    from analysis.discovery.kmeans import (
        fit_kmeans,  # imported here: re-runs of discovery in a second process do without
    )

    return fit_kmeans(points, weights, groups, seed)


def nearest(points: FloatArray, centres: FloatArray) -> IntArray:
    """Which of the centres (m, d) each of n points (n, d) is nearest to, (n,)."""
    found = np.empty(len(points), dtype=np.intp)
    own = centres.astype(np.float32)
    half = np.square(own).sum(axis=1) / 2

    def closest(rows: slice) -> IntArray:
        near = points[rows] @ own.T
        near -= half
        return np.asarray(near.argmax(axis=1), dtype=np.intp)

    fill_blocks(closest, found, SMALL_BLOCK_ROWS)
    return found


def _centred(vectors: FloatArray, rows: IntArray, common: FloatArray) -> FloatArray:
    """Some rows without what all have in common, as a copy."""
    centred = vectors[rows]
    centred -= common
    return centred


def _made_unit(rows: FloatArray) -> FloatArray:
    """The same rows, made of unit length where they are."""
    for part in blocks(len(rows), SMALL_BLOCK_ROWS):
        rows[part] = unit(rows[part])
    return rows


def _axes(centred: FloatArray, weights: IntArray, components: int, flatten: float) -> FloatArray:
    """What to multiply vectors with to get their scaled principal components, (d, components); changes ``centred``."""
    centred = _made_unit(centred)
    centred *= np.sqrt(weights / weights.sum())[:, None].astype(np.float32)
    values, axes = eigh((centred.T @ centred).astype(np.float64))
    keep = np.argsort(-values)[:components]
    singular = np.sqrt(np.maximum(values[keep], 1e-12))
    return np.asarray(axes[:, keep] * singular**-flatten, dtype=np.float32)


def _added(rows: FloatArray, group: IntArray, weights: NDArray[np.number], groups: int) -> DoubleArray:
    """The weighted sum of the rows (n, d) of each of the groups, (groups, d)."""
    table = csr_array((weights.astype(np.float64), (group, np.arange(len(group)))), shape=(groups, len(group)))
    sums = np.empty((groups, rows.shape[1]))
    for columns in blocks(rows.shape[1], max(1, COLUMNS * BLOCK_ROWS // max(1, len(rows)))):
        sums[:, columns] = table @ rows[:, columns].astype(np.float64)
    return sums
