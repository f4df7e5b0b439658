"""Themes nobody wrote down: groups of ideas found by an average-linkage tree that hdbscan condenses.

Answers to one question all resemble the question, so what they share is taken off first. Few points are joined by
their cosine distance; where there are enough to have neighbourhoods, by how often they belong to one community.
Everything here takes arrays and gives arrays, and depends on nothing but the set of points: not on their order.
"""

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform

from analysis.arrays import DoubleArray, FloatArray, IntArray, unit
from analysis.discovery.condensed_tree import cluster_tree
from analysis.discovery.consensus import blend_with_previous, coassociation_distances
from analysis.discovery.micro_clusters import (
    MAX_EXACT_POINTS,
    SMALL_BLOCK_ROWS,
    blocks,
    build_micro_clusters,
    fill_blocks,
    fit_kmeans,
    sample,
    weighted_mean,
)
from analysis.parallel.threads import eigh

MIN_IDEAS = 12  # below this there are too few to find themes
MIN_THEMES, MAX_THEMES = 3, 30  # what people can read
COMPONENTS = 64  # principal components kept where there are enough points to tell them
FLATTEN = 0.25  # each component is scaled by its singular value to the power of minus this
MIN_CONSENSUS_POINTS = 100  # points; fewer have no neighbourhoods to speak of
CUT = 0.8  # cosine distance below which groups are not split further
CONSENSUS_CUT = 0.6  # the same for the share of partitions that part two points
MIN_COHERENCE = 0.05  # mean cosine between the centred wordings of a theme, below which it is none
MIN_LEFTOVER_COHERENCE = (
    0.3  # the same for what known themes left over, much of it asides that share nothing: of groups
)
# of four drawn at random from banking77, one in a hundred is as coherent; of groups of one intent, three in four are
JOIN = 0.2  # cosine to a theme's centre from which an idea left over joins it
ALIKE = 0.4  # mean cosine from which a few ideas left over say the same
MIN_LEFTOVER_IDEAS = 3  # ideas in a theme of what was left over
MAX_TREE_POINTS = 2000  # beyond it points are first gathered into micro-clusters
MICRO_CLUSTERS = 1200
MAX_SUBTHEME_POINTS, SUBTHEME_MICRO_CLUSTERS = 400, 150  # the same within a theme
SAMPLE_WITHIN = MAX_SUBTHEME_POINTS  # points of a theme that are looked at for its sub-themes where there are very many
MIN_IDEAS_TO_SPLIT = 40  # ideas from which a theme is looked at for sub-themes


@dataclass(frozen=True, slots=True)
class DiscoveredThemes:
    """Themes among n points.

    ``labels`` (n,): the theme of each point, -1 for none. ``strengths`` (n,): how near it is to that theme's centre,
    0-1.
    """

    labels: IntArray
    strengths: DoubleArray


def average_with_answers(ideas: FloatArray, answers: FloatArray) -> FloatArray:
    """Ideas read together with the answers they are part of: the two vectors half and half, of unit length.

    ``ideas`` (n, dimensions); ``answers`` (n, dimensions) the vector of the whole answer, or the mean of several where
    one wording stands in several answers. "Be kind" alone says less than "be kind, even when you argue about money".
    """
    return unit(ideas.astype(np.float64) + answers).astype(np.float32)


def discover(
    vectors: FloatArray,
    weights: IntArray,
    *,
    shared: FloatArray | None = None,
    before: IntArray | None = None,
    coherence: float = MIN_COHERENCE,
    seed: int = 0,
) -> DiscoveredThemes:
    """Themes among n points: ``vectors`` (n, dimensions) of unit length, ``weights`` (n,) the ideas each stands for.

    ``shared`` (dimensions,) is what all answers have in common, the weighted mean of the points unless given: when the
    points are only what other themes left over, the mean of all ideas says it better. ``before`` (n,) is the theme of
    each point in the last run, -1 for none: themes stay what they were unless the answers speak against it. Groups of
    less than ``coherence`` are dissolved. Themes are numbered from the one with the most ideas down.
    """
    if len(vectors) == 0:
        return DiscoveredThemes(np.zeros(0, dtype=np.intp), np.zeros(0))
    if len(vectors) > MAX_EXACT_POINTS:
        return _discover_many(vectors, weights, shared, before, coherence, seed)
    distinct, ideas, which = _folded(vectors, weights)
    if len(distinct) == 1:
        alone = np.full(len(vectors), 0 if ideas[0] >= 2 else -1, dtype=np.intp)
        return DiscoveredThemes(alone, (alone + 1).astype(np.float64))
    common = np.average(distinct, axis=0, weights=ideas) if shared is None else shared
    centred = unit(distinct - common)
    points = _prepared(centred, ideas)
    earlier = None if before is None else _majority(which, before, weights, len(distinct))
    labels = _coherent(centred, _groups(points, ideas, seed, before=earlier), coherence)
    labels, strengths = _joined(points, ideas, _largest_first(labels, ideas))
    return DiscoveredThemes(labels[which], strengths[which])


