"""Micro-clusters: many points summarised by at most some thousand clusters, in linear time and memory.

Principal components and k-means (Sculley 2010, "Web-scale k-means clustering") are fitted to a sample; then all points
are assigned to the nearest centre, block by block. The sample is drawn from sorted points, so that the result does not
depend on their order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import DoubleArray, FloatArray, IntArray, slices, unit
from analysis.compiled import sums_of_rows
from analysis.parallel.rows_on_disk import let_go
from analysis.parallel.threads import eigh, map_in_threads

MAX_EXACT_POINTS = 5000  # in larger runs no step compares all pairs, and some steps use samples
BLOCK_ROWS = 4096  # where blocks are added up, so that sums are the same for any number of threads
SMALL_BLOCK_ROWS = 1024  # in other places
BLOCK_COLUMNS = 16  # of BLOCK_ROWS that are converted to float64 at a time
LET_GO_ROWS = 16 * BLOCK_ROWS  # after which vectors on disk leave the memory
MAX_SAMPLE_POINTS = 20_000  # to which components and centres are fitted
MAX_TOTAL_WEIGHT = 20_000  # of all micro-clusters, which bounds the time for the tree


@dataclass(frozen=True, slots=True)
class MicroClusters:
    """n points in m micro-clusters.

    ``points`` (n, components): the points of unit length, ``micro`` (n,): their micro-cluster. Of each micro-cluster:
    ``directions`` (m, components): its mean of unit length, ``weights`` (m,): proportional to its ideas, ``count``
    (m,): its number of points, ``sums`` (m, d): the sum of their centred vectors of unit length.
    """

    points: FloatArray
    micro: IntArray
    directions: DoubleArray
    weights: IntArray
    count: IntArray
    sums: DoubleArray


def blocks(count: int, most: int | None = None) -> Iterator[slice]:
    """Yield slices of BLOCK_ROWS or ``most`` rows that cover ``count`` rows."""
    return slices(count, most or BLOCK_ROWS)


def fill_blocks(
    work: Callable[[slice], NDArray[Any]],
    found: NDArray[Any],
    most: int | None = None,
    *,
    reads: NDArray[Any] | None = None,
) -> None:
    """Fill ``found`` (n, ...) with the results of ``work`` for blocks of its rows, in two threads.

    ``reads`` (n, d) are the vectors that are read, which stay in memory no longer than that if they are on disk.
    """

    def fill(rows: slice) -> int:
        found[rows] = work(rows)
        return int(rows.stop)

    for done in map_in_threads(fill, blocks(len(found), most)):
        let_go_after(done, found)
        if reads is not None:
            let_go_after(done, reads)


def let_go_after(done: int, rows: NDArray[Any]) -> None:
    """Take vectors on disk out of memory each time that LET_GO_ROWS of them are done, and at their end."""
    if done % LET_GO_ROWS == 0 or done >= len(rows):
        let_go(rows)


def weighted_mean(vectors: FloatArray, weights: IntArray, rows: IntArray | None = None) -> DoubleArray:
    """Return the weighted mean of n vectors (n, d), (d,), or of some ``rows`` of them, without copying all vectors."""
    count = len(vectors) if rows is None else len(rows)
    if count <= MAX_EXACT_POINTS:
        some = slice(None) if rows is None else rows
        return np.asarray(np.average(vectors[some], axis=0, weights=weights[some]), dtype=np.float64)

    def weighted_sum(block: slice) -> DoubleArray:
        chosen = block if rows is None else rows[block]
        return np.asarray(weights[chosen].astype(np.float64) @ vectors[chosen].astype(np.float64))

    total = np.zeros(vectors.shape[1])
    for done, part in enumerate(map_in_threads(weighted_sum, blocks(count)), 1):
        total += part
        let_go_after(done * BLOCK_ROWS, vectors)
    return np.asarray(total / (weights if rows is None else weights[rows]).sum(), dtype=np.float64)


def sample(vectors: FloatArray, most: int, seed: int) -> IntArray:
    """Return the indexes of up to ``most`` random rows of (n, d); the same rows are drawn in any order of the rows."""
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
    """Return at most ``groups`` micro-clusters of n points (n, d), from which the mean ``shared`` (d,) is subtracted.

    ``components`` principal components are kept, each scaled by its singular value to the power of -``flatten``.
    """
    total = int(weights.sum())
    common = shared.astype(np.float32)
    axes, centres = _fit(vectors, weights, common, groups, components, flatten, seed)
    points = np.empty((len(vectors), axes.shape[1]), dtype=np.float32)
    fill_blocks(lambda rows: unit((vectors[rows] - common) @ axes), points, SMALL_BLOCK_ROWS, reads=vectors)
    _, micro = np.unique(nearest(points, centres), return_inverse=True)
    count = np.bincount(micro)
    ideas = np.bincount(micro, weights=weights)
    scale = min(1.0, MAX_TOTAL_WEIGHT / total)
    sums = np.zeros((len(count), vectors.shape[1]))
    for rows in blocks(len(vectors)):  # in one thread: with two blocks in memory here a run would reach its peak
        sums += group_sums(_scale_to_unit(vectors[rows] - common), micro[rows], np.ones(len(micro[rows])), len(count))
        let_go_after(rows.stop, vectors)
    directions = unit(group_sums(points, micro, weights, len(count)))
    return MicroClusters(
        points,
        micro.astype(np.intp),
        directions,
        np.maximum(1, np.rint(ideas * scale)).astype(np.intp),
        count.astype(np.intp),
        sums,
    )


def _fit(
    vectors: FloatArray,
    weights: IntArray,
    common: FloatArray,
    groups: int,
    components: int,
    flatten: float,
    seed: int,
) -> tuple[FloatArray, FloatArray]:
    """Return axes (d, components) and centres (groups, components) fitted to a sample of the points."""
    some = sample(vectors, MAX_SAMPLE_POINTS, seed)
    axes = _axes(_centred(vectors, some, common), weights[some], components, flatten)
    points = unit(_centred(vectors, some, common) @ axes)  # a second copy, after the first is freed
    return axes, fit_kmeans(points, weights[some], groups, seed).cluster_centers_.astype(np.float32)


def fit_kmeans(points: FloatArray, weights: IntArray, groups: int, seed: int) -> Any:
    """Return kmeans.fit_kmeans of the arguments, importing it on first use.

    Re-runs of discovery in a helper process never need it: the process starts 1 s sooner and 130 MB smaller.
    """
    from analysis.discovery.kmeans import (
        fit_kmeans,
    )

    return fit_kmeans(points, weights, groups, seed)


def nearest(points: FloatArray, centres: FloatArray) -> IntArray:
    """Return the index of the nearest of the centres (m, d) for each of n points (n, d), (n,)."""
    found = np.empty(len(points), dtype=np.intp)
    targets = centres.astype(np.float32)
    half = np.square(targets).sum(axis=1) / 2

    def closest(rows: slice) -> IntArray:
        near = points[rows] @ targets.T
        near -= half
        return np.asarray(near.argmax(axis=1), dtype=np.intp)

    fill_blocks(closest, found, SMALL_BLOCK_ROWS)
    return found


def _centred(vectors: FloatArray, rows: IntArray, common: FloatArray) -> FloatArray:
    """Return a copy of some rows minus the mean of all."""
    centred = vectors[rows]
    centred -= common
    return centred


def _scale_to_unit(rows: FloatArray) -> FloatArray:
    """Scale rows to unit length in place, and return them."""
    for part in blocks(len(rows), SMALL_BLOCK_ROWS):
        rows[part] = unit(rows[part])
    return rows


def _axes(centred: FloatArray, weights: IntArray, components: int, flatten: float) -> FloatArray:
    """Return the matrix that maps vectors to scaled principal components, (d, components); overwrites ``centred``."""
    centred = _scale_to_unit(centred)
    centred *= np.sqrt(weights / weights.sum())[:, None].astype(np.float32)
    values, axes = eigh((centred.T @ centred).astype(np.float64))
    keep = np.argsort(-values)[:components]
    singular = np.sqrt(np.maximum(values[keep], 1e-12))
    return np.asarray(axes[:, keep] * singular**-flatten, dtype=np.float32)


def group_sums(rows: FloatArray, group: IntArray, weights: NDArray[np.number], groups: int) -> DoubleArray:
    """Return the weighted sum of the rows (n, d) of each group, (groups, d); group -1 is no group."""
    own = np.flatnonzero(group >= 0)
    own = own[np.argsort(group[own], kind="stable")]
    starts, factors = np.searchsorted(group[own], np.arange(groups + 1)), weights[own].astype(np.float64)
    sums = np.empty((groups, rows.shape[1]))
    for columns in blocks(rows.shape[1], max(1, BLOCK_COLUMNS * BLOCK_ROWS // max(1, len(rows)))):
        sums[:, columns] = sums_of_rows(starts, own, factors, rows[:, columns].astype(np.float64))
    return sums


def micro_clusters(
    points: DoubleArray, weights: IntArray, most: int, seed: int
) -> tuple[IntArray, DoubleArray, IntArray]:
    """Return the micro-cluster of each point (n,), and the directions (m, d) and the weights (m,) of micro-clusters."""
    model = fit_kmeans(points.astype(np.float32), weights, most, seed)
    _, micro = np.unique(model.labels_, return_inverse=True)
    totals = np.bincount(micro, weights=weights)
    sums = np.zeros((len(totals), points.shape[1]))
    np.add.at(sums, micro, points * weights[:, None])
    return micro.astype(np.intp), unit(sums), totals.astype(np.intp)
