"""Has everything been said? How likely the next answer is to bring a theme that nobody has named yet.

Good and Turing (Good 1953, "The population frequencies of species", Biometrika 40): what is still unseen is about as
common as what has been seen once. The unit here is the person, not the placement, since the question is about the next
answer. So the estimate is the share of people without whom a theme would be missing: had this person been the last to
answer, the answer would have brought something new (Good-Turing by leaving one out).
"""

from collections.abc import Collection, Sequence
from math import sqrt

from analysis.results import Saturation, SaturationVerdict

FEW = 0.10  # at most one answer in ten brings a theme: nearly everything has been said
SOME = 0.05  # at least one answer in twenty does: new themes still come up
NORMAL_95 = 1.959964
RULE_OF_THREE = 3.0  # with none of n seen, at most 3 / n is likely (Hanley and Lippman-Hand 1983)


def saturation(themes: Sequence[Collection[int]], homeless: Collection[int], people: int) -> Saturation:
    """How nearly everything has been said by ``people`` answers.

    ``themes`` hold the answers (their numbers) in each theme, ``homeless`` are the answers that are in no theme at all:
    each would be a theme of one person. An answer with one idea placed and an aside that fits nowhere is not homeless.
    Non-answers are not people. The interval is Esty's (1983, "A normal limit law for a nonparametric estimator of the
    coverage of a random sample", Annals of Statistics 11), whose variance counts what was said once and twice, and
    never narrower than the rule of three.
    """
    if people == 0:
        return Saturation(0, 0.0, 0.0, 1.0, "too few to say")
    once = {person for theme in themes if len(set(theme)) == 1 for person in theme} | set(homeless)
    twice = {person for theme in themes if len(set(theme)) == 2 for person in theme} - once
    alone = len(once)
    chance = min(1.0, alone / people)
    error = NORMAL_95 * sqrt(alone * (1 - chance) + len(twice)) / people
    low = max(0.0, chance - error)
    high = min(1.0, max(chance + error, RULE_OF_THREE / people))
    return Saturation(people, chance, low, high, _verdict(low, high))


def answers_since_new_theme(themes: Sequence[Collection[int]], people: Collection[int]) -> int:
    """How many of the latest answers named no theme for the first time; answers are numbered as they arrived.

    ``people`` are the numbers of all answers that count. With no theme at all, none of them did.
    """
    newest = max((min(theme) for theme in themes if theme), default=None)
    return len(people) if newest is None else sum(1 for person in people if person > newest)


def _verdict(low: float, high: float) -> SaturationVerdict:
    if high <= FEW:
        return "nearly everything has been said"
    return "new themes still come up" if low > SOME else "too few to say"
