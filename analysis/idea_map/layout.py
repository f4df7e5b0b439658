"""Layout of the map: positions in the unit square, where each theme is a round patch and similar themes are close.

Patches first: their centres by classical scaling, aligned with the earlier map, then pushed apart until none overlap.
Then the ideas of a patch: each goes to a seed of a sunflower (Vogel 1979, "A better way to construct the sunflower
head", Mathematical Biosciences 44), which packs any number evenly and keeps its seeds in place when more are added.
Ideas of no theme lie in the free space between the themes they are most similar to.
"""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import DoubleArray, FloatArray, IntArray
from analysis.compiled import assignment
from analysis.idea_map.patches import (
    patch_radii,
    place_patches,
    preferred_centres,
    principal_coordinates,
    scale_to_plane,
    sunflower,
)

MAX_COVERAGE = 0.26  # share of the square that patches cover, at most
MAX_SPACING = 0.036  # distance between the ideas of a small survey
MAX_OPTIMAL = 600  # ideas of a patch that are assigned optimally; more are assigned greedily


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
    centres, spacing = place_patches(preferred_centres(centroids, themes, sizes, before, spacing), sizes, spacing)
    radii = patch_radii(sizes, spacing)
    positions = np.zeros((len(themes), 2))
    for theme in np.flatnonzero(sizes):
        own = np.flatnonzero(themes == theme)
        seeds = sunflower(len(own)) * spacing
        targets = _targets(vectors[own].astype(np.float64) - centroids[theme], before[own] - centres[theme], spacing)
        positions[own] = centres[theme] + seeds[_assigned(targets, seeds)]
    patches = np.column_stack([centres, radii])
    loose = np.flatnonzero(themes < 0)
    positions[loose] = _between(vectors[loose], before[loose], centroids, sizes, patches)
    return Layout(np.clip(positions, 0.0, 1.0), patches)


def _centroids(vectors: FloatArray, themes: IntArray, sizes: IntArray) -> DoubleArray:
    """Return the mean vector of each theme, (k, d)."""
    sums = np.zeros((len(sizes), vectors.shape[1] if vectors.ndim == 2 else 0))
    for theme in np.flatnonzero(sizes):
        sums[theme] = vectors[themes == theme].mean(axis=0, dtype=np.float64)
    return sums


def _targets(centred: DoubleArray, before: DoubleArray, spacing: float) -> DoubleArray:
    """Return the preferred position of each idea relative to its patch, (m, 2): the earlier one, or by content.

    By its direction on the theme's two principal axes, at a distance by its rank, so that the patch is filled evenly.
    A new idea lies near the old ideas it resembles most.
    """
    new = np.isnan(before[:, 0])
    if new.all():
        flat = principal_coordinates(centred)
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
        return np.asarray(assignment(cost)[1], dtype=np.intp)
    # Imported here: scipy.spatial takes .3 s to load, and few ideas do without.
    from scipy.spatial import cKDTree

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
        targets = 0.5 + 0.45 * scale_to_plane(centred)
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
