"""How sure a theme is. Without numpy, so pages may ask it."""

from dataclasses import dataclass

TENTATIVE_BELOW = 0.9  # share of re-runs; chosen with benchmarks/stability.py
LOOSE_BELOW = 0.7  # mean strength of its placements: a theme below it is tried to be split (discovery/grab_bags.py)
MIN_RE_RUNS = 5  # a theme that comes back every second time comes back in all of them by a chance of 3 %


@dataclass(frozen=True, slots=True)
class Stability:
    """The re-runs in which a theme came back, ``of`` those that drew any of its people."""

    came_back: int
    of: int

    @property
    def unsteady(self) -> bool:
        """Whether the theme came back in too few re-runs, or there were too few."""
        return self.of < MIN_RE_RUNS or self.came_back < TENTATIVE_BELOW * self.of