def discover_leftovers(
    vectors: FloatArray, weights: IntArray, *, shared: FloatArray, before: IntArray | None = None, seed: int = 0
) -> DiscoveredThemes:
    """Themes among n points that known themes left over, which are mostly asides that have nothing in common.

    What ``discover`` finds counts only as far as it is as coherent as LEFTOVER_COHERENCE once more points have joined;
    among the rest, a few points that are all alike are a theme.
    """
    found = discover(vectors, weights, shared=shared, before=before, coherence=MIN_LEFTOVER_COHERENCE, seed=seed)
    few = len(vectors) <= MAX_EXACT_POINTS
    centred: FloatArray | DoubleArray = unit(vectors.astype(np.float64) - shared) if few else unit(vectors - shared)
    labels = _coherent(centred, found.labels, MIN_LEFTOVER_COHERENCE) if len(vectors) else found.labels
    rest = np.flatnonzero(labels < 0)
    groups = [
        group
        for group in similar_groups(centred[rest], weights[rest])
        if weights[rest[group]].sum() >= MIN_LEFTOVER_IDEAS
    ]
    for number, group in enumerate(groups, start=int(labels.max(initial=-1)) + 1):
        labels[rest[group]] = number
    strengths = np.zeros(len(vectors))
    for number in range(int(labels.max(initial=-1)) + 1):
        own = np.flatnonzero(labels == number)
        centre = unit(np.average(centred[own], axis=0, weights=weights[own]).astype(np.float64)[None])[0]
        strengths[own] = np.clip(centred[own] @ centre, 0.0, 1.0)
    return DiscoveredThemes(labels, strengths)


def similar_groups(centred: FloatArray | DoubleArray, weights: IntArray) -> list[IntArray]:
    """Groups of n points (n, dimensions) whose mean cosine to each other is ALIKE or more, two points or more in each
    or one of two ideas, those of most ideas first.

    ``centred`` has what all share taken off. Of more than MOST_POINTS those of most ideas are looked at.
    """
    rows = np.argsort(-weights, kind="stable")[:MAX_TREE_POINTS]
    if len(rows) < 2:
        return [np.asarray(rows)] if len(rows) and weights[rows[0]] >= 2 else []
    distances = _cosine_distances(centred[rows]) if len(weights) > MAX_EXACT_POINTS else pdist(centred[rows], "cosine")
    labels = fcluster(linkage(distances, "average"), 1 - ALIKE, "distance")
    groups = [np.sort(rows[labels == label]) for label in range(1, int(labels.max()) + 1)]
    groups = [group for group in groups if weights[group].sum() >= 2]
    return sorted(groups, key=lambda group: (-int(weights[group].sum()), int(group[0])))


def split_theme(vectors: FloatArray, weights: IntArray, *, seed: int = 0) -> IntArray:
    """Themes within one theme of n points: the sub-theme of each, (n,), -1 for none, the largest is 0.

    A theme is divided when it has LARGE ideas or more and falls into two groups or more once what its own ideas share
    is taken off; else all is -1. ``vectors`` (n, dimensions) and ``weights`` (n,) as in ``discover``.
    """
    whole = np.full(len(vectors), -1, dtype=np.intp)
    if weights.sum() < MIN_IDEAS_TO_SPLIT or len(vectors) < MIN_IDEAS:
        return whole
    rows = vectors.astype(np.float64)
    centred = unit(rows - np.average(rows, axis=0, weights=weights))
    points, smallest = _prepared(centred, weights), max(4, round(int(weights.sum()) / 10))
    if len(points) > MAX_SUBTHEME_POINTS:
        micro, sums, totals = _gathered(points, weights, SUBTHEME_MICRO_CLUSTERS, seed)
        found = _groups(sums, totals, seed, smallest=smallest)[micro]
    else:
        found = _groups(points, weights, seed, smallest=smallest)
    found, _ = _joined(points, weights, _largest_first(_coherent(centred, found, MIN_COHERENCE), weights))
    return found if found.max() >= 1 else whole


