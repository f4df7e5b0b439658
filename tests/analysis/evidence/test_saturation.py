"""Has everything been said?"""

import numpy as np

from analysis.evidence.saturation import estimate_saturation
from tests.support.every_case import for_each


@for_each(
    ("themes", "homeless", "people", "verdict"),
    [
        ([range(0, 200), range(100, 300)], [], 300, "nearly everything has been said"),
        ([range(0, 60)], range(60, 100), 100, "new themes still come up"),
        ([[0], [1], [2], [3]], [], 4, "new themes still come up"),
        ([[0, 1], [1, 2]], [], 3, "too few to say"),
        ([], [], 0, "too few to say"),
        ([], [0], 1, "too few to say"),
        ([[0], [1]], [2], 3, "too few to say"),
    ],
)
def test_the_verdict(themes: list[list[int]], homeless: list[int], people: int, verdict: str) -> None:
    found = estimate_saturation(themes, homeless, people)
    assert found.verdict == verdict
    assert 0 <= found.low <= found.chance <= found.high <= 1


def test_a_person_counts_once_however_many_themes_are_theirs_alone() -> None:
    assert estimate_saturation([[7], [7], [1, 2]], [7], 10).chance == 0.1


def test_with_nothing_new_the_interval_follows_the_rule_of_three() -> None:
    assert estimate_saturation([range(0, 60)], [], 60).high == 3 / 60


def test_where_everyone_says_something_of_their_own_the_interval_follows_the_mirrored_rule_of_three() -> None:
    found = estimate_saturation([], range(60), 60)
    assert (found.low, found.chance, found.high) == (1 - 3 / 60, 1.0, 1.0)


def test_the_interval_covers_the_truth() -> None:
    """Themes of known frequency: how often the interval holds the real chance of a new theme in the next answer."""
    generator = np.random.default_rng(0)
    chances = 0.4 / np.arange(1, 61)
    covered = []
    for _ in range(200):
        said = generator.random((150, 60)) < chances
        truth = 1 - np.prod(1 - chances[~said.any(axis=0)])
        found = estimate_saturation([np.flatnonzero(column).tolist() for column in said.T if column.any()], [], 150)
        covered.append(found.low <= truth <= found.high)
    assert sum(covered) >= 180
