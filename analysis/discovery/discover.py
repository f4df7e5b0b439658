"""Discovery of themes: clusters of ideas from an average-linkage tree and hdbscan's condensed tree.

All answers to a question resemble it, so their mean is subtracted first. The distance of two points is their cosine
distance, or for MIN_CONSENSUS_POINTS or more their consensus distance. All functions map arrays to arrays; results do
not depend on the order of the points.
"""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import BoolArray, DoubleArray, FloatArray, IntArray, unit
from analysis.compiled import condensed, cosine_distances, cut_tree, linkage, squared_distances
from analysis.discovery.condensed_tree import cluster_tree
from analysis.discovery.consensus import Earlier, blend_with_previous, consensus_distances, smallest_beside
from analysis.discovery.grab_bags import without_grab_bags, without_strangers
from analysis.discovery.membership import MIN_COSINE, cosines_to_others, likelihood, said_alone, without_weak
from analysis.discovery.micro_clusters import (
    MAX_EXACT_POINTS,
    SMALL_BLOCK_ROWS,
    blocks,
    build_micro_clusters,
    fill_blocks,
    micro_clusters,
    sample,
    weighted_mean,
)
from analysis.parallel.threads import eigh

MIN_IDEAS = 12  # fewer are not clustered
ANSWER_WEIGHT = 0.5  # of the vector of an answer beside that of one of its ideas
MIN_THEMES, MAX_THEMES = 3, 30  # as many as people can read
COMPONENTS = 128  # principal components that are kept
LARGE_COMPONENTS = 64  # the same for more than MAX_EXACT_POINTS
FLATTEN = 0.25  # each component is scaled by its singular value to the power of -0.25
MIN_CONSENSUS_POINTS = 60  # for fewer, neighbour graphs say nothing
CUT = 0.84  # cosine distance below which groups are not split further
LEFTOVER_CUT = 0.8  # the same for what known themes left over, where a group and asides are no theme together
CONSENSUS_CUT = 0.76  # the same for consensus distances
MIN_COHERENCE = 0.05  # mean cosine of the centred wordings of a theme
MIN_LEFTOVER_COHERENCE = (
    0.3  # the same for what known themes left over, much of it asides that share nothing: of groups
)
# of four drawn at random from banking77, one in a hundred is as coherent; of groups of one intent, three in four are
MIN_GROUP_COSINE = 0.4  # mean cosine of a group of similar ideas
MIN_LEFTOVER_IDEAS = 3  # in a theme of ideas without a known theme
MAX_TREE_POINTS = 2000  # more are reduced to micro-clusters first
MICRO_CLUSTERS = 1200
MAX_SUBTHEME_POINTS, SUBTHEME_MICRO_CLUSTERS = 400, 150  # the same within a theme, for sub-themes
MIN_IDEAS_TO_SPLIT = 40  # in a theme, for it to have sub-themes


@dataclass(frozen=True, slots=True)
class DiscoveredThemes:
    """Themes among n points.

    ``labels`` (n,): the theme of each point, -1 for none. ``strengths`` (n,): the probability that it belongs there,
    0-1; see ``membership.likelihood``.
    """

    labels: IntArray
    strengths: DoubleArray


def average_with_answers(ideas: FloatArray, answers: FloatArray) -> FloatArray:
    """Return the means of idea vectors and, with ANSWER_WEIGHT, answer vectors, scaled to unit length, (n, d).

    ``answers`` (n, d) are the vectors of the whole answers, or their mean where a wording is in several answers. "Be
    kind" alone says less than "be kind, even when you argue about money".
    """
    return unit(ideas.astype(np.float64) + ANSWER_WEIGHT * answers).astype(np.float32)


