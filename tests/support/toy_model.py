"""A model small enough to reason about: words are hashed onto axes."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from analysis.arrays import FloatArray
from analysis.discovery import discover as discovery
from analysis.known_themes.codebook import Codebook

DIMENSIONS = 2048
EXAMPLES = 10
load_codebook = Codebook.load


TOY_CUT = 0.8


class ToyModel:
    """Texts that share words are near each other; counts how many texts it was asked for."""

    model = "toy"

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> FloatArray:
        self.encoded += texts
        vectors = np.full((len(texts), DIMENSIONS), 1e-4, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, zlib.crc32(word.encode()) % DIMENSIONS] += 1
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@cache
def short_codebook(name: str) -> Codebook:
    """A codebook with a few examples a theme: enough for the toy model, and quick."""
    whole = load_codebook(name)
    return replace(whole, themes=tuple(replace(theme, examples=theme.examples[:EXAMPLES]) for theme in whole.themes))


def use_toy_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the toy model and short codebooks in place of the real ones, with the cut that suits its vectors."""
    monkeypatch.setattr(discovery, "CUT", TOY_CUT)
    monkeypatch.setattr("survey.worker.worker.load", lambda model, keep: ToyModel())
    monkeypatch.setattr(Codebook, "load", short_codebook)
