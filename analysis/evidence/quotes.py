"""Choose the quotes of a theme."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import BoolArray, DoubleArray, FloatArray, unit
from analysis.results import Idea
from analysis.text.nonanswers import is_nonanswer
from analysis.text.normalise import fold, words
from analysis.text.personal_data import has_personal_data, without_personal_data

QUOTES = 3
SHORTEST_QUOTE, LONGEST_QUOTE = 20, 200  # characters that read well
MAX_QUOTE = 400  # characters; longer ideas are never quoted
MIN_WORDS_MASKED = 3  # beside personal data, for a text to be quoted with that masked
MAX_COSINE = 0.9  # between two quotes
SURE = 0.7  # strength of what is quoted, where QUOTES ideas of a theme have it
LARGE, MAX_READ = 400, 200  # of a theme of more than LARGE ideas only the best MAX_READ wordings are compared


def likeliest(numbers: Sequence[int], strengths: Sequence[float]) -> list[int]:
    """Return those of the m ideas ``numbers`` that are likely right, and at least QUOTES: others speak for nobody else.

    ``strengths`` (m,) go with ``numbers``.
    """
    least = min(SURE, sorted(strengths, reverse=True)[:QUOTES][-1])
    return [number for number, strength in zip(numbers, strengths, strict=True) if strength >= least]


def _nothing(numbers: Sequence[int]) -> DoubleArray:
    return np.zeros(len(numbers))


def _none(numbers: Sequence[int]) -> BoolArray:
    return np.zeros(len(numbers), dtype=np.bool_)


def choose_quotes(
    ideas: Sequence[Idea],
    numbers: Sequence[int],
    vectors: FloatArray,
    strengths: Sequence[float],
    worth_alone: Callable[[Sequence[int]], DoubleArray] = _nothing,
    opposed: Callable[[Sequence[int]], BoolArray] = _none,
    *,
    name: str = "",
) -> tuple[int, ...]:
    """Return up to three of the ideas ``numbers`` to quote, best first: representative, readable and diverse.

    ``vectors`` (m, d) and ``strengths`` (m,) go with ``numbers``. One answer is quoted once. A text with personal data,
    which pages mask, is quoted only where all have some. ``worth_alone`` says what more some ideas are worth. Those
    ``opposed`` to most of the theme are not quoted first, nor is what is just the ``name`` of the theme, where anything
    else can be. Maximal marginal relevance (Carbonell and Goldstein 1998) picks the second and third.
    """
    typical = _typical([ideas[number].answer for number in numbers], vectors)
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
    alone = worth_alone(numbers)
    quotable = [at for at in range(len(numbers)) if allowed[at]]
    likely = {*likeliest(quotable, [strengths[at] for at in quotable])} if quotable else set()
    worth = {
        number: 0.5 * float(typical[at]) + 0.5 * strengths[at] + readable[at] + float(alone[at])
        for at, number in enumerate(numbers)
        if at in likely
    }
    against = {number for number, is_opposed in zip(numbers, opposed(numbers).tolist(), strict=True) if is_opposed}
    against = against if worth.keys() - against else set()
    named = {number for number in worth if name and fold(ideas[number].text) == fold(name)}
    last = against | named if worth.keys() - against - named else against
    at_of = {number: at for at, number in enumerate(numbers)}
    chosen: list[int] = []
    while worth and len(chosen) < QUOTES:
        before = vectors[[at_of[other] for other in chosen]]
        near = {number: _nearest(vectors[at_of[number]], before) for number in worth}
        ready = worth.keys() if chosen else worth.keys() - last
        gain = {number: round(worth[number] - 0.5 * near[number], 6) for number in ready}
        best = max(gain, key=lambda number: (gain[number], _tie_break(ideas[number])))
        if near[best] < MAX_COSINE:
            chosen.append(best)
            used = ideas[best].answer, fold(ideas[best].text)
            worth = {n: w for n, w in worth.items() if ideas[n].answer != used[0] and fold(ideas[n].text) != used[1]}
        else:
            del worth[best]
    return tuple(chosen)


def _typical(answers: Sequence[int], vectors: FloatArray) -> FloatArray:
    """Return the cosine of each of the m ``vectors`` (m, d) to the mean of those of other answers, (m,).

    In a theme of one answer, or of more than LARGE ideas, it is the mean of all.
    """
    whole = vectors.sum(axis=0)
    if len(answers) > LARGE or len({*answers}) == 1:
        return np.asarray(vectors @ (whole / max(float(np.linalg.norm(whole)), 1e-12)))
    _, of = np.unique(answers, return_inverse=True)
    own = np.zeros((int(of.max()) + 1, vectors.shape[1]), dtype=vectors.dtype)
    np.add.at(own, of, vectors)
    rest = unit(whole - own[of])
    return np.asarray((vectors * rest).sum(axis=1))


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