def discover(
    vectors: FloatArray,
    weights: IntArray,
    *,
    shared: FloatArray | None = None,
    before: Earlier | None = None,
    persons: IntArray | None = None,
    coherence: float = MIN_COHERENCE,
    cut: float | None = None,
    seed: int = 0,
) -> DiscoveredThemes:
    """Find themes among n points: ``vectors`` (n, d) of unit length, with ``weights`` (n,), the ideas of each.

    ``shared`` (d,) is the mean of all ideas, by default the weighted mean of the points. ``before`` is the theme of
    each point in the last run: themes change only as far as the answers demand it. ``persons`` (n,): who alone
    said a point, -1 for what several said; not used for more than MAX_EXACT_POINTS. Clusters with a mean cosine below
    ``coherence`` are dissolved. Groups nearer than ``cut``, by default CUT, are not split, where fewer than
    MIN_CONSENSUS_POINTS points are distinct; of more those nearer than CONSENSUS_CUT, whatever ``cut`` is. Where that
    makes fewer than MIN_THEMES, the cut is smaller. Themes are numbered by their ideas, the largest is 0.
    """
    if len(vectors) == 0:
        return DiscoveredThemes(np.zeros(0, dtype=np.intp), np.zeros(0))
    if len(vectors) > MAX_EXACT_POINTS:
        return _discover_many(vectors, weights, shared, before, coherence, seed)
    distinct, ideas, which = _deduplicated(vectors, weights)
    if len(distinct) == 1:
        alone = np.full(len(vectors), 0 if ideas[0] >= 2 else -1, dtype=np.intp)
        return DiscoveredThemes(alone, (alone + 1).astype(np.float64))
    common = np.average(distinct, axis=0, weights=ideas) if shared is None else shared
    centred = unit(distinct - common)
    points = _tree_points(centred, ideas)
    earlier = None if before is None else _majority(which, before, weights, len(distinct))
    labels = _drop_incoherent(centred, _cluster(points, ideas, seed, cut=cut, before=earlier), coherence)
    labels = _join_nearest(points, ideas, _largest_first(labels, ideas))
    stays = np.zeros(len(distinct), dtype=np.bool_) if earlier is None else earlier.labels >= 0
    held = stays if earlier is None else earlier.held
    if len(distinct) >= MIN_CONSENSUS_POINTS:  # of themes of two or three ideas the probabilities say little
        labels = without_grab_bags(centred, ideas, labels, MAX_THEMES, held)
        if persons is not None:
            labels = without_strangers(centred, ideas, labels, held, said_alone(persons, which))
    found = _members(centred, np.zeros(1), ideas, labels, stays)
    return DiscoveredThemes(found.labels[which], found.strengths[which])


def discover_leftovers(
    vectors: FloatArray,
    weights: IntArray,
    *,
    shared: FloatArray,
    before: Earlier | None = None,
    persons: IntArray | None = None,
    seed: int = 0,
) -> DiscoveredThemes:
    """Find themes among n points without a known theme, most of which have nothing in common.

    The themes of ``discover`` must have MIN_LEFTOVER_COHERENCE, also after other points have joined them. Among the
    rest, small groups of similar points are themes.
    """
    found = discover(
        vectors,
        weights,
        shared=shared,
        before=before,
        persons=persons,
        coherence=MIN_LEFTOVER_COHERENCE,
        cut=LEFTOVER_CUT,
        seed=seed,
    )
    is_exact = len(vectors) <= MAX_EXACT_POINTS
    centred: FloatArray | DoubleArray = (
        unit(vectors.astype(np.float64) - shared) if is_exact else unit(vectors - shared)
    )
    labels = _drop_incoherent(centred, found.labels, MIN_LEFTOVER_COHERENCE) if len(vectors) else found.labels
    rest = np.flatnonzero(labels < 0)
    groups = [
        group
        for group in similar_groups(centred[rest], weights[rest])
        if weights[rest[group]].sum() >= MIN_LEFTOVER_IDEAS
    ]
    for number, group in enumerate(groups, start=int(labels.max(initial=-1)) + 1):
        labels[rest[group]] = number
    return _members(centred, np.zeros(1), weights, labels)


