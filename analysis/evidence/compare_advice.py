"""Compare a list of advice with the answers: which points people name, and which themes the list lacks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import DoubleArray, FloatArray, IntArray, unit
from analysis.text.normalise import fold, tidy
from analysis.text.split_ideas import split_ideas

# For discovered themes, of nearness() below; known themes use place.THRESHOLD. Of 70 expert key points for 14 debates,
# compared with the arguments of all debates, 56 % match their own at .35; without their own arguments 14 % match
# others, nearly always of much the same content.
NEAR_ENOUGH = 0.35


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a list of advice: a heading and its text. Either may be empty."""

    heading: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class NamedTheme:
    """A theme and the number of people who named it."""

    key: str
    people: int


@dataclass(frozen=True, slots=True)
class PointMatched:
    """A point with the theme it matches, None if nobody named it, and the strength of the match, 0-1."""

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
    """Return the folded texts to embed for the points, and the index of the point of each text.

    That is the heading, or the ideas of the body without one: explanations digress.
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
    """Return the scores (points, k) from those of their texts (m, k): the best text counts; -inf without texts."""
    best = np.full((points, scores.shape[1]), -np.inf)
    np.maximum.at(best, owners, scores)
    return best


def nearness(vectors: FloatArray, members: Sequence[FloatArray], shared: FloatArray) -> DoubleArray:
    """Return the cosines (m, k) of m texts (m, d) to the centres of k themes, from the vectors of their ideas (n_i, d).

    ``shared`` (d,), the mean of all ideas, is subtracted first: answers to one question and advice on it all
    resemble the question, and would be equally near to everything.
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
    """Match p points with k themes by their similarity ``scores`` (p, k).

    ``thresholds``, one or (k,), are the scores from which they match; a point matches the theme whose threshold it
    passes by most. ``strengths`` (p, k) are 0-1, the scores themselves unless given. A theme is covered when any point
    reaches its threshold. Themes that nobody named are ignored.
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
