"""The map: themes apart, ideas where they belong, and everything where it was."""

import numpy as np
import pytest

from analysis.arrays import FloatArray, IntArray
from analysis.idea_map import patches
from analysis.idea_map.layout import Layout, lay_out
from tests.support.every_case import for_each


def ideas(sizes: list[int], loose: int = 0, seed: int = 0) -> tuple[FloatArray, IntArray]:
    """Ideas of as many themes as there are sizes, and some of none."""
    generator = np.random.default_rng(seed)
    themes = np.array([theme for theme, size in enumerate(sizes) for _ in range(size)] + [-1] * loose, dtype=np.intp)
    centres = generator.normal(size=(len(sizes) + 1, 24))
    vectors = centres[themes] + 0.5 * generator.normal(size=(len(themes), 24))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), themes


def holds(layout: Layout, themes: IntArray) -> None:
    """What is true of every map."""
    positions, patches = layout.positions, layout.patches
    assert positions.shape == (len(themes), 2)
    assert np.isfinite(positions).all() and np.isfinite(patches).all()
    assert (positions >= 0).all() and (positions <= 1).all()
    there = patches[patches[:, 2] > 0]
    for at, (x, y, radius) in enumerate(there):
        assert radius <= min(x, y, 1 - x, 1 - y)
        for other in there[:at]:
            assert np.hypot(x - other[0], y - other[1]) > radius + other[2]
    for theme, (x, y, radius) in enumerate(patches):
        inside = np.hypot(positions[:, 0] - x, positions[:, 1] - y) <= radius
        assert (inside == (themes == theme)).all()
    if len(positions) > 1:
        gaps = np.linalg.norm(positions[:, None] - positions[None], axis=2)
        np.fill_diagonal(gaps, 1)
        assert gaps.min() > 0.001


@for_each(
    ("sizes", "loose"),
    [
        ([], 0),
        ([], 1),
        ([], 40),
        ([1], 0),
        ([1, 1], 0),
        ([300], 0),
        ([700], 3),
        ([40, 30, 20, 10, 5, 1], 25),
        ([400, 3, 3], 200),
        ([2] * 60, 30),
        ([5, 0, 7], 2),
    ],
)
def test_themes_lie_apart_and_ideas_within_theirs(sizes: list[int], loose: int) -> None:
    vectors, themes = ideas(sizes, loose)
    holds(lay_out(vectors, themes), themes)


@for_each("themes", [[0] * 30, [-1] * 30, [0] * 15 + [1] * 15, [0, 1, -1] * 10])
def test_ideas_that_are_all_the_same(themes: list[int]) -> None:
    own = np.array(themes, dtype=np.intp)
    holds(lay_out(np.full((30, 4), 0.5, dtype=np.float32), own), own)


def test_the_same_ideas_give_the_same_map() -> None:
    vectors, themes = ideas([30, 20, 10], 8)
    one, other = lay_out(vectors, themes), lay_out(vectors, themes)
    assert (one.positions == other.positions).all()
    again = lay_out(vectors, themes, earlier=one.positions)
    assert np.abs(again.positions - one.positions).max() < 1e-6


def test_the_order_of_the_ideas_does_not_matter() -> None:
    vectors, themes = ideas([30, 20, 10], 8)
    order = np.random.default_rng(1).permutation(len(themes))
    straight, shuffled = lay_out(vectors, themes), lay_out(vectors[order], themes[order])
    assert np.abs(straight.positions[order] - shuffled.positions).max() < 1e-6


def test_a_few_new_ideas_hardly_move_the_others() -> None:
    vectors, themes = ideas([120, 80, 60, 30, 10], 30)
    old = np.random.default_rng(0).random(len(themes)) > 0.05
    before = lay_out(vectors[old], themes[old])
    earlier = np.full((len(themes), 2), np.nan)
    earlier[old] = before.positions
    after = lay_out(vectors, themes, earlier=earlier)
    holds(after, themes)
    moved = np.linalg.norm(after.positions[old] - before.positions, axis=1)
    assert np.median(moved) < 0.005
    assert np.quantile(moved, 0.9) < 0.03


