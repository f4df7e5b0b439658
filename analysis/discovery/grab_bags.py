"""Themes that hold unlike things: split where their points fall into two, dissolved where too many would be wrong."""

import numpy as np

from analysis.arrays import BoolArray, DoubleArray, IntArray
from analysis.compiled import cosine_distances, cut_into, linkage
from analysis.discovery.membership import cosines_to_other_people, cosines_to_others, likelihood

LEAST_LIKELY = 0.7  # mean probability that the ideas of a theme belong together, for it not to be tried to split
GAIN = 0.05  # in that probability, for a split to stand
FEWEST_IDEAS = 3  # in each part
WRONG = 0.55  # mean probability below which a theme is dissolved
STRANGERS = 0.5  # the same among what different people say: below it one person has several ideas, another a stray one
_ORIGIN = np.zeros(1)


def without_grab_bags(
    centred: DoubleArray, weights: IntArray, labels: IntArray, most: int, held: BoolArray
) -> IntArray:
    """Return the labels (n,) with grab-bags split in two, again and again, or dissolved: -1.

    ``centred`` (n, d) are points of unit length, ``weights`` (n,) the ideas of each, ``labels`` -1 for none. The larger
    part keeps the label. There are at most ``most`` themes after splitting. A theme with points that an owner holds to,
    ``held`` (n,), is left as it is.
    """
    found = labels.copy()
    count = int(labels.max(initial=-1)) + 1
    waiting = [label for label in range(count) if not held[labels == label].any()]
    while waiting:
        label = waiting.pop(0)
        own = np.flatnonzero(found == label)
        likely = _likely(centred[own], weights[own], np.zeros(len(own), dtype=np.intp))
        if likely >= LEAST_LIKELY:
            continue
        parts = _two_parts(centred[own], weights[own]) if count < most else None
        if parts is not None and _likely(centred[own], weights[own], parts) >= likely + GAIN:
            found[own[parts == 1]] = count
            waiting += [label, count]
            count += 1
        elif likely < WRONG:
            found[own] = -1
    return found


def without_strangers(
    centred: DoubleArray, weights: IntArray, labels: IntArray, held: BoolArray, persons: IntArray
) -> IntArray:
    """Return the labels (n,) with -1 for themes in which people do not say what the others do.

    Ideas of one answer share half of their vectors, so by them alone they would vouch for each other, and for somebody
    else's who came among them. Parameters are as in ``without_grab_bags``; ``persons`` (n,) as in
    ``cosines_to_other_people``.
    """
    likely = likelihood(cosines_to_other_people(centred, weights, labels, persons))
    found = labels.copy()
    for label in range(int(labels.max(initial=-1)) + 1):
        own = labels == label
        if own.any() and not held[own].any() and np.average(likely[own], weights=weights[own]) < STRANGERS:
            found[own] = -1
    return found


def _likely(points: DoubleArray, weights: IntArray, parts: IntArray) -> float:
    """Return the mean probability of the ideas to belong to their parts."""
    return float(np.average(likelihood(cosines_to_others(points, _ORIGIN, weights, parts)), weights=weights))


def _two_parts(points: DoubleArray, weights: IntArray) -> IntArray | None:
    """Return which of two parts each point is in, 0 the larger, by complete linkage; None if one is too small."""
    if weights.sum() < 2 * FEWEST_IDEAS or len(points) < 2:
        return None
    parts = cut_into(linkage(cosine_distances(points), "complete"), 2) - 1
    ideas = np.bincount(parts, weights=weights, minlength=2)
    if ideas.min() < FEWEST_IDEAS:
        return None
    return np.asarray(parts if ideas[0] >= ideas[1] else 1 - parts, dtype=np.intp)