def split_large_theme(vectors: FloatArray, weights: IntArray, rows: IntArray, *, seed: int = 0) -> IntArray:
    """The same for the m points ``rows`` of one of very many answers' themes, (m,).

    Found in a sample, which the other points then join. ``vectors`` (n, d) and ``weights`` (n,) are of all points, of
    which no theme has a copy: a large one's would be a tenth of them.
    """
    some = sample(vectors[rows, :3], SAMPLE_WITHIN, seed)
    chosen = vectors[rows[some]]
    found = split_theme(chosen, weights[rows[some]], seed=seed)
    if len(some) == len(rows) or found.max(initial=-1) < 0:
        labels = np.full(len(rows), -1, dtype=np.intp)
        labels[some] = found
        return labels
    common = weighted_mean(vectors, weights, rows).astype(np.float32)
    centres = np.stack([unit(chosen[found == label] - common).mean(axis=0) for label in range(int(found.max()) + 1)])
    labels = np.empty(len(rows), dtype=np.intp)
    for block in blocks(len(rows), SMALL_BLOCK_ROWS):
        near = unit(vectors[rows[block]] - common) @ unit(centres).T
        labels[block] = np.where(near.max(axis=1) >= JOIN, near.argmax(axis=1), -1)
    labels[some] = found
    return _largest_first(labels, weights[rows])


def smallest_theme(ideas: int) -> int:
    """How many ideas make a theme: about one in fifty, at least two."""
    return max(2, round(ideas / 50))


def _discover_many(
    vectors: FloatArray,
    weights: IntArray,
    shared: FloatArray | None,
    before: IntArray | None,
    coherence: float,
    seed: int,
) -> DiscoveredThemes:
    """What ``discover`` does, over the micro-groups of more than MANY points."""
    common = weighted_mean(vectors, weights) if shared is None else shared.astype(np.float64)
    made = build_micro_clusters(
        vectors, weights, common, groups=MICRO_CLUSTERS, components=COMPONENTS, flatten=FLATTEN, seed=seed
    )
    earlier = None if before is None else _majority(made.micro, before, weights, len(made.weights))
    groups = _groups(made.directions, made.weights, seed, before=earlier)
    kept = np.full_like(groups, -1)
    count = 0
    for label in range(int(groups.max(initial=-1)) + 1):
        own = groups == label
        points, total = int(made.count[own].sum()), float(np.square(made.sums[own].sum(axis=0)).sum())
        if points < 2 or (total - points) / (points * (points - 1)) >= coherence:
            kept[own] = count
            count += 1
    labels, strengths = _joined(made.points, weights, _largest_first(kept[made.micro], weights))
    return DiscoveredThemes(labels, strengths)


def _cosine_distances(rows: FloatArray | DoubleArray) -> DoubleArray:
    """The condensed cosine distances of n rows (n, d) of unit length, by one product of matrices."""
    distances = rows.astype(np.float64) @ rows.astype(np.float64).T
    np.clip(np.subtract(1.0, distances, out=distances), 0.0, 2.0, out=distances)
    return np.asarray(squareform(distances, checks=False))


def _folded(vectors: FloatArray, weights: IntArray) -> tuple[DoubleArray, IntArray, IntArray]:
    """Equal rows as one, with their weights added, in an order of their content; and which of them each row is."""
    rows = [row.tobytes() for row in np.ascontiguousarray(vectors + np.float32(0))]  # -0 becomes 0
    at = {row: number for number, row in enumerate(sorted(set(rows)))}
    which = np.array([at[row] for row in rows], dtype=np.intp)
    first = np.zeros(len(at), dtype=np.intp)
    first[which[::-1]] = np.arange(len(rows))[::-1]
    return vectors[first].astype(np.float64), np.bincount(which, weights=weights).astype(np.intp), which


def _prepared(centred: DoubleArray, weights: IntArray) -> DoubleArray:
    """What the tree is built on: principal components where there are enough points to tell them."""
    return _flattened(centred, weights) if len(centred) > 3 * COMPONENTS else centred


