"""Groups out of a linkage tree, by hdbscan's condensed tree."""

from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any

import numpy as np

from analysis.arrays import DoubleArray, IntArray

NEAREST = 0.15  # floor of distances in the tree: identical and nearly identical wordings count alike


def _tree_functions() -> Any:
    """hdbscan's module of trees alone: the package loads all of scikit-learn, a second and 130 MB."""
    package = find_spec("hdbscan")
    folders = package.submodule_search_locations if package else None
    found = PathFinder.find_spec("hdbscan._hdbscan_tree", folders or [])
    if found is None or found.loader is None:
        raise ImportError("hdbscan is not installed, or without its trees: pip install -r requirements.txt")
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


_trees = _tree_functions()


def cluster_tree(tree: DoubleArray, weights: IntArray, *, smallest: int, cut: float) -> IntArray:
    """Groups of the leaves of a linkage tree (scipy's format, n leaves): a number for each leaf, -1 for none.

    hdbscan's condensed tree with its "excess of mass" selection; a leaf of weight w counts as w points at distance
    NEAREST. hdbscan's tree functions are half-private: tests/analysis/discovery/test_discover.py holds what is used
    of them.
    """
    condensed = _trees.condense_tree(_expanded(tree, weights), smallest)
    stability = _trees.compute_stability(condensed)
    labels, _, _ = _trees.get_clusters(condensed, stability, "eom", False, False, cut)
    return np.asarray(labels[: len(weights)], dtype=np.intp)


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
