"""Measure things in turns, so that a machine that slows down meanwhile favours none of them."""

import resource
import time
from collections.abc import Callable, Sequence

ROUNDS = 3


def in_turns(measures: Sequence[Callable[[], float]], rounds: int = ROUNDS) -> list[list[float]]:
    """Return the figures of each measure, one from each round; every second round goes the other way."""
    figures: list[list[float]] = [[] for _ in measures]
    for at in range(rounds):
        for number in range(len(measures)) if at % 2 else reversed(range(len(measures))):
            figures[number].append(measures[number]())
    return figures


def seconds_of(function: Callable[[], object]) -> Callable[[], float]:
    """Return a measure of the seconds that a function takes."""

    def seconds() -> float:
        begun = time.perf_counter()
        function()
        return time.perf_counter() - begun

    return seconds


def work_of(function: Callable[[], object]) -> Callable[[], float]:
    """Return a measure of the processor seconds that a function takes, of processes it started and ended too."""

    def seconds() -> float:
        begun = cpu_seconds()
        function()
        return cpu_seconds() - begun

    return seconds


def cpu_seconds() -> float:
    """Return the processor seconds of this process so far, and of its children that have ended."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def ratios(some: Sequence[float], others: Sequence[float]) -> list[float]:
    """Return how many times the other figure of its round each figure is."""
    return [one / other for one, other in zip(some, others, strict=True)]
