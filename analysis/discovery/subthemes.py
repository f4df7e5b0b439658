"""Sub-themes: what large themes fall into, for readers who want to know what "Listening" means to people."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from analysis.discovery.discover import IntArray, subthemes, subthemes_of_many
from analysis.discovery.micro_clusters import MANY
from analysis.discovery.theme_identity import EarlierTheme, carry_keys
from analysis.embedding.models import Embedder, FloatArray
from analysis.known_themes.edits import Members
from analysis.naming.name_themes import Heard, name_themes
from analysis.naming.phrases import Phrase
from analysis.parallel.threads import side_by_side
from analysis.text.read_answers import Reading

FEWEST_PEOPLE = 3


def find_parts(
    reading: Reading,
    vectors: FloatArray,
    members: Members,
    earlier: Mapping[str, Sequence[EarlierTheme]],
    *,
    seed: int,
    step: Callable[[], None],
) -> dict[str, Members]:
    """The sub-themes of each large theme: theme key -> sub-theme key -> the wordings in it.

    ``vectors`` (n, d) are of the wordings; ``earlier`` are the sub-themes of the last run by their theme, whose keys
    carry over. A theme is left whole unless it falls into two sub-themes of FEWEST_PEOPLE people or more. ``step`` is
    told of each theme.
    """
    weights = reading.weights()
    found: dict[str, Members] = {}

    def divided(theme: str) -> tuple[str, IntArray, IntArray]:
        rows = np.array(sorted(members[theme]), dtype=np.intp)
        if len(vectors) > MANY:
            return theme, rows, subthemes_of_many(vectors, weights, rows, seed=seed)
        return theme, rows, subthemes(vectors[rows], weights[rows], seed=seed)

    for theme, rows, labels in side_by_side(divided, sorted(members)):
        step()
        own = members[theme]
        groups = [rows[labels == label].tolist() for label in range(int(labels.max(initial=-1)) + 1)]
        groups = [group for group in groups if reading.people(group) >= FEWEST_PEOPLE]
        if len(groups) < 2:
            continue
        texts = [frozenset(reading.wordings[row] for row in group) for group in groups]
        # One wording may be in several themes, and so may the same group of them: the theme is part of the key.
        keys = carry_keys(texts, earlier.get(theme, ()), prefix=f"{theme}/")
        found[theme] = {key: {row: own[row] for row in group} for key, group in zip(keys, groups, strict=True)}
    return found


def name_parts(
    reading: Reading,
    vectors: FloatArray,
    parts: Mapping[str, Members],
    heard: Iterable[Heard],
    phrases: Iterable[Sequence[Sequence[Phrase]]],
    names: Mapping[str, str],
    embedder: Embedder,
    step: Callable[[], None],
) -> dict[str, tuple[str, ...]]:
    """Names for all sub-themes: each tells its sub-theme from its neighbours in the same theme.

    ``heard`` and ``phrases`` are those of each theme's sub-themes, see ``name_themes``; ``names`` are those of the
    themes, which no sub-theme takes. ``step`` is told of each theme.
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for groups, own, ranked in zip(parts.values(), heard, phrases, strict=True):
        step()
        rows = sorted(row for group in groups.values() for row in group)
        shared = vectors[rows].mean(axis=0)
        taken = [*names.values(), *(candidates[0] for candidates in chosen.values())]
        chosen |= name_themes(reading, vectors, groups, own, ranked, shared=shared, taken=taken, embedder=embedder)
    return chosen
