"""Two themes that say nearly the same, and a small theme within a larger one."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from analysis.arrays import unit
from analysis.doctor.groups import Group, cosine
from analysis.results import Finding

# Chosen on answers to one survey question, debates and customer questions; see benchmarks/theme_doctor.py.
FEWEST_WORDINGS = 3
LEAST_COSINE = 0.5  # of the middles of two themes that are compared at all
NEARER_SHARE = 0.35  # share of the wordings of each that are nearer to the middle of the other than to their own
WITHIN_COSINE = 0.75  # of the middle of a small theme and that of the larger one around it
SIZE_FACTOR = 1.5  # how many times as many wordings the larger one has
SHARED_SHARE = 0.8  # share of a theme's wordings that are in the other too


def similar_themes(groups: Sequence[Group]) -> Iterator[Finding]:
    """Return pairs that say nearly the same, and themes within another; the one with fewer people is named first."""
    for one, two in combinations([group for group in groups if len(group.rows) >= FEWEST_WORDINGS], 2):
        small, large = (one, two) if _size(one) < _size(two) else (two, one)
        shared = len(np.intersect1d(small.rows, large.rows, assume_unique=True))
        middles = cosine(small.middle, large.middle)
        larger = len(large.rows) >= SIZE_FACTOR * len(small.rows)
        if shared >= SHARED_SHARE * len(small.rows):
            yield _shared(small, large, shared)
            continue
        if middles < LEAST_COSINE:
            continue
        here, there = nearer_to(small, large), nearer_to(large, small)
        shares = here / len(small.rows), there / len(large.rows)
        if min(shares) >= NEARER_SHARE:
            yield Finding(
                "alike",
                small.theme.key,
                large.theme.key,
                {
                    "share": round(min(shares), 3),
                    "nearer": here,
                    "wordings": len(small.rows),
                    "other_nearer": there,
                    "other_wordings": len(large.rows),
                },
            )
        elif larger and middles >= WITHIN_COSINE:
            figures = {"share": round(middles, 3), "people": small.theme.people, "other_people": large.theme.people}
            yield Finding("inside", small.theme.key, large.theme.key, figures)


def nearer_to(group: Group, other: Group) -> int:
    """Return how many wordings of a theme are nearer to the middle of another than to that of the rest of their own."""
    points = group.points
    rest = group.middle * np.float32(len(group.rows)) - points
    own = np.einsum("nd,nd->n", points, unit(rest))
    return int((points @ unit(other.middle[None, :])[0] > own).sum())


def _shared(small: Group, large: Group, shared: int) -> Finding:
    """Return the finding of two themes that have most wordings of one, or of both, in common."""
    share = round(shared / len(small.rows), 3)
    if shared >= SHARED_SHARE * len(large.rows):
        counts = {"wordings": len(small.rows), "other_wordings": len(large.rows)}
        return Finding("alike", small.theme.key, large.theme.key, {"share": share, "shared": shared, **counts})
    figures = {"share": share, "shared": shared, "wordings": len(small.rows), "other_people": large.theme.people}
    return Finding("inside", small.theme.key, large.theme.key, {**figures, "people": small.theme.people})


def _size(group: Group) -> tuple[int, int, str]:
    return group.theme.people, len(group.rows), group.theme.key
