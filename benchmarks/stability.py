"""Do themes called stable reappear in fresh resamples?

    python -m benchmarks.stability [--data ../shared/data]

Themes are called stable by ten re-runs; then twenty re-runs with other resamples are made, and the share of them in
which the stable themes reappear is counted. That is another look at the same answers, not at other people.
"""

import argparse
import csv
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.arrays import FloatArray, IntArray
from analysis.discovery.discover import discover
from analysis.embedding.models import Embedder, load
from analysis.evidence.stability import (
    MORE_RUNS,
    RUNS,
    discovered_stability,
    known_stability,
    leaving_out_examples,
)
from analysis.known_themes import place
from analysis.known_themes.codebook import Codebook
from analysis.results import Stability
from analysis.text.normalise import fold
from analysis.text.split_ideas import split_ideas
from benchmarks.result_table import Row, as_markdown, at_least

TRIED = MORE_RUNS * RUNS  # as an analysis tries discovered themes
FRESH = 20
TARGET = 0.90
DRAWS = {36: 20, 150: 8, 1000: 2}  # answers in a draw: how many draws


Looks = list[tuple[Sequence[Stability], Sequence[Stability]]]


def rows(data: Path, embedder: Embedder) -> list[Row]:
    """What was measured on the files of ``data`` that are there."""
    table: list[Row] = []
    if (data / "banking77.csv").is_file():
        texts = _column(data / "banking77.csv", "text")
        some = [texts[at] for at in np.random.default_rng(0).permutation(len(texts))[:2000]]
        vectors = embedder.encode(some)
        for size, draws in DRAWS.items():
            started = time.perf_counter()
            looks = [_discovered(_draw(vectors, size, seed), seed) for seed in range(draws)]
            table += _table("banking77, discovered", str(size), looks)
            if size == 1000:
                each = (time.perf_counter() - started) / draws * TRIED / (TRIED + FRESH)
                table.append(at_least("banking77", "1000", "seconds for the re-runs of an analysis", each, None))
    if (data / "relationship_dev.csv").is_file():
        answers = _column(data / "relationship_dev.csv", "answer")
        ideas = sorted({fold(answer[start:end]) for answer in answers for start, end in split_ideas(answer)})
        vectors = embedder.encode(ideas)
        n = str(len(answers))
        table += _table("relationship_dev, known", n, [_known(ideas, vectors, embedder)])
        table += _table("relationship_dev, no codebook", n, [_discovered(vectors, 0)])
    return table


def main() -> int:
    """Run on the folder of data, or say that it is not there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    folder: Path = parser.parse_args().data
    names = ("banking77.csv", "relationship_dev.csv")
    if not any((folder / name).is_file() for name in names):
        print(f"skipped: no {' or '.join(names)} in {folder} (name the folder with --data)", file=sys.stderr)
        return 0
    print(as_markdown(rows(folder, load())))
    return 0


def _column(path: Path, name: str) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


def _draw(vectors: FloatArray, size: int, seed: int) -> FloatArray:
    return vectors[np.sort(np.random.default_rng(seed).permutation(len(vectors))[:size])]


def _again(vectors: FloatArray, weights: IntArray, seed: int) -> IntArray:
    return discover(vectors, weights, seed=seed).labels


def _discovered(vectors: FloatArray, seed: int) -> tuple[Sequence[Stability], Sequence[Stability]]:
    own = np.arange(len(vectors))
    labels = _again(vectors, np.ones(len(vectors), dtype=np.intp), 0)
    return (
        discovered_stability(vectors, own, own, labels, _again, seed=seed, runs=TRIED),
        discovered_stability(vectors, own, own, labels, _again, seed=seed + 1000, runs=FRESH),
    )


def _known(
    ideas: Sequence[str], vectors: FloatArray, embedder: Embedder
) -> tuple[Sequence[Stability], Sequence[Stability]]:
    codebook = Codebook.load("relationships")
    examples = embedder.encode(place.example_texts(codebook))
    placed = place.place_ideas(ideas, vectors, codebook, examples).placed
    weights, counts = np.ones(len(ideas), dtype=np.intp), [len(theme.examples) for theme in codebook.themes]
    again = leaving_out_examples(ideas, vectors, codebook, examples)
    return (
        known_stability(placed, weights, counts, again),
        known_stability(placed, weights, counts, again, seed=1000, runs=FRESH),
    )


def _table(name: str, n: str, looks: Looks) -> list[Row]:
    """How many of the themes are called stable, and in what share of fresh re-runs those reappear."""
    pairs = [(called, fresh) for first, second in looks for called, fresh in zip(first, second, strict=True)]
    stable = [fresh for called, fresh in pairs if not called.tentative]
    reappear = sum(fresh.came_back for fresh in stable) / max(sum(fresh.of for fresh in stable), 1)
    return [
        at_least(name, n, "themes called stable reappear in fresh re-runs", reappear, TARGET),
        at_least(name, n, "share of themes called stable", len(stable) / max(len(pairs), 1), None),
    ]


if __name__ == "__main__":
    sys.exit(main())
