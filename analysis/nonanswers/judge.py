"""Whether a text says nothing ("hmm, that's a hard one"), by a model's vectors of sentences in ten languages.

Kernel ridge regression (Gaussian on the sphere) tells sentences that say nothing from ordinary answers. The threshold
is the model's own: of ordinary answers that the regression has not seen in any language, so many stay below it. The
packaged encoders' vectors of the sentences are in a file: ``python -m analysis.nonanswers.judge`` writes it again after
a change of either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.arrays import BoolArray, DoubleArray, FloatArray, slices, unit
from analysis.embedding.models import Embedder, load
from analysis.encoders.encoder import unstored
from analysis.nonanswers.sentences import read_sentences

FILE = Path(__file__).with_name("anchors.npz")
WIDTH = 3.0  # of the kernel: exp(WIDTH * (cosine - 1)), after the mean of all sentences is taken off
RIDGE = 1.0
STAY_BELOW = 0.96  # the share of unseen ordinary answers that are below the threshold
LEAST_FOUND = 0.3  # of unseen sentences that say nothing: a model that finds fewer judges nothing
ROWS = 4096  # vectors compared at a time
DIGITS = 6  # to which scores are rounded, so that a text is judged alike in whatever company


@dataclass(frozen=True, slots=True)
class Judge:
    """What a model's vectors are judged by: the mean (d,), centred vectors (s, d) and weights (s,) of the sentences."""

    mean: DoubleArray
    sentences: DoubleArray
    weights: DoubleArray
    threshold: float

    def says_nothing(self, vectors: FloatArray) -> BoolArray:
        """Return which of n vectors (n, d) of texts are of those that say nothing."""
        return self.scores(vectors) > self.threshold

    def scores(self, vectors: FloatArray) -> DoubleArray:
        """Return how much each of n texts is like those that say nothing, about -1 to 1."""
        scores = np.zeros(len(vectors))
        for part in slices(len(vectors), ROWS):
            near = _kernel(unit(vectors[part].astype(np.float64) - self.mean), self.sentences)
            scores[part] = near @ self.weights
        return np.asarray(scores.round(DIGITS), dtype=np.float64)


_judges: dict[str, Judge | None] = {}


def judge_for(embedder: Embedder) -> Judge | None:
    """Return the judge for a model, made once; None for a model that cannot tell. Raises what ``embedder`` raises."""
    if embedder.model not in _judges:
        sentences = read_sentences()
        ready = precomputed(embedder.model, sentences.texts)
        vectors = np.asarray(unstored(embedder).encode(sentences.texts) if ready is None else ready, dtype=np.float64)
        _judges[embedder.model] = fit(vectors, sentences.says_nothing, np.array(sentences.matter))
    return _judges[embedder.model]


def precomputed(model: str, texts: Sequence[str]) -> FloatArray | None:
    """Return the vectors (s, d) that the packaged encoders make of the sentences; None for another model or texts."""
    if not FILE.is_file():
        return None
    with np.load(FILE, allow_pickle=False) as file:
        is_of_these = str(file["model"]) == model and file["texts"].tolist() == list(texts)
        return np.asarray(file["vectors"]) if is_of_these else None


def make() -> int:
    """Write the vectors of the sentences; return their number. Raises ModelError."""
    embedder, texts = load(), read_sentences().texts
    np.savez_compressed(FILE, model=embedder.model, texts=np.array(texts), vectors=embedder.encode(texts))
    return len(texts)


def fit(vectors: DoubleArray, says_nothing: BoolArray, matter: np.ndarray) -> Judge | None:
    """Fit a judge to the vectors (s, d) of sentences; None if it would not know the rest of them by some of them."""
    mean = vectors.mean(axis=0)
    centred = unit(vectors - mean)
    near = _kernel(centred, centred)
    wanted = np.where(says_nothing, 1.0, -1.0)
    counts = np.where(says_nothing, says_nothing.sum(), (~says_nothing).sum())
    ridge = RIDGE * 2 * counts / len(vectors)  # both kinds weigh alike
    inverse = np.asarray(np.linalg.inv(near + np.diag(ridge)), dtype=np.float64)
    weights: DoubleArray = inverse @ wanted
    unseen = np.zeros(len(vectors))
    for each in np.unique(matter):
        own = matter == each  # what the others would give it, without solving again for each (Rifkin and Lippert, 2007)
        unseen[own] = wanted[own] - np.linalg.solve(inverse[np.ix_(own, own)], weights[own])
    threshold = float(np.quantile(unseen[~says_nothing], STAY_BELOW))
    if (unseen[says_nothing] > threshold).mean() < LEAST_FOUND:
        return None
    return Judge(mean, centred, weights, threshold)


def _kernel(rows: DoubleArray, others: DoubleArray) -> DoubleArray:
    return np.asarray(np.exp(WIDTH * (rows @ others.T - 1)), dtype=np.float64)


if __name__ == "__main__":
    print(f"{make()} vectors in {FILE}")
