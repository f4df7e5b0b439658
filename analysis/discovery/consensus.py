"""Consensus distances: how often two points are in different communities of several neighbour graphs.

They are used for MIN_CONSENSUS_POINTS or more. All functions map arrays to arrays, without hidden state.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from graspologic_native import leiden_csr

from analysis.arrays import BoolArray, DoubleArray, IntArray, slices
from analysis.compiled import condensed, squared_distances
from analysis.parallel.threads import map_in_threads

NEIGHBOURS = (6, 10, 15)  # of each point, in three graphs
RESOLUTIONS = (1.0, 1.5, 2.0)  # of modularity: higher ones make smaller communities
FEW_POINTS = 300  # for fewer, the next two: fifteen neighbours are more than most themes have
FEW_NEIGHBOURS = (4, 8, 12)
FEW_RESOLUTIONS = (1.0, 2.0, 3.0)
CONSENSUS_SHARE = 0.2  # of the distance; the rest is the cosine distance
WEIGHT_POWER = 2  # of the cosine in the weight of an edge
PARTITIONS = len(NEIGHBOURS) * len(RESOLUTIONS)
BLOCK_ROWS = 128  # of the similarity matrix that are partitioned at a time
PREVIOUS_WEIGHT = 0.35  # of the themes of the last run, against what is found now
HELD_WEIGHT = 0.8  # the same for themes that an owner touched


def consensus_distances(points: DoubleArray, *, seed: int = 0) -> DoubleArray:
    """Return condensed distances of n points of unit length, (n * (n - 1) / 2,), 0-1 or a little more.

    They are the means of co-association and cosine distances: partitions tell which points lie together, and cosines
    tell apart those that no partition does.
    """
    cosines = squared_distances(points) / 2
    together = coassociation_distances(points, seed=seed)
    return np.asarray(CONSENSUS_SHARE * together + (1 - CONSENSUS_SHARE) * cosines)


def coassociation_distances(points: DoubleArray, *, seed: int = 0) -> DoubleArray:
    """Return the share of partitions that separate two of n points: condensed distances, (n * (n - 1) / 2,), 0-1.

    ``points`` (n, d) are of unit length. The partitions are Leiden communities (Traag et al. 2019) of nearest-neighbour
    graphs, for several numbers of neighbours and resolutions, so that the result does not depend on one choice. The
    share of partitions is the co-association of Fred and Jain (2005).
    """
    n = len(points)
    joint = np.zeros((n, n), dtype=np.uint8)  # partitions in which two points are in one community
    similar = points @ points.T
    np.fill_diagonal(similar, -np.inf)
    sizes, resolutions = (FEW_NEIGHBOURS, FEW_RESOLUTIONS) if n < FEW_POINTS else (NEIGHBOURS, RESOLUTIONS)
    near = top_columns(similar, min(max(sizes), n - 1))
    graphs = [_graph(similar, near[:, : min(neighbours, n - 1)]) for neighbours in sizes]
    del similar, near
    tried = [(graph, resolution, seed) for graph in graphs for resolution in resolutions]
    for own in map_in_threads(lambda one: _communities(*one), tried):
        joint += own[:, None] == own[None, :]
    return np.asarray(1.0 - condensed(joint) / PARTITIONS)


def top_columns(similar: DoubleArray, most: int) -> IntArray:
    """Return the ``most`` largest columns of each row of (n, n), largest first; of equal ones the first columns."""
    if len(similar) <= 4 * most:
        return np.asarray(np.argsort(-similar, axis=1, kind="stable")[:, :most], dtype=np.intp)
    blocks = slices(len(similar), BLOCK_ROWS)
    some = np.concatenate([np.argpartition(-similar[rows], most - 1, axis=1)[:, :most] for rows in blocks])
    some.sort(axis=1)
    values = np.take_along_axis(similar, some, axis=1)
    near = np.take_along_axis(some, np.argsort(-values, axis=1, kind="stable"), axis=1)
    tied = np.flatnonzero((similar >= values.min(axis=1, keepdims=True)).sum(axis=1) > most)
    near[tied] = np.argsort(-similar[tied], axis=1, kind="stable")[:, :most]
    return np.asarray(near, dtype=np.intp)


class Graph(NamedTuple):
    """A graph of n nodes: the neighbours of node i are neighbours[starts[i]:starts[i + 1]], ascending, with weights."""

    starts: IntArray
    neighbours: IntArray
    weights: DoubleArray


def _graph(similar: DoubleArray, near: IntArray) -> Graph:
    """Return the symmetric graph of points and nearest neighbours with a positive cosine, edges by cosine."""
    n, neighbours = near.shape
    rows, columns = np.repeat(np.arange(n), neighbours), near.ravel()
    one_way = np.maximum(similar[rows, columns], 0.0) ** WEIGHT_POWER
    pairs = np.concatenate([rows * n + columns, columns * n + rows])
    order = np.argsort(pairs, kind="stable")
    edges, first = np.unique(pairs[order], return_index=True)
    weights = np.maximum.reduceat(np.concatenate([one_way, one_way])[order], first)
    edges, weights = edges[weights > 0], weights[weights > 0]
    return Graph(np.searchsorted(edges, np.arange(n + 1) * n), edges % n, weights)


def _communities(graph: Graph, resolution: float, seed: int) -> IntArray:
    """Return the Leiden community of each of the n nodes, (n,)."""
    nodes = len(graph.starts) - 1
    if not len(graph.weights):  # of which leiden_csr makes a panic
        return np.arange(nodes, dtype=np.intp)
    _, found = leiden_csr(
        graph.starts.astype(np.int64),
        graph.neighbours.astype(np.int32),
        graph.weights,
        nodes,
        resolution=resolution,
        seed=seed,
    )
    own = np.arange(nodes, dtype=np.intp) + len(found)  # a node without edges is a community
    own[list(found)] = list(found.values())
    return own


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier grouping of n points: ``labels`` (n,), -1 for none, and which an owner holds to, ``held`` (n,).

    ``share`` of the answers, 0-1, are those that it was found in.
    """

    labels: IntArray
    held: BoolArray
    share: float = 1.0


def smallest_beside(before: Earlier | None, weights: IntArray, least: int) -> int:
    """Return the minimum number of ideas in a theme, ``least`` or that of the smallest theme of the last run.

    A theme that its weak members have left may be smaller than ``least``, and would end if it had to reach that again.
    It is no less than half of ``least``. ``weights`` (n,) are the ideas of each point.
    """
    if before is None or before.labels.max(initial=-1) < 0:
        return least
    was = before.labels >= 0
    ideas = np.bincount(before.labels[was], weights=weights[was])
    return max(2, least // 2, min(least, int(ideas[ideas > 0].min())))


def blend_with_previous(distances: DoubleArray, before: Earlier) -> DoubleArray:
    """Return condensed distances of n points, 0-1 or so, moved towards an earlier grouping.

    Pairs with a point that was in no group keep their distance; those with one that an owner holds to move further. The
    others move the less the more answers came since: not at all where they have doubled.
    Chakrabarti, Kumar and Tomkins (2006), "Evolutionary clustering": clusters should fit the data and not differ from
    the earlier ones without a reason.
    """
    labels = before.labels
    first, second = np.triu_indices(len(labels), 1)
    known = (labels[first] >= 0) & (labels[second] >= 0)
    separate = (labels[first] != labels[second]).astype(np.float64)
    previous = PREVIOUS_WEIGHT * max(0.0, 2 * before.share - 1)
    weight = np.where(before.held[first] | before.held[second], HELD_WEIGHT, previous)
    return np.where(known, (1 - weight) * distances + weight * separate, distances)
