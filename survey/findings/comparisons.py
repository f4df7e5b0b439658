"""Compare the themes of a result across respondent kinds, and with lists of advice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from analysis.evidence.compare_groups import Cell, compare_groups, still_universal
from analysis.known_themes import place
from analysis.known_themes.codebook import Codebook
from analysis.progress import ignore_progress
from analysis.results import Analysis
from analysis.text.normalise import fold
from survey.core.respondent_kinds import ANY

BATCH = 10
"""People after whom kinds are counted anew: two of the smallest groups that are shown (MIN_PEOPLE), so that a change is
as many people as may be of two kinds"""


@dataclass(frozen=True, slots=True)
class AdviceList:
    """A list of advice; each point is a heading and an explanation."""

    public_id: str
    title: str
    points: tuple[tuple[str, str], ...]


def compare_kinds(
    ids: Sequence[int], kinds: Sequence[str | None], result: Analysis, before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Compare how often respondents of each kind are in each theme, as JSON, fit to be shown after `before`.

    `ids` are of the answers, ascending, `kinds` in their order; respondents who chose "any" belong to no kind. People
    are counted in order of arrival once BATCH more have come, and a theme that readers may have seen compared is
    counted anew once BATCH people came into it or left: so no single answer is the difference between two comparisons.
    """
    before = before or {}
    upto = before.get("upto") or 0
    nonanswers = set(result.nonanswers)
    speaking = [answer for answer in range(len(ids)) if answer not in nonanswers]
    older = sum(ids[answer] <= upto for answer in speaking)
    newer = (len(speaking) - older) // BATCH * BATCH
    people = speaking[: older + newer]
    index = {answer: position for position, answer in enumerate(people)}
    members: dict[str, set[int]] = {theme.key: set() for theme in result.themes}
    for placement in result.placements:
        answer = result.ideas[placement.idea].answer
        if answer in index:
            members[placement.theme].add(index[answer])
    found = asdict(compare_groups([None if kinds[answer] == ANY else kinds[answer] for answer in people], members))
    found["upto"] = ids[people[-1]] if newer else upto or None
    if upto and not newer:
        found |= {name: before[name] for name in ("people", "groups", "elsewhere", "needed")}
    rows = {row["theme"]: row | {"upto": found["upto"]} for row in found["themes"]}
    for row in before["themes"] if upto and _is_telling(before) else []:
        named = [ids[people[person]] for person in members.get(row["theme"], ())]
        if row["theme"] not in rows or not _is_due(row, named):
            rows[row["theme"]] = _with_cells_of(row, found["groups"])
    return found | {"themes": list(rows.values())}


def _is_telling(comparison: Mapping[str, Any]) -> bool:
    """Return whether readers may have seen the themes of a comparison, and not only who is in it."""
    grouped = sum(people for _, people in comparison["groups"])
    return grouped >= comparison["needed"] or any(row["verdict"] != "too few to tell" for row in comparison["themes"])


def _is_due(row: Mapping[str, Any], named: Sequence[int]) -> bool:
    """Return whether so many came into a theme since it was compared, or left it, that none of them shows.

    `named` are the answers in it now.
    """
    came = sum(answer_id > (row["upto"] or 0) for answer_id in named)
    left = abs(len(named) - came - int(row["people"]))
    return came + left >= BATCH


def _with_cells_of(row: Mapping[str, Any], groups: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """Return the row of an earlier comparison with a cell for each of these groups; one it does not have is hidden.

    What an earlier version called universal, and what it published does not bear out, is universal no more.
    """
    if row["verdict"] == "universal":
        verdict, reason = still_universal([Cell(**cell) for cell in row["cells"]])
        row = {**row, "verdict": verdict, "reason": reason}
    cells = {cell["group"]: cell for cell in row["cells"]}
    hidden = {"count": None, "share": None, "low": None, "high": None, "hidden": "not shown"}
    return {
        **row,
        "cells": [cells.get(group, {"group": group, "people": people, **hidden}) for group, people in groups],
    }


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
