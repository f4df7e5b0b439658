"""A model small enough to reason about: every word has a direction of its own, given by its hash."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from hashlib import shake_128

import numpy as np
import pytest

from analysis.arrays import FloatArray
from analysis.discovery import discover as discovery
from analysis.known_themes.codebook import Codebook

DIMENSIONS = 384
"""As many as the packaged encoders have: learning from edits takes time with their cube."""
AXES = 2048
EXAMPLES = 10
load_codebook = Codebook.load


TOY_CUT = 0.8


@cache
def direction(word: str, dimensions: int) -> FloatArray:
    """A unit vector (dimensions,), nearly at right angles to that of every other word."""
    signs = np.unpackbits(np.frombuffer(shake_128(word.encode()).digest(dimensions // 8), dtype=np.uint8))
    return np.asarray((2.0 * signs - 1) / dimensions**0.5, dtype=np.float32)


@cache
def axis(word: str, dimensions: int) -> FloatArray:
    """A unit vector (dimensions,) along an axis: at right angles to that of every word that is on another."""
    vector = np.zeros(dimensions, dtype=np.float32)
    vector[zlib.crc32(word.encode()) % dimensions] = 1
    return vector


def use_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put words on axes, so many that few share one: exact cosines, but learning from edits takes 1.5 s."""
    monkeypatch.setitem(globals(), "direction", axis)
    monkeypatch.setitem(globals(), "DIMENSIONS", AXES)


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
                vectors[row] += direction(word, DIMENSIONS)
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
