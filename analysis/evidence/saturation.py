"""Saturation: how likely the next answer is to name a theme that nobody has named yet.

The Good-Turing estimate (Good 1953, "The population frequencies of species", Biometrika 40): unseen themes are about as
common as those seen once. The unit is the person, not the placement, since the question is about the next answer: the
estimate is the share of people who are the only one to name some theme.
"""

from collections.abc import Collection, Sequence
from math import sqrt

from analysis.results import Saturation, SaturationVerdict

MAX_CHANCE_SATURATED = 0.10  # at most one answer in ten names a new theme: nearly everything has been said
MIN_CHANCE_UNSATURATED = 0.05  # at least one answer in twenty does: new themes still come up
NORMAL_95 = 1.959964
RULE_OF_THREE = 3.0  # 95 % limit of a share, from 0 or 1, times n, when none or all of n are seen (Hanley et al. 1983)


def estimate_saturation(themes: Sequence[Collection[int]], unplaced: Collection[int], people: int) -> Saturation:
    """Estimate the chance that the answer after ``people`` answers names a new theme.

    ``themes`` are the answers (their indexes) in each theme, ``unplaced`` those in no theme at all: each counts as a
    theme of one person. An answer with one placed idea is not unplaced, whatever its other ideas. Non-answers do not
    count as people. The interval is Esty's (1983, "A normal limit law for a nonparametric estimator of the
    coverage of a random sample", Annals of Statistics 11), whose variance counts the themes named once and twice, and
    on either side never narrower than the rule of three.
    """
    if people == 0:
        return Saturation(0, 0.0, 0.0, 1.0, "too few to say")
    once = {person for theme in themes if len(set(theme)) == 1 for person in theme} | set(unplaced)
    twice = {person for theme in themes if len(set(theme)) == 2 for person in theme} - once
    alone = len(once)
    chance = min(1.0, alone / people)
    error = NORMAL_95 * sqrt(alone * (1 - chance) + len(twice)) / people
    low = max(0.0, min(chance - error, 1 - RULE_OF_THREE / people))
    high = min(1.0, max(chance + error, RULE_OF_THREE / people))
    return Saturation(people, chance, low, high, _verdict(low, high))


def _verdict(low: float, high: float) -> SaturationVerdict:
    if high <= MAX_CHANCE_SATURATED:
        return "nearly everything has been said"
    return "new themes still come up" if low > MIN_CHANCE_UNSATURATED else "too few to say"
