"""Themes that hold two different things: a coherent group of wordings that has nothing to do with the rest."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from analysis.arrays import BoolArray, FloatArray
from analysis.compiled import cosine_distances, cut_into, euclidean_distances, linkage
from analysis.doctor.groups import Group, cosine, inner_similarity, typical_first
from analysis.naming.choose_names import choose_names
from analysis.naming.name_themes import mentions_of
from analysis.naming.phrases import rank_phrases
from analysis.results import Finding
from analysis.text.parse_answers import ParsedAnswers

# Chosen and measured by benchmarks/theme_doctor.py.
FEWEST_WORDINGS, MOST_WORDINGS = 8, 1500  # in a theme that is searched; comparing more takes seconds
FEWEST_IN_PART = 4
MOST_PARTS = 6  # into which a theme is cut, to find the one that stands out
MOST_COSINE = 0.1  # of the middle of the part and that of the rest
LEAST_COHERENCE = 0.5  # mean cosine of two wordings of the part
MAX_EVIDENCE = 3  # ideas of the rest


class Part(NamedTuple):
    """A part of n wordings: which they are, (n,), their mean cosine, and the cosine of its middle and the rest's."""

    own: BoolArray
    coherence: float
    cosine: float


def grab_bags(parsed: ParsedAnswers, groups: Sequence[Group]) -> Iterator[Finding]:
    """Return the themes with a part that has nothing to do with the rest; ``ideas`` are those of the part."""
    taken = [group.theme.name for group in groups]
    for group in groups:
        if not FEWEST_WORDINGS <= len(group.rows) <= MOST_WORDINGS:
            continue
        part = most_different_part(group.points)
        if part is None or part.cosine > MOST_COSINE or part.coherence < LEAST_COHERENCE:
            continue
        in_part = np.isin(parsed.rows[group.ideas], group.rows[part.own])
        own, rest = group.ideas[in_part], group.ideas[~in_part]
        said = [mentions_of(parsed, own), mentions_of(parsed, rest)]
        yield Finding(
            "mixed",
            group.theme.key,
            figures={"share": round(len(own) / len(group.ideas), 3), "ideas": len(own), "all": len(group.ideas)}
            | {"cosine": round(part.cosine, 3)},
            ideas=typical_first(parsed, group, own),
            contrast=typical_first(parsed, group, rest)[:MAX_EVIDENCE],
            name=choose_names(said[:1], rank_phrases(said, survey=parsed.survey_language, wanted=[0])[:1], taken)[0][0],
        )


def most_different_part(points: FloatArray) -> Part | None:
    """Return the part of a theme, at most half of it, that is most coherent in itself and least like the rest.

    ``points`` (n, d) are of unit length. Parts are branches of an average-linkage and of a Ward tree.
    """
    best: tuple[float, Part] | None = None
    for tree in (linkage(cosine_distances(points)), linkage(euclidean_distances(points), "ward")):
        for parts in range(2, MOST_PARTS + 1):
            labels = cut_into(tree, parts)
            for label in np.unique(labels).tolist():
                own = labels == label
                size = int(own.sum())
                if size < FEWEST_IN_PART or size > len(points) - size:
                    continue
                middle, rest = points[own].mean(axis=0), points[~own].mean(axis=0)
                coherence = inner_similarity(points[own])
                apart = coherence - float(middle @ rest)
                if best is None or apart > best[0] + 1e-6:
                    best = apart, Part(own, coherence, cosine(middle, rest))
    return best[1] if best else None
