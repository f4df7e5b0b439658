"""Functions of scipy that every analysis needs, by its compiled modules alone, without its packages.

scipy.cluster, scipy.spatial, scipy.optimize and scipy.sparse import one another, docstrings that are put together and
half of numpy: .35 s of processor time, where the compiled modules take .01 s. They are no documented interface, so
tests/analysis/test_compiled.py compares each function with the documented one, bit for bit.
"""

from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import DoubleArray, IntArray

INSTALL_AGAIN = "Install what the pins name: make -B .venv/installed (as a library: pip install .)."
METHODS = {"complete": 1, "average": 2, "ward": 5}  # their numbers in scipy.cluster._hierarchy


@cache
def compiled(package: str, name: str) -> Any:
    """Return a compiled module of a package, by its file. Raises ImportError where it is missing."""
    root, *folders = package.split(".")
    found = find_spec(root)
    places = [f"{place}/{'/'.join(folders)}" for place in (found.submodule_search_locations or [])] if found else []
    file = PathFinder.find_spec(f"{package}.{name}", places)
    if file is None or file.loader is None:
        raise ImportError(f"{root} is not installed completely. {INSTALL_AGAIN}")
    module = module_from_spec(file)
    file.loader.exec_module(module)
    return module


def pairs_of(points: int) -> int:
    """Return how many condensed distances n points have."""
    return points * (points - 1) // 2


def squared_distances(points: NDArray[np.floating]) -> DoubleArray:
    """Return the squared Euclidean distances of n points (n, d): condensed, as those of scipy's ``pdist``."""
    return np.asarray(compiled("scipy.spatial", "_distance_pybind").pdist_sqeuclidean(_double(points)))


def euclidean_distances(points: NDArray[np.floating]) -> DoubleArray:
    """Return the Euclidean distances of n points (n, d), condensed."""
    return np.asarray(compiled("scipy.spatial", "_distance_pybind").pdist_euclidean(_double(points)))


def cosine_distances(points: NDArray[np.floating]) -> DoubleArray:
    """Return the cosine distances of n points (n, d), condensed."""
    distances = np.empty(pairs_of(len(points)))
    compiled("scipy.spatial", "_distance_wrap").pdist_cosine_double_wrap(_double(points), distances)
    return distances


def condensed(square: NDArray[Any]) -> NDArray[Any]:
    """Return what is above the diagonal of a symmetric matrix (n, n), row by row."""
    found = np.zeros(pairs_of(len(square)), dtype=square.dtype)
    compiled("scipy.spatial", "_distance_wrap").to_vector_from_squareform_wrap(np.ascontiguousarray(square), found)
    return found


def linkage(distances: DoubleArray, method: Literal["average", "complete", "ward"] = "average") -> DoubleArray:
    """Return the linkage tree of n points, (n - 1, 4), from their condensed distances. Raises ValueError."""
    if not np.isfinite(distances).all():
        raise ValueError("a distance is not finite")
    points = round((1 + (1 + 8 * len(distances)) ** 0.5) / 2)
    if points < 2 or pairs_of(points) != len(distances):
        raise ValueError("there is no number of points with so many distances")
    return np.asarray(compiled("scipy.cluster", "_hierarchy").nn_chain(_double(distances), points, METHODS[method]))


def cut_tree(tree: DoubleArray, distance: float) -> NDArray[np.int32]:
    """Return the cluster of each of the n leaves, (n,), from 1: leaves nearer than ``distance`` are in one."""
    labels = np.zeros(len(tree) + 1, dtype=np.int32)
    compiled("scipy.cluster", "_hierarchy").cluster_dist(_double(tree), labels, float(distance), len(labels))
    return labels


def cut_into(tree: DoubleArray, most: int) -> NDArray[np.int32]:
    """Return the cluster of each of the n leaves, (n,), from 1: at most so many clusters."""
    labels = np.zeros(len(tree) + 1, dtype=np.int32)
    compiled("scipy.cluster", "_hierarchy").cluster_maxclust_dist(_double(tree), labels, len(labels), most)
    return labels


def assignment(costs: DoubleArray, *, maximize: bool = False) -> tuple[IntArray, IntArray]:
    """Return the rows and columns of a matrix (n, m) that are paired for the least sum of costs, or the largest."""
    rows, columns = compiled("scipy.optimize", "_lsap").linear_sum_assignment(costs, maximize)
    return rows, columns


def sums_of_rows(
    starts: IntArray, indexes: IntArray, weights: DoubleArray, rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return weighted sums (g, d) of some of the rows (n, d): those of group i are indexes[starts[i] : starts[i + 1]].

    This is the product of a sparse matrix (g, n) with a dense one, its rows added in the order they are given.
    """
    groups, (count, width) = len(starts) - 1, rows.shape
    sums = np.zeros((groups, width))
    compiled("scipy.sparse", "_sparsetools").csr_matvecs(
        groups,
        count,
        width,
        np.ascontiguousarray(starts, dtype=np.int64),
        np.ascontiguousarray(indexes, dtype=np.int64),
        np.ascontiguousarray(weights, dtype=np.float64),
        np.ascontiguousarray(rows).ravel(),
        sums.ravel(),
    )
    return sums


def _double(values: NDArray[np.floating]) -> DoubleArray:
    return np.ascontiguousarray(values, dtype=np.float64)
