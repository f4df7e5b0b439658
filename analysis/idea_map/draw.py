"""The map of one analysis: which ideas are drawn, and where."""

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.arrays import FloatArray, centred
from analysis.idea_map.layout import lay_out
from analysis.results import IdeaMap, Placement, Position
from analysis.text.parse_answers import ParsedAnswers

MOST_DRAWN = 4000  # ideas; a map of more is one blot, and nobody reads so many dots


def draw(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    placements: Sequence[Placement],
    shared: FloatArray,
    earlier: Mapping[str, Sequence[Position]],
) -> IdeaMap:
    """Lay out the ideas, each with the theme it is strongest in; of many an even part, so that themes keep their share.

    ``vectors`` (n, d) are of the wordings, ``shared`` (d,) what all have in common. ``earlier`` are the places of the
    last map by the folded text of the idea: a map that grows by a few ideas hardly moves.
    """
    home: dict[int, str] = {}
    for placement in placements:  # in the order of their strength within an idea
        home.setdefault(placement.idea, placement.theme)
    keys = sorted(set(home.values()))
    number = {key: at for at, key in enumerate(keys)}
    own = np.full(len(parsed.ideas), -1, dtype=np.intp)
    own[list(home)] = [number[key] for key in home.values()]
    # By what they say: the order of the answers does not matter.
    ideas = np.lexsort((np.asarray(parsed.wording_of), own)).tolist() if parsed.ideas else []
    if len(ideas) > MOST_DRAWN:
        ideas = [ideas[at] for at in np.linspace(0, len(ideas) - 1, MOST_DRAWN).round().astype(int)]
    if not ideas:
        return IdeaMap({}, {})
    keys = sorted({home[idea] for idea in ideas if idea in home})
    number = {key: at for at, key in enumerate(keys)}
    themes = np.array([number[home[idea]] if idea in home else -1 for idea in ideas], dtype=np.intp)
    rows = [parsed.wording_of[idea] for idea in ideas]
    layout = lay_out(centred(vectors[rows], shared), themes, earlier=_before(parsed, rows, earlier))
    return IdeaMap(
        {idea: (float(x), float(y)) for idea, (x, y) in zip(ideas, layout.positions, strict=True)},
        {key: (float(x), float(y), float(r)) for key, (x, y, r) in zip(keys, layout.patches, strict=True)},
    )


def _before(
    parsed: ParsedAnswers, rows: Sequence[int], earlier: Mapping[str, Sequence[Position]]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Where each idea was, (n, 2), not-a-number for new ones; of ideas with one wording the first takes the first."""
    places = np.full((len(rows), 2), np.nan)
    used: dict[int, int] = {}
    for at, row in enumerate(rows):
        known = earlier.get(parsed.wordings[row], ())
        if used.get(row, 0) < len(known):
            places[at] = known[used.get(row, 0)]
            used[row] = used.get(row, 0) + 1
    return places
