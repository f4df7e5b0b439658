"""Choose the quotes of a theme."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import DoubleArray, FloatArray
from analysis.results import Idea
from analysis.text.nonanswers import is_nonanswer
from analysis.text.normalise import fold, words
from analysis.text.personal_data import has_personal_data, without_personal_data

QUOTES = 3
SHORTEST_QUOTE, LONGEST_QUOTE = 20, 200  # characters that read well
MAX_QUOTE = 400  # characters; longer ideas are never quoted
MIN_WORDS_MASKED = 3  # beside personal data, for a text to be quoted with that masked
MAX_COSINE = 0.9  # between two quotes
LARGE, MAX_READ = 400, 200  # of a theme of more than LARGE ideas only the best MAX_READ wordings are compared


def choose_quotes(
    ideas: Sequence[Idea], numbers: Sequence[int], vectors: FloatArray, strengths: Sequence[float]
) -> tuple[int, ...]:
    """Return up to three of the ideas ``numbers`` to quote, best first: representative, readable and diverse.

    ``vectors`` (m, d) and ``strengths`` (m,) go with ``numbers``. One answer is quoted once. A text with personal data,
    which pages mask, is quoted only where all have some. Maximal marginal relevance (Carbonell and Goldstein 1998)
    picks the second and third.
    """
    centre = vectors.mean(axis=0)
    typical = vectors @ (centre / max(float(np.linalg.norm(centre)), 1e-12))
    if len(numbers) > LARGE:
        value = 0.5 * typical + 0.5 * np.asarray(strengths)
        some = [ideas[number] for number in numbers]
        read = _best_wordings(some, value, _may_be_quoted) or _best_wordings(some, value, _may_be_quoted_masked)
        numbers, vectors = [numbers[at] for at in read], vectors[read]
        typical, strengths = typical[read], [strengths[at] for at in read]
    readable = _readability(np.array([len(ideas[number].text) for number in numbers])).tolist()
    every = [ideas[number].text for number in numbers]
    allowed = [_may_be_quoted(text) for text in every]
    if not any(allowed):
        allowed = [_may_be_quoted_masked(text) for text in every]
    worth = {
        number: 0.5 * float(typical[at]) + 0.5 * strengths[at] + readable[at]
        for at, number in enumerate(numbers)
        if allowed[at]
    }
    at_of = {number: at for at, number in enumerate(numbers)}
    chosen: list[int] = []
    while worth and len(chosen) < QUOTES:
        others = vectors[[at_of[other] for other in chosen]]
        near = {number: _nearest(vectors[at_of[number]], others) for number in worth}
        best = max(worth, key=lambda number: (worth[number] - 0.5 * near[number], _tie_break(ideas[number])))
        if near[best] < MAX_COSINE:
            chosen.append(best)
            used = ideas[best].answer, fold(ideas[best].text)
            worth = {n: w for n, w in worth.items() if ideas[n].answer != used[0] and fold(ideas[n].text) != used[1]}
        else:
            del worth[best]
    return tuple(chosen)


def _best_wordings(
    ideas: Sequence[Idea], worth: NDArray[np.floating], may_be_quoted: Callable[[str], bool]
) -> list[int]:
    """Return the positions of the MAX_READ wordings most worth quoting, ascending; ties are broken by the text."""
    value = np.round(worth + _readability(np.array([len(idea.text) for idea in ideas])), 6)
    chosen: dict[str, int] = {}
    least = -np.inf
    for at in np.lexsort((np.array([idea.start for idea in ideas]), -value)).tolist():
        text = ideas[at].text
        if len(chosen) >= MAX_READ:
            least = least if np.isfinite(least) else value[at]
            if value[at] < least:
                break
        if text not in chosen and may_be_quoted(text):
            chosen[text] = at
    return sorted(sorted(chosen.values(), key=lambda at: (-value[at], ideas[at].text))[:MAX_READ])


@lru_cache(maxsize=4096)
def _may_be_quoted(text: str) -> bool:
    return len(text) <= MAX_QUOTE and not has_personal_data(text) and not is_nonanswer(text)


def _may_be_quoted_masked(text: str) -> bool:
    rest = without_personal_data(text)
    return len(text) <= MAX_QUOTE and len(words(rest)) >= MIN_WORDS_MASKED and _may_be_quoted(rest)


def _readability(lengths: NDArray[np.integer]) -> DoubleArray:
    """Return 0 for texts of a readable length (n,), less for shorter and longer ones."""
    too_short = -0.3 * (1 - lengths / SHORTEST_QUOTE)
    too_long = -0.4 * np.minimum(1.0, np.maximum(0, lengths - LONGEST_QUOTE) / (MAX_QUOTE - LONGEST_QUOTE))
    return np.asarray(np.where(lengths < SHORTEST_QUOTE, too_short, too_long))


def _nearest(vector: FloatArray, others: FloatArray) -> float:
    return float((others @ vector).max()) if len(others) else 0.0


def _tie_break(idea: Idea) -> tuple[str, int]:
    """Break ties by the text, not by the order of the answers."""
    return idea.text, -idea.start
