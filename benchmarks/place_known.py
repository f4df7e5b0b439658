"""Compare placing in the relationships codebook with hand-coded answers, and show how the threshold was chosen.

    python -m benchmarks.place_known [--data ../shared/data]

Micro precision, recall and F1 over answers (several codes each; the keys of the themes are the codes) of four methods:
a naive codebook (one line for each theme, cosine) or ours, on answers split at commas or into ideas. Threshold and
margin are cross-validated (chosen on four fifths, tested on the fifth); ours is also measured with those in use. The
Facebook answers are only counted and never used for a choice.
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from analysis.arrays import BoolArray, DoubleArray, IntArray
from analysis.embedding.models import Embedder, load
from analysis.known_themes import place
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.text.normalise import fold
from analysis.text.spans import Span
from analysis.text.split_ideas import split_ideas
from benchmarks.cached_embedder import CachedEmbedder
from benchmarks.data import read_csv

THRESHOLDS = np.arange(0.14, 1.0, 0.04)  # naive scores are cosines, ours range up to about 2
MARGINS = (0.0, 0.05, 0.1)
FOLDS, REPEATS = 5, 10


@dataclass(frozen=True)
class Coded:
    """Hand-coded answers: scores (ideas, themes), the answer of each idea (ideas,), codes (answers, themes)."""

    scores: DoubleArray
    answer: IntArray
    codes: BoolArray

    def placed(self, threshold: float, margin: float) -> BoolArray:
        """Return which answers (rows) are placed in which themes (columns)."""
        found = np.zeros_like(self.codes)
        np.logical_or.at(found, self.answer, place.select_themes(self.scores, threshold=threshold, margin=margin))
        return found


def main() -> int:
    """Measure and print; return 0, also if there is no data."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    folder: Path = parser.parse_args().data
    coded_file, facebook = folder / "relationship_dev.csv", folder / "facebook_answers.csv"
    if not coded_file.is_file():
        print(f"skipped: no relationship_dev.csv in {folder} (name the folder with --data)", file=sys.stderr)
        return 0
    codebook, embedder = Codebook.load("relationships"), CachedEmbedder(load())
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
        answers = [row["answer"] for row in read_csv(facebook)]
        result = analyse(answers, codebook=codebook, embedder=embedder)
        placed = {result.ideas[placement.idea].answer for placement in result.placements}
        print(f"\n{facebook}: {len(placed)} of {len(answers)} answers placed")
        print(", ".join(f"{theme.name} {theme.people}" for theme in result.themes))
    return 0


Split = Callable[[str], list[Span]]
Scores = Callable[[Sequence[str], Codebook, Embedder], DoubleArray]


def at_commas(answer: str) -> list[Span]:
    """Split naively, at every comma."""
    return [found.span() for found in re.finditer("[^,]+", answer) if found.group().strip()]


def scores_in_use(texts: Sequence[str], codebook: Codebook, embedder: Embedder) -> DoubleArray:
    """Score n folded texts against k themes as an analysis does, (n, k)."""
    return place.score_ideas(texts, embedder.encode(texts), codebook, embedder.encode(place.example_texts(codebook)))


def cosine_to_one_line(texts: Sequence[str], codebook: Codebook, embedder: Embedder) -> DoubleArray:
    """Score naively, by the cosine to each theme's name and description."""
    lines = [fold(f"{theme.name}: {theme.description}") for theme in codebook.themes]
    return np.asarray((embedder.encode(texts) @ embedder.encode(lines).T).astype(np.float64))


def read(path: Path, codebook: Codebook, embedder: Embedder, split: Split, score: Scores) -> Coded:
    """Read coded answers, split them and score the ideas; the keys of the codebook's themes are the codes."""
    table = read_csv(path)
    ideas = [(at, row["answer"][start:end]) for at, row in enumerate(table) for start, end in split(row["answer"])]
    codes = [[theme.key in row["codes"].split("|") for theme in codebook.themes] for row in table]
    texts = [fold(text) for _, text in ideas]
    return Coded(score(texts, codebook, embedder), np.array([at for at, _ in ideas]), np.array(codes))


def measure(found: BoolArray, codes: BoolArray) -> tuple[float, float, float]:
    """Return micro precision, recall and F1."""
    hits = int((found & codes).sum())
    precision, recall = hits / max(int(found.sum()), 1), hits / max(int(codes.sum()), 1)
    return precision, recall, 2 * hits / max(int(found.sum() + codes.sum()), 1)


def report(coded: Coded) -> None:
    """Print F1 at each threshold and margin, and the logistic curve that fits the scores."""
    print("\nmargin " + " ".join(f"{threshold:>5.2f}" for threshold in THRESHOLDS) + "   (threshold; F1 of ours)")
    for margin in MARGINS:
        figures = [measure(coded.placed(threshold, margin), coded.codes)[2] for threshold in THRESHOLDS]
        print(f"{margin:>6.2f} " + " ".join(f"{figure:>5.3f}" for figure in figures))
    steepness, midpoint = curve(coded)
    print(f"curve: steepness {steepness:.1f}, midpoint {midpoint:.2f}; in use {place.LOGISTIC_CURVE}")


def line(figures: Sequence[float]) -> str:
    """Format three figures in columns."""
    return "   ".join(f"{figure:.3f}" for figure in figures)


def cross_validated(coded: Coded) -> tuple[float, float, float]:
    """Place each fold by the threshold and margin that are best on the others; return the mean of REPEATS splits."""
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
    """Fit the logistic curve P(correct | score) to the best theme of each coded idea; return steepness, midpoint."""
    codes = coded.codes[coded.answer]
    best = coded.scores.argmax(axis=1)[:, None]
    correct = np.take_along_axis(codes, best, axis=1)[:, 0]
    has_codes = codes.any(axis=1)
    model = LogisticRegression(C=1e6)
    model.fit(coded.scores.max(axis=1)[has_codes, None], correct[has_codes])
    steepness = float(model.coef_[0, 0])
    return steepness, -float(model.intercept_[0]) / steepness


if __name__ == "__main__":
    sys.exit(main())
