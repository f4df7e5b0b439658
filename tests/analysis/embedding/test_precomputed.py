"""The vectors made beforehand are those the model makes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis.embedding.precomputed import MODEL, language_offsets, precomputed_vectors
from analysis.known_themes.codebook import Codebook, packaged
from analysis.known_themes.ridge import kept_with
from analysis.languages import FIRST
from analysis.text.normalise import fold
from tests.support.encoders import packaged_encoders


def test_every_example_of_every_codebook_is_ready() -> None:
    themes = [theme for name in packaged() for theme in Codebook.load(name).themes]
    examples = {fold(example) for theme in themes for example in theme.examples}
    assert set(precomputed_vectors(MODEL)) == examples, "make them anew: python -m analysis.embedding.precomputed"


@pytest.mark.slow
def test_they_are_what_the_model_makes() -> None:
    ready = precomputed_vectors(MODEL)
    texts = sorted(ready)[::400]
    made = packaged_encoders().encode(texts)
    assert np.einsum("nd,nd->n", made, np.stack([ready[text] for text in texts])).min() > 0.9999


@pytest.mark.slow
def test_how_far_each_language_lies_from_english_is_ready() -> None:
    made = language_offsets("relationships", packaged_encoders())
    kept = kept_with(Codebook.load("relationships"))
    assert kept is not None and kept.offsets.keys() == made.keys() == {*FIRST} - {"en"}
    assert max(np.abs(kept.offsets[language] - offset).max() for language, offset in made.items()) < 1e-3
    for name in packaged():
        book = kept_with(Codebook.load(name))
        assert book is not None and book.offsets.keys() == made.keys(), name


def test_the_vectors_of_a_codebook_are_read_when_one_is_asked_for() -> None:
    ready: Any = precomputed_vectors.__wrapped__(MODEL)
    text = next(iter(ready))
    assert text in ready and "words of nobody" not in ready
    files = {file for file, _ in ready._at.values()}
    assert not any("vectors" in file.__dict__ for file in files)
    assert abs(np.linalg.norm(ready[text]) - 1) < 1e-6
    assert sum("vectors" in file.__dict__ for file in files) == 1


def test_another_model_finds_nothing_ready() -> None:
    assert precomputed_vectors("another") == {}
