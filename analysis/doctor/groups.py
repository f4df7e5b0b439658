"""The themes of a run as the rules look at them: the ideas of each, their wordings and how those are spread."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import FloatArray, IntArray, centred
from analysis.parallel.rows_on_disk import let_go
from analysis.results import Placement, Theme
from analysis.text.parse_answers import ParsedAnswers


@dataclass(frozen=True, slots=True)
class Group:
    """One theme: its m ideas (by their index), and its n distinct wordings.

    ``rows`` (n,): the wordings, ascending. ``middle`` (d,): the mean of their ``points``, not of unit length.
    ``vectors`` are those of all wordings, ``mean`` (d,) what they have in common.
    """

    theme: Theme
    ideas: IntArray
    rows: IntArray
    middle: FloatArray
    vectors: FloatArray
    mean: FloatArray

    @property
    def points(self) -> FloatArray:
        """The centred vectors of the wordings (n, d), computed each time: those of all themes would fill the memory."""
        return centred(self.vectors[self.rows], self.mean)


def groups_of(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    mean: FloatArray,
    placements: Sequence[Placement],
    themes: Sequence[Theme],
) -> list[Group]:
    """Return the themes that have ideas, in their order; ``mean`` (d,) is taken off the ``vectors`` of wordings."""
    ideas: dict[str, list[int]] = {}
    for placement in placements:
        ideas.setdefault(placement.theme, []).append(placement.idea)
    groups = []
    for theme in themes:
        own = np.array(ideas.get(theme.key, ()), dtype=np.intp)
        if not len(own):
            continue
        rows = np.unique(parsed.rows[own])
        let_go(vectors)
        groups.append(Group(theme, own, rows, centred(vectors[rows], mean).mean(axis=0), vectors, mean))
    return groups


def typical_first(parsed: ParsedAnswers, group: Group, ideas: IntArray) -> tuple[int, ...]:
    """Return some ideas of a theme (k,), those nearest to their own middle first, ties by their text."""
    points = centred(group.vectors[parsed.rows[ideas]], group.mean)
    nearness = np.round(points @ points.mean(axis=0), 6).tolist()
    ranked = sorted(
        zip(nearness, ideas.tolist(), strict=True), key=lambda each: (-each[0], parsed.ideas[each[1]].text, each[1])
    )
    return tuple(idea for _, idea in ranked)


def inner_similarity(points: FloatArray) -> float:
    """Return the mean cosine of two different points (n, d) of unit length; 0 if there are not two."""
    count, total = len(points), points.sum(axis=0)
    return (float(total @ total) - count) / (count * (count - 1)) if count > 1 else 0.0


def cosine(a: FloatArray, b: FloatArray) -> float:
    """Return the cosine of two vectors (d,)."""
    return float(a @ b) / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-12)