def similar_groups(centred: FloatArray | DoubleArray, weights: IntArray) -> list[IntArray]:
    """Return groups of points with a mean cosine of MIN_GROUP_COSINE or more and at least two ideas, largest first.

    ``centred`` (n, d) are the points minus the mean of all ideas, of unit length, ``weights`` (n,) the ideas of each.
    Of more than MAX_TREE_POINTS only those with most ideas are used.
    """
    rows = np.argsort(-weights, kind="stable")[:MAX_TREE_POINTS]
    if len(rows) < 2:
        return [np.asarray(rows)] if len(rows) and weights[rows[0]] >= 2 else []
    is_large = len(weights) > MAX_EXACT_POINTS
    distances = _cosine_distances(centred[rows]) if is_large else cosine_distances(centred[rows])
    labels = cut_tree(linkage(distances), 1 - MIN_GROUP_COSINE)
    groups = [np.sort(rows[labels == label]) for label in range(1, int(labels.max()) + 1)]
    groups = [group for group in groups if weights[group].sum() >= 2]
    return sorted(groups, key=lambda group: (-int(weights[group].sum()), int(group[0])))


def split_theme(vectors: FloatArray, weights: IntArray, *, seed: int = 0) -> IntArray:
    """Return the sub-theme of each of the n points of a theme, (n,), -1 for none; the largest sub-theme is 0.

    All are -1 if the theme has fewer than MIN_IDEAS_TO_SPLIT ideas, or fewer than two clusters after the mean of its
    own ideas is subtracted. ``vectors`` (n, d) and ``weights`` (n,) are as in ``discover``.
    """
    whole = np.full(len(vectors), -1, dtype=np.intp)
    if weights.sum() < MIN_IDEAS_TO_SPLIT or len(vectors) < MIN_IDEAS:
        return whole
    rows = vectors.astype(np.float64)
    centred = unit(rows - np.average(rows, axis=0, weights=weights))
    points, smallest = _tree_points(centred, weights), max(4, round(int(weights.sum()) / 10))
    if len(points) > MAX_SUBTHEME_POINTS:
        micro, sums, totals = micro_clusters(points, weights, SUBTHEME_MICRO_CLUSTERS, seed)
        found = _cluster(sums, totals, seed, smallest=smallest)[micro]
    else:
        found = _cluster(points, weights, seed, smallest=smallest)
    found = _join_nearest(points, weights, _largest_first(_drop_incoherent(centred, found, MIN_COHERENCE), weights))
    return found if found.max() >= 1 else whole


def split_large_theme(vectors: FloatArray, weights: IntArray, rows: IntArray, *, seed: int = 0) -> IntArray:
    """Return the sub-theme of each of the m points ``rows`` of a theme of a large run, (m,), as ``split_theme``.

    Sub-themes are found in a sample; the other points then join the nearest. ``vectors`` (n, d) and ``weights`` (n,)
    are those of all points: copying the rows of a large theme would take a tenth of the memory of all vectors.
    """
    some = sample(vectors[rows, :3], MAX_SUBTHEME_POINTS, seed)
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
        labels[block] = np.where(near.max(axis=1) >= MIN_COSINE, near.argmax(axis=1), -1)
    labels[some] = found
    return _largest_first(labels, weights[rows])


def smallest_theme(ideas: int) -> int:
    """Return the minimum number of ideas in a theme: a hundredth of all ideas, at least two."""
    return max(2, round(ideas / 100))


def _discover_many(
    vectors: FloatArray,
    weights: IntArray,
    shared: FloatArray | None,
    before: Earlier | None,
    coherence: float,
    seed: int,
) -> DiscoveredThemes:
    """Return the same as ``discover`` for more than MAX_EXACT_POINTS, by clustering micro-clusters."""
    common = weighted_mean(vectors, weights) if shared is None else shared.astype(np.float64)
    made = build_micro_clusters(
        vectors, weights, common, groups=MICRO_CLUSTERS, components=LARGE_COMPONENTS, flatten=FLATTEN, seed=seed
    )
    earlier = None if before is None else _majority(made.micro, before, weights, len(made.weights))
    groups = _cluster(made.directions, made.weights, seed, before=earlier)
    kept = np.full_like(groups, -1)
    count = 0
    for label in range(int(groups.max(initial=-1)) + 1):
        own = groups == label
        points, total = int(made.count[own].sum()), float(np.square(made.sums[own].sum(axis=0)).sum())
        if points < 2 or (total - points) / (points * (points - 1)) >= coherence:
            kept[own] = count
            count += 1
    labels = _join_nearest(made.points, weights, _largest_first(kept[made.micro], weights))
    return _members(vectors, common, weights, labels, None if before is None else before.labels >= 0)


