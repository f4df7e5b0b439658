"""How far two readers of the same answers agree: F1 of their sets of themes, and Krippendorff's alpha. Plain Python.

A reader gives each answer a set of themes, which may be empty: the answer is in none.
"""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

Themes = AbstractSet[Hashable]
Pair = tuple[Themes, Themes]
Distance = Callable[[Themes, Themes], float]

Z_95 = 1.959964
"""Quantile of the normal distribution that leaves 2.5 % on each side"""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two readers agree: all but `answers` and `same` are 0-1."""

    answers: int
    same: int
    """Number of answers that both gave exactly the same themes"""
    f1: float
    low: float
    high: float
    """A 95 % interval of `f1`, for the answers that were not read"""
    micro_f1: float | None
    """F1 of all themes of all answers together; None if neither reader named any"""
    micro_low: float | None
    micro_high: float | None
    """A 95 % interval of `micro_f1`"""
    neither: int
    """Number of answers in which neither reader named a theme: they count for `f1`, as agreement, not for `micro_f1`"""
    f1_named: float | None
    """`f1` without these; None if there are no others"""


@dataclass(frozen=True, slots=True)
class ThemeAgreement:
    """In how many answers both readers named a theme, and in how many only one of them did."""

    both: int
    first_only: int
    second_only: int

    @property
    def either(self) -> int:
        """The number of answers in which at least one of them named it."""
        return self.both + self.first_only + self.second_only


@dataclass(frozen=True, slots=True)
class CodeAgreement:
    """Two readers and one code: in how many answers both gave it, only the first, only the second, neither."""

    both: int
    first_only: int
    second_only: int
    neither: int

    @property
    def f1(self) -> float | None:
        """Twice what both named by all that either did, 0-1; None if nobody named it."""
        named = 2 * self.both + self.first_only + self.second_only
        return 2 * self.both / named if named else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa, at most 1, 0 for what chance would give; None where chance gives full agreement.

        Cohen, "A Coefficient of Agreement for Nominal Scales", 1960.
        """
        total = self.both + self.first_only + self.second_only + self.neither
        first, second = self.both + self.first_only, self.both + self.second_only
        by_chance = first * second + (total - first) * (total - second)
        if by_chance == total * total:
            return None
        return ((self.both + self.neither) * total - by_chance) / (total * total - by_chance)

    @property
    def alpha(self) -> float | None:
        """Krippendorff's alpha for yes and no; None if all said the same. See `krippendorff_alpha`."""
        differ = self.first_only + self.second_only
        yes, no = 2 * self.both + differ, 2 * self.neither + differ
        return 1 - (yes + no - 1) * differ / (yes * no) if yes and no else None


def f1_score(one: Themes, other: Themes) -> float:
    """Return F1 of two sets, 0-1: twice what they share by the sum of their sizes; two empty sets agree fully.

    Also known as Dice's coefficient (Dice, 1945).
    """
    size = len(one) + len(other)
    return 2 * len(one & other) / size if size else 1.0


def agreement(pairs: Sequence[Pair]) -> Agreement:
    """Compare two readers, given both sets of each answer. F1 is the mean of the answers' own F1: no theme weighs more
    than the answers that are about it (sample-averaged F1). Micro F1 is the same mean with each answer weighed by the
    themes it was given, so one that was given none has no weight. Raises ValueError without answers.
    """
    if not pairs:
        raise ValueError("no answers to compare")
    scores = [f1_score(one, other) for one, other in pairs]
    named = [(score, len(one) + len(other)) for score, (one, other) in zip(scores, pairs, strict=True) if one or other]
    named_scores, weights = [score for score, _ in named], [weight for _, weight in named]
    low, high = mean_interval(scores)
    micro_low, micro_high = mean_interval(named_scores, weights) if named else (None, None)
    return Agreement(
        answers=len(pairs),
        same=sum(one == other for one, other in pairs),
        f1=math.fsum(scores) / len(scores),
        low=low,
        high=high,
        micro_f1=2 * sum(len(one & other) for one, other in pairs) / sum(weights) if named else None,
        micro_low=micro_low,
        micro_high=micro_high,
        neither=len(pairs) - len(named),
        f1_named=math.fsum(named_scores) / len(named) if named else None,
    )