def test_a_new_theme_finds_its_place_and_the_old_ones_stay() -> None:
    vectors, themes = ideas([40, 30, 20, 12])
    old = themes < 3
    before = lay_out(vectors[old], themes[old])
    earlier = np.full((len(themes), 2), np.nan)
    earlier[old] = before.positions
    after = lay_out(vectors, themes, earlier=earlier)
    holds(after, themes)
    assert np.abs(after.patches[:3, :2] - before.patches[:, :2]).max() < 0.15


def test_near_themes_lie_near() -> None:
    generator = np.random.default_rng(0)
    base = np.eye(16)[[0, 0, 1, 1]] + 0.15 * generator.normal(size=(4, 16))
    vectors = np.repeat(base, 12, axis=0) + 0.1 * generator.normal(size=(48, 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    centres = lay_out(vectors.astype(np.float32), np.repeat(np.arange(4), 12)).patches[:, :2]
    between = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    assert max(between[0, 1], between[2, 3]) < min(between[0, 2], between[0, 3], between[1, 2], between[1, 3])


def test_like_ideas_lie_near_in_a_patch() -> None:
    generator = np.random.default_rng(0)
    flat = generator.normal(size=(200, 2))
    vectors = np.column_stack([flat, np.full(200, 6.0)])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    positions = lay_out(vectors.astype(np.float32), np.zeros(200, dtype=np.intp)).positions
    nearest = [set(np.argsort(np.linalg.norm(rows - rows[at], axis=1))[1:11]) for at in range(200) for rows in (flat,)]
    on_map = [set(np.argsort(np.linalg.norm(positions - positions[at], axis=1))[1:11]) for at in range(200)]
    assert np.mean([len(a & b) for a, b in zip(nearest, on_map, strict=True)]) > 5


@pytest.mark.slow
def test_large_sets_are_filled_greedily() -> None:
    vectors, themes = ideas([1500, 900, 300], 400)
    layout = lay_out(vectors, themes)
    own = layout.positions[themes == 0]
    assert len(np.unique(own.round(6), axis=0)) == 1500
    holds(layout, themes)


def test_many_patches_that_begin_in_a_crowd_stay_large() -> None:
    """Pushed apart from the beginning again for each smaller size, they shrank to less than half."""
    generator = np.random.default_rng(4)
    start = 0.6 + 0.1 * generator.normal(size=(74, 2))
    sizes = generator.integers(3, 8, 74)
    sizes[:3] = 34, 23, 60
    centres, spacing = patches.place_patches(start, sizes, 0.0107)
    radii = patches.patch_radii(sizes, spacing)
    distance = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    assert (distance >= radii[:, None] + radii[None, :]).all()
    assert spacing > 0.8 * 0.0107


@pytest.mark.parametrize("count", [3, 30, 1000])
def test_patches_that_cannot_be_pushed_apart_lie_on_a_grid(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "MAX_ROUNDS", 1)
    monkeypatch.setattr(patches, "MAX_SHRINKS", 2)
    sizes = np.arange(count) % 7 + 1
    sizes[1] = 0
    start = np.full((count, 2), 0.5)
    centres, spacing = patches.place_patches(start, sizes, 0.05)
    there = np.flatnonzero(sizes)[:200]
    radii = patches.patch_radii(sizes, spacing)[there]
    distance = np.linalg.norm(centres[there][:, None] - centres[there][None], axis=2)
    np.fill_diagonal(distance, np.inf)
    assert (distance >= radii[:, None] + radii[None, :]).all()
    assert ((centres[there] - radii[:, None] >= 0) & (centres[there] + radii[:, None] <= 1)).all()
    assert spacing > 0
