"""Names from the shelf for discovered themes: a theme that lies near one of a packaged codebook may take its name.

A known theme lies where the mean of its examples does, seen from the mean of all examples of the shelf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from analysis.arrays import FloatArray, unit
from analysis.embedding.precomputed import MODEL, precomputed_vectors
from analysis.known_themes.codebook import FOLDER, Codebook, packaged
from analysis.known_themes.edits import Members
from analysis.known_themes.translated import languages, words_in
from analysis.results import Theme
from analysis.text.normalise import fold

FILE = FOLDER / "shelf.npz"
NEAR = 0.75
"""Least cosine to the known theme: see docs/decisions.md"""
LEAST_LENGTH = 0.6
"""How far from the mean a theme must lie in that direction, as a part of how far the known one does: what holds unlike
things lies near the mean"""
MAX_CANDIDATES = 4


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The k known themes by codebook and key: directions (k, d) of unit length, lengths (k,) from the mean (d,)."""

    themes: tuple[tuple[str, str], ...]
    directions: FloatArray
    lengths: FloatArray
    mean: FloatArray


def candidate_names(centres: Mapping[str, FloatArray], model: str, language: str | None = None) -> dict[str, str]:
    """Return the plain name of the known theme that each theme is near to, by key; those near to none have none.

    ``centres`` are the means (d,) of the vectors of their ideas by that ``model``; no others than the packaged
    encoders have names. No two themes get the same one. In another ``language`` than English only codebooks with names
    in it count.
    """
    shelf = _read() if model == MODEL and centres else None
    if shelf is None:
        return {}
    keys, base = sorted(centres), (language or "en").split("-")[0]
    lines = np.stack([centres[key] for key in keys]) - shelf.mean
    cosines = unit(lines) @ shelf.directions.T
    cosines[lines @ shelf.directions.T < LEAST_LENGTH * shelf.lengths] = -1.0
    spoken = {codebook: base in languages(codebook) for codebook, _ in shelf.themes}
    cosines[:, [not spoken[codebook] for codebook, _ in shelf.themes]] = -1.0
    names: dict[str, str] = {}
    for row, column in zip(
        *np.unravel_index(np.argsort(-cosines, axis=None, kind="stable"), cosines.shape), strict=True
    ):
        if cosines[row, column] < NEAR:
            break
        codebook, theme = shelf.themes[column]
        name = words_in(base, codebook)[theme].name
        if keys[row] not in names and fold(name) not in map(fold, names.values()):
            names[keys[row]] = name
    return names


def with_candidate_names(
    themes: Sequence[Theme], found: Members, vectors: FloatArray, model: str, language: str | None
) -> tuple[Theme, ...]:
    """Return themes with a second candidate for each discovered one near to a known theme; chosen names stay.

    ``found`` are the wordings in each, ``vectors`` (n, d) those of all wordings.
    """
    centres = {key: vectors[sorted(rows)].mean(axis=0) for key, rows in found.items() if rows}
    named = candidate_names(centres, model, language)
    taken = {fold(theme.name) for theme in themes}
    return tuple(
        replace(theme, candidates=(theme.candidates[0], named[theme.key], *theme.candidates[1 : MAX_CANDIDATES - 1]))
        if theme.key in named and fold(named[theme.key]) not in taken | {*map(fold, theme.candidates)}
        else theme
        for theme in themes
    )


def make() -> Path:
    """Write where the known themes lie, from the precomputed vectors; return the file."""
    ready, sums, count = precomputed_vectors(MODEL), np.zeros(0), 0
    keys, means = [], []
    for name in packaged():
        for theme in Codebook.load(name).themes:
            vectors = np.stack([ready[fold(example)] for example in theme.examples])
            keys.append(f"{name}/{theme.key}")
            means.append(vectors.mean(axis=0))
            sums, count = vectors.sum(axis=0) + (sums if count else 0), count + len(vectors)
    mean = sums / count
    lines = np.stack(means) - mean
    directions, lengths = unit(lines).astype(np.float16), np.linalg.norm(lines, axis=1)
    np.savez_compressed(FILE, themes=np.array(keys), directions=directions, lengths=lengths, mean=mean)
    return FILE


@cache
def _read() -> _Shelf | None:
    if not FILE.is_file():
        return None
    with np.load(FILE, allow_pickle=False) as file:
        themes = tuple((str(text).split("/")[0], str(text).split("/")[1]) for text in file["themes"])
        numbers = (file[name].astype(np.float32) for name in ("directions", "lengths", "mean"))
        return _Shelf(themes, *numbers)


if __name__ == "__main__":
    print(f"{make()} is written")
