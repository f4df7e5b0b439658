"""Patches of themes on the map: where each lies, and the evenly spaced seeds inside it."""

import numpy as np

from analysis.arrays import DoubleArray, IntArray
from analysis.parallel.threads import eigh

RIM = 0.6  # from the outermost ideas of a patch to its edge, in distances between ideas
GAP = 0.015  # between two patches, and between a patch and the edge of the square
JITTER = 0.22  # of an idea around its seed, in distances between ideas, against a rigid look
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
SHRINK, MAX_SHRINKS = 0.93, 80  # of the distance between ideas, where the patches do not fit; and how often
MAX_ROUNDS = 400  # of pushing patches apart before they are made smaller


def patch_radii(sizes: IntArray, spacing: float) -> DoubleArray:
    """Return the radius of each patch, (k,), from its number of ideas and the distance between them."""
    return np.asarray(np.where(sizes > 0, (np.sqrt(sizes) + RIM) * spacing, 0.0))


def preferred_centres(
    centroids: DoubleArray, themes: IntArray, sizes: IntArray, before: DoubleArray, spacing: float
) -> DoubleArray:
    """Return the preferred centre of each patch, (k, 2): where its ideas were, or by similarity to other themes."""
    fresh = 0.5 + 0.36 * scale_to_plane(centroids)
    known = np.zeros(len(sizes), dtype=np.bool_)
    old = np.zeros_like(fresh)
    for theme in np.flatnonzero(sizes):
        was = before[themes == theme]
        was = was[~np.isnan(was[:, 0])]
        if len(was):
            # The median ignores ideas that came from another theme.
            near = np.linalg.norm(was - np.median(was, axis=0), axis=1) <= 1.3 * (np.sqrt(len(was)) + 1) * spacing
            seeds = sunflower(len(was))[: max(int(near.sum()), 1)].mean(axis=0) * spacing
            known[theme], old[theme] = True, (was[near] if near.any() else was).mean(axis=0) - seeds
    if known.any():
        fresh = _aligned(fresh, fresh[known], old[known])
        fresh[known] = old[known]
    return np.clip(fresh, 0.0, 1.0)


def scale_to_plane(points: DoubleArray) -> DoubleArray:
    """Return points in two dimensions (k, 2) by classical scaling (Torgerson 1952), the farthest at distance 1."""
    if len(points) < 2:
        return np.zeros((len(points), 2))
    centred = points - points.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    centred = centred / np.maximum(lengths, 1e-12)  # the direction of a theme, not how narrow it is
    centred -= centred.mean(axis=0)
    flat = principal_coordinates(centred)
    farthest = np.linalg.norm(flat, axis=1).max()
    return np.asarray(flat / max(float(farthest), 1e-12))


def principal_coordinates(centred: DoubleArray) -> DoubleArray:
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


def place_patches(start: DoubleArray, sizes: IntArray, spacing: float) -> tuple[DoubleArray, float]:
    """Return centres near ``start`` (k, 2) of disjoint patches inside the square, and the spacing that allows them.

    Where they cannot be pushed apart in MAX_SHRINKS tries they lie on a grid, in the order of their places.
    """
    centres = start
    for _ in range(MAX_SHRINKS):
        radii = patch_radii(sizes, spacing)
        centres, apart = _pushed_apart(centres, radii)  # from where the larger ones were: hardly any overlap is left
        if apart:
            return centres, spacing
        spacing *= SHRINK
    return _on_a_grid(start, sizes, spacing)


def _on_a_grid(start: DoubleArray, sizes: IntArray, spacing: float) -> tuple[DoubleArray, float]:
    """Return centres (k, 2) of patches in the cells of a grid, rows by height, and the spacing that fits the cells."""
    centres, there = start.copy(), np.flatnonzero(sizes)
    across = int(np.ceil(np.sqrt(len(there))))
    rows = there[np.argsort(start[there, 1], kind="stable")]
    for row in range(across):
        own = rows[row * across : (row + 1) * across]
        own = own[np.argsort(start[own, 0], kind="stable")]
        centres[own] = np.column_stack([np.arange(len(own)) + 0.5, np.full(len(own), row + 0.5)]) / across
    room = max(0.5 / across - GAP / 2, 0.25 / across)
    return centres, min(spacing, room / float(np.sqrt(sizes.max()) + RIM))


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


def sunflower(count: int) -> DoubleArray:
    """Return the same seeds with a fixed jitter: the first seeds of a larger count are those of a smaller one."""
    astray = np.random.default_rng(0).random((count, 2))
    reach, angle = JITTER * np.sqrt(astray[:, 0]), 2 * np.pi * astray[:, 1]
    return np.asarray(_vogel(count) + reach[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
