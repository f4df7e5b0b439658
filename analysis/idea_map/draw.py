"""The map of one analysis: which ideas are on it, and where."""

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.arrays import FloatArray, centred
from analysis.idea_map.layout import lay_out
from analysis.results import IdeaMap, Placement, Position
from analysis.text.parse_answers import ParsedAnswers

MAX_IDEAS = 4000  # on the map: nobody can tell more dots apart


def draw_map(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    placements: Sequence[Placement],
    mean: FloatArray,
    earlier: Mapping[str, Sequence[Position]],
) -> IdeaMap:
    """Lay out the ideas by theme, each in the theme it is strongest in.

    ``vectors`` (n, d) are those of the wordings, ``mean`` (d,) that of all ideas. ``earlier`` are the positions of
    ideas on the last map, by their folded text: a map with a few more ideas hardly moves. Of more than MAX_IDEAS an
    evenly spaced sample is taken, so that themes keep their share.
    """
    home: dict[int, str] = {}
    for placement in placements:  # the strongest first for each idea
        home.setdefault(placement.idea, placement.theme)
    keys = sorted(set(home.values()))
    number = {key: at for at, key in enumerate(keys)}
    own = np.full(len(parsed.ideas), -1, dtype=np.intp)
    own[list(home)] = [number[key] for key in home.values()]
    # By wording, so that the order of the answers does not matter.
    ideas = np.lexsort((np.asarray(parsed.wording_of), own)).tolist() if parsed.ideas else []
    if len(ideas) > MAX_IDEAS:
        ideas = [ideas[at] for at in np.linspace(0, len(ideas) - 1, MAX_IDEAS).round().astype(int)]
    if not ideas:
        return IdeaMap({}, {})
    keys = sorted({home[idea] for idea in ideas if idea in home})
    number = {key: at for at, key in enumerate(keys)}
    themes = np.array([number[home[idea]] if idea in home else -1 for idea in ideas], dtype=np.intp)
    rows = [parsed.wording_of[idea] for idea in ideas]
    layout = lay_out(centred(vectors[rows], mean), themes, earlier=_before(parsed, rows, earlier))
    return IdeaMap(
        {idea: (float(x), float(y)) for idea, (x, y) in zip(ideas, layout.positions, strict=True)},
        {key: (float(x), float(y), float(r)) for key, (x, y, r) in zip(keys, layout.patches, strict=True)},
    )


def _before(
    parsed: ParsedAnswers, rows: Sequence[int], earlier: Mapping[str, Sequence[Position]]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the earlier position of each idea, (n, 2), NaN for new ones; ideas of one wording take turns."""
    places = np.full((len(rows), 2), np.nan)
    used: dict[int, int] = {}
    for at, row in enumerate(rows):
        known = earlier.get(parsed.wordings[row], ())
        if used.get(row, 0) < len(known):
            places[at] = known[used.get(row, 0)]
            used[row] = used.get(row, 0) + 1
    return places
