"""Placement of ideas in known themes, learnt from the example phrases of a codebook.

The score of an idea for a theme is the sum of three parts:

- similarity: a soft maximum (log-mean-exp) of the cosines to the theme's examples;
- discrimination: kernel ridge regression of the themes on the vectors of all examples, so that words which many themes
  share ("customer", "each other") count for none of them;
- cue words: whether it contains a word that only this theme's examples contain.

What its language adds to the vector of an idea is taken off, where it was measured with the codebook's names. The
vector of an idea in another language than most examples is a little farther from theirs: OTHER_LANGUAGE is added, or a
part of it where there are examples in that language too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import BoolArray, DoubleArray, FloatArray, IntArray, unit
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.example_words import ExampleWords, Part, example_texts, likely_language, words_of
from analysis.known_themes.ridge import kept_with, kernel, owners, penalised, ridge_weights

__all__ = ["THRESHOLD", "ThemePlacements", "cues", "example_texts", "place_ideas", "score_ideas"]

# Chosen by benchmarks/place_known.py with cross-validation on coded answers; docs/decisions.md lists the alternatives.
TEMPERATURE = 0.03  # of the log-mean-exp: near 0 it is the maximum, for large values the mean
RIDGE_WEIGHT = 1.0
CUE_WEIGHT = 0.15  # for a word that only this theme's examples contain, less for less exclusive words
OTHER_LANGUAGE = 0.14
THRESHOLD = 0.78  # minimum score of an idea in a theme: a wrong placement costs readers more than a missing one
MARGIN = 0.05  # an idea is also placed in themes with scores this close to the best
LOGISTIC_CURVE = (4.6, 0.81)  # steepness and midpoint, fitted to coded answers


@dataclass(frozen=True, slots=True)
class ThemePlacements:
    """How strongly n ideas belong in k known themes, 0-1, and in which they are placed: arrays (n, k)."""

    strengths: DoubleArray
    placed: BoolArray


def place_ideas(
    texts: Sequence[str],
    vectors: FloatArray,
    codebook: Codebook,
    examples: FloatArray,
    rows: IntArray | None = None,
) -> ThemePlacements:
    """Place n ideas in the k themes of a codebook.

    ``texts`` are folded, ``vectors`` (n, d) theirs, ``examples`` (m, d) those of ``example_texts(codebook)``, of which
    only ``rows`` count if they are given. The result for an idea depends only on its text and the codebook, not on the
    other ideas.
    """
    totals = score_ideas(texts, vectors, codebook, examples, rows)
    return ThemePlacements(strength(totals), select_themes(totals))


def score_ideas(
    texts: Sequence[str],
    vectors: FloatArray,
    codebook: Codebook,
    examples: FloatArray,
    rows: IntArray | None = None,
) -> DoubleArray:
    """Return the scores of n ideas for k themes, (n, k), about 0-2: the sum of the three parts."""
    if not codebook.themes:
        return np.zeros((len(texts), 0))
    words = words_of(codebook)
    part = words.all if rows is None else words.part(rows)
    texts, ideas = _correct_spelling(texts, vectors, words, part, examples)
    ideas = _without_languages(texts, ideas, codebook, examples)
    every = owners(codebook)
    chosen, owner = (examples, every) if rows is None else (examples[rows], every[rows])
    similar = ideas @ chosen.astype(np.float64).T
    similarity = np.stack([_soft_maximum(similar[:, owner == theme]) for theme in range(len(codebook.themes))], axis=1)
    discrimination = kernel(similar) @ ridge_weights(codebook, examples, rows)
    total = similarity + RIDGE_WEIGHT * discrimination + CUE_WEIGHT * part.cues(texts)
    total += OTHER_LANGUAGE * np.array([*map(part.foreignness, texts)])[:, None]
    return np.asarray(np.round(total, 6))  # the last bits differ with n


def leave_one_out(codebook: Codebook, examples: FloatArray) -> DoubleArray:
    """Return the scores of the m examples (m, d) for the k themes, (m, k), each as if it were no example itself.

    Cue words are left out. The ridge regression without one example follows from that with all of them: Cawley and
    Talbot, "Fast exact leave-one-out cross-validation of sparse least-squares support vector machines" (2004). In
    float32 it takes a third of the time: 7,286 examples 5.6 s instead of 16.5, with scores that differ by .00001.
    """
    # Imported here: loading scipy takes .4 s, and only who checks a codebook needs it.
    from scipy.linalg import cholesky
    from scipy.linalg.lapack import strtri

    vectors, owner = examples.astype(np.float32), owners(codebook)
    similar = vectors @ vectors.T
    factor = cholesky(penalised(similar.copy(), owner).T, lower=True, overwrite_a=True, check_finite=False)
    # The inverse is root.T @ root, and is not needed itself: with it 4,323 examples take twice as long.
    root, _ = strtri(factor, lower=1, overwrite_c=1)
    np.fill_diagonal(similar, -np.inf)
    own = np.eye(len(codebook.themes), dtype=np.float32)[owner]
    discrimination = own - root.T @ (root @ own) / np.einsum("ij,ij->j", root, root)[:, None]
    total = RIDGE_WEIGHT * discrimination.astype(np.float64)
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
    """Return the weight of the best cue word of n texts for k themes, (n, k), 0-1; see ``Part.cues``."""
    return words_of(codebook).all.cues(texts)


def _soft_maximum(similar: DoubleArray | FloatArray) -> DoubleArray:
    """Return t * log(mean(exp(x / t))) of each row of an (n, m) array, t = TEMPERATURE: between mean and maximum."""
    scaled = similar / TEMPERATURE
    top = scaled.max(axis=1)
    return np.asarray(TEMPERATURE * (top + np.log(np.exp(scaled - top[:, None]).mean(axis=1))))


def _without_languages(
    texts: Sequence[str], ideas: DoubleArray, codebook: Codebook, examples: FloatArray
) -> DoubleArray:
    """Return the vectors (n, d) of ideas in other languages moved to where the same would lie in English."""
    kept = kept_with(codebook)
    if kept is None or not kept.is_for(examples):
        return ideas
    found = [(row, kept.offsets.get(likely_language(text) or "")) for row, text in enumerate(texts)]
    moved = [(row, offset) for row, offset in found if offset is not None]
    if moved:
        rows = [row for row, _ in moved]
        ideas[rows] = unit(ideas[rows] - np.stack([offset for _, offset in moved]))
    return ideas


def _correct_spelling(
    texts: Sequence[str], vectors: FloatArray, words: ExampleWords, part: Part, examples: FloatArray
) -> tuple[list[str], DoubleArray]:
    """Return texts and vectors with misspelt one-word ideas replaced by the example they resemble; see ``Part``.

    The model splits unknown words into pieces, whose vectors are useless.
    """
    corrected, ideas = list(texts), vectors.astype(np.float64)
    for row, text in enumerate(texts):
        meant = part.meant_by(text)
        if meant is not None:
            corrected[row] = words.texts[meant]
            ideas[row] = examples[meant]
    return corrected, ideas
