"""How far a run is: each stage tells of its steps, and from what stages cost comes the time that is left."""

from collections.abc import Callable, Mapping
from typing import Literal

Stage = Literal["ideas", "vectors", "placing", "discovering", "naming", "quotes", "certainty"]
Progress = Callable[[Stage, int, int], None]

# What stages took of a run of 100,000 made-up answers without a codebook, in seconds of one core and in the order they
# come; vectors, which nobody had made yet, on two. Measured on 2026-11-22 with what benchmarks/speed_runs.py measures.
SECONDS: Mapping[Stage, float] = {
    "ideas": 3.4,
    "vectors": 200.0,
    "placing": 1.1,
    "discovering": 3.2,
    "naming": 2.7,
    "quotes": 2.1,
    "certainty": 2.4,
}


class StepCounter:
    """The steps of one stage: told of at the start, and once each is done by calling this."""

    def __init__(self, tell: Progress, stage: Stage, total: int) -> None:
        self._tell, self._stage, self._total, self._done = tell, stage, max(total, 1), 0
        tell(stage, 0, self._total)

    def __call__(self) -> None:
        """One step more is done; more than were foreseen are not counted."""
        self._done = min(self._done + 1, self._total)
        self._tell(self._stage, self._done, self._total)

    def finish(self) -> None:
        """All is done, also what there was no need for."""
        if self._done < self._total:
            self._done = self._total
            self._tell(self._stage, self._total, self._total)


def time_left(
    spent: Mapping[Stage, float],
    stage: Stage,
    done: int,
    total: int,
    seconds: Mapping[Stage, float] = SECONDS,
) -> float | None:
    """The seconds a run still needs; None as long as there is nothing to tell from.

    ``spent`` are the seconds spent in each stage so far, that under way too, of which ``done`` of ``total`` steps are
    done. The stage under way goes on as fast as it went; those to come take what they take in ``seconds``, as much
    longer or shorter as those behind took. Vectors tell nothing about the others: how many are stored differs.
    """
    if done <= 0 or total <= 0:
        return None
    order = list(seconds)
    behind = order[: order.index(stage)]
    share = min(1.0, done / total)
    rest = spent.get(stage, 0.0) * (1 - share) / share
    taken, expected = 0.0, 0.0
    for name in [*behind, stage]:
        if name != "vectors":
            taken += spent.get(name, 0.0)
            expected += seconds[name] * (share if name == stage else 1.0)
    pace = taken / expected if expected else 1.0
    to_come = order[order.index(stage) + 1 :]
    if "vectors" in to_come:
        return None
    return rest + pace * sum(seconds[name] for name in to_come)


def ignore_progress(stage: Stage, done: int, total: int) -> None:
    """A progress that tells nobody."""