def _members(
    vectors: FloatArray | DoubleArray,
    common: DoubleArray,
    weights: IntArray,
    labels: IntArray,
    stays: BoolArray | None = None,
) -> DiscoveredThemes:
    """Return the themes ``labels`` (n,) of points, ``vectors`` minus ``common``, without weak members.

    Points that were in a theme already, ``stays`` (n,), are not judged anew.
    """
    cosines = cosines_to_others(vectors, common, weights, labels)
    judged = cosines if stays is None else np.where(stays, 1.0, cosines)
    kept = _largest_first(_renumbered(without_weak(labels, judged, weights)), weights)
    return DiscoveredThemes(kept, np.where(kept >= 0, likelihood(cosines), 0.0))


def _cosine_distances(rows: FloatArray | DoubleArray) -> DoubleArray:
    """Return the condensed cosine distances of n rows (n, d) of unit length, by one matrix product."""
    distances = rows.astype(np.float64) @ rows.astype(np.float64).T
    np.clip(np.subtract(1.0, distances, out=distances), 0.0, 2.0, out=distances)
    return condensed(distances)


def _deduplicated(vectors: FloatArray, weights: IntArray) -> tuple[DoubleArray, IntArray, IntArray]:
    """Return the distinct rows (m, d) in sorted order, their total weights (m,), and the index of each row's, (n,)."""
    rows = [row.tobytes() for row in np.ascontiguousarray(vectors + np.float32(0))]  # -0 becomes 0
    at = {row: number for number, row in enumerate(sorted(set(rows)))}
    which = np.array([at[row] for row in rows], dtype=np.intp)
    first = np.zeros(len(at), dtype=np.intp)
    first[which[::-1]] = np.arange(len(rows))[::-1]
    return vectors[first].astype(np.float64), np.bincount(which, weights=weights).astype(np.intp), which


def _tree_points(centred: DoubleArray, weights: IntArray) -> DoubleArray:
    """Return the points for the tree: principal components if there are more than 3 * COMPONENTS points."""
    return _principal_components(centred, weights) if len(centred) > 3 * COMPONENTS else centred


