"""Themes among the wordings that no known theme took."""

from collections.abc import Collection, Sequence

import numpy as np

from analysis.arrays import FloatArray
from analysis.discovery import discover as discovery
from analysis.discovery.consensus import Earlier
from analysis.discovery.membership import said_alone
from analysis.discovery.theme_identity import EarlierTheme, carry_keys
from analysis.known_themes.edits import Members
from analysis.progress import Progress
from analysis.text.parse_answers import ParsedAnswers

MIN_ANSWERS = 2  # in a theme without a codebook; with one see discovery.MIN_LEFTOVER_IDEAS


def discover_themes(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    mean: FloatArray,
    placed: Members,
    *,
    earlier: Sequence[EarlierTheme],
    seed: int,
    progress: Progress,
    held: Collection[int] = (),
    share: float = 1.0,
) -> Members:
    """Group the wordings that are in no theme of ``placed``; return the members of each theme.

    ``vectors`` (n, d) are those of all wordings, ``mean`` (d,) that of all ideas. Themes keep the keys of the
    ``earlier`` ones they match. ``held`` are the wordings that an owner placed, or that are in a theme the owner
    touched: what is found departs less from what they were in. The earlier themes were found in a ``share`` of the
    answers, 0-1. A theme of too few answers is dropped.
    """
    progress("discovering", 0, 1)
    earlier = [theme for theme in earlier if theme.parent is None]
    left = unplaced_wordings(parsed, placed)
    weights = parsed.weights
    groups: list[dict[int, float]] = []
    min_answers = discovery.MIN_LEFTOVER_IDEAS if placed else MIN_ANSWERS
    if parsed.read_weights.sum() >= discovery.MIN_IDEAS:
        find = discovery.discover_leftovers if placed else discovery.discover
        points = vectors if len(left) == len(vectors) else vectors[left]
        before, persons = (
            _earlier_themes(parsed, left, earlier, held, share),
            said_alone(parsed.answers, parsed.rows)[left],
        )
        found = find(points, weights[left], shared=mean, before=before, persons=persons, seed=seed)
        for label in range(int(found.labels.max(initial=-1)) + 1):
            own = np.flatnonzero(found.labels == label)
            group = {
                left[at]: strength for at, strength in zip(own.tolist(), found.strengths[own].tolist(), strict=True)
            }
            if parsed.count_answers(group) >= min_answers:
                groups.append(group)
    keys = carry_keys([frozenset(parsed.wordings[row] for row in group) for group in groups], earlier)
    progress("discovering", 1, 1)
    return dict(zip(keys, groups, strict=True))


def unplaced_wordings(parsed: ParsedAnswers, members: Members) -> list[int]:
    """Return the wordings that are in no theme and that the model can read, in ascending order."""
    return sorted(set(range(len(parsed.wordings))).difference(parsed.unread, *members.values()))


def _earlier_themes(
    parsed: ParsedAnswers, rows: Sequence[int], earlier: Sequence[EarlierTheme], held: Collection[int], share: float
) -> Earlier | None:
    """Return the earlier theme of each of the wordings ``rows``; None without earlier themes."""
    if not earlier:
        return None
    theme_of = {text: number for number, theme in enumerate(earlier) for text in sorted(theme.members)}
    labels = np.array([theme_of.get(parsed.wordings[row], -1) for row in rows], dtype=np.intp)
    return Earlier(labels, np.isin(np.asarray(rows, dtype=np.intp), np.fromiter(held, dtype=np.intp)), share)
