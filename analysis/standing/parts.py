"""Sub-themes of a large survey: found in the sample, joined by the other ideas of their theme."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import FloatArray, unit
from analysis.discovery.membership import MIN_COSINE
from analysis.embedding.encode import encode
from analysis.embedding.models import Embedder
from analysis.known_themes.edits import Members
from analysis.progress import ignore_progress
from analysis.results import Analysis
from analysis.text.normalise import fold


@dataclass(frozen=True, slots=True)
class PartCentres:
    """The k sub-themes of one theme: their ``centres`` (k, d), of unit length after ``shared`` (d,), the mean of the
    theme's ideas, was subtracted.
    """

    keys: tuple[str, ...]
    centres: FloatArray
    shared: FloatArray


def centres_of_parts(found: Analysis, embedder: Embedder) -> dict[str, PartCentres]:
    """Return the centres of the sub-themes of each theme that has any, by its key. Raises what ``embedder`` raises."""
    texts: dict[str, list[str]] = defaultdict(list)
    homes: dict[str, list[str | None]] = defaultdict(list)
    divided = {theme.key for theme in found.themes if theme.parts}
    for placement in found.placements:
        if placement.theme in divided:
            texts[placement.theme].append(fold(found.ideas[placement.idea].text))
            homes[placement.theme].append(placement.part)
    centres = {}
    for theme in sorted(divided):
        distinct = {text: row for row, text in enumerate(sorted(set(texts[theme])))}
        vectors = encode(list(distinct), embedder, ignore_progress)
        rows = np.array([distinct[text] for text in texts[theme]], dtype=np.intp)
        shared = vectors[rows].mean(axis=0)
        keys = sorted({part for part in homes[theme] if part is not None})
        of_part = np.array([keys.index(part) if part is not None else -1 for part in homes[theme]])
        means = [unit(vectors[rows[of_part == number]] - shared).mean(axis=0) for number in range(len(keys))]
        centres[theme] = PartCentres(tuple(keys), unit(np.stack(means)), shared)
    return centres


def nearest_parts(members: Members, vectors: FloatArray, parts: Mapping[str, PartCentres]) -> dict[str, Members]:
    """Return the sub-themes that wordings join: theme key -> sub-theme key -> its wordings, as in ``members``.

    ``vectors`` (n, d) are those of all wordings.
    """
    joined: dict[str, Members] = {}
    for theme, own in members.items():
        if theme not in parts or not own:
            continue
        rows = sorted(own)
        near = unit(vectors[rows] - parts[theme].shared) @ parts[theme].centres.T
        for row, best, cosine in zip(rows, near.argmax(axis=1).tolist(), near.max(axis=1).tolist(), strict=True):
            if cosine >= MIN_COSINE:
                joined.setdefault(theme, {}).setdefault(parts[theme].keys[best], {})[row] = own[row]
    return joined
