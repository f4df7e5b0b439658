"""Placing ideas in known themes, from example phrases: how near an idea is to a theme's own, and not to another's.

An idea's score for a theme has three parts, all of which come from the examples alone:

- how near it is to them: a soft mean of its cosines that the nearest examples rule;
- what tells this theme's examples from all the others': kernel ridge regression on the same vectors, so that what many
  themes share ("customer", "each other") pulls to none of them;
- whether it uses a word that only this theme's examples use.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from analysis.arrays import BoolArray, DoubleArray, FloatArray, IntArray
from analysis.known_themes.codebook import Codebook
from analysis.text.normalise import fold, words
from analysis.text.word_lists import STOP_WORDS

# Chosen by benchmarks/place_known.py, cross-validated over coded answers; docs/decisions.md has what lost to them.
SOFTNESS = 0.1  # of the mean over a theme's examples: 0 is their nearest alone, large their plain mean
RIDGE_WEIGHT = 1.0
RIDGE = 0.3  # the regression's penalty per example, themes weighing the same however many they have
CUE_WEIGHT = 0.15  # added for a word that only this theme's examples use, in proportion for less exclusive ones
THRESHOLD = 0.58  # score from which an idea is in a theme
MARGIN = 0.05  # a second theme is taken when its score is within this of the best
LOGISTIC_CURVE = (4.9, 0.58)  # steepness and midpoint of the strength

MISSPELT_LENGTH = 6  # letters from which a word on its own may be a misspelt one
MISSPELT_LIKENESS = 0.8  # share of its letters that are right

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
class ThemePlacements:
    """Scores of n ideas against k known themes, and which belong: arrays (n, k)."""

    strengths: DoubleArray
    placed: BoolArray


def example_texts(codebook: Codebook) -> list[str]:
    """The folded examples of all themes, in order: what ``place_ideas`` wants vectors of."""
    return [fold(example) for theme in codebook.themes for example in theme.examples]


def place_ideas(texts: Sequence[str], vectors: FloatArray, codebook: Codebook, examples: FloatArray) -> ThemePlacements:
    """Which of n ideas belong in which of the k themes of a codebook.

    ``texts`` are folded, ``vectors`` (n, d) theirs, ``examples`` (m, d) those of ``example_texts(codebook)``. A result
    depends on the idea and the codebook alone, not on the other ideas.
    """
    totals = score_ideas(texts, vectors, codebook, examples)
    return ThemePlacements(strength(totals), select_themes(totals))


def score_ideas(texts: Sequence[str], vectors: FloatArray, codebook: Codebook, examples: FloatArray) -> DoubleArray:
    """How much each of n ideas says what each of k themes says, about 0-2: the three parts added up."""
    if not codebook.themes:
        return np.zeros((len(texts), 0))
    texts, ideas = _respelt(texts, vectors, codebook, examples)
    similar = ideas @ examples.astype(np.float64).T
    owner = _owners(codebook)
    near = np.stack([_soft_mean(similar[:, owner == theme]) for theme in range(len(codebook.themes))], axis=1)
    told = _kernel(similar) @ _ridge_weights(codebook, examples.shape, examples.tobytes())
    total = near + RIDGE_WEIGHT * told + CUE_WEIGHT * cues(texts, codebook)
    return np.asarray(np.round(total, 6))  # so that the last bits, which differ with n, decide nothing


def select_themes(totals: DoubleArray, *, threshold: float = THRESHOLD, margin: float = MARGIN) -> BoolArray:
    """The themes that score at least ``threshold`` and come within ``margin`` of the idea's best."""
    if totals.shape[1] == 0:
        return np.zeros(totals.shape, dtype=np.bool_)
    return np.asarray((totals >= threshold) & (totals >= totals.max(axis=1, keepdims=True) - margin))


def strength(totals: DoubleArray) -> DoubleArray:
    """How likely a score is right, 0-1: the logistic curve fitted to coded answers."""
    steepness, midpoint = LOGISTIC_CURVE
    return np.asarray(1.0 / (1.0 + np.exp(-steepness * (totals - midpoint))))


