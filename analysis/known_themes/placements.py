"""Ideas in themes: wordings placed in known themes, and members of themes as placements of ideas."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import FloatArray
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.edits import Members
from analysis.known_themes.place import place_ideas
from analysis.progress import Progress, ignore_progress
from analysis.results import Placement
from analysis.text.normalise import fold
from analysis.text.parse_answers import ParsedAnswers

BATCH_WORDINGS = 2048  # compared with all examples at a time, to bound the memory


@dataclass(frozen=True, slots=True)
class GroupedWordings:
    """The wordings in each theme, with their strengths.

    ``placed`` are those in themes of the codebook, ``found`` those in discovered themes. ``subthemes`` are given by the
    key of their theme.
    """

    placed: Members
    found: Members
    subthemes: Mapping[str, Members]

    @property
    def members(self) -> Members:
        """The wordings in each known or discovered theme."""
        return {**self.placed, **self.found}


def place_in_known_themes(
    wordings: Sequence[str],
    vectors: FloatArray,
    codebook: Codebook,
    examples: FloatArray,
    progress: Progress = ignore_progress,
    unread: Collection[int] = (),
) -> Members:
    """Return the wordings in each theme of a codebook, with their strengths.

    ``vectors`` (n, d) are those of the wordings, ``examples`` (e, d) those of ``example_texts(codebook)``. Wordings
    that the model cannot read, those ``unread``, are placed only where they are an example word for word.
    """
    members: Members = {}
    if not codebook.themes or not wordings:
        progress("placing", 1, 1)
        return members
    keys = [theme.key for theme in codebook.themes]
    for start in range(0, len(wordings), BATCH_WORDINGS):
        progress("placing", start, len(wordings))
        rows = slice(start, start + BATCH_WORDINGS)
        found = place_ideas(wordings[rows], vectors[rows], codebook, examples)
        for row, column in zip(*(at.tolist() for at in np.nonzero(found.placed)), strict=True):
            if start + row not in unread:
                members.setdefault(keys[column], {})[start + row] = float(found.strengths[row, column])
    if unread:
        texts = {theme.key: {*map(fold, theme.examples)} for theme in codebook.themes}
        for row in sorted(unread):
            for key in keys:
                if wordings[row] in texts[key]:
                    members.setdefault(key, {})[row] = 1.0
    progress("placing", len(wordings), len(wordings))
    return members


def to_placements(
    parsed: ParsedAnswers,
    members: Members,
    subthemes: Mapping[str, Members] | None = None,
    decided: Mapping[int, Mapping[str, float]] | None = None,
) -> tuple[Placement, ...]:
    """Return a placement for each idea in each theme, in the order of the ideas, the strongest theme first.

    Ideas of one wording are in the same themes, but for those ``decided``, whose themes and strengths are given.
    ``subthemes`` are given by the key of their theme.
    """
    if decided:
        own = [
            Placement(idea, key, strength, _subtheme(subthemes, key, parsed.wording_of[idea]))
            for idea, themes in decided.items()
            for key, strength in themes.items()
        ]
        others = (each for each in to_placements(parsed, members, subthemes) if each.idea not in decided)
        return tuple(sorted([*own, *others], key=lambda each: (each.idea, -each.strength, each.theme)))
    keys = sorted(members)
    rows = np.array([row for key in keys for row in members[key]], dtype=np.intp)
    subtheme: list[str | None] = []
    for key in keys:
        subtheme_of = {row: part for part, group in (subthemes or {}).get(key, {}).items() for row in group}
        subtheme += map(subtheme_of.get, members[key])
    # `at` indexes these lists: one entry per wording in a theme, which each idea of the wording repeats.
    at, ideas = parsed.ideas_of(rows)
    themes = np.repeat(np.arange(len(keys)), [len(members[key]) for key in keys])
    strengths = np.array([strength for key in keys for strength in members[key].values()])
    order = np.lexsort((themes[at], -strengths[at], ideas))
    return tuple(
        Placement(idea, keys[theme], strength, subtheme[entry])
        for idea, theme, strength, entry in zip(
            ideas[order].tolist(),
            themes[at[order]].tolist(),
            strengths[at[order]].tolist(),
            at[order].tolist(),
            strict=True,
        )
    )


def themes_of_ideas(placements: Iterable[Placement]) -> dict[int, dict[str, float]]:
    """Return the themes of each idea that has any, with their strengths."""
    themes: dict[int, dict[str, float]] = {}
    for placement in placements:
        themes.setdefault(placement.idea, {})[placement.theme] = placement.strength
    return themes


def _subtheme(subthemes: Mapping[str, Members] | None, key: str, row: int) -> str | None:
    """Return the sub-theme of a theme that has a wording; None if none has."""
    return next((part for part, group in (subthemes or {}).get(key, {}).items() if row in group), None)
