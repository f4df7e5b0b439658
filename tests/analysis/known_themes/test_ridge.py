"""The coefficients of the packaged codebooks are those of their examples, and are used for nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.arrays import FloatArray
from analysis.embedding.precomputed import MODEL, precomputed_vectors
from analysis.known_themes import ridge
from analysis.known_themes.codebook import Codebook, KnownTheme, packaged
from analysis.known_themes.place import example_texts


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


@pytest.mark.slow
@pytest.mark.parametrize("name", packaged())
def test_they_are_what_the_regression_gives(name: str) -> None:
    codebook = Codebook.load(name)
    vectors = vectors_of(codebook)
    solved = ridge.solve(ridge.owners(codebook), vectors)
    assert np.abs(ridge.ridge_weights(codebook, vectors) - solved).max() < 1e-5


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
    other = ridge._Kept(ridge.digest(codebook), np.array([[1, 0]], np.float32), np.array([[7.0]]))
    monkeypatch.setattr(ridge, "_kept", lambda name: other)
    assert ridge.ridge_weights(codebook, vectors) == pytest.approx(1 / (1 + ridge.RIDGE))
    same = replace(other, some_vectors=vectors)
    monkeypatch.setattr(ridge, "_kept", lambda name: same)
    assert ridge.ridge_weights(codebook, vectors).item() == 7.0
