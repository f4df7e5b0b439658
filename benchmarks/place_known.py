"""How well ideas are placed in the relationships codebook, against answers coded by hand.

    python -m benchmarks.place_known [--data ../shared/data]

Micro precision, recall and F1 over answers (several codes each; the themes' keys are the codes) of four ways: a naive
codebook (one line a theme, plain cosine) or ours, on answers cut at commas or into ideas. Each with its threshold and
margin cross-validated (chosen on four fifths, tested on the fifth), and ours also as it is in use. The Facebook answers
are only counted, never chosen on.
"""

import argparse
import csv
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from analysis.arrays import BoolArray, DoubleArray, FloatArray, IntArray
from analysis.embedding.models import Embedder, load
from analysis.known_themes import place
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.text.normalise import fold
from analysis.text.spans import Span
from analysis.text.split_ideas import split_ideas

THRESHOLDS = np.arange(0.14, 0.80, 0.04)  # naive scores are cosines, ours go to about 1.8
MARGINS = (0.0, 0.05, 0.1)
FOLDS, REPEATS = 5, 10


@dataclass(frozen=True)
class Coded:
    """Answers coded by hand: scores (ideas, themes), the answer of each idea, codes (answers, themes)."""

    scores: DoubleArray
    answer: IntArray
    codes: BoolArray

    def placed(self, threshold: float, margin: float) -> BoolArray:
        """Which answers (rows) are in which themes."""
        found = np.zeros_like(self.codes)
        np.logical_or.at(found, self.answer, place.select_themes(self.scores, threshold=threshold, margin=margin))
        return found


def main() -> int:
    """Run on the folder of data, or say that it is not there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    folder: Path = parser.parse_args().data
    coded_file, facebook = folder / "relationship_dev.csv", folder / "facebook_answers.csv"
    if not coded_file.is_file():
        print(f"skipped: no relationship_dev.csv in {folder} (name the folder with --data)", file=sys.stderr)
        return 0
    codebook, embedder = Codebook.load("relationships"), Remembering(load())
    examples = sum(len(theme.examples) for theme in codebook.themes)
    coded = read(coded_file, codebook, embedder, split_ideas, scores_in_use)
    print(
        f"{coded_file}: {len(coded.codes)} answers, {coded.codes.sum()} codes, {len(coded.answer)} ideas; "
        f"{len(codebook.themes)} themes, {examples} examples; {embedder.model}\n"
    )
    print(f"{'':<58}precision recall    F1")
    for name, one_line, split in (
        ("one line a theme, cut at commas (naive)", True, at_commas),
        ("one line a theme, ideas", True, split_ideas),
        ("examples, cut at commas", False, at_commas),
        ("examples, ideas (ours)", False, split_ideas),
    ):
        found = read(coded_file, codebook, embedder, split, cosine_to_one_line if one_line else scores_in_use)
        print(f"{name + ', cross-validated':<58}{line(cross_validated(found))}")
    used = measure(coded.placed(place.THRESHOLD, place.MARGIN), coded.codes)
    print(f"{f'ours in use: threshold {place.THRESHOLD}, margin {place.MARGIN}':<58}{line(used)}")
    report(coded)
    if facebook.is_file():
        answers = [row["answer"] for row in rows(facebook)]
        result = analyse(answers, codebook=codebook, embedder=embedder)
        placed = {result.ideas[placement.idea].answer for placement in result.placements}
        print(f"\n{facebook}: {len(placed)} of {len(answers)} answers placed")
        print(", ".join(f"{theme.name} {theme.people}" for theme in result.themes))
    return 0


Split = Callable[[str], list[Span]]
Scores = Callable[[Sequence[str], Codebook, Embedder], DoubleArray]


class Remembering:
    """A model that reads each text once."""

    def __init__(self, embedder: Embedder) -> None:
        self.model = embedder.model
        self._embedder = embedder
        self._vectors: dict[str, FloatArray] = {}

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode."""
        new = sorted(set(texts) - self._vectors.keys())
        self._vectors.update(zip(new, self._embedder.encode(new), strict=True))
        return np.array([self._vectors[text] for text in texts])


def at_commas(answer: str) -> list[Span]:
    """The naive way to split: at every comma."""
    return [found.span() for found in re.finditer("[^,]+", answer) if found.group().strip()]


def scores_in_use(texts: Sequence[str], codebook: Codebook, embedder: Embedder) -> DoubleArray:
    """As analysis.known_themes.place scores n folded texts against k themes."""
    return place.score_ideas(texts, embedder.encode(texts), codebook, embedder.encode(place.example_texts(codebook)))


def cosine_to_one_line(texts: Sequence[str], codebook: Codebook, embedder: Embedder) -> DoubleArray:
    """The naive way: the cosine to each theme's name and description."""
    lines = [fold(f"{theme.name}: {theme.description}") for theme in codebook.themes]
    return np.asarray((embedder.encode(texts) @ embedder.encode(lines).T).astype(np.float64))


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read(path: Path, codebook: Codebook, embedder: Embedder, split: Split, score: Scores) -> Coded:
    """Coded answers, split and scored against a codebook whose theme keys are the codes."""
    table = rows(path)
    ideas = [(at, row["answer"][start:end]) for at, row in enumerate(table) for start, end in split(row["answer"])]
    codes = [[theme.key in row["codes"].split("|") for theme in codebook.themes] for row in table]
    texts = [fold(text) for _, text in ideas]
    return Coded(score(texts, codebook, embedder), np.array([at for at, _ in ideas]), np.array(codes))


def measure(found: BoolArray, codes: BoolArray) -> tuple[float, float, float]:
    """Micro precision, recall and F1."""
    hits = int((found & codes).sum())
    precision, recall = hits / max(int(found.sum()), 1), hits / max(int(codes.sum()), 1)
    return precision, recall, 2 * hits / max(int(found.sum() + codes.sum()), 1)


def report(coded: Coded) -> None:
    """Print F1 at each threshold and margin, and the curve that strengths should follow."""
    print("\nmargin " + " ".join(f"{threshold:>5.2f}" for threshold in THRESHOLDS) + "   (threshold; F1 of ours)")
    for margin in MARGINS:
        figures = [measure(coded.placed(threshold, margin), coded.codes)[2] for threshold in THRESHOLDS]
        print(f"{margin:>6.2f} " + " ".join(f"{figure:>5.3f}" for figure in figures))
    steepness, midpoint = curve(coded)
    print(f"curve: steepness {steepness:.1f}, midpoint {midpoint:.2f}; in use {place.LOGISTIC_CURVE}")


def line(figures: Sequence[float]) -> str:
    """Three figures in columns."""
    return "   ".join(f"{figure:.3f}" for figure in figures)


def cross_validated(coded: Coded) -> tuple[float, float, float]:
    """Each fold placed by the threshold and margin that are best on the others; the mean of REPEATS divisions."""
    options = [coded.placed(threshold, margin) for margin in MARGINS for threshold in THRESHOLDS]
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
