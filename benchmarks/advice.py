"""Measure which points of advice are matched with a known theme, and how often that is right.

    python -m benchmarks.advice [--data ../shared/data]

Prints precision and recall at several thresholds: for the points of `benchmarks.advice_points`, for coded answers of
one code taken as points, and for key points of debates against themes made of the arguments for each, with and without
the arguments for the key point itself.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.arrays import BoolArray, DoubleArray, FloatArray
from analysis.embedding.encode import encode, encode_with_examples
from analysis.embedding.models import Embedder, load
from analysis.evidence.compare_advice import CLEAR_FOUND, CLEAR_KNOWN, WEAK_FOUND, nearness
from analysis.known_themes import place
from analysis.known_themes.codebook import Codebook
from analysis.progress import ignore_progress
from analysis.text.normalise import fold
from benchmarks.advice_points import CHECKING, CHOOSING
from benchmarks.data import read_csv
from benchmarks.result_table import Row, at_least

KNOWN_THRESHOLDS: tuple[float, ...] = (place.THRESHOLD, 0.65, 0.7, 0.75, 0.8, CLEAR_KNOWN, 0.9, 0.95, 1.0)
FOUND_THRESHOLDS: tuple[float, ...] = (WEAK_FOUND, 0.4, CLEAR_FOUND, 0.5, 0.55)
MIN_ARGUMENTS, MAX_ARGUMENTS = 3, 60

Matches = tuple[DoubleArray, BoolArray, BoolArray]
"""For n points the score of the nearest theme, whether it is right, and whether any theme would be: arrays (n,)"""


def rows(data: Path, embedder: Embedder) -> list[Row]:
    """Measure what is shown as a clear match; needs no file of ``data``."""
    return [row for name, points in _own() for row in _measured(name, _known(points, embedder), CLEAR_KNOWN)]


def main() -> int:
    """Measure and print; return 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    folder: Path = parser.parse_args().data
    embedder = load()
    measured = [(name, _known(points, embedder), KNOWN_THRESHOLDS) for name, points in _own()]
    if (folder / "relationship_dev.csv").is_file():
        coded = read_csv(folder / "relationship_dev.csv")
        points = [
            (row["answer"], row["codes"]) for row in coded if row["kind"] == "single" and len(row["answer"]) <= 120
        ]
        measured.append(("relationship_dev, answers of one point", _known(points, embedder), KNOWN_THRESHOLDS))
    if (folder / "argkp_2021.csv").is_file():
        measured.append(("argkp, within each debate", _debates(folder / "argkp_2021.csv", embedder), FOUND_THRESHOLDS))
    for name, (scores, right, possible), thresholds in measured:
        print(f"\n{name}: {len(scores)} points, {possible.sum()} with a theme")
        for threshold in thresholds:
            precision, recall = _precision_recall((scores, right, possible), threshold)
            shown = int((scores >= threshold).sum())
            print(f"  {threshold:.2f}  shown {shown:4d}  precision {precision:.3f}  recall {recall:.3f}")
    return 0


def _own() -> list[tuple[str, Sequence[tuple[str, str]]]]:
    return [("points of advice, chose the threshold", CHOOSING), ("points of advice, others", CHECKING)]


def _measured(name: str, matches: Matches, threshold: float) -> list[Row]:
    precision, recall = _precision_recall(matches, threshold)
    n = str(len(matches[0]))
    return [
        at_least(name, n, "clear matches that are right", precision, 0.9),
        at_least(name, n, "share of the themes clearly matched", recall, None),
    ]


def _precision_recall(matches: Matches, threshold: float) -> tuple[float, float]:
    scores, right, possible = matches
    shown = scores >= threshold
    correct = int((shown & right).sum())
    return correct / max(int(shown.sum()), 1), correct / max(int(possible.sum()), 1)


def _known(points: Sequence[tuple[str, str]], embedder: Embedder) -> Matches:
    """Match points, each with the keys that are right ("|" between), with the relationships codebook."""
    book = Codebook.load("relationships")
    keys = [theme.key for theme in book.themes]
    texts = [fold(point) for point, _ in points]
    vectors, examples = encode_with_examples(texts, place.example_texts(book), embedder, ignore_progress)
    scores = place.score_ideas(texts, vectors, book, examples)
    accepted = [set(right.split("|")) & set(keys) for _, right in points]
    right = [keys[best] in own for best, own in zip(scores.argmax(axis=1), accepted, strict=True)]
    return scores.max(axis=1), np.array(right), np.array([bool(own) for own in accepted])


def _debates(path: Path, embedder: Embedder) -> Matches:
    """Match each key point with themes of its debate: once all of them, once those of the other key points."""
    arguments: dict[str, dict[str, list[str]]] = {}
    for row in read_csv(path):
        if row["label"]:
            arguments.setdefault(row["topic"], {}).setdefault(row["label"], []).append(fold(row["text"]))
    scores, right, possible = [], [], []
    for by_point in arguments.values():
        own = {point: texts[:MAX_ARGUMENTS] for point, texts in by_point.items() if len(texts) >= MIN_ARGUMENTS}
        if len(own) < MIN_ARGUMENTS:
            continue
        members: list[FloatArray] = [encode(texts, embedder, ignore_progress) for texts in own.values()]
        vectors = encode([fold(point) for point in own], embedder, ignore_progress)
        near = nearness(vectors, members, np.concatenate(members).mean(axis=0))
        others = np.where(np.eye(len(own), dtype=np.bool_), -1.0, near)
        scores += [near.max(axis=1), others.max(axis=1)]
        right += [near.argmax(axis=1) == np.arange(len(own)), np.zeros(len(own), dtype=np.bool_)]
        possible += [np.ones(len(own), dtype=np.bool_), np.zeros(len(own), dtype=np.bool_)]
    return np.concatenate(scores), np.concatenate(right), np.concatenate(possible)


if __name__ == "__main__":
    sys.exit(main())
