"""Themes nobody wrote down: groups of ideas found by an average-linkage tree that hdbscan condenses.

Answers to one question all resemble the question, so what they share is taken off first.
Everything here takes arrays and gives arrays, and depends on no order but that of its input: sort the input to make it
independent of the order of the answers.
"""

from dataclasses import dataclass

import numpy as np
from hdbscan._hdbscan_tree import compute_stability, condense_tree, get_clusters
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist
from sklearn.cluster import MiniBatchKMeans

from analysis.embed import FloatArray

IntArray = NDArray[np.intp]
DoubleArray = NDArray[np.float64]

FEWEST_IDEAS = 12  # below this there are too few to find themes
FEWEST_THEMES, MOST_THEMES = 3, 30  # what people can read
COMPONENTS = 64  # principal components kept where there are enough points to tell them
FLATTEN = 0.25  # each component is scaled by its singular value to the power of minus this
MOST_NEIGHBOURS, POINTS_PER_NEIGHBOUR = 10, 60  # whom a point is averaged with; nobody when there are few points
CUT = 0.8  # cosine distance below which groups are not split further
NEAREST = 0.15  # floor of distances in the tree: identical and nearly identical wordings count alike
LEAST_COHERENCE = 0.05  # mean cosine between the centred wordings of a theme, below which it is none
LEFTOVER_COHERENCE = 0.25  # the same for what known themes left over, much of it asides that share nothing
JOIN = 0.35  # cosine to a theme's centre from which an idea left over joins it
MOST_POINTS = 5000  # beyond it points are first gathered into micro-clusters
MICRO_CLUSTERS = 1500


@dataclass(frozen=True, slots=True)
class Discovery:
    """A theme number for each point (-1: none), and how near each point is to the centre of its theme, 0-1."""

    labels: IntArray
    strengths: DoubleArray


def discover(
    vectors: FloatArray,
    weights: IntArray,
    *,
    shared: FloatArray | None = None,
    coherence: float = LEAST_COHERENCE,
    seed: int = 0,
) -> Discovery:
    """Themes among n points: ``vectors`` (n, dimensions) of unit length, ``weights`` (n,) the ideas each stands for.

    ``shared`` (dimensions,) is what all answers have in common, the weighted mean of the points unless given: when the
    points are only what other themes left over, the mean of all ideas says it better. Groups of
    less than ``coherence`` are dissolved.
    """
    if len(vectors) < 2:
        alone = np.where(weights >= 2, 0, -1).astype(np.intp)
        return Discovery(alone, np.where(alone >= 0, 1.0, 0.0))
    common = np.average(vectors, axis=0, weights=weights) if shared is None else shared
    centred = _unit(vectors.astype(np.float64) - common)
    points = _flattened(centred, weights) if len(centred) > 3 * COMPONENTS else centred
    if len(points) > MOST_POINTS:
        micro = _micro_clusters(points, weights, seed)
        totals = np.bincount(micro, weights=weights)
        sums = np.zeros((len(totals), points.shape[1]))
        np.add.at(sums, micro, points * weights[:, None])
        labels = _groups(_smoothed(_unit(sums)), totals.astype(np.intp))[micro]
    else:
        points = _smoothed(points)
        labels = _groups(points, weights)
    return _join(points, weights, _coherent(centred, labels, coherence))


def smallest_theme(ideas: int) -> int:
    """How many ideas make a theme: about one in fifty, at least two."""
    return max(2, round(ideas / 50))


def cluster_tree(tree: DoubleArray, weights: IntArray, *, smallest: int, cut: float) -> IntArray:
    """Groups of the leaves of a linkage tree (scipy's format, n leaves): a number for each leaf, -1 for none.

    hdbscan's condensed tree with its "excess of mass" selection; a leaf of weight w counts as w points at distance
    NEAREST. hdbscan's tree functions are half-private: tests/test_analysis_discover.py holds what is used of them.
    """
    condensed = condense_tree(_expanded(tree, weights), smallest)
    stability = compute_stability(condensed)
    labels, _, _ = get_clusters(condensed, stability, "eom", False, False, cut)
    return np.asarray(labels[: len(weights)], dtype=np.intp)