def _cluster(
    points: DoubleArray,
    weights: IntArray,
    seed: int,
    *,
    smallest: int | None = None,
    cut: float | None = None,
    before: Earlier | None = None,
) -> IntArray:
    """Return the cluster of each point, (n,), -1 for none: MIN_THEMES to MAX_THEMES clusters if the tree has them."""
    if len(points) > MAX_TREE_POINTS:
        micro, sums, totals = micro_clusters(points, weights, MICRO_CLUSTERS, seed)
        earlier = None if before is None else _majority(micro, before, weights, len(sums))
        return _cluster(sums, totals, seed, smallest=smallest, before=earlier)[micro]
    if len(points) < MIN_CONSENSUS_POINTS:
        # Half the squared distance of unit vectors is their cosine distance; of zero vectors it is 0.
        distances = squared_distances(points) / 2
        cut = CUT if cut is None else cut
    else:
        distances, cut = consensus_distances(points, seed=seed), CONSENSUS_CUT
    if before is not None:
        distances = blend_with_previous(distances, before)
    tree = linkage(distances)
    size = smallest or smallest_beside(before, weights, smallest_theme(int(weights.sum())))
    labels = cluster_tree(tree, weights, smallest=size, cut=cut)
    while labels.max() + 1 > MAX_THEMES:
        size += max(1, size // 8)
        labels = cluster_tree(tree, weights, smallest=size, cut=cut)
    while labels.max() + 1 < MIN_THEMES and cut > 0.3:
        cut -= 0.1
        finer = cluster_tree(tree, weights, smallest=size, cut=cut)
        labels = finer if finer.max() > labels.max() else labels
    return labels


def _majority(part: IntArray, before: Earlier, weights: IntArray, parts: int) -> Earlier:
    """Return the earlier label with the most weight in each of the ``parts``; -1 only where no point has a label.

    A part is held if a point of it is.
    """
    votes = np.zeros((parts, int(before.labels.max(initial=-1)) + 2))
    np.add.at(votes, (part, before.labels), weights)
    votes[:, -1] = 0
    held = np.bincount(part, weights=before.held, minlength=parts) > 0
    labels = np.where(votes.max(axis=1) > 0, votes.argmax(axis=1), -1).astype(np.intp)
    return Earlier(labels, held, before.share)


def _largest_first(labels: IntArray, weights: IntArray) -> IntArray:
    """Return the labels renumbered by total weight; of equal ones the label that occurs first is first."""
    count = int(labels.max(initial=-1)) + 1
    sizes = np.bincount(labels[labels >= 0], weights=weights[labels >= 0], minlength=count)
    first = np.array([int(np.flatnonzero(labels == label)[0]) for label in range(count)], dtype=np.intp)
    number = np.zeros(count + 1, dtype=np.intp)
    number[np.lexsort((first, -sizes))] = np.arange(count)
    number[-1] = -1
    return number[labels]


def _drop_incoherent(points: FloatArray | DoubleArray, labels: IntArray, least: float) -> IntArray:
    """Return the labels with -1 for clusters with a mean cosine below ``least``, renumbered."""
    kept = np.full_like(labels, -1)
    count = 0
    for label in range(int(labels.max()) + 1):
        if mean_cosine(points[labels == label]) >= least:
            kept[labels == label] = count
            count += 1
    return kept


def mean_cosine(rows: FloatArray | DoubleArray) -> float:
    """Return the mean cosine of all pairs of n vectors (n, d) of unit length; 1 for one vector."""
    n = len(rows)
    total = float(np.square(rows.astype(np.float64).sum(axis=0)).sum())
    return 1.0 if n < 2 else (total - n) / (n * (n - 1))


def _join_nearest(points: FloatArray | DoubleArray, weights: IntArray, labels: IntArray) -> IntArray:
    """Return labels with unlabelled points added to the nearest cluster, if it is near enough."""
    count = int(labels.max(initial=-1)) + 1
    if count == 0:
        return labels
    centres = unit(
        np.stack([np.average(points[labels == k], axis=0, weights=weights[labels == k]) for k in range(count)])
    )
    joined = labels.copy()

    def join(rows: slice) -> IntArray:
        cosines = points[rows] @ centres.T
        near = (labels[rows] < 0) & (cosines.max(axis=1) >= MIN_COSINE)
        return np.where(near, cosines.argmax(axis=1), labels[rows])

    fill_blocks(join, joined)
    return joined


def _renumbered(labels: IntArray) -> IntArray:
    """Return labels 0, 1, 2, ... without gaps, in the same order; -1 stays."""
    _, places = np.unique(np.append(labels, -1), return_inverse=True)
    return np.asarray(places[:-1] - 1, dtype=np.intp)


def _principal_components(points: DoubleArray, weights: IntArray) -> DoubleArray:
    """Return principal components of unit length, (n, COMPONENTS); large ones are scaled down by FLATTEN."""
    scaled = points * np.sqrt(weights / weights.sum())[:, None]
    values, axes = eigh(scaled.T @ scaled)
    keep = np.argsort(-values)[:COMPONENTS]
    singular = np.sqrt(np.maximum(values[keep], 1e-12))
    return unit(points @ axes[:, keep] * singular**-FLATTEN)
