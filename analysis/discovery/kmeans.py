"""k-means by scikit-learn, which takes a second to load: a second process that needs none does without."""

from typing import Any

from sklearn.cluster import MiniBatchKMeans

from analysis.arrays import FloatArray, IntArray


def fit_kmeans(points: FloatArray, weights: IntArray, groups: int, seed: int) -> Any:
    """At most ``groups`` groups of n points (n, d), each counted ``weights`` (n,) times: their centres and labels."""
    model = MiniBatchKMeans(n_clusters=groups, init="random", random_state=seed, batch_size=4096, n_init=1, max_iter=10)
    return model.fit(points, sample_weight=weights)
