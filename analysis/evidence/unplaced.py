"""What can be said of ideas in no theme: groups that may become themes, and the theme each is nearest to."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import FloatArray, IntArray, centred, unit
from analysis.discovery.discover import similar_groups
from analysis.discovery.discover_themes import unplaced_wordings
from analysis.known_themes.edits import Members
from analysis.parallel.rows_on_disk import let_go
from analysis.text.parse_answers import ParsedAnswers

FORMING_MIN_ANSWERS = 2  # different answers in a group
FORMING_MAX_GROUPS = 5


@dataclass(frozen=True, slots=True)
class UnplacedIdeas:
    """``forming``: groups of similar idea indexes, the one of most answers first; too few or too loose to be themes.

    ``nearest``: each unplaced idea's nearest theme and the cosine to its centre, 0-1.
    """

    forming: tuple[tuple[int, ...], ...]
    nearest: Mapping[int, tuple[str, float]]


def theme_means(vectors: FloatArray, mean: FloatArray, members: Members) -> dict[str, FloatArray]:
    """Return the mean (d,) of each theme's centred wordings; ``mean`` (d,) is taken off the ``vectors`` (n, d)."""
    means: dict[str, FloatArray] = {}
    for key, own in members.items():
        means[key] = centred(vectors[sorted(own)], mean).mean(axis=0)
        let_go(vectors)
    return means


def describe_unplaced(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    mean: FloatArray,
    members: Members,
    means: Mapping[str, FloatArray],
) -> UnplacedIdeas:
    """Describe the ideas in no theme; ``means`` are those of the themes, see ``theme_means``."""
    rows = np.asarray(unplaced_wordings(parsed, members), dtype=np.intp)
    points = centred(vectors[rows], mean)
    let_go(vectors)
    return UnplacedIdeas(_forming_groups(parsed, points, rows), _nearest_themes(parsed, points, rows, means))


def _forming_groups(parsed: ParsedAnswers, points: FloatArray, rows: IntArray) -> tuple[tuple[int, ...], ...]:
    groups = []
    for group in similar_groups(points, parsed.weights[rows]):
        ideas = tuple(np.sort(parsed.ideas_of(rows[group])[1]).tolist())
        answers = parsed.count_answers(rows[group].tolist())
        if answers >= FORMING_MIN_ANSWERS:
            groups.append((answers, ideas))
    groups.sort(key=lambda group: (-group[0], [parsed.ideas[idea].text for idea in group[1]]))
    return tuple(ideas for _, ideas in groups[:FORMING_MAX_GROUPS])


def _nearest_themes(
    parsed: ParsedAnswers, points: FloatArray, rows: IntArray, means: Mapping[str, FloatArray]
) -> dict[int, tuple[str, float]]:
    keys = sorted(means)
    if not keys or not len(rows):
        return {}
    cosines = points @ unit(np.stack([means[key] for key in keys])).T
    best, nearness = cosines.argmax(axis=1).tolist(), np.clip(cosines.max(axis=1), 0.0, 1.0).tolist()
    at, ideas = parsed.ideas_of(rows)
    return {idea: (keys[best[row]], nearness[row]) for row, idea in zip(at.tolist(), ideas.tolist(), strict=True)}
