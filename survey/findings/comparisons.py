"""Compare the themes of a result across respondent kinds, and with lists of advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analysis.arrays import FloatArray
from analysis.embedding.encode import encode, encode_with_examples
from analysis.embedding.models import Embedder
from analysis.evidence.compare_advice import (
    CLEAR_FOUND,
    CLEAR_KNOWN,
    WEAK_FOUND,
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
    """A list of advice; each point is a heading and an explanation."""

    public_id: str
    title: str
    points: tuple[tuple[str, str], ...]


def compare_kinds(kinds: Sequence[str | None], result: Analysis) -> dict[str, Any]:
    """Compare how often respondents of each kind are in each theme, as JSON. `kinds` are in the order of the answers.

    Respondents who chose "any" belong to no kind.
    """
    nonanswers = set(result.nonanswers)
    people = [answer for answer in range(len(kinds)) if answer not in nonanswers]
    index = {answer: position for position, answer in enumerate(people)}
    members: dict[str, set[int]] = {theme.key: set() for theme in result.themes}
    for placement in result.placements:
        members[placement.theme].add(index[result.ideas[placement.idea].answer])
    return asdict(compare_groups([None if kinds[answer] == ANY else kinds[answer] for answer in people], members))


def compare_with_advice(
    lists: Sequence[AdviceList], result: Analysis, codebook: Codebook, embedder: Embedder
) -> list[dict[str, Any]]:
    """Match the points of each list with the themes of a result, as JSON. `codebook` is what the run placed ideas by.

    A codebook theme is matched in the same way as ideas are placed in it, a discovered theme by the vectors of its
    ideas.
    """
    if not lists:
        return []
    members = _discovered_vectors(result, codebook, embedder)
    return [_as_json(advice, _compare_list(advice, result, codebook, members, embedder)) for advice in lists]


def _compare_list(
    advice: AdviceList, result: Analysis, codebook: Codebook, members: dict[str, FloatArray], embedder: Embedder
) -> AdviceCompared:
    points = [Point(heading, body) for heading, body in advice.points]
    themes = [NamedTheme(theme.key, theme.people) for theme in result.themes]
    texts, owners = point_texts(points)
    scores = np.zeros((len(texts), len(themes)))
    strengths = np.zeros_like(scores)
    clear, weak = np.full(len(themes), CLEAR_FOUND), np.full(len(themes), WEAK_FOUND)
    if texts and themes:
        vectors, examples = encode_with_examples(texts, place.example_texts(codebook), embedder, ignore_progress)
        codebook_scores = place.score_ideas(texts, vectors, codebook, examples)
        codebook_column = {theme.key: column for column, theme in enumerate(codebook.themes)}
        member_scores = nearness(vectors, list(members.values()), result.centres.shared)
        member_column = {key: column for column, key in enumerate(members)}
        for column, theme in enumerate(themes):
            if theme.key in members:
                scores[:, column] = strengths[:, column] = member_scores[:, member_column[theme.key]]
            else:
                scores[:, column] = codebook_scores[:, codebook_column[theme.key]]
                strengths[:, column] = place.strength(scores[:, column])
                clear[column], weak[column] = CLEAR_KNOWN, place.THRESHOLD
    best = best_scores(scores, owners, len(points))
    best_strengths = best_scores(strengths, owners, len(points))
    return compare_advice(advice.title, points, themes, best, clear, weak, strengths=best_strengths)


def _discovered_vectors(result: Analysis, codebook: Codebook, embedder: Embedder) -> dict[str, FloatArray]:
    """Return the vectors, (n, d), of the ideas in each theme that is not in the codebook, by theme key."""
    known = {theme.key for theme in codebook.themes}
    texts: dict[str, list[str]] = {theme.key: [] for theme in result.themes if theme.key not in known}
    for placement in result.placements:
        if placement.theme in texts:
            texts[placement.theme].append(fold(result.ideas[placement.idea].text))
    return {key: encode(ideas, embedder, ignore_progress) for key, ideas in texts.items()}


def _as_json(advice: AdviceList, found: AdviceCompared) -> dict[str, Any]:
    points = [
        {
            "heading": match.point.heading,
            "body": match.point.body,
            "theme": match.theme,
            "people": match.people,
            "strength": round(match.strength, 3),
            "perhaps": match.perhaps,
            "covers": list(match.covers),
        }
        for match in found.points
    ]
    missing = [{"theme": theme.key, "people": theme.people} for theme in found.missing]
    return {"public_id": advice.public_id, "title": advice.title, "points": points, "missing": missing}
