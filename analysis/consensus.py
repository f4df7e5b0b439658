"""How often points belong together: communities of their neighbour graph, found several times and compared.

Used where there are points enough to have neighbourhoods. Arrays in, array out; the same rows give the same distances.
"""

import networkx as nx  # type: ignore[import-untyped,unused-ignore]
import numpy as np
from numpy.typing import NDArray

DoubleArray = NDArray[np.float64]

NEIGHBOURS = (6, 10, 15)  # of a point in the graph
RESOLUTIONS = (1.0, 1.5, 2.0)  # of modularity: the higher, the smaller the communities
POWER = 2
PARTITIONS = len(NEIGHBOURS) * len(RESOLUTIONS)


def apart(points: DoubleArray, *, seed: int = 0) -> DoubleArray:
    """The share of partitions that part two of n points: condensed distances, (n * (n - 1) / 2,), each 0-1.

    ``points`` (n, dimensions) are of unit length. The partitions are Louvain communities (Blondel et al. 2008) of the
    cosine graphs of every point's nearest neighbours, at several numbers of neighbours and resolutions; counting them
    is the co-association of Fred and Jain (2005). No single number of neighbours or resolution decides.
    """
    n = len(points)
    upper = np.triu_indices(n, 1)
    together = np.zeros((n, n), dtype=np.uint8)
    similar = points @ points.T
    np.fill_diagonal(similar, -np.inf)
    for neighbours in NEIGHBOURS:
        graph = _graph(similar, min(neighbours, n - 1))
        for resolution in RESOLUTIONS:
            communities = nx.community.louvain_communities(graph, resolution=resolution, seed=seed)
            own = np.zeros(n, dtype=np.intp)
            for number, members in enumerate(communities):
                own[list(members)] = number
            together += own[:, None] == own[None, :]
    return np.asarray(1.0 - together[upper] / PARTITIONS)


def _graph(similar: DoubleArray, neighbours: int) -> "nx.Graph[int]":
    """Every point joined to its nearest ones that are not turned away from it, edges weighted by cosine."""
    n = len(similar)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(n))
    # Stable, so that ties fall to the earlier row.
    near = np.argsort(-similar, axis=1, kind="stable")[:, :neighbours]
    for row in range(n):
        for other in near[row].tolist():
            if similar[row, other] > 0:
                graph.add_edge(row, other, weight=float(similar[row, other]) ** POWER)
    return graph
