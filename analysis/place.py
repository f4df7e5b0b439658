"""Placing ideas in known themes: by how much they resemble a theme's best examples, and by the theme's own words."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.codebook import Codebook
from analysis.embed import FloatArray
from analysis.text import fold, words
from analysis.words import STOP_WORDS

DoubleArray = NDArray[np.float64]

# Chosen on 160 coded answers by benchmarks/place_known.py (cross-validated over answers), which also fits the curve.
BEST_EXAMPLES = 2  # examples of a theme whose mean similarity counts
CUE_WEIGHT = 0.2  # added for a word that only this theme's examples use, in proportion for less exclusive ones
THRESHOLD = 0.48  # score from which an idea is in a theme
MARGIN = 0.02  # a second theme is taken when its score is within this of the best
CURVE = (8.5, 0.46)  # steepness and midpoint of the strength

_SUFFIXES = (
    "fulness",
    "iness",
    "ness",
    "ingly",
    "edly",
    "ions",
    "ing",
    "ies",
    "ied",
    "ily",
    "ers",
    "ion",
    "ful",
    "ity",
    "ous",
    "ly",
    "es",
    "ed",
    "er",
    "y",
    "s",
    "e",
)


@dataclass(frozen=True, slots=True)
class Known:
    """Scores of n ideas against k known themes, and which belong: arrays (n, k)."""

    strengths: DoubleArray
    placed: NDArray[np.bool_]


def example_texts(codebook: Codebook) -> list[str]:
    """The folded examples of all themes, in order: what ``place`` wants vectors of."""
    return [fold(example) for theme in codebook.themes for example in theme.examples]


def place(texts: Sequence[str], vectors: FloatArray, codebook: Codebook, examples: FloatArray) -> Known:
    """Which of n ideas belong in which of the k themes of a codebook.

    ``texts`` are folded, ``vectors`` (n, d) theirs, ``examples`` (m, d) those of ``example_texts(codebook)``. A result
    depends on the idea and the codebook alone, not on the other ideas.
    """
    totals = scores(texts, vectors, codebook, examples)
    return Known(strength(totals), decide(totals))


def scores(texts: Sequence[str], vectors: FloatArray, codebook: Codebook, examples: FloatArray) -> DoubleArray:
    """How much n ideas resemble k themes: mean cosine to the best two examples plus the cue of the theme's words."""
    similar = vectors.astype(np.float64) @ examples.astype(np.float64).T
    columns = []
    start = 0
    for theme in codebook.themes:
        own = np.sort(similar[:, start : start + len(theme.examples)], axis=1)
        columns.append(own[:, -BEST_EXAMPLES:].mean(axis=1))
        start += len(theme.examples)
    if not columns:
        return np.zeros((len(texts), 0))
    return np.stack(columns, axis=1) + CUE_WEIGHT * cues(texts, codebook)


def decide(totals: DoubleArray, *, threshold: float = THRESHOLD, margin: float = MARGIN) -> NDArray[np.bool_]:
    """The themes that score at least ``threshold`` and come within ``margin`` of the idea's best."""
    if totals.shape[1] == 0:
        return np.zeros(totals.shape, dtype=np.bool_)
    return np.asarray((totals >= threshold) & (totals >= totals.max(axis=1, keepdims=True) - margin))


def strength(totals: DoubleArray) -> DoubleArray:
    """How likely a score is right, 0-1: the logistic curve fitted to coded answers."""
    steepness, midpoint = CURVE
    return np.asarray(1.0 / (1.0 + np.exp(-steepness * (totals - midpoint))))


def cues(texts: Sequence[str], codebook: Codebook) -> DoubleArray:
    """For n texts and k themes the most telling word they share, 0-1.

    A word tells as much as its share of uses that falls in the theme, and fully from three uses on; once is chance.
    """
    uses: dict[str, Counter[int]] = defaultdict(Counter)
    for number, theme in enumerate(codebook.themes):
        for text in (theme.name, theme.description, *theme.examples):
            for stem in _stems(text):
                uses[stem][number] += 1
    weights = {
        stem: [(number, count / found.total() * min(1.0, count / 3)) for number, count in found.items() if count >= 2]
        for stem, found in uses.items()
    }
    table = np.zeros((len(texts), len(codebook.themes)))
    for row, text in enumerate(texts):
        for stem in _stems(text):
            for number, weight in weights.get(stem, ()):
                table[row, number] = max(table[row, number], weight)
    return table


def _stems(text: str) -> set[str]:
    """The content words of a text without their endings."""
    return {_stem(word) for word in words(text) if word not in STOP_WORDS}


def _stem(word: str) -> str:
    word = word.removesuffix("'s").strip("'")
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word.removesuffix(suffix)
    return word
