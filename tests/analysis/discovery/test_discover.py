"""Themes found by the tree, and the half-private hdbscan functions they stand on."""

import numpy as np
import pytest
from hdbscan._hdbscan_tree import compute_stability, condense_tree, get_clusters
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from analysis.arrays import FloatArray
from analysis.discovery import discover as discovery
from analysis.discovery.condensed_tree import cluster_tree
from analysis.discovery.consensus import Earlier, coassociation_distances
from analysis.discovery.discover import (
    average_with_answers,
    discover,
    discover_leftovers,
    similar_groups,
    smallest_theme,
    split_theme,
)
from tests.support.every_case import for_each


def groups(sizes: list[int], *, spread: float = 0.25, seed: int = 0) -> tuple[FloatArray, list[int]]:
    """Points scattered round as many directions as there are sizes, and which each is from.

    Up to 32 directions are at right angles.
    """
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(len(sizes), 32))
    if len(sizes) <= 32:
        centres = np.linalg.qr(centres.T)[0].T
    own = [number for number, size in enumerate(sizes) for _ in range(size)]
    points = centres[own] / np.linalg.norm(centres[own], axis=1, keepdims=True)
    points = points + spread / np.sqrt(32) * generator.normal(size=points.shape)
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32), own


def same_partition(labels: list[int], truth: list[int]) -> bool:
    return len(set(zip(labels, truth, strict=True))) == len(set(labels)) == len(set(truth)) and -1 not in labels


def ones(n: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.ones(n, dtype=np.intp)


def test_hdbscan_condenses_a_tree_as_it_did() -> None:
    tree = linkage(np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2], [20.0]]), "average")
    condensed = condense_tree(tree, 2)
    assert condensed.dtype.names == ("parent", "child", "lambda_val", "child_size")
    root = condensed["parent"].min()
    assert root == 7
    split = condensed[(condensed["parent"] == root) & (condensed["child_size"] > 1)]
    assert sorted(split["child_size"]) == [3, 3]
    labels, _, _ = get_clusters(condensed, compute_stability(condensed), "eom", False, False, 1.0)
    assert same_partition(labels[:6].tolist(), [0, 0, 0, 1, 1, 1])
    assert labels[6] == -1


def test_a_heavy_leaf_is_a_group_of_its_own() -> None:
    tree = linkage(np.array([[0.0, 1.0], [0.05, 1.0], [1.0, 0.0]]), "average", "cosine")
    light = cluster_tree(tree, np.array([1, 1, 1]), smallest=2, cut=0.5)
    heavy = cluster_tree(tree, np.array([1, 1, 5]), smallest=2, cut=0.5)
    assert light.tolist() == [-1, -1, -1]
    assert same_partition(heavy.tolist(), [0, 0, 1])


@pytest.mark.parametrize("sizes", [[5, 5, 5, 5], [10, 8, 6, 4], [40, 30, 20, 10, 8]])
def test_clear_groups_are_found(sizes: list[int]) -> None:
    points, truth = groups(sizes)
    found = discover(points, ones(len(points)))
    assert same_partition(found.labels.tolist(), truth)
    assert (found.strengths > 0.5).all()
    assert (found.strengths <= 1).all()


def test_what_all_share_does_not_hide_the_groups() -> None:
    points, truth = groups([8, 8, 8])
    shared = points + 3 * np.eye(32, dtype=np.float32)[0]
    shared /= np.linalg.norm(shared, axis=1, keepdims=True)
    assert same_partition(discover(shared, ones(24)).labels.tolist(), truth)


def test_the_order_of_the_points_changes_nothing() -> None:
    points, _ = groups([9, 7, 5, 4], spread=0.9, seed=3)
    order = np.random.default_rng(1).permutation(len(points))
    straight, shuffled = discover(points, ones(25)).labels, discover(points[order], ones(25)).labels
    assert same_partition_or_noise(straight[order].tolist(), shuffled.tolist())


@pytest.mark.parametrize("sizes", [[9, 7, 5, 4], [40, 35, 30, 25, 12]])
def test_numbers_and_strengths_do_not_depend_on_the_order(sizes: list[int]) -> None:
    points, _ = groups(sizes, spread=0.9, seed=3)
    order = np.random.default_rng(2).permutation(len(points))
    straight, shuffled = discover(points, ones(len(points))), discover(points[order], ones(len(points)))
    assert (straight.labels[order] == shuffled.labels).all()
    assert (straight.strengths[order] == shuffled.strengths).all()


def test_a_weight_is_as_good_as_so_many_copies() -> None:
    points, _ = groups([6, 5, 4], spread=0.9)
    weights = np.arange(15) % 3 + 1
    folded = discover(points, weights)
    copied = discover(np.repeat(points, weights, axis=0), ones(int(weights.sum())))
    assert (np.repeat(folded.labels, weights) == copied.labels).all()


def test_the_same_vector_is_never_in_two_themes() -> None:
    points, _ = groups([60, 50, 40], spread=1.2)
    twice = discover(np.concatenate([points, points]), ones(300)).labels
    assert (twice[:150] == twice[150:]).all()


@for_each("rows", [0, 1, 2, 30, 150])
def test_zero_vectors_do_no_harm(rows: int) -> None:
    found = discover(np.zeros((rows, 8), dtype=np.float32), ones(rows))
    assert len(found.labels) == len(found.strengths) == rows


def test_two_vectors_do_no_harm() -> None:
    assert len(discover(np.eye(8, dtype=np.float32)[:2], ones(2)).labels) == 2


def test_themes_are_numbered_from_the_largest_down() -> None:
    points, _ = groups([5, 12, 8])
    assert np.bincount(discover(points, ones(25)).labels).tolist() == [12, 8, 5]