def _groups(
    points: DoubleArray, weights: IntArray, seed: int, *, smallest: int | None = None, before: IntArray | None = None
) -> IntArray:
    """Groups of points, -1 for none: as many as people can read, where the tree allows it."""
    if len(points) > MAX_TREE_POINTS:
        micro, sums, totals = _gathered(points, weights, MICRO_CLUSTERS, seed)
        earlier = None if before is None else _majority(micro, before, weights, len(sums))
        return _groups(sums, totals, seed, smallest=smallest, before=earlier)[micro]
    if len(points) < MIN_CONSENSUS_POINTS:
        # Half the squared distance of unit vectors is their cosine distance, and of vectors with nothing left, zero.
        distances, cut = pdist(points, "sqeuclidean") / 2, CUT
    else:
        distances, cut = coassociation_distances(points, seed=seed), CONSENSUS_CUT
    if before is not None:
        distances = blend_with_previous(distances, before)
    tree = linkage(distances, "average")
    size = smallest or smallest_theme(int(weights.sum()))
    labels = cluster_tree(tree, weights, smallest=size, cut=cut)
    while labels.max() + 1 > MAX_THEMES:
        size += max(1, size // 8)
        labels = cluster_tree(tree, weights, smallest=size, cut=cut)
    while labels.max() + 1 < MIN_THEMES and cut > 0.3:
        cut -= 0.1
        finer = cluster_tree(tree, weights, smallest=size, cut=cut)
        labels = finer if finer.max() > labels.max() else labels
    return labels


def _majority(part: IntArray, labels: IntArray, weights: IntArray, parts: int) -> IntArray:
    """The label that most of the weight in each of the ``parts`` has, -1 for none, which never outvotes a label."""
    votes = np.zeros((parts, int(labels.max(initial=-1)) + 2))
    np.add.at(votes, (part, labels), weights)
    votes[:, -1] = 0
    return np.where(votes.max(axis=1) > 0, votes.argmax(axis=1), -1).astype(np.intp)


def _largest_first(labels: IntArray, weights: IntArray) -> IntArray:
    """The labels renumbered by size; equal sizes keep the order of their first points."""
    count = int(labels.max(initial=-1)) + 1
    sizes = np.bincount(labels[labels >= 0], weights=weights[labels >= 0], minlength=count)
    first = np.array([int(np.flatnonzero(labels == label)[0]) for label in range(count)], dtype=np.intp)
    number = np.zeros(count + 1, dtype=np.intp)
    number[np.lexsort((first, -sizes))] = np.arange(count)
    number[-1] = -1
    return number[labels]


def _coherent(points: FloatArray | DoubleArray, labels: IntArray, least: float) -> IntArray:
    """The labels without the groups whose points have a mean cosine to each other of less than ``least``."""
    kept = np.full_like(labels, -1)
    count = 0
    for label in range(int(labels.max()) + 1):
        if mean_cosine(points[labels == label]) >= least:
            kept[labels == label] = count
            count += 1
    return kept


def mean_cosine(rows: FloatArray | DoubleArray) -> float:
    """The mean cosine of n vectors (n, dimensions) of unit length to each other; 1 for one alone."""
    n = len(rows)
    total = float(np.square(rows.astype(np.float64).sum(axis=0)).sum())
    return 1.0 if n < 2 else (total - n) / (n * (n - 1))


def _joined(points: FloatArray | DoubleArray, weights: IntArray, labels: IntArray) -> tuple[IntArray, DoubleArray]:
    """Points of no group join the nearest one when they are near enough; strengths from the nearness of all."""
    count = int(labels.max(initial=-1)) + 1
    if count == 0:
        return labels, np.zeros(len(points))
    centres = unit(
        np.stack([np.average(points[labels == k], axis=0, weights=weights[labels == k]) for k in range(count)])
    )
    joined, strengths = labels.copy(), np.empty(len(points))

    def join(rows: slice) -> DoubleArray:
        nearness = points[rows] @ centres.T
        near = (labels[rows] < 0) & (nearness.max(axis=1) >= JOIN)
        joined[rows][near] = nearness.argmax(axis=1)[near]
        own = np.take_along_axis(nearness, np.maximum(joined[rows], 0)[:, None], axis=1)[:, 0]
        return np.where(joined[rows] >= 0, np.clip(own, 0.0, 1.0), 0.0)

    fill_blocks(join, strengths)
    return joined, strengths


def _flattened(points: DoubleArray, weights: IntArray) -> DoubleArray:
    """The first principal components, the large ones scaled down a little, so that no one contrast rules the tree."""
    scaled = points * np.sqrt(weights / weights.sum())[:, None]
    values, axes = eigh(scaled.T @ scaled)
    keep = np.argsort(-values)[:COMPONENTS]
    singular = np.sqrt(np.maximum(values[keep], 1e-12))
    return unit(points @ axes[:, keep] * singular**-FLATTEN)


def _gathered(points: DoubleArray, weights: IntArray, most: int, seed: int) -> tuple[IntArray, DoubleArray, IntArray]:
    """Points gathered into at most ``most`` micro-clusters: (n,) which, their directions, the ideas in each."""
    model = fit_kmeans(points.astype(np.float32), weights, most, seed)
    _, micro = np.unique(model.labels_, return_inverse=True)
    totals = np.bincount(micro, weights=weights)
    sums = np.zeros((len(totals), points.shape[1]))
    np.add.at(sums, micro, points * weights[:, None])
    return micro.astype(np.intp), unit(sums), totals.astype(np.intp)
