"""k-means by scikit-learn, in a module of its own: scikit-learn takes 1 s and 130 MB to load."""

from typing import Any

from sklearn.cluster import MiniBatchKMeans

from analysis.arrays import FloatArray, IntArray
from analysis.parallel.threads import find_thread_pools_again, one_blas_thread

find_thread_pools_again()  # scikit-learn has brought its own


def fit_kmeans(points: FloatArray, weights: IntArray, groups: int, seed: int) -> Any:
    """Return the fitted model of at most ``groups`` clusters of n points (n, d) with ``weights`` (n,)."""
    model = MiniBatchKMeans(n_clusters=groups, init="random", random_state=seed, batch_size=4096, n_init=1, max_iter=10)
    with one_blas_thread():
        return model.fit(points, sample_weight=weights)
