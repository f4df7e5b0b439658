"""The progress of a run, and the time left that follows from what its stages usually cost."""

from collections.abc import Callable, Mapping
from typing import Literal

Stage = Literal["ideas", "vectors", "placing", "discovering", "naming", "quotes", "certainty", "following"]
Progress = Callable[[Stage, int, int], None]
"""Called with a stage, the steps done and the steps in total"""

# Seconds per stage of a run of 100,000 made-up answers without a codebook, in the order of the stages; vectors with two
# cores and none stored. Measured on 2026-11-22 by benchmarks/speed_runs.py.
STAGE_SECONDS: Mapping[Stage, float] = {
    "ideas": 3.4,
    "vectors": 200.0,
    "placing": 1.1,
    "discovering": 3.2,
    "naming": 2.7,
    "quotes": 2.1,
    "certainty": 2.4,
    "following": 0.0,
}


class StepCounter:
    """Counts the steps of one stage; call it after each step to report the progress."""

    def __init__(self, progress: Progress, stage: Stage, total: int, *, done: int = 0) -> None:
        self._progress, self._stage, self._total, self._done = progress, stage, max(total, 1), done
        progress(stage, done, self._total)

    def __call__(self) -> None:
        """Report one more step; steps beyond the total are not counted."""
        self._done = min(self._done + 1, self._total)
        self._progress(self._stage, self._done, self._total)

    def finish(self) -> None:
        """Report all steps as done, including any that were not needed."""
        if self._done < self._total:
            self._done = self._total
            self._progress(self._stage, self._total, self._total)


def time_left(
    spent: Mapping[Stage, float],
    stage: Stage,
    done: int,
    total: int,
    seconds: Mapping[Stage, float] = STAGE_SECONDS,
) -> float | None:
    """Estimate the seconds that a run still needs; return None while there is nothing to estimate from.

    ``spent`` are the seconds spent in each stage so far, including the current one, of which ``done`` of ``total``
    steps are done. The current stage is assumed to go on at its pace, later ones to take their usual ``seconds``
    times the pace of those before. Vectors are left out of that pace: how many are stored differs from run to run.
    """
    if done <= 0 or total <= 0:
        return None
    order = list(seconds)
    before = order[: order.index(stage)]
    share = min(1.0, done / total)
    rest = spent.get(stage, 0.0) * (1 - share) / share
    actual, expected = 0.0, 0.0
    for name in [*before, stage]:
        if name != "vectors":
            actual += spent.get(name, 0.0)
            expected += seconds[name] * (share if name == stage else 1.0)
    pace = actual / expected if expected else 1.0
    after = order[order.index(stage) + 1 :]
    if "vectors" in after:
        return None
    return rest + pace * sum(seconds[name] for name in after)


def ignore_progress(stage: Stage, done: int, total: int) -> None:
    """Report to nobody."""