def agreement_by_theme(pairs: Iterable[Pair]) -> dict[Hashable, ThemeAgreement]:
    """Return for each theme that a reader named how often both did, only the first, only the second."""
    counts: dict[Hashable, list[int]] = {}
    for one, other in pairs:
        for theme in one | other:
            counts.setdefault(theme, [0, 0, 0])[0 if theme in one & other else 1 if theme in one else 2] += 1
    return {theme: ThemeAgreement(*count) for theme, count in counts.items()}


def mean_interval(scores: Sequence[float], weights: Sequence[float] | None = None) -> tuple[float, float]:
    """Return a 95 % interval of the mean that scores of 0 to 1 are a random sample of; with weights, all above 0, that
    of a weighted mean, whose variance is that of a ratio of two sums (Cochran, "Sampling Techniques", 1977, 6.3).

    Wilson's score interval (Wilson, 1927), in which the number of scores is replaced by the number of yes-or-no answers
    that would be as informative (Korn and Graubard, 1998: effective sample size). Their variance is estimated with one
    more 0 and one more 1 (after Agresti and Coull, 1998): else thirty equal scores would leave no doubt at all.

    Chosen by how often it holds the mean (benchmarks/blind_check.py), in samples of 12 to 100 scores: .93 to .98; the
    bootstrap's percentiles .32 to .96, the worse the better the agreement is.
    """
    count = len(scores)
    shares = [1.0] * count if weights is None else [weight * count / math.fsum(weights) for weight in weights]
    mean = math.fsum(map(operator.mul, scores, shares)) / count
    padded, padded_shares = [*scores, 0.0, 1.0], [*shares, 1.0, 1.0]
    centre = math.fsum(map(operator.mul, padded, padded_shares)) / len(padded)
    off = (share * (score - centre) for score, share in zip(padded, padded_shares, strict=True))
    variance = math.fsum(one * one for one in off) / (len(padded) - 1)
    effective = count * centre * (1 - centre) / variance
    share = Z_95 * Z_95 / effective
    middle = (mean + share / 2) / (1 + share)
    half = Z_95 / (1 + share) * math.sqrt(mean * (1 - mean) / effective + share / (4 * effective))
    return max(0.0, middle - half), min(1.0, middle + half)


def masi_distance(one: Themes, other: Themes) -> float:
    """Return how far two sets are apart, 0-1: 1 minus Jaccard's coefficient times a weight for how they overlap.

    The weight is 1 for equal sets, 2/3 where one contains the other, 1/3 where they share something, else 0.
    Passonneau, "Measuring Agreement on Set-valued Items (MASI) for Semantic and Pragmatic Annotation", LREC 2006.
    """
    if one == other:
        return 0.0
    shared = len(one & other)
    if not shared:
        return 1.0
    weight = 2 / 3 if one <= other or other <= one else 1 / 3
    return 1 - weight * shared / len(one | other)


def krippendorff_alpha(answers: Iterable[Sequence[Themes]], distance: Distance = masi_distance) -> float | None:
    """Return Krippendorff's alpha of readers, given for each answer the sets of those who read it.

    1 is full agreement, 0 what chance would give, less than 0 worse than that. None if there is nothing to tell: no
    answer was read by two, or all sets are the same. Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011:
    1 minus the distance observed within answers by the one expected between all sets.
    """
    units = [sets for sets in answers if len(sets) > 1]
    values = [themes for sets in units for themes in sets]
    if not values:
        return None
    observed = math.fsum(_all_pairs(sets, distance) / (len(sets) - 1) for sets in units) / len(values)
    expected = _all_pairs(values, distance) / (len(values) * (len(values) - 1))
    return 1 - observed / expected if expected else None


def _all_pairs(sets: Sequence[Themes], distance: Distance) -> float:
    """Return the sum of the distances of all ordered pairs; equal sets are 0 apart."""
    counts = list(Counter(map(frozenset, sets)).items())
    return 2 * math.fsum(
        count * others * distance(one, other)
        for place, (one, count) in enumerate(counts)
        for other, others in counts[:place]
    )
