"""Compare a list of advice with the answers: which points people name, and which themes the list lacks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import DoubleArray, FloatArray, IntArray, unit
from analysis.text.normalise import fold, tidy
from analysis.text.split_ideas import split_ideas

# The scores from which a point matches a theme clearly, chosen with benchmarks/advice.py: what is shown should be right
# nine times in ten. Weaker ones are for the owner to decide, and make the theme one that the list does not lack.
CLEAR_KNOWN = 1.0  # of place.score_ideas; from place.THRESHOLD on it is a weak match
CLEAR_FOUND, WEAK_FOUND = 0.45, 0.35  # of nearness() below, for discovered themes


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
    """A point with the theme it clearly matches, or None, and the strength of the match, 0-1.

    ``perhaps`` is the theme of a weak match where there is no clear one; ``covers`` are all it matches in either way.
    """

    point: Point
    theme: str | None
    people: int
    strength: float
    perhaps: str | None
    covers: tuple[str, ...]


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
    clear: float | DoubleArray,
    weak: float | DoubleArray,
    *,
    strengths: DoubleArray | None = None,
) -> AdviceCompared:
    """Match p points with k themes by their similarity ``scores`` (p, k).

    ``clear`` and ``weak``, one each or (k,), are the scores from which they match clearly, or at all; a point matches
    the theme whose threshold it passes by most. ``strengths`` (p, k) are 0-1, the scores themselves unless given. A
    theme is covered when any point matches it at all. Themes that nobody named are ignored.
    """
    shape = (len(points), len(themes))
    people = np.array([theme.people for theme in themes], dtype=np.intp)
    above_clear, above_weak = (
        np.where(people > 0, np.asarray(scores, dtype=np.float64) - least, -np.inf).reshape(shape)
        for least in (clear, weak)
    )
    sure = np.clip(scores if strengths is None else strengths, 0.0, 1.0).reshape(shape)
    matched = []
    for number, point in enumerate(points):
        best, perhaps = _best(above_clear[number]), _best(above_weak[number])
        covers = tuple(themes[at].key for at in np.flatnonzero(above_weak[number] >= 0).tolist())
        if best is not None:
            theme = themes[best]
            strength = float(sure[number, best])
            matched.append(PointMatched(point, theme.key, theme.people, strength, None, covers))
        else:
            likely = None if perhaps is None else themes[perhaps].key
            matched.append(PointMatched(point, None, 0, 0.0, likely, covers))
    covered = {key for match in matched for key in match.covers}
    missing = [theme for theme in themes if theme.people > 0 and theme.key not in covered]
    return AdviceCompared(title, tuple(matched), tuple(sorted(missing, key=lambda theme: (-theme.people, theme.key))))


def _best(above: DoubleArray) -> int | None:
    """Return the index of the greatest value that is at least 0; None if there is none."""
    best = int(above.argmax()) if len(above) else 0
    return best if len(above) and above[best] >= 0 else None
