"""Advice against answers: which points of a published list people name, and which of their themes no list mentions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import DoubleArray, FloatArray, IntArray, unit
from analysis.text.normalise import fold, tidy
from analysis.text.split_ideas import split_ideas

# For discovered themes, of nearness() below; known themes have place.THRESHOLD. On 70 key points written by experts for
# 14 debates, each against the arguments of all: from .35 a point finds its own in 56 %, and of points whose own were
# taken away 14 % match another, nearly always one that says much the same.
NEAR_ENOUGH = 0.35


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a list of advice: a heading, and what is said about it. Either may be empty."""

    heading: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class NamedTheme:
    """A theme and how many people named it."""

    key: str
    people: int


@dataclass(frozen=True, slots=True)
class PointMatched:
    """A point with the theme it matches, None where nobody named it; ``strength`` is of the match, 0-1."""

    point: Point
    theme: str | None
    people: int
    strength: float


@dataclass(frozen=True, slots=True)
class AdviceCompared:
    """The points in their order, and the themes that no point covers, most people first."""

    title: str
    points: tuple[PointMatched, ...]
    missing: tuple[NamedTheme, ...]


def point_texts(points: Sequence[Point]) -> tuple[list[str], IntArray]:
    """The folded texts that say what the points say, and which point each is of: what to make vectors of.

    A heading says it best: explanations wander. Without one it is the ideas of the body.
    """
    texts: list[str] = []
    owners: list[int] = []
    for number, point in enumerate(points):
        body = [point.body[start:end] for start, end in split_ideas(point.body)] or [point.body]
        own = [fold(text) for text in ([point.heading] if tidy(point.heading) else body) if tidy(text)]
        texts.extend(own)
        owners.extend([number] * len(own))
    return texts, np.array(owners, dtype=np.intp)


def best_scores(scores: DoubleArray, owners: IntArray, points: int) -> DoubleArray:
    """The scores (points, k) of points from those of their texts (m, k): the best text counts, none scores nothing."""
    best = np.full((points, scores.shape[1]), -np.inf)
    np.maximum.at(best, owners, scores)
    return best


def nearness(vectors: FloatArray, members: Sequence[FloatArray], shared: FloatArray) -> DoubleArray:
    """Cosine of m texts (m, d) to the centres of k themes, given the vectors (n_i, d) of their ideas; (m, k).

    ``shared`` (d,), the mean of all ideas, is taken off first: answers to one question all resemble the question, and
    so does advice on it. Without that, texts on any side of a debate are equally near to everything.
    """
    centres = np.stack([own.mean(axis=0) for own in members]) if members else np.zeros((0, len(shared)))
    return np.asarray(unit(vectors.astype(np.float64) - shared) @ unit(centres.astype(np.float64) - shared).T)


def compare_advice(
    title: str,
    points: Sequence[Point],
    themes: Sequence[NamedTheme],
    scores: DoubleArray,
    thresholds: float | DoubleArray,
    *,
    strengths: DoubleArray | None = None,
) -> AdviceCompared:
    """A list of p points against k themes: ``scores`` (p, k) say how much they resemble each other.

    ``thresholds``, one or (k,), are the scores from which they match; a point matches the theme whose threshold it
    passes by most. ``strengths`` (p, k) are 0-1, the scores themselves unless given. A theme is covered when any point
    reaches its threshold. Themes that nobody named neither match nor are missing.
    """
    above = np.asarray(scores, dtype=np.float64) - thresholds
    people = np.array([theme.people for theme in themes], dtype=np.intp)
    above = np.where(people > 0, above, -np.inf).reshape(len(points), len(themes))
    sure = np.clip(scores if strengths is None else strengths, 0.0, 1.0).reshape(above.shape)
    matched = []
    for point, row, strength in zip(points, above, sure, strict=True):
        best = int(row.argmax()) if len(row) else -1
        if best >= 0 and row[best] >= 0:
            matched.append(PointMatched(point, themes[best].key, themes[best].people, float(strength[best])))
        else:
            matched.append(PointMatched(point, None, 0, 0.0))
    covered = [bool((column >= 0).any()) for column in above.T]
    missing = [theme for theme, has in zip(themes, covered, strict=True) if theme.people > 0 and not has]
    return AdviceCompared(title, tuple(matched), tuple(sorted(missing, key=lambda theme: (-theme.people, theme.key))))
