"""Tell a change of a ratio from noise, by how much the figures of the same ratio vary from time to time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

CHANCE = 0.05
"""Share of comparisons, of all ratios together, in which noise alone is taken for a change"""


@dataclass(frozen=True, slots=True)
class Change:
    """How many times the ratio of then the ratio of now is, and from how many times on that is more than noise."""

    times: float
    noise: float

    @property
    def has_moved(self) -> bool:
        """Whether it is more, or less, than noise makes."""
        return abs(math.log(self.times)) > math.log(self.noise)


def compare(then: Sequence[float], now: Sequence[float], of: int = 1) -> Change:
    """Compare the figures of two times, as one of so many comparisons.

    Student's test of the logarithms with one variance (a ratio varies by a share of itself), and Bonferroni's for
    several comparisons. Raises ValueError where one of them has fewer than two figures or one that is not above 0.
    """
    if min(len(then), len(now)) < 2 or min(*then, *now) <= 0:
        raise ValueError("a ratio has to be measured twice, then and now, and to be above 0")
    first, second = np.log(then), np.log(now)
    freedom = len(first) + len(second) - 2
    variance = (first.var() * len(first) + second.var() * len(second)) / freedom
    error = math.sqrt(variance * (1 / len(first) + 1 / len(second)))
    reach = float(stats.t.ppf(1 - CHANCE / of / 2, freedom)) * error
    return Change(math.exp(second.mean() - first.mean()), math.exp(reach))
