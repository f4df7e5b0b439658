"""Functions of scipy's compiled modules give the same bits as those that scipy documents."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.cluster import hierarchy
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.spatial.distance import pdist, squareform

from analysis import compiled
from analysis.arrays import FloatArray
from tests.support.every_case import for_each


def points(count: int, seed: int = 0) -> FloatArray:
    rows = np.random.default_rng(seed).normal(size=(count, 40)).astype(np.float32)
    rows[count // 2] = rows[0]  # two points in one place
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


@pytest.mark.parametrize("count", [1, 2, 3, 60, 201])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_distances(count: int, kind: type[np.floating]) -> None:
    rows = points(count).astype(kind)
    assert np.array_equal(compiled.squared_distances(rows), pdist(rows, "sqeuclidean"))
    assert np.array_equal(compiled.euclidean_distances(rows), pdist(rows, "euclidean"))
    assert np.array_equal(compiled.cosine_distances(rows[:, ::2]), pdist(rows[:, ::2], "cosine"))
    square = squareform(pdist(rows))
    for each in (square, (square * 9).astype(np.uint8)):
        found = compiled.condensed(each)
        assert found.dtype == each.dtype and np.array_equal(found, squareform(each, checks=False))


@for_each("count", [2, 3, 60, 201])
def test_trees_and_their_clusters(count: int) -> None:
    rows = points(count, seed=1)
    trees = (
        (compiled.linkage(compiled.squared_distances(rows)), hierarchy.linkage(pdist(rows, "sqeuclidean"), "average")),
        (
            compiled.linkage(compiled.cosine_distances(rows), "complete"),
            hierarchy.linkage(rows, "complete", metric="cosine"),
        ),
        (compiled.linkage(compiled.euclidean_distances(rows), "ward"), hierarchy.linkage(rows, "ward")),
    )
    for ours, theirs in trees:
        assert np.array_equal(ours, theirs)
        for cut in (0.0, 0.5, 0.9, 1.3, 9.0):
            assert np.array_equal(compiled.cut_tree(ours, cut), hierarchy.fcluster(theirs, cut, "distance"))
        for most in (1, 2, 5, count):
            assert np.array_equal(compiled.cut_into(ours, most), hierarchy.fcluster(theirs, most, "maxclust"))


@for_each("distances", [[], [np.nan], [np.inf, 1.0, 1.0], [1.0, 2.0]])
def test_what_makes_no_tree_is_refused(distances: list[float]) -> None:
    with pytest.raises(ValueError):
        compiled.linkage(np.array(distances))


@for_each(("rows", "columns"), [(1, 1), (3, 7), (7, 3), (40, 40)])
def test_assignments(rows: int, columns: int) -> None:
    costs = np.random.default_rng(2).random((rows, columns)).round(1)
    for maximize in (False, True):
        ours = compiled.assignment(costs, maximize=maximize)
        theirs = linear_sum_assignment(costs, maximize=maximize)
        assert all(map(np.array_equal, ours, theirs))


def test_sums_of_rows() -> None:
    generator = np.random.default_rng(3)
    rows, weights = generator.normal(size=(50, 7)), generator.random(120)
    indexes, starts = generator.integers(0, 50, size=120), np.array([0, 3, 3, 40, 119, 120])
    table = csr_array((weights, indexes, starts), shape=(5, 50))
    assert np.array_equal(compiled.sums_of_rows(starts, indexes, weights, rows), table @ rows)
    assert compiled.sums_of_rows(np.array([0]), indexes[:0], weights[:0], rows).shape == (0, 7)


@pytest.mark.slow
@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_both_may_be_loaded_in_any_order(first: str) -> None:
    ours = (
        "from analysis import compiled as c\nfor name in ('spatial _distance_pybind', 'spatial _distance_wrap', "
        "'cluster _hierarchy', 'optimize _lsap', 'sparse _sparsetools'):\n    c.compiled('scipy.' + name.split()[0], "
        "name.split()[1])\nassert len(c.linkage(c.squared_distances(np.eye(3)))) == 2\n"
    )
    theirs = (
        "import scipy.cluster.hierarchy as h, scipy.optimize, scipy.sparse, sklearn.cluster\n"
        "assert len(h.linkage(np.eye(3))) == 2 and (scipy.sparse.csr_array(np.eye(2)) @ np.eye(2)).shape == (2, 2)\n"
        "assert scipy.optimize.linear_sum_assignment(np.eye(2))[1].tolist() == [1, 0]\n"
    )
    code = "import numpy as np\n" + (ours + theirs + ours if first == "ours" else theirs + ours + theirs)
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_an_analysis_loads_no_package_of_scipy_and_no_dictionary_it_does_not_need() -> None:
    code = (
        "import sys\nimport analysis.pipeline, analysis.command.run, analysis.new_answers\n"
        "slow = {'scipy.cluster', 'scipy.spatial', 'scipy.optimize', 'scipy.sparse', 'scipy.linalg', 'scipy.stats',"
        " 'sklearn', 'hdbscan', 'rjieba', 'stopwordsiso', 'chardet', 'onnx', 'torch'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_module_that_is_missing_is_named() -> None:
    with pytest.raises(ImportError, match="scipy is not installed completely"):
        compiled.compiled("scipy.spatial", "_no_such_module")
    with pytest.raises(ImportError, match="no_such_package is not installed"):
        compiled.compiled("no_such_package", "_module")
