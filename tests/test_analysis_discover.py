"""Themes found by the tree, and the half-private hdbscan functions they stand on."""

import numpy as np
import pytest
from hdbscan._hdbscan_tree import compute_stability, condense_tree, get_clusters
from scipy.cluster.hierarchy import linkage

from analysis import discover as discovery
from analysis.discover import cluster_tree, discover, smallest_theme
from analysis.embed import FloatArray


def groups(sizes: list[int], *, spread: float = 0.25, seed: int = 0) -> tuple[FloatArray, list[int]]:
    """Points scattered round as many random directions as there are sizes, and which direction each is from."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(len(sizes), 32))
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


def same_partition_or_noise(a: list[int], b: list[int]) -> bool:
    return len(set(zip(a, b, strict=True))) == len(set(a)) == len(set(b))


def test_one_wording_said_often_is_a_theme_and_said_once_is_none() -> None:
    point = np.eye(4, dtype=np.float32)[[0]]
    assert discover(point, np.array([20])).labels.tolist() == [0]
    assert discover(point, np.array([1])).labels.tolist() == [-1]
    assert discover(point[:0], ones(0)).labels.tolist() == []


def test_wordings_a_model_cannot_tell_apart_do_no_harm() -> None:
    assert len(discover(np.full((15, 4), 0.5, dtype=np.float32), ones(15)).labels) == 15


def test_points_that_share_nothing_make_no_theme() -> None:
    points = np.eye(40, dtype=np.float32)[:30]
    assert (discover(points, ones(30), coherence=0.25).labels == -1).all()


def test_there_are_never_more_themes_than_people_can_read() -> None:
    points, _ = groups([4] * 80)
    assert 3 <= discover(points, ones(320)).labels.max() + 1 <= discovery.MOST_THEMES


def test_large_sets_go_by_micro_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MOST_POINTS", 200)
    monkeypatch.setattr(discovery, "MICRO_CLUSTERS", 60)
    points, truth = groups([100, 100, 100, 100])
    first, again = (discover(points, ones(400), seed=5).labels for _ in range(2))
    assert same_partition(first.tolist(), truth)
    assert (first == again).all()


def test_the_smallest_theme_is_about_one_in_fifty() -> None:
    assert [smallest_theme(ideas) for ideas in (12, 100, 1000)] == [2, 2, 20]
