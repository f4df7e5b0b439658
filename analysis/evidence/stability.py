"""Stability of a theme: in how many re-runs on resampled answers, or on resampled examples, it comes back.

Clusterwise stability (Hennig 2007, "Cluster-wise assessment of cluster stability", Computational Statistics & Data
Analysis 52): draw a sample of the answers, group it, and match each theme with the new groups by the Jaccard similarity
of the members that were drawn. A theme that depends on a few people does not come back.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import BoolArray, DoubleArray, FloatArray, IntArray
from analysis.certainty import Stability
from analysis.known_themes import place
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.drawn_examples import RE_RUNS as RE_RUNS
from analysis.known_themes.drawn_examples import draw_examples, rows_of

DISCOVERY_RE_RUN_FACTOR = 2  # times as many of discovered ones: a few lucky re-runs should not make one look certain
ANSWER_SHARE = 0.8  # share of the answers in each re-run
MIN_JACCARD = 0.5  # similarity from which a theme came back (Hennig: below it a cluster is dissolved)
MAX_IDEAS = 2000  # in each re-run, so that ten take seconds

ReRunInput = tuple[FloatArray, IntArray, int]
"""What a re-run groups: vectors (n, d), weights (n,) and a seed"""

Recluster = Callable[[FloatArray, IntArray, int], IntArray]
"""Takes vectors (n, d), weights (n,) and a seed; returns the group of each vector, -1 for none"""

PlaceAgain = Callable[[Sequence[IntArray]], BoolArray]
"""Takes the indexes of the examples kept of each of k themes; returns which of n points are in which theme, (n, k)"""


@dataclass(frozen=True, slots=True)
class ReRunSamples:
    """Samples of n points for re-runs of discovery: the points of each, ``kept`` (m,), and the ``inputs`` to group."""

    kept: tuple[IntArray, ...]
    inputs: tuple[ReRunInput, ...]

    def stability(
        self, labels: IntArray, results: Iterable[IntArray], step: Callable[[], None]
    ) -> tuple[Stability, ...]:
        """Count how often each of the groups 0, 1, ... of ``labels`` (n,) came back among the groups of re-runs.

        ``results`` are the labels that each re-run found; ``step`` is called for each.
        """
        groups = int(labels.max(initial=-1)) + 1
        if not groups:
            return ()
        came_back, tried = np.zeros(groups, dtype=np.intp), np.zeros(groups, dtype=np.intp)
        for kept, (_, weights, _), again in zip(self.kept, self.inputs, results, strict=True):
            step()
            own = labels[kept]
            present = np.bincount(own[own >= 0], minlength=groups) > 0
            tried += present
            came_back += present & (jaccard(own, again, weights, groups) >= MIN_JACCARD)
        return _as_stabilities(came_back, tried)


def draw_samples(
    vectors: FloatArray,
    point_of: Sequence[int] | IntArray,
    answer_of: Sequence[int] | IntArray,
    *,
    runs: int,
    seed: int,
    max_ideas: int = MAX_IDEAS,
    rows: IntArray | None = None,
) -> ReRunSamples:
    """Draw a sample of the answers for each of ``runs`` re-runs; see ``discovered_stability``.

    The n points are ``rows`` (n,) of ``vectors``, or all of them; only what is drawn is copied.
    """
    points = np.asarray(point_of, dtype=np.intp)
    answers = _numbered_by_content(points, np.asarray(answer_of, dtype=np.intp))
    generator = np.random.default_rng(seed)
    kept, inputs = [], []
    for _ in range(runs if len(points) else 0):
        drawn = _draw_answers(answers, max_ideas, generator)
        weights = np.bincount(points[drawn])
        own = np.flatnonzero(weights)
        sample = vectors[own if rows is None else rows[own]]
        kept.append(own)
        inputs.append((sample, weights[own].astype(np.intp), int(generator.integers(2**31))))
    return ReRunSamples(tuple(kept), tuple(inputs))


def discovered_stability(
    vectors: FloatArray,
    point_of: Sequence[int] | IntArray,
    answer_of: Sequence[int] | IntArray,
    labels: IntArray,
    recluster: Recluster,
    *,
    runs: int = RE_RUNS,
    seed: int = 0,
    max_ideas: int = MAX_IDEAS,
) -> tuple[Stability, ...]:
    """Return the stability of each of the groups 0, 1, ... that ``labels`` (n,) makes of n points, ``vectors`` (n, d).

    Idea i has the point ``point_of[i]`` and is from answer ``answer_of[i]``. Whole answers are drawn without
    replacement: drawing one twice would make twins, which every clustering puts into one group. The order of the
    answers does not matter, as long as that of the points does not follow it.
    """
    samples = draw_samples(vectors, point_of, answer_of, runs=runs, seed=seed, max_ideas=max_ideas)
    return samples.stability(labels, (recluster(*sample) for sample in samples.inputs), lambda: None)


def known_stability(
    placed: BoolArray,
    weights: IntArray,
    examples: Sequence[int],
    place_again: PlaceAgain,
    *,
    runs: int = RE_RUNS,
    seed: int = 0,
) -> tuple[Stability, ...]:
    """Return the stability of k known themes when part of the examples of each is left out.

    ``placed`` (n, k): which of n points, of ``weights`` (n,) ideas, are in which theme. ``examples`` (k,): the number
    of examples of each theme. Ideas are placed one at a time, so other answers have no influence and only the choice
    of examples is tested. A theme of one or two examples loses none, so its stability means nothing.
    """
    came_back, tried = np.zeros(placed.shape[1], dtype=np.intp), np.zeros(placed.shape[1], dtype=np.intp)
    for kept in draw_examples(examples, runs=runs if placed.size else 0, seed=seed):
        again = place_again(kept)
        either = ((placed | again) * weights[:, None]).sum(axis=0)
        both = ((placed & again) * weights[:, None]).sum(axis=0)
        tried += placed.any(axis=0)
        came_back += placed.any(axis=0) & (both >= MIN_JACCARD * either)
    return _as_stabilities(came_back, tried)


def leaving_out_examples(
    texts: Sequence[str], vectors: FloatArray, codebook: Codebook, examples: FloatArray
) -> PlaceAgain:
    """Return the ``place_again`` of ``known_stability``; for the arguments see ``place.place_ideas``."""
    counts = [len(theme.examples) for theme in codebook.themes]

    def place_again(kept: Sequence[IntArray]) -> BoolArray:
        return place.place_ideas(texts, vectors, codebook, examples, rows_of(counts, kept)).placed

    return place_again


def jaccard(labels: IntArray, again: IntArray, weights: IntArray, groups: int) -> DoubleArray:
    """Return the best Jaccard similarity (groups,) of each group of ``labels`` (n,) to a group of ``again`` (n,)."""
    others = int(again.max()) + 1 if len(again) else 0
    if not groups or not others:
        return np.zeros(groups)
    # Label -1, no group, counts in the extra last row or column.
    shared = np.zeros((groups + 1, others + 1))
    np.add.at(shared, (labels, again), weights)
    either = shared.sum(axis=1)[:groups, None] + shared.sum(axis=0)[None, :others] - shared[:groups, :others]
    return np.asarray((shared[:groups, :others] / np.maximum(either, 1)).max(axis=1))


def _numbered_by_content(points: IntArray, answers: IntArray) -> IntArray:
    """Return the answer of each idea, (ideas,), numbered 0, 1, ... by the content of the answers, not their order."""
    order = np.lexsort((points, answers))
    distinct, starts, own = np.unique(answers[order], return_index=True, return_inverse=True)
    content = [tuple(part.tolist()) for part in np.split(points[order], starts[1:])]
    number = np.empty(len(distinct), dtype=np.intp)
    number[sorted(range(len(distinct)), key=content.__getitem__)] = np.arange(len(distinct))
    numbered = np.empty(len(answers), dtype=np.intp)
    numbered[order] = number[own]
    return numbered


def _draw_answers(answers: IntArray, max_ideas: int, generator: np.random.Generator) -> BoolArray:
    """Return which ideas are drawn, (ideas,): those of a sample of the answers, which are numbered 0, 1, ..."""
    count = int(answers.max()) + 1
    share = min(ANSWER_SHARE, max_ideas / len(answers))
    drawn = np.zeros(count, dtype=np.bool_)
    drawn[generator.permutation(count)[: max(1, round(share * count))]] = True
    return np.asarray(drawn[answers])


def _as_stabilities(came_back: IntArray, tried: IntArray) -> tuple[Stability, ...]:
    return tuple(Stability(int(back), int(of)) for back, of in zip(came_back, tried, strict=True))
