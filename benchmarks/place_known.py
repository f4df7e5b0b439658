"""How well ideas are placed in the relationships codebook, against answers coded by hand.

    python -m benchmarks.place_known [--data ../shared/data]

Prints micro F1 over answers (several codes each) at each threshold and margin, the cross-validated figure of choosing
them, the figure of those that analysis.place uses, and the curve its strengths should follow.
The Facebook answers are only counted, never chosen on.
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from analysis import place
from analysis.codebook import Codebook
from analysis.embed import Embedder, load
from analysis.ideas import split_ideas
from analysis.pipeline import analyse
from analysis.text import fold

THRESHOLDS = np.arange(0.40, 0.641, 0.02)
MARGINS = (0.0, 0.02, 0.05, 0.1, 0.2)
FOLDS, REPEATS = 5, 10

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Coded:
    """Answers coded by hand: scores (ideas, themes), the answer of each idea, codes (answers, themes)."""

    scores: NDArray[np.float64]
    answer: NDArray[np.intp]
    codes: BoolArray

    def placed(self, threshold: float, margin: float) -> BoolArray:
        """Which answers (rows) are in which themes."""
        found = np.zeros_like(self.codes)
        np.logical_or.at(found, self.answer, place.decide(self.scores, threshold=threshold, margin=margin))
        return found


def main() -> int:
    """Run on the folder of data, or say that it is not there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    folder: Path = parser.parse_args().data
    if not (folder / "relationship_dev.csv").is_file():
        print(f"skipped: no relationship_dev.csv in {folder} (name the folder with --data)", file=sys.stderr)
        return 0
    codebook, embedder = Codebook.load("relationships"), load()
    coded = read(folder / "relationship_dev.csv", codebook, embedder)
    print(f"{folder / 'relationship_dev.csv'}: {len(coded.codes)} answers, {len(coded.answer)} ideas, {embedder.model}")
    report(coded)
    facebook = folder / "facebook_answers.csv"
    if facebook.is_file():
        answers = [row["answer"] for row in rows(facebook)]
        result = analyse(answers, codebook=codebook, embedder=embedder)
        placed = {result.ideas[placement.idea].answer for placement in result.placements}
        print(f"\n{facebook}: {len(placed)} of {len(answers)} answers placed")
        print(", ".join(f"{theme.name} {theme.people}" for theme in result.themes))
    return 0


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read(path: Path, codebook: Codebook, embedder: Embedder) -> Coded:
    """Coded answers, split and scored against a codebook whose theme keys are the codes."""
    table = rows(path)
    ideas = [
        (at, row["answer"][start:end]) for at, row in enumerate(table) for start, end in split_ideas(row["answer"])
    ]
    texts = [fold(text) for _, text in ideas]
    examples = embedder.encode(place.example_texts(codebook))
    codes = [[theme.key in row["codes"].split("|") for theme in codebook.themes] for row in table]
    return Coded(
        place.scores(texts, embedder.encode(texts), codebook, examples),
        np.array([at for at, _ in ideas]),
        np.array(codes),
    )


def measure(found: BoolArray, codes: BoolArray) -> tuple[float, float, float]:
    """Micro precision, recall and F1."""
    hits = int((found & codes).sum())
    precision, recall = hits / max(int(found.sum()), 1), hits / max(int(codes.sum()), 1)
    return precision, recall, 2 * hits / max(int(found.sum() + codes.sum()), 1)


def report(coded: Coded) -> None:
    """Print the grid, the cross-validated figure, the figure in use, and the curve."""
    grid = {(t, m): coded.placed(t, m) for m in MARGINS for t in THRESHOLDS}
    print("\nmargin " + " ".join(f"{threshold:>5.2f}" for threshold in THRESHOLDS) + "   (threshold; F1)")
    for margin in MARGINS:
        figures = [measure(grid[threshold, margin], coded.codes)[2] for threshold in THRESHOLDS]
        print(f"{margin:>6.2f} " + " ".join(f"{figure:>5.3f}" for figure in figures))
    print("\n                                      precision recall    F1")
    print("chosen and tested by cross-validation  " + line(cross_validated(coded, list(grid.values()))))
    used = measure(coded.placed(place.THRESHOLD, place.MARGIN), coded.codes)
    print(f"in use: threshold {place.THRESHOLD}, margin {place.MARGIN}     " + line(used))
    steepness, midpoint = curve(coded)
    print(f"curve: steepness {steepness:.1f}, midpoint {midpoint:.2f}; in use {place.CURVE}")


def line(figures: Sequence[float]) -> str:
    """Three figures in columns."""
    return "   ".join(f"{figure:.3f}" for figure in figures)


def cross_validated(coded: Coded, options: Sequence[BoolArray]) -> tuple[float, float, float]:
    """Each fold placed by the threshold and margin that are best on the others; the mean of REPEATS divisions."""
    generator = np.random.default_rng(0)
    figures = []
    for _ in range(REPEATS):
        fold_of = generator.permutation(len(coded.codes)) % FOLDS
        found = np.zeros_like(coded.codes)
        for number in range(FOLDS):
            rest = fold_of != number
            best = max(options, key=lambda option: measure(option[rest], coded.codes[rest])[2])
            found[~rest] = best[~rest]
        figures.append(measure(found, coded.codes))
    precision, recall, f1 = (float(mean) for mean in np.array(figures).mean(axis=0))
    return precision, recall, f1


def curve(coded: Coded) -> tuple[float, float]:
    """Steepness and midpoint of the logistic curve of being right, over the best theme of each coded idea."""
    codes = coded.codes[coded.answer]
    best = coded.scores.argmax(axis=1)[:, None]
    right = np.take_along_axis(codes, best, axis=1)[:, 0]
    has_codes = codes.any(axis=1)
    model = LogisticRegression(C=1e6)
    model.fit(coded.scores.max(axis=1)[has_codes, None], right[has_codes])
    steepness = float(model.coef_[0, 0])
    return steepness, -float(model.intercept_[0]) / steepness


if __name__ == "__main__":
    sys.exit(main())
