"""How sure a theme is: in how many re-runs on resampled answers, or on resampled examples, does it come back?

Clusterwise stability (Hennig 2007, "Cluster-wise assessment of cluster stability", Computational Statistics & Data
Analysis 52): draw part of the answers, group them again, and look for each theme among the new groups by the Jaccard
similarity of the members that were drawn. A theme that depends on a few people does not come back.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from analysis.arrays import BoolArray, DoubleArray, FloatArray, IntArray
from analysis.known_themes import place
from analysis.known_themes.codebook import Codebook, KnownTheme
from analysis.results import Stability

RUNS = 10  # re-runs of known themes
MORE_RUNS = 2  # times as many of discovered ones, which cost less: few lucky re-runs should not make one look sure
KEPT_ANSWERS = 0.8  # share of the answers in each re-run
KEPT_EXAMPLES = 0.7  # share of a known theme's examples in each re-run, never fewer than two
SAME_THEME = 0.5  # Jaccard similarity from which a group is the theme come back (Hennig: below it a cluster dissolved)
MOST_IDEAS = 2000  # of a larger set each re-run sees this many, so that ten take seconds
NORMAL_95 = 1.959964
READABLE_MARGIN = 0.1

Given = tuple[FloatArray, IntArray, int]
"""What is grouped again: vectors (n, d), weights (n,) and a seed"""

Recluster = Callable[[FloatArray, IntArray, int], IntArray]
"""Vectors (n, d), weights (n,) and a seed to a group number for each vector, -1 for none."""

PlaceAgain = Callable[[Sequence[IntArray]], BoolArray]
"""Which examples (indexes) are kept of each of k themes, to the points (n, k) that are in them then."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What re-runs of discovery are tried on: parts of n points that are grouped again, and by whom is another matter.

    Of each re-run: the points it sees, ``kept`` (m,), and what it is ``given``.
    """

    kept: tuple[IntArray, ...]
    given: tuple[Given, ...]

    def outcome(self, labels: IntArray, results: Iterable[IntArray], step: Callable[[], None]) -> tuple[Stability, ...]:
        """How often each of the groups 0, 1, ... of ``labels`` (n,) came back, by the groups that the re-runs found.

        ``step`` is told of each re-run.
        """
        groups = int(labels.max(initial=-1)) + 1
        if not groups:
            return ()
        came_back, tried = np.zeros(groups, dtype=np.intp), np.zeros(groups, dtype=np.intp)
        for kept, (_, weights, _), again in zip(self.kept, self.given, results, strict=True):
            step()
            own = labels[kept]
            present = np.bincount(own[own >= 0], minlength=groups) > 0
            tried += present
            came_back += present & (jaccard(own, again, weights, groups) >= SAME_THEME)
        return _as_stabilities(came_back, tried)


def trial(
    vectors: FloatArray,
    point_of: Sequence[int] | IntArray,
    answer_of: Sequence[int] | IntArray,
    *,
    runs: int,
    seed: int,
    most: int = MOST_IDEAS,
    rows: IntArray | None = None,
) -> Trial:
    """The draws of ``runs`` re-runs, which do not depend on what was found; see ``discovered_stability``.

    The n points are some ``rows`` (n,) of ``vectors``, or all, so that there is no copy but of what is drawn.
    """
    points = np.asarray(point_of, dtype=np.intp)
    answers = _numbered_by_content(points, np.asarray(answer_of, dtype=np.intp))
    generator = np.random.default_rng(seed)
    kept, given = [], []
    for _ in range(runs if len(points) else 0):
        drawn = _draw_answers(answers, most, generator)
        weights = np.bincount(points[drawn])
        own = np.flatnonzero(weights)
        some = vectors[own if rows is None else rows[own]]
        kept.append(own)
        given.append((some, weights[own].astype(np.intp), int(generator.integers(2**31))))
    return Trial(tuple(kept), tuple(given))


def discovered_stability(
    vectors: FloatArray,
    point_of: Sequence[int] | IntArray,
    answer_of: Sequence[int] | IntArray,
    labels: IntArray,
    recluster: Recluster,
    *,
    runs: int = RUNS,
    seed: int = 0,
    most: int = MOST_IDEAS,
) -> tuple[Stability, ...]:
    """The stability of each of the groups 0, 1, ... that ``labels`` (n,) makes of the n points ``vectors`` (n, d).

    An idea i says point ``point_of[i]`` and is from answer ``answer_of[i]``. Whole answers are drawn, without
    repetition: drawing one twice would make twins, which every clustering puts together. The order of the answers does
    not matter, as long as that of the points does not follow it.
    """
    tried = trial(vectors, point_of, answer_of, runs=runs, seed=seed, most=most)
    return tried.outcome(labels, (recluster(*given) for given in tried.given), lambda: None)


def known_stability(
    placed: BoolArray,
    weights: IntArray,
    examples: Sequence[int],
    place_again: PlaceAgain,
    *,
    runs: int = RUNS,
    seed: int = 0,
) -> tuple[Stability, ...]:
    """The stability of k known themes when part of the examples of each is left out.

    ``placed`` (n, k) says which of n points of ``weights`` (n,) ideas are in which theme, and ``examples`` (k,) how
    many examples each theme has. Placing looks at one idea at a time, so that other answers change nothing and only the
    wording of the examples is in question. A theme of one or two examples loses none and says nothing about itself.
    """
    came_back, tried = np.zeros(placed.shape[1], dtype=np.intp), np.zeros(placed.shape[1], dtype=np.intp)
    generator = np.random.default_rng(seed)
    for _ in range(runs if placed.size else 0):
        again = place_again([_draw_examples(count, generator) for count in examples])
        either = ((placed | again) * weights[:, None]).sum(axis=0)
        both = ((placed & again) * weights[:, None]).sum(axis=0)
        tried += placed.any(axis=0)
        came_back += placed.any(axis=0) & (both >= SAME_THEME * either)
    return _as_stabilities(came_back, tried)


def leaving_out_examples(
    texts: Sequence[str], vectors: FloatArray, codebook: Codebook, examples: FloatArray
) -> PlaceAgain:
    """For ``known_stability``: places by the examples that are kept; the arguments are those of ``place.place``."""
    starts = np.cumsum([0, *(len(theme.examples) for theme in codebook.themes)])

    def place_again(kept: Sequence[IntArray]) -> BoolArray:
        themes = tuple(
            KnownTheme(theme.key, theme.name, theme.description, tuple(theme.examples[at] for at in own))
            for theme, own in zip(codebook.themes, kept, strict=True)
        )
        rows = np.concatenate([start + own for start, own in zip(starts[:-1], kept, strict=True)])
        return place.place_ideas(texts, vectors, Codebook(codebook.name, themes), examples[rows]).placed

    return place_again


def jaccard(labels: IntArray, again: IntArray, weights: IntArray, groups: int) -> DoubleArray:
    """For each of the groups of ``labels`` (n,) the best Jaccard similarity to a group of ``again`` (n,), (groups,)."""
    others = int(again.max()) + 1 if len(again) else 0
    if not groups or not others:
        return np.zeros(groups)
    # One row and one column more than there are groups take the points of none.
    shared = np.zeros((groups + 1, others + 1))
    np.add.at(shared, (labels, again), weights)
    either = shared.sum(axis=1)[:groups, None] + shared.sum(axis=0)[None, :others] - shared[:groups, :others]
    return np.asarray((shared[:groups, :others] / np.maximum(either, 1)).max(axis=1))


def margin(people: int) -> float:
    """How far a share of ``people`` answers may be off, 0-1: half of Wilson's (1927) 95 % interval at one half."""
    return NORMAL_95 * sqrt(0.25 / (people + NORMAL_95**2))


