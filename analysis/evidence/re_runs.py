"""Stability of the themes of one run, by re-runs on parts of the answers or examples; and saturation."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest

import numpy as np

from analysis.arrays import BoolArray, FloatArray, IntArray
from analysis.certainty import Stability
from analysis.discovery.discover import discover, discover_leftovers
from analysis.discovery.micro_clusters import MAX_EXACT_POINTS
from analysis.evidence.saturation import estimate_saturation
from analysis.evidence.stability import (
    MAX_IDEAS,
    ReRunInput,
    ReRunSamples,
    draw_samples,
    known_stability,
    leaving_out_examples,
)
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.edits import Members
from analysis.parallel.threads import one_blas_thread
from analysis.parallel.workers import Workers
from analysis.results import Placement, Saturation
from analysis.text.parse_answers import ParsedAnswers

NO_STABILITY = Stability(0, 0)
MAX_ANSWERS_OF_MANY, MAX_IDEAS_OF_MANY = 10_000, 1000  # answers to draw from and ideas of a re-run, above
# MAX_EXACT_POINTS wordings


def measure_saturation(parsed: ParsedAnswers, placements: Sequence[Placement]) -> Saturation:
    """Estimate how likely the next answer is to name a new theme."""
    people = {idea.answer for idea in parsed.ideas}
    themes: dict[str, set[int]] = {}
    for placement in placements:
        themes.setdefault(placement.theme, set()).add(parsed.ideas[placement.idea].answer)
    return estimate_saturation(list(themes.values()), people.difference(*themes.values()), len(people))


def known_theme_stability(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    book: Codebook,
    examples: FloatArray,
    known: Members,
    runs: int,
    seed: int,
    step: Callable[[], None],
) -> dict[str, Stability]:
    """Count the re-runs in which each known theme came back when part of its examples was left out.

    Each re-run of a large set sees the same sample, whatever the order of the answers. ``step`` is called for each.
    """
    if not book.themes or not parsed.wordings or not runs:
        return {}
    rows = _sample_rows(len(parsed.wordings), seed)
    if parsed.unread:
        rows = rows[~np.isin(rows, [*parsed.unread])]
    position = {row: at for at, row in enumerate(rows)}
    placed = np.zeros((len(rows), len(book.themes)), dtype=np.bool_)
    for column, theme in enumerate(book.themes):
        placed[[position[row] for row in known.get(theme.key, ()) if row in position], column] = True
    place_again = leaving_out_examples([parsed.wordings[row] for row in rows], vectors[rows], book, examples)

    def counted(kept: Sequence[IntArray]) -> BoolArray:
        step()
        return place_again(kept)

    example_counts = [len(theme.examples) for theme in book.themes]
    found = known_stability(placed, parsed.weights[rows], example_counts, counted, runs=runs, seed=seed)
    return {theme.key: stability for theme, stability in zip(book.themes, found, strict=True)}


@dataclass(frozen=True, slots=True)
class DiscoveryReRuns:
    """Discovery repeated on samples of the wordings ``rows``; ``labels`` are the themes each re-run found.

    A re-run depends on its sample alone and not on the themes of the run, so re-runs start before those are known.
    ``labels`` can be consumed once.
    """

    rows: Sequence[int]
    samples: ReRunSamples
    labels: Iterator[IntArray]

    def stability(self, found: Members, step: Callable[[], None]) -> dict[str, Stability]:
        """Count the re-runs in which each of the themes ``found`` came back; ``step`` is called for each re-run."""
        position = {row: at for at, row in enumerate(self.rows)}
        themes = np.full(len(self.rows), -1, dtype=np.intp)
        keys = sorted(found)
        for number, key in enumerate(keys):
            themes[[position[row] for row in found[key] if row in position]] = number
        stability = self.samples.stability(themes, self.labels, step) if self.samples.inputs else ()
        # The last themes may have no wordings among those that re-runs draw from.
        return dict(zip(keys, [*stability, *[NO_STABILITY] * (len(keys) - len(stability))], strict=True))


def start_discovery_re_runs(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    mean: FloatArray,
    placed: Members,
    runs: int,
    seed: int,
    workers: Workers,
) -> DiscoveryReRuns:
    """Draw the samples for re-runs of discovery and let the workers run them.

    ``vectors`` (n, d) are those that themes are discovered by, ``mean`` (d,) that of all ideas; wordings in ``placed``
    are left out.
    """
    many = len(parsed.wordings) > MAX_EXACT_POINTS
    taken = parsed.unread.union(*placed.values())
    ideas = np.asarray(_some_answers(parsed, taken) if many else _unplaced_ideas(parsed, taken), dtype=np.intp)
    rows, points = np.unique(parsed.rows[ideas], return_inverse=True)
    samples = draw_samples(
        vectors,
        points,
        parsed.answers[ideas],
        runs=runs,
        seed=seed,
        max_ideas=MAX_IDEAS_OF_MANY if many else MAX_IDEAS,
        rows=rows,
    )
    count = len(samples.inputs)
    labels = workers.map(_discover_again, [mean] * count, [bool(placed)] * count, samples.inputs)
    return DiscoveryReRuns(rows.tolist(), samples, labels)


@one_blas_thread()
def _discover_again(mean: FloatArray, leftovers: bool, sample: ReRunInput) -> IntArray:
    """Return the theme of each point of a sample; runs in any process."""
    vectors, weights, seed = sample
    find = discover_leftovers if leftovers else discover
    return find(vectors, weights, shared=mean, seed=seed).labels


def _unplaced_ideas(parsed: ParsedAnswers, taken: Collection[int]) -> IntArray:
    """Return the ideas that no known theme took."""
    free = np.ones(len(parsed.wordings), dtype=np.bool_)
    free[list(taken)] = False
    return np.flatnonzero(free[parsed.rows])


def _some_answers(parsed: ParsedAnswers, taken: Collection[int]) -> list[int]:
    """Return the ideas, in no known theme, of up to MAX_ANSWERS_OF_MANY whole answers; their order has no influence."""
    rows, ideas = parsed.rows, _unplaced_ideas(parsed, taken)
    everything: list[int] = ideas.tolist()
    answers, starts = np.unique(parsed.answers[ideas], return_index=True)
    if len(answers) <= MAX_ANSWERS_OF_MANY:
        return everything
    ends = np.append(starts[1:], len(ideas))
    checks = np.add.reduceat(parsed.checksums[rows[ideas]], starts) * np.uint64(2654435761) % np.uint64(2**32)
    few = np.flatnonzero(checks <= np.partition(checks, MAX_ANSWERS_OF_MANY - 1)[MAX_ANSWERS_OF_MANY - 1]).tolist()

    def ideas_of(answer: int) -> IntArray:
        return ideas[starts[answer] : ends[answer]]

    chosen = nsmallest(
        MAX_ANSWERS_OF_MANY, few, key=lambda answer: (int(checks[answer]), rows[ideas_of(answer)].tolist())
    )
    return sorted(idea for answer in chosen for idea in ideas_of(answer).tolist())


def _sample_rows(count: int, seed: int) -> IntArray:
    """Return all rows, or a random sample of many."""
    if count <= MAX_IDEAS:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).permutation(count)[:MAX_IDEAS])
