"""How sure the themes of one analysis are: in how many re-runs each comes back, and whether all has been said."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import nsmallest

import numpy as np

from analysis.arrays import BoolArray, FloatArray, IntArray
from analysis.discovery.discover import discover, discover_leftovers
from analysis.discovery.micro_clusters import MAX_EXACT_POINTS
from analysis.evidence.saturation import saturation
from analysis.evidence.stability import MOST_IDEAS, Given, Trial, known_stability, leaving_out_examples, trial
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.edits import Members
from analysis.parallel.threads import one_core
from analysis.results import Placement, Saturation, Stability
from analysis.text.parse_answers import ParsedAnswers

UNTRIED = Stability(0, 0)
POOL, MOST_OF_MANY = 10_000, 1000  # answers that re-runs draw from, ideas each sees, where there are very many


def said(parsed: ParsedAnswers, placements: Sequence[Placement]) -> Saturation:
    """Whether nearly everything has been said by the people who answered."""
    people = {idea.answer for idea in parsed.ideas}
    themes: dict[str, set[int]] = {}
    for placement in placements:
        themes.setdefault(placement.theme, set()).add(parsed.ideas[placement.idea].answer)
    return saturation(list(themes.values()), people.difference(*themes.values()), len(people))


def known_again(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    book: Codebook,
    examples: FloatArray,
    known: Members,
    runs: int,
    seed: int,
    step: Callable[[], None],
) -> dict[str, Stability]:
    """In how many re-runs each known theme came back when part of its examples was left out.

    Of a large set each re-run sees a part, the same for every order of the answers. ``step`` is told of each.
    """
    if not book.themes or not parsed.wordings or not runs:
        return {}
    rows = _part(len(parsed.wordings), seed)
    at = {row: place for place, row in enumerate(rows)}
    placed = np.zeros((len(rows), len(book.themes)), dtype=np.bool_)
    for column, theme in enumerate(book.themes):
        placed[[at[row] for row in known.get(theme.key, ()) if row in at], column] = True
    again = leaving_out_examples([parsed.wordings[row] for row in rows], vectors[rows], book, examples)

    def tried(kept: Sequence[IntArray]) -> BoolArray:
        step()
        return again(kept)

    found = known_stability(
        placed,
        parsed.weights[rows],
        [len(theme.examples) for theme in book.themes],
        tried,
        runs=runs,
        seed=seed,
    )
    return {theme.key: stability for theme, stability in zip(book.themes, found, strict=True)}


@dataclass(frozen=True, slots=True)
class Again:
    """Discovery done again on parts of the answers: the wordings ``rows`` they are from, and what it is ``tried`` on.

    Each re-run depends on what it is ``given`` alone, ``tried.given``, so that other processes may do some; and not
    on what was found, so that they may begin before it was.
    """

    rows: Sequence[int]
    tried: Trial
    find: Callable[[Given], IntArray]

    def outcome(self, found: Members, results: Iterable[IntArray], step: Callable[[], None]) -> dict[str, Stability]:
        """In how many re-runs each of the themes ``found`` came back; ``step`` is told of each re-run."""
        at = {row: place for place, row in enumerate(self.rows)}
        labels = np.full(len(self.rows), -1, dtype=np.intp)
        keys = sorted(found)
        for number, key in enumerate(keys):
            labels[[at[row] for row in found[key] if row in at]] = number
        stability = self.tried.outcome(labels, results, step) if self.tried.given else ()
        # The last themes may have nobody among the answers that re-runs draw from.
        return dict(zip(keys, [*stability, *[UNTRIED] * (len(keys) - len(stability))], strict=True))


def prepared() -> None:
    """Nothing: another process that is asked for it has loaded what re-runs need."""


def find_again(
    parsed: ParsedAnswers, vectors: FloatArray, shared: FloatArray, placed: Members, runs: int, seed: int
) -> Again:
    """The re-runs that leave out part of the answers, of all or of some of very many, without a copy of the rest.

    ``vectors`` are those that themes are discovered by, ``shared`` (d,) what all have in common, ``placed`` what known
    themes had taken before.
    """
    many = len(parsed.wordings) > MAX_EXACT_POINTS
    taken = set().union(*placed.values())
    own = np.asarray(_some_answers(parsed, taken) if many else _free(parsed, taken), dtype=np.intp)
    left, points = np.unique(parsed.rows[own], return_inverse=True)
    tried = trial(
        vectors,
        points,
        parsed.answers[own],
        runs=runs,
        seed=seed,
        most=MOST_OF_MANY if many else MOST_IDEAS,
        rows=left,
    )
    return Again(left.tolist(), tried, partial(_found, shared, bool(placed)))


@one_core()
def _found(shared: FloatArray, leftovers: bool, given: Given) -> IntArray:
    """What discovery finds in a part of the answers; also in another process."""
    vectors, weights, seed = given
    find = discover_leftovers if leftovers else discover
    return find(vectors, weights, shared=shared, seed=seed).labels


def _free(parsed: ParsedAnswers, taken: Collection[int]) -> IntArray:
    """The ideas that no known theme took."""
    free = np.ones(len(parsed.wordings), dtype=np.bool_)
    free[list(taken)] = False
    return np.flatnonzero(free[parsed.rows])


def _some_answers(parsed: ParsedAnswers, taken: Collection[int]) -> list[int]:
    """The ideas of up to POOL answers that no known theme took: whole answers, the same ones in every order of them."""
    rows, ideas = parsed.rows, _free(parsed, taken)
    everything: list[int] = ideas.tolist()
    answers, starts = np.unique(parsed.answers[ideas], return_index=True)
    if len(answers) <= POOL:
        return everything
    ends = np.append(starts[1:], len(ideas))
    checks = np.add.reduceat(parsed.checksums[rows[ideas]], starts) * np.uint64(2654435761) % np.uint64(2**32)
    few = np.flatnonzero(checks <= np.partition(checks, POOL - 1)[POOL - 1]).tolist()

    def said(answer: int) -> IntArray:
        return ideas[starts[answer] : ends[answer]]

    chosen = nsmallest(POOL, few, key=lambda answer: (int(checks[answer]), rows[said(answer)].tolist()))
    return sorted(idea for answer in chosen for idea in said(answer).tolist())


def _part(count: int, seed: int) -> IntArray:
    """The rows a re-run looks at: all, or a random part of many."""
    if count <= MOST_IDEAS:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).permutation(count)[:MOST_IDEAS])
