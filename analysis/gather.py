"""Very many points gathered into micro-groups, which are then grouped as points are: time and memory linear in n.

Principal components and k-means (Sculley 2010, "Web-scale k-means clustering") are learnt on a sample; all points then
go to the nearest centre, a block at a time. The sample is drawn from the points in an order of their content, so the
order they come in does not matter.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.cluster import MiniBatchKMeans
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from analysis.embed import FloatArray, unit

IntArray = NDArray[np.intp]
DoubleArray = NDArray[np.float64]

MANY = 5000  # points; from here on nothing compares all with all, and what is read or tried is a sample
BLOCK = 4096  # rows worked on at a time
COLUMNS = 16  # of many rows that are added up at a time
SAMPLE = 20_000  # points that components and centres are learnt on
MOST_WEIGHT = 20_000  # what all micro-groups weigh together, so that a tree of them is as quick for any number of ideas


@dataclass(frozen=True, slots=True)
class Gathered:
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
    size = most or BLOCK
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def weighted_mean(vectors: FloatArray, weights: IntArray) -> DoubleArray:
    """The mean of n vectors (n, d), each counted ``weights`` (n,) times, without a copy of all of them."""
    if len(vectors) <= MANY:
        return np.asarray(np.average(vectors, axis=0, weights=weights), dtype=np.float64)
    total = np.zeros(vectors.shape[1])
    for rows in blocks(len(vectors)):
        total += weights[rows].astype(np.float64) @ vectors[rows].astype(np.float64)
    return np.asarray(total / weights.sum(), dtype=np.float64)


def sample(vectors: FloatArray, most: int, seed: int) -> IntArray:
    """Up to ``most`` of the n rows (n, d) at random, the same ones in whatever order the rows come."""
    order = np.lexsort(vectors[:, :3].T)
    return np.asarray(order[np.sort(np.random.default_rng(seed).permutation(len(order))[:most])], dtype=np.intp)


def gather(
    vectors: FloatArray,
    weights: IntArray,
    shared: DoubleArray,
    *,
    groups: int,
    components: int,
    flatten: float,
    seed: int,
) -> Gathered:
    """n points (n, d) in at most ``groups`` micro-groups, once what all have in common, ``shared`` (d,), is taken off.

    ``components`` principal components are kept, each scaled by its singular value to the power of minus ``flatten``.
    """
    total = int(weights.sum())
    common = shared.astype(np.float32)
    axes, centres = _learn(vectors, weights, common, groups, components, flatten, seed)
    points = np.empty((len(vectors), axes.shape[1]), dtype=np.float32)
    for rows in blocks(len(vectors)):
        points[rows] = unit((vectors[rows] - common) @ axes)
    _, micro = np.unique(nearest(points, centres), return_inverse=True)
    count = np.bincount(micro)
    ideas = np.bincount(micro, weights=weights)
    scale = min(1.0, MOST_WEIGHT / total)
    sums = np.zeros((len(count), vectors.shape[1]))
    for rows in blocks(len(vectors)):
        sums += _added(unit(vectors[rows] - common), micro[rows], np.ones(len(micro[rows])), len(count))
    directions = unit(_added(points, micro, weights, len(count)))
    return Gathered(
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
    some = sample(vectors, SAMPLE, seed)
    centred = vectors[some]
    centred -= common
    axes = _axes(unit(centred), weights[some], components, flatten)
    points = unit(centred @ axes)
    model = MiniBatchKMeans(n_clusters=groups, init="random", random_state=seed, batch_size=4096, n_init=1, max_iter=10)
    model.fit(points, sample_weight=weights[some])
    return axes, model.cluster_centers_.astype(np.float32)


def nearest(points: FloatArray, centres: FloatArray) -> IntArray:
    """Which of the centres (m, d) each of n points (n, d) is nearest to, (n,)."""
    found = np.empty(len(points), dtype=np.intp)
    own = centres.astype(np.float32)
    half = np.square(own).sum(axis=1) / 2
    for rows in blocks(len(points)):
        near = points[rows] @ own.T
        near -= half
        found[rows] = near.argmax(axis=1)
    return found


def eigen(matrix: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    """The eigenvalues (d,), smallest first, and eigenvectors (d, d) of a symmetric matrix (d, d).

    On one core: with so few dimensions the cores only wait for each other, on a busy machine a hundred times as long.
    """
    with _threads().limit(limits=1):
        values, axes = np.linalg.eigh(matrix)
    return values, axes


@contextmanager
def one_core() -> Iterator[None]:
    """Products of matrices on one core: ours are so small that the others mostly wait, and waiting keeps them busy."""
    with _threads().limit(limits=1, user_api="blas"):
        yield


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def _axes(centred: FloatArray, weights: IntArray, components: int, flatten: float) -> FloatArray:
    """What to multiply vectors with to get their scaled principal components, (d, components); changes ``centred``."""
    centred *= np.sqrt(weights / weights.sum())[:, None].astype(np.float32)
    values, axes = eigen((centred.T @ centred).astype(np.float64))
    keep = np.argsort(-values)[:components]
    singular = np.sqrt(np.maximum(values[keep], 1e-12))
    return np.asarray(axes[:, keep] * singular**-flatten, dtype=np.float32)


def _added(rows: FloatArray, group: IntArray, weights: NDArray[np.number], groups: int) -> DoubleArray:
    """The weighted sum of the rows (n, d) of each of the groups, (groups, d)."""
    table = csr_array((weights.astype(np.float64), (group, np.arange(len(group)))), shape=(groups, len(group)))
    sums = np.empty((groups, rows.shape[1]))
    for columns in blocks(rows.shape[1], COLUMNS):
        sums[:, columns] = table @ rows[:, columns].astype(np.float64)
    return sums
