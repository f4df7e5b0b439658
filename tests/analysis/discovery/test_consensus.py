"""Distances that remember the themes of the last finding."""

import numpy as np

from analysis.discovery.consensus import Earlier, blend_with_previous


def test_an_earlier_grouping_counts_less_the_more_answers_came_since() -> None:
    distances, labels = np.full(3, 0.5), np.array([0, 0, 1])

    def blended(share: float, held: bool = False) -> list[float]:
        return list(blend_with_previous(distances, Earlier(labels, np.full(3, held), share)))

    whole, more, doubled = blended(1.0), blended(0.75), blended(0.5)
    assert doubled == list(distances) == blended(0.2)
    assert whole[0] < more[0] < 0.5 < more[1] < whole[1]
    assert blended(0.5, held=True) == blended(1.0, held=True) != list(distances)
