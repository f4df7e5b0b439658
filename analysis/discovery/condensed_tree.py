"""Clusters from a linkage tree, by the condensed tree of hdbscan (Campello et al. 2013)."""

import numpy as np

from analysis.arrays import DoubleArray, IntArray
from analysis.compiled import compiled

MIN_DISTANCE = 0.15  # smaller distances in the tree are raised to it, so near-duplicates count like duplicates

_trees = compiled("hdbscan", "_hdbscan_tree")
"""Not from the package, which imports all of scikit-learn: with this module alone a helper process is ready in 0.6 s
and 67 MB instead of 2.2 s and 197 MB."""


def cluster_tree(tree: DoubleArray, weights: IntArray, *, smallest: int, cut: float) -> IntArray:
    """Return the cluster of each of the n leaves of a linkage tree in scipy's format, (n,), -1 for none.

    Clusters have at least ``smallest`` points and are selected by "excess of mass"; they are not split below distance
    ``cut``. A leaf of weight w counts as w points at MIN_DISTANCE. The tree functions of hdbscan are not a documented
    interface: tests/analysis/discovery/test_discover.py tests what is used of them.
    """
    condensed = _trees.condense_tree(_expand(tree, weights), smallest)
    stability = _trees.compute_stability(condensed)
    labels, _, _ = _trees.get_clusters(condensed, stability, "eom", False, False, cut)
    return np.asarray(labels[: len(weights)], dtype=np.intp)


def _expand(tree: DoubleArray, weights: IntArray) -> DoubleArray:
    """Return the tree with each leaf of weight w replaced by w leaves at MIN_DISTANCE; the n leaves stay first."""
    n, copies = len(weights), weights - 1
    leaves = int(weights.sum())
    rows: list[tuple[float, float, float, float]] = []
    node_of = np.arange(2 * n - 1, dtype=np.float64)
    size = np.ones(2 * n - 1)
    extra = n
    for leaf in np.flatnonzero(copies):
        node = float(leaf)
        for copy in range(int(copies[leaf])):
            rows.append((node, float(extra), MIN_DISTANCE, copy + 2.0))
            node, extra = float(leaves + len(rows) - 1), extra + 1
        node_of[leaf], size[leaf] = node, weights[leaf]
    for number, (left, right, distance, _) in enumerate(tree, n):
        a, b = int(left), int(right)
        size[number] = size[a] + size[b]
        rows.append((node_of[a], node_of[b], max(float(distance), MIN_DISTANCE), size[number]))
        node_of[number] = leaves + len(rows) - 1
    return np.array(rows, dtype=np.float64).reshape(-1, 4)
