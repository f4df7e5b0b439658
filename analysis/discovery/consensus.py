"""How often points belong together: communities of their neighbour graph, found several times and compared.

Used where there are points enough to have neighbourhoods. Arrays in, array out; the same rows give the same distances.
"""

import numpy as np
from graspologic_native import leiden_csr
from scipy.sparse import csr_array
from scipy.spatial.distance import squareform

from analysis.arrays import DoubleArray, IntArray
from analysis.parallel.threads import map_in_threads

NEIGHBOURS = (6, 10, 15)  # of a point in the graph
RESOLUTIONS = (1.0, 1.5, 2.0)  # of modularity: the higher, the smaller the communities
POWER = 2
PARTITIONS = len(NEIGHBOURS) * len(RESOLUTIONS)
AT_ONCE = 128  # rows looked at for the largest of each
HISTORY = 0.35  # how much the themes of the last run count beside what is found now


def coassociation_distances(points: DoubleArray, *, seed: int = 0) -> DoubleArray:
    """The share of partitions that part two of n points: condensed distances, (n * (n - 1) / 2,), each 0-1.

    ``points`` (n, dimensions) are of unit length. The partitions are Leiden communities (Traag et al. 2019) of the
    cosine graphs of every point's nearest neighbours, at several numbers of neighbours and resolutions; counting them
    is the co-association of Fred and Jain (2005). No single number of neighbours or resolution decides.
    """
    n = len(points)
    together = np.zeros((n, n), dtype=np.uint8)
    similar = points @ points.T
    np.fill_diagonal(similar, -np.inf)
    near = top_columns(similar, min(max(NEIGHBOURS), n - 1))
    graphs = [_graph(similar, near[:, : min(neighbours, n - 1)]) for neighbours in NEIGHBOURS]
    del similar, near
    tried = [(graph, resolution, seed) for graph in graphs for resolution in RESOLUTIONS]
    for own in map_in_threads(lambda one: _communities(*one), tried):  # which lets other threads run
        together += own[:, None] == own[None, :]
    return np.asarray(1.0 - squareform(together, checks=False) / PARTITIONS)


def top_columns(similar: DoubleArray, most: int) -> IntArray:
    """The ``most`` columns that are largest in each row of ``similar`` (n, n), largest first; ties to the earlier."""
    if len(similar) <= 4 * most:
        return np.asarray(np.argsort(-similar, axis=1, kind="stable")[:, :most], dtype=np.intp)
    parts = (slice(start, start + AT_ONCE) for start in range(0, len(similar), AT_ONCE))
    some = np.concatenate([np.argpartition(-similar[rows], most - 1, axis=1)[:, :most] for rows in parts])
    some.sort(axis=1)
    values = np.take_along_axis(similar, some, axis=1)
    near = np.take_along_axis(some, np.argsort(-values, axis=1, kind="stable"), axis=1)
    tied = np.flatnonzero((similar >= values.min(axis=1, keepdims=True)).sum(axis=1) > most)
    near[tied] = np.argsort(-similar[tied], axis=1, kind="stable")[:, :most]
    return np.asarray(near, dtype=np.intp)


def _graph(similar: DoubleArray, near: IntArray) -> csr_array:
    """Every point joined to its nearest ones that are not turned away from it, edges weighted by cosine; (n, n)."""
    n, neighbours = near.shape
    rows = np.repeat(np.arange(n), neighbours)
    weights = np.maximum(similar[rows, near.ravel()], 0.0) ** POWER
    one_way = csr_array((weights, (rows, near.ravel())), shape=(n, n))
    both_ways = one_way.maximum(one_way.T).tocsr()
    both_ways.eliminate_zeros()
    both_ways.sort_indices()
    return both_ways


def _communities(graph: csr_array, resolution: float, seed: int) -> IntArray:
    """The community of each of the n nodes, (n,)."""
    _, found = leiden_csr(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int32),
        graph.data.astype(np.float64),
        graph.shape[0],
        resolution=resolution,
        seed=seed,
    )
    own = np.arange(graph.shape[0], dtype=np.intp) + len(found)  # a node without an edge stands alone
    own[list(found)] = list(found.values())
    return own


def blend_with_previous(distances: DoubleArray, before: IntArray) -> DoubleArray:
    """Condensed distances, each 0-1 or so, of n points that keep something of an earlier grouping.

    ``before`` (n,) is the group of each point then, -1 where it was in none or new: only pairs of which both were in
    one count. Chakrabarti, Kumar and Tomkins (2006), "Evolutionary clustering": what is found should fit the data and
    not differ from what people saw the day before without a reason.
    """
    first, second = np.triu_indices(len(before), 1)
    known = (before[first] >= 0) & (before[second] >= 0)
    parted = (before[first] != before[second]).astype(np.float64)
    return np.where(known, (1 - HISTORY) * distances + HISTORY * parted, distances)
