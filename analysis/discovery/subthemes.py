"""Sub-themes of large themes."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from analysis.arrays import FloatArray, IntArray
from analysis.discovery.discover import split_large_theme, split_theme
from analysis.discovery.micro_clusters import MAX_EXACT_POINTS
from analysis.discovery.theme_identity import EarlierTheme, carry_keys
from analysis.known_themes.edits import Members
from analysis.parallel.rows_on_disk import let_go
from analysis.parallel.threads import map_in_threads
from analysis.text.parse_answers import ParsedAnswers

MIN_PEOPLE = 3


def find_subthemes(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    members: Members,
    earlier: Mapping[str, Sequence[EarlierTheme]],
    *,
    seed: int,
    step: Callable[[], None],
) -> dict[str, Members]:
    """Return the sub-themes of each large theme: theme key -> sub-theme key -> its wordings.

    ``vectors`` (n, d) are of the wordings. ``earlier`` are the sub-themes of the last run by theme key, whose keys
    carry over. A theme has sub-themes if there are at least two with MIN_PEOPLE answers or more. ``step`` is called for
    each theme.
    """
    weights = parsed.weights
    found: dict[str, Members] = {}

    def split(theme: str) -> tuple[str, IntArray, IntArray]:
        rows = np.array(sorted(members[theme]), dtype=np.intp)
        if len(vectors) > MAX_EXACT_POINTS:
            return theme, rows, split_large_theme(vectors, weights, rows, seed=seed)
        return theme, rows, split_theme(vectors[rows], weights[rows], seed=seed)

    for theme, rows, labels in map_in_threads(split, sorted(members)):
        step()
        let_go(vectors)
        own = members[theme]
        groups = [rows[labels == label].tolist() for label in range(int(labels.max(initial=-1)) + 1)]
        groups = [group for group in groups if parsed.count_answers(group) >= MIN_PEOPLE]
        if len(groups) < 2:
            continue
        texts = [frozenset(parsed.wordings[row] for row in group) for group in groups]
        # The same wordings may be a sub-theme of several themes, so the theme is part of the key.
        keys = carry_keys(texts, earlier.get(theme, ()), prefix=f"{theme}/")
        found[theme] = {key: {row: own[row] for row in group} for key, group in zip(keys, groups, strict=True)}
    return found
