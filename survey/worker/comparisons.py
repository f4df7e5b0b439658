"""What a run compares: themes across kinds of people, and lists of advice against themes.

The worker's, like saving.py, and apart from it because it is a room of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analysis.arrays import FloatArray
from analysis.embedding.encode import encode, encode_with
from analysis.embedding.models import Embedder
from analysis.evidence.compare_advice import (
    NEAR_ENOUGH,
    AdviceCompared,
    NamedTheme,
    Point,
    best_scores,
    compare_advice,
    nearness,
    point_texts,
)
from analysis.evidence.compare_groups import compare_groups
from analysis.known_themes import place
from analysis.known_themes.codebook import Codebook
from analysis.progress import ignore_progress
from analysis.results import Analysis
from analysis.text.normalise import fold
from survey.core.respondent_kinds import ANY


@dataclass(frozen=True, slots=True)
class AdviceList:
    """A list of advice as a run reads it: its points as headings and explanations."""

    public_id: str
    title: str
    points: tuple[tuple[str, str], ...]


def across_kinds(kinds: Sequence[str | None], result: Analysis) -> dict[str, Any]:
    """Themes across the kinds of those who answered, `kinds` in the order of the answers.

    Who chose any kind chose none: it is no group of its own.
    """
    silent_ones = set(result.nonanswers)
    people = [answer for answer in range(len(kinds)) if answer not in silent_ones]
    number = {answer: at for at, answer in enumerate(people)}
    named: dict[str, set[int]] = {theme.key: set() for theme in result.themes}
    for placement in result.placements:
        named[placement.theme].add(number[result.ideas[placement.idea].answer])
    return asdict(compare_groups([None if kinds[answer] == ANY else kinds[answer] for answer in people], named))


def against_advice(
    lists: Sequence[AdviceList], result: Analysis, book: Codebook, embedder: Embedder
) -> list[dict[str, Any]]:
    """Each list held against the themes of a result, as JSON. `book` is what the run placed ideas by.

    A theme of the book is matched as ideas are placed in it, one that was discovered by its ideas.
    """
    if not lists:
        return []
    members = _members(result, book, embedder)
    return [_told(advice, _compared(advice, result, book, members, embedder)) for advice in lists]


def _compared(
    advice: AdviceList, result: Analysis, book: Codebook, members: dict[str, FloatArray], embedder: Embedder
) -> AdviceCompared:
    points = [Point(heading, body) for heading, body in advice.points]
    themes = [NamedTheme(theme.key, theme.people) for theme in result.themes]
    texts, owners = point_texts(points)
    scores = np.zeros((len(texts), len(themes)))
    strengths = np.zeros_like(scores)
    thresholds = np.full(len(themes), NEAR_ENOUGH)
    if texts and themes:
        vectors, examples = encode_with(texts, place.example_texts(book), embedder, ignore_progress)
        placed = place.score_ideas(texts, vectors, book, examples)
        column = {theme.key: at for at, theme in enumerate(book.themes)}
        found = list(members)
        near = nearness(vectors, list(members.values()), result.centres.shared)
        for at, theme in enumerate(themes):
            if theme.key in members:
                scores[:, at] = strengths[:, at] = near[:, found.index(theme.key)]
            else:
                scores[:, at] = placed[:, column[theme.key]]
                strengths[:, at] = place.strength(scores[:, at])
                thresholds[at] = place.THRESHOLD
    best = best_scores(scores, owners, len(points))
    sure = best_scores(strengths, owners, len(points))
    return compare_advice(advice.title, points, themes, best, thresholds, strengths=sure)


def _members(result: Analysis, book: Codebook, embedder: Embedder) -> dict[str, FloatArray]:
    """The vectors of the ideas in each theme that is not in the book, (n, d)."""
    known = {theme.key for theme in book.themes}
    texts: dict[str, list[str]] = {theme.key: [] for theme in result.themes if theme.key not in known}
    for placement in result.placements:
        if placement.theme in texts:
            texts[placement.theme].append(fold(result.ideas[placement.idea].text))
    return {key: encode(own, embedder, ignore_progress) for key, own in texts.items()}


def _told(advice: AdviceList, found: AdviceCompared) -> dict[str, Any]:
    points = [
        {
            "heading": match.point.heading,
            "body": match.point.body,
            "theme": match.theme,
            "people": match.people,
            "strength": round(match.strength, 3),
        }
        for match in found.points
    ]
    missing = [{"theme": theme.key, "people": theme.people} for theme in found.missing]
    return {"public_id": advice.public_id, "title": advice.title, "points": points, "missing": missing}
