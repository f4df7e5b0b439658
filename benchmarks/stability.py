"""Measure whether themes called stable reappear in other resamples.

    python -m benchmarks.stability [--data ../shared/data]

Ten re-runs decide which themes are called stable; twenty re-runs with other resamples count how often those reappear.
All are resamples of the same answers, so nothing follows about other people.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.arrays import FloatArray, IntArray
from analysis.certainty import Stability
from analysis.discovery.discover import discover
from analysis.embedding.models import Embedder, load
from analysis.evidence.stability import (
    DISCOVERY_RE_RUN_FACTOR,
    RE_RUNS,
    discovered_stability,
    known_stability,
    leaving_out_examples,
)
from analysis.known_themes import place
from analysis.known_themes.codebook import Codebook
from analysis.text.normalise import fold
from analysis.text.split_ideas import split_ideas
from benchmarks.data import read_csv
from benchmarks.result_table import Row, as_markdown, at_least

ANALYSIS_RUNS = DISCOVERY_RE_RUN_FACTOR * RE_RUNS  # re-runs for discovered themes in an analysis
FRESH_RUNS = 20
TARGET = 0.90
SAMPLES = {36: 20, 150: 8, 1000: 2}  # number of samples by size

Trial = tuple[Sequence[Stability], Sequence[Stability]]
"""The stability of each theme in the re-runs of an analysis, and in fresh ones"""


def rows(data: Path, embedder: Embedder) -> list[Row]:
    """Measure on those files of ``data`` that exist."""
    table: list[Row] = []
    if (data / "banking77.csv").is_file():
        texts = [row["text"] for row in read_csv(data / "banking77.csv")]
        some = [texts[at] for at in np.random.default_rng(0).permutation(len(texts))[:2000]]
        vectors = embedder.encode(some)
        for size, samples in SAMPLES.items():
            started = time.perf_counter()
            trials = [_discovered(_sample(vectors, size, seed), seed) for seed in range(samples)]
            table += _table("banking77, discovered", str(size), trials)
            if size == 1000:
                each = (time.perf_counter() - started) / samples * ANALYSIS_RUNS / (ANALYSIS_RUNS + FRESH_RUNS)
                table.append(at_least("banking77", "1000", "seconds for the re-runs of an analysis", each, None))
    if (data / "relationship_dev.csv").is_file():
        answers = [row["answer"] for row in read_csv(data / "relationship_dev.csv")]
        ideas = sorted({fold(answer[start:end]) for answer in answers for start, end in split_ideas(answer)})
        vectors = embedder.encode(ideas)
        n = str(len(answers))
        table += _table("relationship_dev, known", n, [_known(ideas, vectors, embedder)])
        table += _table("relationship_dev, no codebook", n, [_discovered(vectors, 0)])
    return table


def main() -> int:
    """Measure and print the table; return 0, also if there is no data."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    folder: Path = parser.parse_args().data
    names = ("banking77.csv", "relationship_dev.csv")
    if not any((folder / name).is_file() for name in names):
        print(f"skipped: no {' or '.join(names)} in {folder} (name the folder with --data)", file=sys.stderr)
        return 0
    print(as_markdown(rows(folder, load())))
    return 0


def _sample(vectors: FloatArray, size: int, seed: int) -> FloatArray:
    return vectors[np.sort(np.random.default_rng(seed).permutation(len(vectors))[:size])]


def _discover(vectors: FloatArray, weights: IntArray, seed: int) -> IntArray:
    return discover(vectors, weights, seed=seed).labels


def _discovered(vectors: FloatArray, seed: int) -> Trial:
    own = np.arange(len(vectors))
    labels = _discover(vectors, np.ones(len(vectors), dtype=np.intp), 0)
    return (
        discovered_stability(vectors, own, own, labels, _discover, seed=seed, runs=ANALYSIS_RUNS),
        discovered_stability(vectors, own, own, labels, _discover, seed=seed + 1000, runs=FRESH_RUNS),
    )


def _known(ideas: Sequence[str], vectors: FloatArray, embedder: Embedder) -> Trial:
    codebook = Codebook.load("relationships")
    examples = embedder.encode(place.example_texts(codebook))
    placed = place.place_ideas(ideas, vectors, codebook, examples).placed
    weights, counts = np.ones(len(ideas), dtype=np.intp), [len(theme.examples) for theme in codebook.themes]
    again = leaving_out_examples(ideas, vectors, codebook, examples)
    return (
        known_stability(placed, weights, counts, again),
        known_stability(placed, weights, counts, again, seed=1000, runs=FRESH_RUNS),
    )


def _table(name: str, n: str, trials: Sequence[Trial]) -> list[Row]:
    """Return the share of themes called stable, and the share of fresh re-runs in which those reappear."""
    pairs = [(called, fresh) for first, second in trials for called, fresh in zip(first, second, strict=True)]
    stable = [fresh for called, fresh in pairs if not called.unsteady]
    reappear = sum(fresh.came_back for fresh in stable) / max(sum(fresh.of for fresh in stable), 1)
    return [
        at_least(name, n, "themes called stable reappear in fresh re-runs", reappear, TARGET),
        at_least(name, n, "share of themes called stable", len(stable) / max(len(pairs), 1), None),
    ]


if __name__ == "__main__":
    sys.exit(main())