def _groups(points: DoubleArray, weights: IntArray) -> IntArray:
    """Groups of points: as many as people can read, where the tree allows it."""
    # Half the squared distance of unit vectors is their cosine distance, and of vectors with nothing left, zero.
    tree = linkage(pdist(points, "sqeuclidean") / 2, "average")
    smallest, cut = smallest_theme(int(weights.sum())), CUT
    labels = cluster_tree(tree, weights, smallest=smallest, cut=cut)
    while labels.max() + 1 > MOST_THEMES:
        smallest += max(1, smallest // 8)
        labels = cluster_tree(tree, weights, smallest=smallest, cut=cut)
    while labels.max() + 1 < FEWEST_THEMES and cut > 0.3:
        cut -= 0.1
        finer = cluster_tree(tree, weights, smallest=smallest, cut=cut)
        labels = finer if finer.max() > labels.max() else labels
    return labels


def _expanded(tree: DoubleArray, weights: IntArray) -> DoubleArray:
    """The tree with each leaf of weight w grown into w leaves at distance NEAREST; the first n leaves stay first."""
    n, copies = len(weights), weights - 1
    leaves = int(weights.sum())
    rows: list[tuple[float, float, float, float]] = []
    stands_for = np.arange(2 * n - 1, dtype=np.float64)
    size = np.ones(2 * n - 1)
    extra = n
    for leaf in np.flatnonzero(copies):
        node = float(leaf)
        for copy in range(int(copies[leaf])):
            rows.append((node, float(extra), NEAREST, copy + 2.0))
            node, extra = float(leaves + len(rows) - 1), extra + 1
        stands_for[leaf], size[leaf] = node, weights[leaf]
    for number, (left, right, distance, _) in enumerate(tree, n):
        a, b = int(left), int(right)
        size[number] = size[a] + size[b]
        rows.append((stands_for[a], stands_for[b], max(float(distance), NEAREST), size[number]))
        stands_for[number] = leaves + len(rows) - 1
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def _coherent(points: DoubleArray, labels: IntArray, least: float) -> IntArray:
    """The labels without the groups whose points have a mean cosine to each other of less than ``least``."""
    kept = np.full_like(labels, -1)
    count = 0
    for label in range(int(labels.max()) + 1):
        own = points[labels == label]
        n = len(own)
        pairs = 1.0 if n == 1 else (float(np.square(own.sum(axis=0)).sum()) - n) / (n * (n - 1))
        if pairs >= least:
            kept[labels == label] = count
            count += 1
    return kept


def _join(points: DoubleArray, weights: IntArray, labels: IntArray) -> Discovery:
    """Points of no group join the nearest one when they are near enough; strengths from the nearness of all."""
    count = int(labels.max()) + 1
    if count == 0:
        return Discovery(labels, np.zeros(len(points)))
    centres = _unit(
        np.stack([np.average(points[labels == k], axis=0, weights=weights[labels == k]) for k in range(count)])
    )
    nearness = points @ centres.T
    nearest = nearness.argmax(axis=1)
    joined = np.where((labels < 0) & (nearness.max(axis=1) >= JOIN), nearest, labels)
    own = np.take_along_axis(nearness, np.maximum(joined, 0)[:, None], axis=1)[:, 0]
    return Discovery(joined.astype(np.intp), np.where(joined >= 0, np.clip(own, 0.0, 1.0), 0.0))


def _flattened(points: DoubleArray, weights: IntArray) -> DoubleArray:
    """The first principal components, the large ones scaled down a little, so that no one contrast rules the tree."""
    scaled = points * np.sqrt(weights / weights.sum())[:, None]
    values, axes = np.linalg.eigh(scaled.T @ scaled)
    keep = np.argsort(-values)[:COMPONENTS]
    singular = np.sqrt(np.maximum(values[keep], 1e-12))
    return _unit(points @ axes[:, keep] * singular**-FLATTEN)


def _smoothed(points: DoubleArray) -> DoubleArray:
    """Each point averaged half and half with its nearest neighbours: the more points, the more of them, up to ten."""
    neighbours = min(MOST_NEIGHBOURS, len(points) // POINTS_PER_NEIGHBOUR)
    if neighbours == 0:
        return points
    similar = points @ points.T
    np.fill_diagonal(similar, -np.inf)
    near = np.argpartition(-similar, neighbours - 1, axis=1)[:, :neighbours]
    return _unit(_unit(points[near].mean(axis=1)) + points)


def _micro_clusters(points: DoubleArray, weights: IntArray, seed: int) -> IntArray:
    """Points gathered into at most MICRO_CLUSTERS groups; (n,) group numbers without gaps."""
    model = MiniBatchKMeans(n_clusters=MICRO_CLUSTERS, random_state=seed, batch_size=4096, n_init=1, max_iter=20)
    _, micro = np.unique(model.fit_predict(points, sample_weight=weights), return_inverse=True)
    return np.asarray(micro, dtype=np.intp)


def _unit(rows: DoubleArray) -> DoubleArray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12))