def is_small(people: int) -> bool:
    """Whether shares of so few people are too rough to read to ten percentage points: fewer than 93."""
    return margin(people) > READABLE_MARGIN


def _numbered_by_content(points: IntArray, answers: IntArray) -> IntArray:
    """The answer of each idea, (ideas,), numbered 0, 1, ... by what the answers say and not by when they came."""
    order = np.lexsort((points, answers))
    distinct, starts, own = np.unique(answers[order], return_index=True, return_inverse=True)
    said = [tuple(part.tolist()) for part in np.split(points[order], starts[1:])]
    number = np.empty(len(distinct), dtype=np.intp)
    number[sorted(range(len(distinct)), key=said.__getitem__)] = np.arange(len(distinct))
    numbered = np.empty(len(answers), dtype=np.intp)
    numbered[order] = number[own]
    return numbered


def _draw_answers(answers: IntArray, most: int, generator: np.random.Generator) -> BoolArray:
    """Which ideas are drawn, (ideas,): those of part of the answers, which are numbered 0, 1, ..."""
    count = int(answers.max()) + 1
    share = min(KEPT_ANSWERS, most / len(answers))
    drawn = np.zeros(count, dtype=np.bool_)
    drawn[generator.permutation(count)[: max(1, round(share * count))]] = True
    return np.asarray(drawn[answers])


def _draw_examples(count: int, generator: np.random.Generator) -> IntArray:
    kept = max(min(count, 2), round(KEPT_EXAMPLES * count))
    return np.sort(generator.permutation(count)[:kept]).astype(np.intp)


def _as_stabilities(came_back: IntArray, tried: IntArray) -> tuple[Stability, ...]:
    return tuple(Stability(int(back), int(of)) for back, of in zip(came_back, tried, strict=True))
