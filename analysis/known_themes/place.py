"""Placement of ideas in known themes, learnt from the example phrases of a codebook.

The score of an idea for a theme is the sum of three parts:

- similarity: a soft maximum (log-mean-exp) of the cosines to the theme's examples;
- discrimination: kernel ridge regression of the themes on the vectors of all examples, so that words which many themes
  share ("customer", "each other") count for none of them;
- cue words: whether it contains a word that only this theme's examples contain.

An idea in another language than the examples has no cue words, and its vector is a little farther from theirs:
OTHER_LANGUAGE is added.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from analysis.arrays import BoolArray, DoubleArray, FloatArray
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.ridge import kernel, owners, penalty, ridge_weights
from analysis.text.language import guess_languages
from analysis.text.normalise import fold, words
from analysis.text.word_lists import STOP_WORDS

# Chosen by benchmarks/place_known.py with cross-validation on coded answers; docs/decisions.md lists the alternatives.
TEMPERATURE = 0.1  # of the log-mean-exp: near 0 it is the maximum, for large values the mean
RIDGE_WEIGHT = 1.0
CUE_WEIGHT = 0.15  # for a word that only this theme's examples contain, less for less exclusive words
OTHER_LANGUAGE = 0.14
LEAST_LIKELY = 0.5  # of an idea to be in that language
THRESHOLD = 0.62  # minimum score of an idea in a theme: a wrong placement costs readers more than a missing one
MARGIN = 0.05  # an idea is also placed in themes with scores this close to the best
LOGISTIC_CURVE = (4.9, 0.58)  # steepness and midpoint, fitted to coded answers

MIN_MISSPELT_LETTERS = 6  # shorter words are not corrected
MIN_SPELLING_SIMILARITY = 0.8  # normalised optimal string alignment similarity, 0-1

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
    """How strongly n ideas belong in k known themes, 0-1, and in which they are placed: arrays (n, k)."""

    strengths: DoubleArray
    placed: BoolArray


def example_texts(codebook: Codebook) -> list[str]:
    """Return the folded examples of all themes, in order: ``place_ideas`` needs their vectors."""
    return [fold(example) for theme in codebook.themes for example in theme.examples]


def place_ideas(texts: Sequence[str], vectors: FloatArray, codebook: Codebook, examples: FloatArray) -> ThemePlacements:
    """Place n ideas in the k themes of a codebook.

    ``texts`` are folded, ``vectors`` (n, d) theirs, ``examples`` (m, d) those of ``example_texts(codebook)``. The
    result for an idea depends only on its text and the codebook, not on the other ideas.
    """
    totals = score_ideas(texts, vectors, codebook, examples)
    return ThemePlacements(strength(totals), select_themes(totals))


def score_ideas(texts: Sequence[str], vectors: FloatArray, codebook: Codebook, examples: FloatArray) -> DoubleArray:
    """Return the scores of n ideas for k themes, (n, k), about 0-2: the sum of the three parts."""
    if not codebook.themes:
        return np.zeros((len(texts), 0))
    texts, ideas = _correct_spelling(texts, vectors, codebook, examples)
    similar = ideas @ examples.astype(np.float64).T
    owner = owners(codebook)
    similarity = np.stack([_soft_maximum(similar[:, owner == theme]) for theme in range(len(codebook.themes))], axis=1)
    discrimination = kernel(similar) @ ridge_weights(codebook, examples)
    total = similarity + RIDGE_WEIGHT * discrimination + CUE_WEIGHT * cues(texts, codebook)
    total += (
        OTHER_LANGUAGE * np.array([is_in_other_language(text, codebook) for text in texts], dtype=np.float64)[:, None]
    )
    return np.asarray(np.round(total, 6))  # the last bits differ with n


def leave_one_out(codebook: Codebook, examples: FloatArray) -> DoubleArray:
    """Return the scores of the m examples (m, d) for the k themes, (m, k), each as if it were no example itself.

    Cue words are left out. The ridge regression without one example follows from that with all of them: Cawley and
    Talbot, "Fast exact leave-one-out cross-validation of sparse least-squares support vector machines" (2004).
    """
    vectors, owner = examples.astype(np.float64), owners(codebook)
    similar = vectors @ vectors.T
    inverse = np.linalg.inv(kernel(similar) + np.diag(penalty(owner)))
    np.fill_diagonal(similar, -np.inf)
    own = np.eye(len(codebook.themes))[owner]
    discrimination = own - (inverse @ own) / np.diag(inverse)[:, None]
    total = RIDGE_WEIGHT * discrimination
    for theme, sizes in enumerate(np.bincount(owner)):
        columns = owner == theme
        if sizes > 1:
            total[:, theme] += _soft_maximum(similar[:, columns])
            total[columns, theme] += TEMPERATURE * np.log(sizes / (sizes - 1))  # the mean is over one example fewer
        else:
            total[:, theme] += np.where(columns, 0.0, np.nan_to_num(similar[:, columns][:, 0], neginf=0.0))
    return np.asarray(total)


def select_themes(totals: DoubleArray, *, threshold: float = THRESHOLD, margin: float = MARGIN) -> BoolArray:
    """Return where a score is at least ``threshold`` and within ``margin`` of the best score of the idea, (n, k)."""
    if totals.shape[1] == 0:
        return np.zeros(totals.shape, dtype=np.bool_)
    return np.asarray((totals >= threshold) & (totals >= totals.max(axis=1, keepdims=True) - margin))


def strength(totals: DoubleArray) -> DoubleArray:
    """Return the probability that a placement with that score is right, 0-1: a logistic curve, see LOGISTIC_CURVE."""
    steepness, midpoint = LOGISTIC_CURVE
    return np.asarray(1.0 / (1.0 + np.exp(-steepness * (totals - midpoint))))


def cues(texts: Sequence[str], codebook: Codebook) -> DoubleArray:
    """Return the weight of the best cue word of n texts for k themes, (n, k), 0-1.

    The weight of a word is the share of its uses that is in the theme, lowered for fewer than three uses.
    """
    weights = _cue_words(codebook)
    table = np.zeros((len(texts), len(codebook.themes)))
    for row, text in enumerate(texts):
        for stem in _stems(text):
            for number, weight in weights.get(stem, ()):
                table[row, number] = max(table[row, number], weight)
    return table


def is_in_other_language(text: str, codebook: Codebook) -> bool:
    """Return whether a text is more likely than not in one language, which is not that of most of the examples."""
    language = _likely_language(text)
    return language is not None and language != _language_of(codebook)


@lru_cache(maxsize=8)
def _language_of(codebook: Codebook) -> str | None:
    """Return the language of most examples of a codebook; None if it cannot be told of any."""
    told = Counter(filter(None, map(_likely_language, example_texts(codebook))))
    return max(told, key=lambda code: (told[code], code), default=None)


@lru_cache(maxsize=20_000)  # the examples of a codebook come again in each re-run: .8 s of a run of 37 answers
def _likely_language(text: str) -> str | None:
    guesses = guess_languages(text)
    best = max(guesses, key=lambda code: (guesses[code], code), default=None)
    return best if best is not None and guesses[best] > LEAST_LIKELY else None


def _soft_maximum(similar: DoubleArray) -> DoubleArray:
    """Return t * log(mean(exp(x / t))) of each row of an (n, m) array, t = TEMPERATURE: between mean and maximum."""
    scaled = similar / TEMPERATURE
    top = scaled.max(axis=1)
    return np.asarray(TEMPERATURE * (top + np.log(np.exp(scaled - top[:, None]).mean(axis=1))))


@lru_cache(maxsize=8)
def _cue_words(codebook: Codebook) -> Mapping[str, Sequence[tuple[int, float]]]:
    """Return the themes that a stem is a cue for: stem -> (index of the theme, weight 0-1)."""
    uses: dict[str, Counter[int]] = defaultdict(Counter)
    for number, theme in enumerate(codebook.themes):
        for text in (theme.name, theme.description, *theme.examples):
            for stem in _stems(text):
                uses[stem][number] += 1
    return {
        stem: [(number, count / found.total() * min(1.0, count / 3)) for number, count in found.items() if count >= 2]
        for stem, found in uses.items()
    }


def _correct_spelling(
    texts: Sequence[str], vectors: FloatArray, codebook: Codebook, examples: FloatArray
) -> tuple[list[str], DoubleArray]:
    """Return texts and vectors with misspelt one-word ideas ("comunication") replaced by the example they resemble.

    The model splits unknown words into pieces, whose vectors are useless. A word that occurs in the codebook is never
    changed, nor is a first letter: "impatience" is not "patience".
    """
    single, known = _single_words(codebook)
    corrected, ideas = list(texts), vectors.astype(np.float64)
    for row, text in enumerate(texts):
        if len(text) < MIN_MISSPELT_LETTERS or not (text.isascii() and text.isalpha()) or text in known:
            continue
        candidates = [word for word in single if word[0] == text[0]]
        best = process.extractOne(
            text, candidates, scorer=OSA.normalized_similarity, score_cutoff=MIN_SPELLING_SIMILARITY
        )
        if best is not None:
            corrected[row] = best[0]
            ideas[row] = examples[single[best[0]]]
    return corrected, ideas


@lru_cache(maxsize=8)
def _single_words(codebook: Codebook) -> tuple[Mapping[str, int], frozenset[str]]:
    """Return the one-word examples with their indexes, and all words of all examples."""
    examples = example_texts(codebook)
    single = {
        text: number for number, text in enumerate(examples) if text.isalpha() and len(text) >= MIN_MISSPELT_LETTERS
    }
    return single, frozenset(word for text in examples for word in text.split())


def _stems(text: str) -> set[str]:
    """Return the stems of the content words of a text."""
    return {_stem(word) for word in words(text) if word not in STOP_WORDS}


def _stem(word: str) -> str:
    word = word.removesuffix("'s").strip("'")
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word.removesuffix(suffix)
    return word
