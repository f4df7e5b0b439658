"""Layout of the map: positions in the unit square, where each theme is a round patch and similar themes are close.

Patches first: their centres by classical scaling, aligned with the earlier map, then pushed apart until none overlap.
Then the ideas of a patch: each goes to a seed of a sunflower (Vogel 1979, "A better way to construct the sunflower
head", Mathematical Biosciences 44), which packs any number evenly and keeps its seeds in place when more are added.
Ideas of no theme lie in the free space between the themes they are most similar to.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from analysis.arrays import DoubleArray, FloatArray, IntArray
from analysis.parallel.threads import eigh

MAX_COVERAGE = 0.26  # share of the square that patches cover, at most
MAX_SPACING = 0.036  # distance between the ideas of a small survey
RIM = 0.6  # from the outermost ideas of a patch to its edge, in distances between ideas
GAP = 0.015  # between two patches, and between a patch and the edge of the square
JITTER = 0.22  # of an idea around its seed, in distances between ideas, against a rigid look
MAX_OPTIMAL = 600  # ideas of a patch that are assigned optimally; more are assigned greedily
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
MAX_ROUNDS = 400  # of pushing patches apart before they are made smaller


@dataclass(frozen=True, slots=True)
class Layout:
    """``positions`` (n, 2) of n ideas and ``patches`` (k, 3) of k themes: centre and radius. All within 0-1.

    No two patches overlap, and an idea lies in its theme's patch, or outside all of them when it has no theme.
    """

    positions: DoubleArray
    patches: DoubleArray


def lay_out(vectors: FloatArray, themes: IntArray, *, earlier: DoubleArray | None = None) -> Layout:
    """Lay out n ideas: ``vectors`` (n, d) of unit length, ``themes`` (n,) the theme of each, -1 for none.

    ``earlier`` (n, 2) are positions on the last map, NaN for new ideas; a map with a few more ideas then hardly
    moves. The same input gives the same map.
    """
    count = int(themes.max()) + 1 if len(themes) else 0
    before = np.full((len(themes), 2), np.nan) if earlier is None else np.asarray(earlier, dtype=np.float64)
    sizes = np.bincount(themes[themes >= 0], minlength=count)
    spacing = min(MAX_SPACING, float(np.sqrt(MAX_COVERAGE / (np.pi * max(int(sizes.sum()), 1)))))
    centroids = _centroids(vectors, themes, sizes)
    centres, spacing = _patches(_start(centroids, themes, sizes, before, spacing), sizes, spacing)
    radii = _radii(sizes, spacing)
    positions = np.zeros((len(themes), 2))
    for theme in np.flatnonzero(sizes):
        own = np.flatnonzero(themes == theme)
        seeds = _sunflower(len(own)) * spacing
        targets = _targets(vectors[own].astype(np.float64) - centroids[theme], before[own] - centres[theme], spacing)
        positions[own] = centres[theme] + seeds[_assigned(targets, seeds)]
    patches = np.column_stack([centres, radii])
    loose = np.flatnonzero(themes < 0)
    positions[loose] = _between(vectors[loose], before[loose], centroids, sizes, patches)
    return Layout(np.clip(positions, 0.0, 1.0), patches)


def _radii(sizes: IntArray, spacing: float) -> DoubleArray:
    return np.asarray(np.where(sizes > 0, (np.sqrt(sizes) + RIM) * spacing, 0.0))


def _centroids(vectors: FloatArray, themes: IntArray, sizes: IntArray) -> DoubleArray:
    """Return the mean vector of each theme, (k, d)."""
    sums = np.zeros((len(sizes), vectors.shape[1] if vectors.ndim == 2 else 0))
    for theme in np.flatnonzero(sizes):
        sums[theme] = vectors[themes == theme].mean(axis=0, dtype=np.float64)
    return sums


def _start(
    centroids: DoubleArray, themes: IntArray, sizes: IntArray, before: DoubleArray, spacing: float
) -> DoubleArray:
    """Return the preferred centre of each patch, (k, 2): where its ideas were, or by similarity to other themes."""
    fresh = 0.5 + 0.36 * _scaled(centroids)
    known = np.zeros(len(sizes), dtype=np.bool_)
    old = np.zeros_like(fresh)
    for theme in np.flatnonzero(sizes):
        was = before[themes == theme]
        was = was[~np.isnan(was[:, 0])]
        if len(was):
            # The median ignores ideas that came from another theme.
            near = np.linalg.norm(was - np.median(was, axis=0), axis=1) <= 1.3 * (np.sqrt(len(was)) + 1) * spacing
            seeds = _sunflower(len(was))[: max(int(near.sum()), 1)].mean(axis=0) * spacing
            known[theme], old[theme] = True, (was[near] if near.any() else was).mean(axis=0) - seeds
    if known.any():
        fresh = _aligned(fresh, fresh[known], old[known])
        fresh[known] = old[known]
    return np.clip(fresh, 0.0, 1.0)


def _scaled(points: DoubleArray) -> DoubleArray:
    """Return points in two dimensions (k, 2) by classical scaling (Torgerson 1952), the farthest at distance 1."""
    if len(points) < 2:
        return np.zeros((len(points), 2))
    centred = points - points.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    centred = centred / np.maximum(lengths, 1e-12)  # the direction of a theme, not how narrow it is
    centred -= centred.mean(axis=0)
    flat = _principal(centred)
    farthest = np.linalg.norm(flat, axis=1).max()
    return np.asarray(flat / max(float(farthest), 1e-12))


def _principal(centred: DoubleArray) -> DoubleArray:
    """Return coordinates on the first two principal axes, (n, 2); the longer tail of each axis points to the right."""
    if min(centred.shape) < 2:
        return np.zeros((len(centred), 2))
    if len(centred) < centred.shape[1]:
        values, axes = eigh(centred @ centred.T)
        flat = axes[:, [-1, -2]] * np.sqrt(np.maximum(values[[-1, -2]], 0.0))
    else:
        _, axes = eigh(centred.T @ centred)
        flat = centred @ axes[:, [-1, -2]]
    return np.asarray(flat * np.where((flat**3).sum(axis=0) < 0, -1.0, 1.0))


def _aligned(points: DoubleArray, own: DoubleArray, old: DoubleArray) -> DoubleArray:
    """Rotate, reflect and move ``points`` so that ``own`` (m, 2) best fits ``old`` (m, 2) (Procrustes)."""
    left, _, right = np.linalg.svd((own - own.mean(axis=0)).T @ (old - old.mean(axis=0)))
    return np.asarray((points - own.mean(axis=0)) @ left @ right + old.mean(axis=0))


def _patches(start: DoubleArray, sizes: IntArray, spacing: float) -> tuple[DoubleArray, float]:
    """Return centres near ``start`` (k, 2) of disjoint patches inside the square, and the spacing that allows them."""
    while True:
        radii = _radii(sizes, spacing)
        centres, apart = _pushed_apart(start, radii)
        if apart:
            return centres, spacing
        spacing *= 0.93


def _pushed_apart(start: DoubleArray, radii: DoubleArray) -> tuple[DoubleArray, bool]:
    centres, there = start.copy(), np.flatnonzero(radii > 0)
    radius = radii[there]
    room = np.minimum(radius + GAP / 2, 0.5)[:, None]
    points = np.clip(start[there], room, 1 - room)
    least = radius[:, None] + radius[None, :] + GAP
    np.fill_diagonal(least, 0.0)
    # The larger a patch, the less it moves.
    share = (radius**2)[None, :] / (radius[:, None] ** 2 + (radius**2)[None, :])
    if len(np.unique(points.round(6), axis=0)) < len(points):
        points = points + 1e-6 * _vogel(len(points))  # patches at one spot leave it in different directions
    apart = False
    for _ in range(MAX_ROUNDS):
        apart_by = points[:, None, :] - points[None, :, :]
        distance = np.linalg.norm(apart_by, axis=2)
        overlap = np.maximum(least - distance, 0.0)
        np.fill_diagonal(overlap, 0.0)
        if overlap.max(initial=0.0) <= 1e-9:
            apart = True
            break
        push = (
            apart_by / np.maximum(distance, 1e-12)[:, :, None] * ((overlap + 1e-6) * (overlap > 0) * share)[:, :, None]
        )
        points = np.clip(points + 0.6 * push.sum(axis=1), room, 1 - room)
    centres[there] = points
    return centres, apart and bool((radius + GAP / 2 <= 0.5).all())


def _vogel(count: int) -> DoubleArray:
    """Return seeds of a sunflower about 1 apart, from the centre outwards; (count, 2)."""
    number = np.arange(count)
    angle = number * GOLDEN_ANGLE
    return np.asarray(np.sqrt(number)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))


def _sunflower(count: int) -> DoubleArray:
    """Return the same seeds with a fixed jitter: the first seeds of a larger count are those of a smaller one."""
    astray = np.random.default_rng(0).random((count, 2))
    reach, angle = JITTER * np.sqrt(astray[:, 0]), 2 * np.pi * astray[:, 1]
    return np.asarray(_vogel(count) + reach[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))


def _targets(centred: DoubleArray, before: DoubleArray, spacing: float) -> DoubleArray:
    """Return the preferred position of each idea relative to its patch, (m, 2): the earlier one, or by content.

    By its direction on the theme's two principal axes, at a distance by its rank, so that the patch is filled evenly.
    A new idea lies near the old ideas it resembles most.
    """
    new = np.isnan(before[:, 0])
    if new.all():
        flat = _principal(centred)
        flat = flat / np.maximum(flat.std(axis=0), 1e-12)
        rank = np.empty(len(flat))
        rank[np.lexsort((flat[:, 1], flat[:, 0], np.linalg.norm(flat, axis=1)))] = np.arange(len(flat))
        angle = np.arctan2(flat[:, 1], flat[:, 0])
        distance = np.sqrt(rank) * spacing
        return np.asarray(distance[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
    targets = before.copy()
    old = np.flatnonzero(~new)
    for chunk in np.array_split(np.flatnonzero(new), 1 + int(new.sum()) * len(old) // 10_000_000):
        similar = centred[chunk] @ centred[old].T
        nearest = np.argpartition(-similar, min(2, len(old) - 1), axis=1)[:, :3]
        targets[chunk] = before[old[nearest]].mean(axis=1)
    return targets


def _assigned(targets: DoubleArray, seeds: DoubleArray) -> IntArray:
    """Assign a different seed near it to each target; return the indexes (m,) of ``seeds``, at least m."""
    if len(seeds) <= MAX_OPTIMAL:
        cost = np.square(targets[:, None, :] - seeds[None, :, :]).sum(axis=2)
        return np.asarray(linear_sum_assignment(cost)[1], dtype=np.intp)
    chosen = np.full(len(targets), -1, dtype=np.intp)
    free, waiting = np.arange(len(seeds)), np.arange(len(targets))
    while len(waiting):
        distance, choice = cKDTree(seeds[free]).query(targets[waiting], k=min(8, len(free)))
        distance, choice = distance.reshape(len(waiting), -1), choice.reshape(len(waiting), -1)
        # Pairs from the nearest on; a pair holds when neither its target nor its seed is taken.
        order = np.argsort(distance, axis=None, kind="stable")
        taken, assigned = np.zeros(len(free), dtype=np.bool_), np.zeros(len(waiting), dtype=np.bool_)
        for pair in order:
            row, seed = pair // choice.shape[1], choice.flat[pair]
            if not assigned[row] and not taken[seed]:
                assigned[row] = taken[seed] = True
                chosen[waiting[row]] = free[seed]
        free, waiting = free[~taken], waiting[~assigned]
    return chosen


def _between(
    vectors: FloatArray, before: DoubleArray, centroids: DoubleArray, sizes: IntArray, patches: DoubleArray
) -> DoubleArray:
    """Return free positions (m, 2) for ideas of no theme: the earlier ones, or between the most similar themes."""
    if not len(vectors):
        return np.zeros((0, 2))
    there = np.flatnonzero(sizes)
    if len(there):
        lengths = np.linalg.norm(centroids[there], axis=1)
        similar = vectors.astype(np.float64) @ (centroids[there] / np.maximum(lengths, 1e-12)[:, None]).T
        pull = np.exp(20.0 * (similar - similar.max(axis=1, keepdims=True)))
        targets = pull @ patches[there, :2] / pull.sum(axis=1, keepdims=True)
    else:
        centred = vectors.astype(np.float64) - vectors.mean(axis=0)
        targets = 0.5 + 0.45 * _scaled(centred)
    targets = np.where(np.isnan(before), targets, before)
    spots = _free_ground(patches[there], len(vectors))
    return spots[_assigned(targets, spots)]


def _free_ground(patches: DoubleArray, wanted: int) -> DoubleArray:
    """Return at least ``wanted`` positions outside all patches, on the coarsest sufficient grid, with jitter."""
    cells = 12
    while True:
        ticks = (np.arange(cells) + 0.5) / cells
        spots = np.column_stack([axis.ravel() for axis in np.meshgrid(ticks, ticks)])
        spots += (np.random.default_rng(0).random(spots.shape) - 0.5) * 0.6 / cells
        distance = np.linalg.norm(spots[:, None, :] - patches[None, :, :2], axis=2)
        # Clearance, so that such a dot does not look like part of the patch.
        spots = spots[(distance > patches[None, :, 2] + min(0.012, 0.15 / cells)).all(axis=1)]
        if len(spots) >= 2 * wanted:
            return np.asarray(spots)
        cells *= 2