def cues(texts: Sequence[str], codebook: Codebook) -> DoubleArray:
    """For n texts and k themes the most telling word they share, 0-1.

    A word tells as much as its share of uses that falls in the theme, and fully from three uses on; once is chance.
    """
    weights = _cue_words(codebook)
    table = np.zeros((len(texts), len(codebook.themes)))
    for row, text in enumerate(texts):
        for stem in _stems(text):
            for number, weight in weights.get(stem, ()):
                table[row, number] = max(table[row, number], weight)
    return table


def _owners(codebook: Codebook) -> IntArray:
    """The number of the theme of each example."""
    return np.repeat(np.arange(len(codebook.themes)), [len(theme.examples) for theme in codebook.themes])


def _soft_mean(similar: DoubleArray) -> DoubleArray:
    """Row by row log(mean(exp(x / s))) * s of an (n, m) array: between its mean and its greatest value."""
    scaled = similar / SOFTNESS
    top = scaled.max(axis=1)
    return np.asarray(SOFTNESS * (top + np.log(np.exp(scaled - top[:, None]).mean(axis=1))))


def _kernel(cosines: DoubleArray) -> DoubleArray:
    """The Gaussian kernel of unit vectors, exp(-|a - b|^2), from their cosines."""
    return np.asarray(np.exp(2.0 * cosines - 2.0))


@lru_cache(maxsize=4)
def _ridge_weights(codebook: Codebook, shape: tuple[int, int], examples: bytes) -> DoubleArray:
    """What each of m examples adds to each of k themes, (m, k): kernel ridge regression, themes weighing the same.

    With thousands of examples this takes half a second, and it is the same for every answer to a survey.
    """
    vectors = np.frombuffer(examples, dtype=np.float32).reshape(shape).astype(np.float64)
    owner = _owners(codebook)
    sizes = np.bincount(owner)[owner].astype(np.float64)
    penalty = RIDGE * sizes * np.mean(1.0 / sizes)
    kernel = _kernel(vectors @ vectors.T)
    return np.asarray(np.linalg.solve(kernel + np.diag(penalty), np.eye(len(codebook.themes))[owner]))


@lru_cache(maxsize=4)
def _cue_words(codebook: Codebook) -> Mapping[str, Sequence[tuple[int, float]]]:
    """The stems that tell a theme: stem -> (number of the theme, weight 0-1)."""
    uses: dict[str, Counter[int]] = defaultdict(Counter)
    for number, theme in enumerate(codebook.themes):
        for text in (theme.name, theme.description, *theme.examples):
            for stem in _stems(text):
                uses[stem][number] += 1
    return {
        stem: [(number, count / found.total() * min(1.0, count / 3)) for number, count in found.items() if count >= 2]
        for stem, found in uses.items()
    }


def _respelt(
    texts: Sequence[str], vectors: FloatArray, codebook: Codebook, examples: FloatArray
) -> tuple[list[str], DoubleArray]:
    """The texts and vectors, where a misspelt word on its own ("comunication") has become the example it is meant for.

    Models cut words they do not know to pieces, and place them anywhere. A word that the codebook uses is never
    changed, nor is a first letter: "impatience" is not "patience".
    """
    single, known = _single_words(codebook)
    meant, ideas = list(texts), vectors.astype(np.float64)
    for row, text in enumerate(texts):
        if len(text) < MISSPELT_LENGTH or not (text.isascii() and text.isalpha()) or text in known:
            continue
        alike = [word for word in single if word[0] == text[0]]
        best = process.extractOne(text, alike, scorer=OSA.normalized_similarity, score_cutoff=MISSPELT_LIKENESS)
        if best is not None:
            meant[row] = best[0]
            ideas[row] = examples[single[best[0]]]
    return meant, ideas


@lru_cache(maxsize=4)
def _single_words(codebook: Codebook) -> tuple[Mapping[str, int], frozenset[str]]:
    """The examples of one word with their numbers, and every word of the codebook."""
    examples = example_texts(codebook)
    single = {text: number for number, text in enumerate(examples) if text.isalpha() and len(text) >= MISSPELT_LENGTH}
    return single, frozenset(word for text in examples for word in text.split())


def _stems(text: str) -> set[str]:
    """The content words of a text without their endings."""
    return {_stem(word) for word in words(text) if word not in STOP_WORDS}


def _stem(word: str) -> str:
    word = word.removesuffix("'s").strip("'")
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word.removesuffix(suffix)
    return word
