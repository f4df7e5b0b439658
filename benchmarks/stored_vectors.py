"""Measure what storing vectors with 8 bits a number does to themes, beside what another seed does.

    python -m benchmarks.stored_vectors [--data ../shared/data]

Each set of answers is analysed with the encoders' own vectors, with those as they are stored, and with the encoders'
own and another seed. The first and the second share a seed, so only the rounding differs.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score

from analysis.arrays import FloatArray
from analysis.embedding.int8_vectors import to_int8
from analysis.embedding.models import Embedder, load
from benchmarks import data
from benchmarks.cached_embedder import CachedEmbedder
from benchmarks.found_themes import agreement, our_themes
from benchmarks.result_table import Row, as_markdown, at_least

DRAWS = 10


class AsStored:
    """An embedder whose vectors are rounded as those of a survey are."""

    def __init__(self, embedder: Embedder) -> None:
        self.model = embedder.model
        self._embedder = embedder

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode."""
        return to_int8(self._embedder.encode(texts)).restore()


def rows(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure on those files of ``folder`` that exist."""
    table: list[Row] = []
    for name, sets in _sets(folder):
        exact, stored, same, again = [], [], [], []
        for answers in sets:
            own = our_themes(answers.texts, embedder)
            rounded = our_themes(answers.texts, AsStored(embedder))
            other = our_themes(answers.texts, embedder, seed=1)
            exact.append(agreement(answers, own))
            stored.append(agreement(answers, rounded))
            same.append(adjusted_mutual_info_score(own.themes, rounded.themes))
            again.append(adjusted_mutual_info_score(own.themes, other.themes))
        n = f"{len(sets)} x {len(sets[0].texts)}"
        lost, moved = float(np.mean(exact) - np.mean(stored)), float(np.mean(again))
        table += [
            at_least(name, n, "AMI with codes, float32", float(np.mean(exact)), None),
            at_least(name, n, "AMI with codes, stored as int8", float(np.mean(stored)), None),
            at_least(name, n, "AMI lost", lost, None),
            at_least(name, n, f"AMI of both (of two seeds: {moved:.3f})", float(np.mean(same)), moved),
        ]
    return table


def _sets(folder: Path) -> Iterator[tuple[str, list[data.CodedAnswers]]]:
    if (folder / "banking77.csv").is_file():
        yield "banking77", list(data.banking_draws(folder, DRAWS))
        yield "banking77", [data.banking_sample(folder, answers=1000, codes=25, seed=seed) for seed in range(3)]
    if (folder / "anes2008_d5.csv").is_file():
        yield "anes2008_d5", [data.survey_question(folder)]


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.stored_vectors", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of data")
    table = rows(parser.parse_args().data, CachedEmbedder(load()))
    print(as_markdown(table))
    return 1 if any(row.passes is False for row in table) else 0


if __name__ == "__main__":
    sys.exit(main())
