"""How sure the themes of one analysis are: in how many re-runs each comes back, and whether all has been said."""

from collections.abc import Callable, Collection, Sequence
from heapq import nsmallest

import numpy as np
from numpy.typing import NDArray

from analysis.codebook import Codebook
from analysis.edits import Members
from analysis.embed import FloatArray
from analysis.gather import MANY
from analysis.reading import Reading
from analysis.results import Placement
from analysis.saturation import Saturation, saturation
from analysis.stability import (
    MOST_IDEAS,
    IntArray,
    Stability,
    discovered_stability,
    known_stability,
    leaving_out_examples,
)

Recluster = Callable[[FloatArray, IntArray, int], IntArray]
UNTRIED = Stability(0, 0)
POOL, MOST_OF_MANY = 10_000, 1000  # answers that re-runs draw from, ideas each sees, where there are very many


def said(reading: Reading, placements: Sequence[Placement]) -> Saturation:
    """Whether nearly everything has been said by the people who answered."""
    people = {idea.answer for idea in reading.ideas}
    themes: dict[str, set[int]] = {}
    for placement in placements:
        themes.setdefault(placement.theme, set()).add(reading.ideas[placement.idea].answer)
    return saturation(list(themes.values()), people.difference(*themes.values()), len(people))


def known_again(
    reading: Reading,
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
    if not book.themes or not reading.wordings or not runs:
        return {}
    rows = _part(len(reading.wordings), seed)
    at = {row: place for place, row in enumerate(rows)}
    placed = np.zeros((len(rows), len(book.themes)), dtype=np.bool_)
    for column, theme in enumerate(book.themes):
        placed[[at[row] for row in known.get(theme.key, ()) if row in at], column] = True
    again = leaving_out_examples([reading.wordings[row] for row in rows], vectors[rows], book, examples)

    def tried(kept: Sequence[NDArray[np.intp]]) -> NDArray[np.bool_]:
        step()
        return again(kept)

    found = known_stability(
        placed,
        reading.weights()[rows],
        [len(theme.examples) for theme in book.themes],
        tried,
        runs=runs,
        seed=seed,
    )
    return {theme.key: stability for theme, stability in zip(book.themes, found, strict=True)}


def found_again(
    reading: Reading, vectors: FloatArray, placed: Members, found: Members, recluster: Recluster, runs: int, seed: int
) -> dict[str, Stability]:
    """In how many re-runs each discovered theme came back when part of the answers was left out.

    ``vectors`` are those the themes were discovered by, ``placed`` what known themes had taken before.
    """
    if not found or not runs:
        return {}
    taken = set().union(*placed.values())
    said: Sequence[int]
    if len(reading.wordings) > MANY:
        said = _some_answers(reading, taken)
        left = sorted({reading.wording_of[idea] for idea in said})
    else:
        said = range(len(reading.ideas))
        left = [row for row in range(len(reading.wordings)) if row not in taken]
    at = {row: place for place, row in enumerate(left)}
    labels = np.full(len(left), -1, dtype=np.intp)
    keys = sorted(found)
    for number, key in enumerate(keys):
        labels[[at[row] for row in found[key] if row in at]] = number
    own = [idea for idea in said if reading.wording_of[idea] in at]
    stability = discovered_stability(
        vectors[left],
        [at[reading.wording_of[idea]] for idea in own],
        [reading.ideas[idea].answer for idea in own],
        labels,
        recluster,
        runs=runs,
        seed=seed,
        most=MOST_OF_MANY if len(reading.wordings) > MANY else MOST_IDEAS,
    )
    # The last themes may have nobody among the answers that re-runs draw from.
    untried = [UNTRIED] * (len(keys) - len(stability))
    return dict(zip(keys, [*stability, *untried], strict=True))


def _some_answers(reading: Reading, taken: Collection[int]) -> list[int]:
    """The ideas of up to POOL answers that no known theme took: whole answers, the same ones in every order of them."""
    rows = np.asarray(reading.wording_of, dtype=np.intp)
    free = np.ones(len(reading.wordings), dtype=np.bool_)
    free[list(taken)] = False
    ideas = np.flatnonzero(free[rows])
    answers, starts = np.unique(reading.answers()[ideas], return_index=True)
    if len(answers) <= POOL:
        return ideas.tolist()
    ends = np.append(starts[1:], len(ideas))
    checks = np.add.reduceat(reading.checksums()[rows[ideas]], starts) * np.uint64(2654435761) % np.uint64(2**32)
    few = np.flatnonzero(checks <= np.partition(checks, POOL - 1)[POOL - 1]).tolist()

    def said(answer: int) -> IntArray:
        return ideas[starts[answer] : ends[answer]]

    chosen = nsmallest(POOL, few, key=lambda answer: (int(checks[answer]), rows[said(answer)].tolist()))
    return sorted(idea for answer in chosen for idea in said(answer).tolist())


def _part(count: int, seed: int) -> NDArray[np.intp]:
    """The rows a re-run looks at: all, or a random part of many."""
    if count <= MOST_IDEAS:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).permutation(count)[:MOST_IDEAS])