def test_a_large_theme_falls_into_sub_themes() -> None:
    generator = np.random.default_rng(4)
    wide, _ = groups([60, 60, 60], spread=0.0)
    points = wide + np.repeat(generator.normal(size=(9, 32)), 20, axis=0) / 14 + generator.normal(size=(180, 32)) / 40
    points = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    for theme in range(3):
        parts = split_theme(points[60 * theme : 60 * theme + 60], ones(60))
        assert same_partition(parts.tolist(), np.repeat(np.arange(3), 20).tolist())


def test_small_themes_are_not_divided() -> None:
    points, _ = groups([20, 19])
    assert (split_theme(points, ones(39)) == -1).all()
    assert (split_theme(points, ones(39) * 2) >= 0).any()


def test_separate_groups_are_separate_in_every_partition() -> None:
    points, truth = groups([50, 50])
    centred = points.astype(np.float64) - points.mean(axis=0)
    distances = squareform(coassociation_distances(centred / np.linalg.norm(centred, axis=1, keepdims=True)))
    assert (distances[:50, 50:] == 1).all()
    assert (distances >= 0).all()
    assert len(truth) == len(distances)


def test_an_idea_vector_is_averaged_with_its_answer() -> None:
    one, other = np.eye(2, dtype=np.float32)
    assert np.allclose(average_with_answers(one[None, :], other[None, :]), [[0.8**0.5, 0.2**0.5]])
    assert np.allclose(average_with_answers(one[None, :], one[None, :]), [one])


def same_partition_or_noise(a: list[int], b: list[int]) -> bool:
    return len(set(zip(a, b, strict=True))) == len(set(a)) == len(set(b))


def test_one_wording_said_often_is_a_theme_and_said_once_is_none() -> None:
    point = np.eye(4, dtype=np.float32)[[0]]
    assert discover(point, np.array([20])).labels.tolist() == [0]
    assert discover(point, np.array([1])).labels.tolist() == [-1]
    assert discover(point[:0], ones(0)).labels.tolist() == []


def test_wordings_with_equal_vectors_do_no_harm() -> None:
    assert len(discover(np.full((15, 4), 0.5, dtype=np.float32), ones(15)).labels) == 15


def test_unrelated_points_make_no_theme() -> None:
    points = np.eye(40, dtype=np.float32)[:30]
    assert (discover(points, ones(30), coherence=0.25).labels == -1).all()


def test_there_are_never_more_themes_than_people_can_read() -> None:
    points, _ = groups([4] * 80)
    assert 3 <= discover(points, ones(320)).labels.max() + 1 <= discovery.MAX_THEMES


def test_large_sets_go_by_micro_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MAX_TREE_POINTS", 200)
    monkeypatch.setattr(discovery, "MICRO_CLUSTERS", 60)
    points, truth = groups([100, 100, 100, 100])
    first, again = (discover(points, ones(400), seed=5).labels for _ in range(2))
    assert same_partition(first.tolist(), truth)
    assert (first == again).all()


def test_the_smallest_theme_is_about_one_in_a_hundred() -> None:
    assert [smallest_theme(ideas) for ideas in (12, 100, 1000)] == [2, 2, 10]


def _around(directions: list[int], spread: float, seed: int = 0) -> FloatArray:
    """Unit vectors in 40 dimensions, each near one of the axes named."""
    rows = np.eye(40)[directions] + spread * np.random.default_rng(seed).normal(size=(len(directions), 40))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_a_small_group_of_similar_ideas_is_found_among_unrelated_ones() -> None:
    asides = _around(list(range(5, 35)), 0.05)
    three = _around([0, 0, 0], 0.05, seed=1)
    vectors = np.concatenate([asides, three])
    found = discover_leftovers(vectors, np.ones(33, dtype=np.intp), shared=vectors.mean(axis=0))
    assert set(found.labels[:30]) == {-1}
    assert set(found.labels[30:]) == {0}
    assert (found.strengths[30:] > 0.9).all()


def test_unrelated_ideas_are_no_theme() -> None:
    vectors = _around(list(range(40)), 0.05)
    found = discover_leftovers(vectors, np.ones(40, dtype=np.intp), shared=vectors.mean(axis=0))
    assert set(found.labels) == {-1}


def test_leftovers_may_be_none_or_one() -> None:
    empty = discover_leftovers(np.zeros((0, 4), np.float32), np.zeros(0, np.intp), shared=np.zeros(4, np.float32))
    assert empty.labels.shape == (0,)
    one = _around([3], 0.0)
    assert list(discover_leftovers(one, np.array([1]), shared=np.zeros(40, np.float32)).labels) == [-1]
    assert list(discover_leftovers(one, np.array([3]), shared=np.zeros(40, np.float32)).labels) == [0]


def test_similar_ideas_are_grouped_largest_group_first() -> None:
    groups = similar_groups(_around([0, 1, 0, 2, 1, 1], 0.02), np.array([1, 1, 1, 1, 1, 1]))
    assert [group.tolist() for group in groups] == [[1, 4, 5], [0, 2]]


def test_a_small_theme_of_the_last_run_does_not_end_because_a_few_answers_came() -> None:
    points, own = groups([120, 120, 3, 90])
    points, numbers = np.concatenate([points, points[:20]]), np.array([*own, *own[:20]], dtype=np.intp)
    assert smallest_theme(len(points)) == 4
    assert discover(points, ones(len(points))).labels.max() == 2
    earlier = Earlier(numbers, np.zeros(len(points), dtype=np.bool_))
    found = discover(points, ones(len(points)), before=earlier).labels
    assert found.max() == 3
    assert set(found[numbers == 2]) == {3}
