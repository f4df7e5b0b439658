"""The coefficients of the packaged codebooks are those of their examples, and are used for nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.arrays import DoubleArray, FloatArray, IntArray
from analysis.embedding.precomputed import MODEL, precomputed_vectors
from analysis.known_themes import ridge
from analysis.known_themes.codebook import Codebook, KnownTheme, packaged
from analysis.known_themes.drawn_examples import RE_RUNS, draw_examples, rows_of
from analysis.known_themes.example_words import example_texts, likely_language


def vectors_of(codebook: Codebook) -> FloatArray:
    ready = precomputed_vectors(MODEL)
    return np.stack([ready[text] for text in example_texts(codebook)])


def test_a_regression_gives_each_theme_its_own_examples() -> None:
    vectors = np.array([[1, 0, 0], [0.8, 0.6, 0], [0, 0, 1]], dtype=np.float32)
    weights = ridge.solve(np.array([0, 0, 1]), vectors)
    scores = ridge.kernel(vectors.astype(np.float64) @ vectors.T) @ weights
    assert scores.argmax(axis=1).tolist() == [0, 0, 1]
    own = np.eye(2)[[0, 0, 1]]
    assert scores + np.diag(ridge.penalty(np.array([0, 0, 1]))) @ weights == pytest.approx(own, abs=1e-6)


@pytest.mark.parametrize("name", packaged())
def test_every_packaged_codebook_has_coefficients_of_its_examples_as_they_are(name: str) -> None:
    codebook = Codebook.load(name)
    kept = ridge._kept(name)
    assert kept is not None and kept.digest == ridge.digest(codebook), "python -m analysis.embedding.precomputed"
    assert ridge.ridge_weights(codebook, vectors_of(codebook)) is kept.weights
    assert kept.weights.shape == (len(example_texts(codebook)), len(codebook.themes))


ROUNDED = 5e-5
"""Of a score of 0 to 1, what 32 bits of each of 7,000 coefficients may leave; a score is told with two digits"""


def unsolved(owner: IntArray, vectors: FloatArray, weights: DoubleArray) -> float:
    """How far some rows of the equations that coefficients solve are from what they should be, at most.

    Each coefficient has a part in each row. Solving anew takes seconds, and shows the same.
    """
    some = slice(None, None, 20)
    sums = ridge.kernel(vectors[some].astype(np.float64) @ vectors.T) @ weights
    sums += ridge.penalty(owner)[some, None] * weights[some]
    return float(np.abs(sums - np.eye(owner[-1] + 1)[owner][some]).max())


@pytest.mark.slow
@pytest.mark.parametrize("name", packaged())
def test_they_are_what_the_regression_gives(name: str) -> None:
    codebook = Codebook.load(name)
    vectors = vectors_of(codebook)
    weights = ridge.ridge_weights(codebook, vectors)
    assert unsolved(ridge.owners(codebook), vectors, weights) < ROUNDED


@pytest.mark.parametrize("name", packaged())
def test_the_coefficients_of_re_runs_and_the_languages_are_those_of_the_examples(name: str) -> None:
    codebook = Codebook.load(name)
    vectors, sizes = vectors_of(codebook), [len(theme.examples) for theme in codebook.themes]
    kept = ridge.kept_with(codebook)
    assert kept is not None and len(kept.again) == RE_RUNS
    for part in draw_examples(sizes, runs=RE_RUNS, seed=0):
        rows = rows_of(sizes, part)
        found = ridge.ridge_weights(codebook, vectors, rows)
        assert found is kept.again[ridge.digest_of_rows(rows)]
        assert found.shape == (len(rows), len(codebook.themes))
    texts = example_texts(codebook)
    assert len(kept.languages) == len(texts)
    some = range(0, len(texts), 40)
    assert [kept.languages[row] for row in some] == [likely_language(texts[row]) for row in some]


@pytest.mark.slow
def test_the_coefficients_of_a_re_run_are_what_the_regression_gives() -> None:
    codebook = Codebook.load("relationships")
    vectors, sizes = vectors_of(codebook), [len(theme.examples) for theme in codebook.themes]
    rows = rows_of(sizes, next(draw_examples(sizes, runs=1, seed=0)))
    solved = ridge.solve(ridge.owners(codebook)[rows], vectors[rows])
    kept_weights = ridge.ridge_weights(codebook, vectors, rows)
    assert np.abs(kept_weights - solved).max() < 1e-3  # they are kept with 16 bits
    some = vectors[::9].astype(np.float64) @ vectors[rows].astype(np.float64).T
    scores = [ridge.kernel(some) @ weights for weights in (kept_weights, solved)]
    assert np.abs(scores[0] - scores[1]).max() < 0.005
    other = rows_of(sizes, next(draw_examples(sizes, runs=1, seed=1)))
    kept = ridge.kept_with(codebook)
    assert kept is not None and ridge.digest_of_rows(other) not in kept.again


def test_what_was_solved_for_is_not_solved_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    solved: list[int] = []

    def solve(owner: IntArray, examples: FloatArray) -> DoubleArray:
        solved.append(len(owner))
        return np.ones((len(owner), 2))

    monkeypatch.setattr(ridge, "solve", solve)
    monkeypatch.setattr(ridge, "MOST_SOLVED", 2)
    memory, owner, vectors = ridge._Solved(), np.array([0, 0, 1]), np.eye(3, dtype=np.float32)
    for rows in ([0, 2], [1, 2], [0, 2], [0, 1, 2], [0, 2], [1, 2]):
        memory.get(owner[rows], vectors[rows])
    assert solved == [2, 2, 3, 2]


def test_other_examples_or_other_vectors_under_the_name_are_solved_for() -> None:
    few = KnownTheme("food", "Food", "", ("soup", "bread", "salad")), KnownTheme("pay", "Pay", "", ("wages",))
    owned = Codebook("workplace", few)
    vectors = np.eye(4, 8, dtype=np.float32)
    assert ridge.ridge_weights(owned, vectors) == pytest.approx(ridge.solve(ridge.owners(owned), vectors))
    first = ridge.digest(owned)
    assert ridge.digest(replace(owned, themes=few[::-1])) != first
    assert ridge.digest(replace(owned, themes=(few[0], replace(few[1], examples=("money",))))) != first


def test_vectors_of_another_model_are_not_taken_for_those_solved_for(monkeypatch: pytest.MonkeyPatch) -> None:
    codebook, vectors = Codebook("workplace", (KnownTheme("a", "A", "", ("x",)),)), np.array([[0, 1]], np.float32)
    other = ridge.Kept(ridge.digest(codebook), np.array([[1, 0]], np.float32), np.array([[7.0]]))
    monkeypatch.setattr(ridge, "_kept", lambda name: other)
    assert ridge.ridge_weights(codebook, vectors) == pytest.approx(1 / (1 + ridge.RIDGE))
    same = replace(other, some_vectors=vectors)
    monkeypatch.setattr(ridge, "_kept", lambda name: same)
    assert ridge.ridge_weights(codebook, vectors).item() == 7.0
