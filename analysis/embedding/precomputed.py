"""Precomputed vectors of the packaged codebooks' examples, by the packaged encoders with 8-bit products.

Each codebook has a file of its own beside it, with the coefficients of its ridge regression, also those of the re-runs
that leave some examples out (with 16 bits, which moves a score by .002 at most), the languages of the examples, and
what each language adds to vectors. Nothing in it is compressed, for 16 bits of a number do not get smaller: reading
one takes milliseconds, encoding it a minute, solving for its re-runs seconds. After a change of a codebook, write what
is new with ``python -m analysis.embedding.precomputed``, and after a change of the encoders all of them with
``--all``; a test fails until then.
"""

import sys
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from analysis.arrays import FloatArray
from analysis.embedding.models import Embedder, ModelError, load
from analysis.encoders.names import full_name
from analysis.known_themes.codebook import FOLDER, Codebook, packaged
from analysis.known_themes.drawn_examples import RE_RUNS, draw_examples, rows_of
from analysis.known_themes.example_words import example_texts, likely_language
from analysis.known_themes.ridge import EVERY, digest, digest_of_rows, owners, solve
from analysis.known_themes.translated import ENGLISH, languages, words_in
from analysis.text.normalise import fold

MODEL = full_name(("e5", "use", "minilm"), int8=True)


class _File:
    """The texts of one file, and its vectors (n, d) once one of them is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with np.load(path, allow_pickle=False) as file:
            self.texts = file["texts"].tobytes().decode().split("\n")

    @cached_property
    def vectors(self) -> FloatArray:
        with np.load(self._path, allow_pickle=False) as file:
            return _unit(file["vectors"])


class _Ready(Mapping[str, FloatArray]):
    """The vector (d,) of each text of some files; a file's vectors are read when the first of them is asked for."""

    def __init__(self, files: list[_File]) -> None:
        self._at = {text: (file, row) for file in reversed(files) for row, text in enumerate(file.texts)}

    def __getitem__(self, text: str) -> FloatArray:
        file, row = self._at[text]
        return np.asarray(file.vectors[row])

    def __iter__(self) -> Iterator[str]:
        return iter(self._at)

    def __len__(self) -> int:
        return len(self._at)

    def __contains__(self, text: object) -> bool:
        return text in self._at


@cache
def precomputed_vectors(model: str) -> Mapping[str, FloatArray]:
    """Return the vector (d,), float32 of unit length, of each folded example; empty for any other model."""
    if model != MODEL:
        return {}
    return _Ready([_File(path) for name in packaged() if (path := _path(name)).is_file()])


def make(*, anew: bool = False) -> Mapping[str, int]:
    """Write the files; return the number of vectors of each. Vectors that are there are kept, unless all are ``anew``.

    Raises ModelError without one of the encoders.
    """
    embedder = load(precision="int8")
    if embedder.model != MODEL:
        raise ModelError(f"{embedder.model} is not {MODEL}: not all encoders are installed.")
    ready: dict[str, FloatArray] = {}
    for name in packaged() if not anew else ():
        if _path(name).is_file():
            with np.load(_path(name), allow_pickle=False) as file:
                ready |= zip(file["texts"].tobytes().decode().split("\n"), file["vectors"], strict=True)
    counts = {}
    for name in packaged():
        book = Codebook.load(name)
        texts = sorted({fold(example) for theme in book.themes for example in theme.examples})
        counts[name] = len(texts)
        if not anew and _digest(_path(name)) == digest(book):
            continue
        missing = [text for text in texts if text not in ready]
        if missing:
            ready |= zip(missing, embedder.encode(missing).astype(np.float16), strict=True)
        examples = _unit(np.stack([ready[text] for text in example_texts(book)]))
        owner, sizes = owners(book), [len(theme.examples) for theme in book.themes]
        parts = [rows_of(sizes, kept) for kept in draw_examples(sizes, runs=RE_RUNS, seed=0)]
        offsets = language_offsets(name, embedder)
        np.savez(
            _path(name),
            allow_pickle=False,
            texts=np.frombuffer("\n".join(texts).encode(), dtype=np.uint8),
            vectors=np.stack([ready[text] for text in texts]),
            digest=np.array(digest(book)),
            some_vectors=examples[::EVERY],
            weights=solve(owner, examples).astype(np.float32),
            **{
                "again.rows": np.array([digest_of_rows(rows) for rows in parts]),
                "again.weights": np.stack([solve(owner[rows], examples[rows]).astype(np.float16) for rows in parts]),
            },
            languages=np.array([likely_language(text) or "" for text in example_texts(book)]),
            **{"offsets": np.stack([*offsets.values()]), "offsets.languages": np.array([*offsets])},
        )
    return counts


def language_offsets(codebook: str, embedder: Embedder) -> dict[str, FloatArray]:
    """Return how far texts in each language lie from the same in English, (d,): the mean over names and descriptions.

    Those of a packaged codebook say the same in all its languages.
    """

    def mean(language: str) -> FloatArray:
        words = [text for own in words_in(language, codebook).values() for text in (own.name, own.description)]
        return np.asarray(embedder.encode([*map(fold, words)]).mean(axis=0))

    english = mean(ENGLISH)
    return {language: mean(language) - english for language in languages(codebook) if language != ENGLISH}


def _digest(path: Path) -> str:
    """Return what a file was made for; "" where there is none or an older one."""
    if not path.is_file():
        return ""
    with np.load(path, allow_pickle=False) as file:
        return str(file["digest"]) if "offsets" in file else ""


def _unit(halves: FloatArray) -> FloatArray:
    """Return vectors (n, d) of unit length, float32, from the 16 bits they are kept in."""
    vectors = halves.astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _path(codebook: str) -> Path:
    return FOLDER / f"{codebook}.npz"


if __name__ == "__main__":
    for codebook, count in make(anew="--all" in sys.argv[1:]).items():
        print(f"{count} vectors in {_path(codebook)}")
