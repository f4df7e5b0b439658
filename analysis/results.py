"""What an analysis returns: plain frozen records that refer to one another by index and key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from analysis.arrays import FloatArray

Origin = Literal["codebook", "discovered", "part"]
Position = tuple[float, float]
"""A point of the unit square"""
SaturationVerdict = Literal["nearly everything has been said", "new themes still come up", "too few to say"]
TENTATIVE_BELOW = 0.9  # share of re-runs: benchmarks/stability.py measures what themes above it do in fresh re-runs


@dataclass(frozen=True, slots=True)
class Stability:
    """A theme came back in ``came_back`` of ``of`` re-runs; ``of`` leaves out re-runs that drew none of its people."""

    came_back: int
    of: int

    @property
    def tentative(self) -> bool:
        """It came back too seldom to be taken for granted, or could not be tried."""
        return self.of == 0 or self.came_back < TENTATIVE_BELOW * self.of


@dataclass(frozen=True, slots=True)
class Saturation:
    """The chance, 0-1, that the next answer after ``people`` answers brings a new theme, with its 95 % interval."""

    people: int
    chance: float
    low: float
    high: float
    verdict: SaturationVerdict


@dataclass(frozen=True, slots=True)
class Idea:
    """A stretch of one answer that makes one point: ``answers[answer][start:end] == text``."""

    answer: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Placement:
    """An idea (by its index) in a theme (by its key), with how surely it belongs there, 0-1; and its sub-theme."""

    idea: int
    theme: str
    strength: float
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Theme:
    """A known or discovered theme and the evidence for it.

    ``people`` counts distinct answers, ``mentions`` ideas, ``wordings`` distinct folded texts. ``candidates`` are up to
    three possible names, the chosen one first; ``quotes`` are idea indexes, best first; ``stability``
    says how sure it is. ``parts`` are its sub-themes, if it is large, which have no stability of their own.
    """

    key: str
    name: str
    description: str
    origin: Origin
    candidates: tuple[str, ...]
    people: int
    mentions: int
    wordings: int
    quotes: tuple[int, ...]
    stability: Stability
    parts: tuple["Theme", ...] = ()


@dataclass(frozen=True, slots=True)
class Centres:
    """What it takes to place new ideas in the discovered themes: their keys, the centre of each, what all share.

    ``vectors`` (k, d) of unit length, after ``shared`` (d,), the mean of all ideas, was taken off; both float32.
    """

    keys: tuple[str, ...]
    vectors: FloatArray
    shared: FloatArray


@dataclass(frozen=True, slots=True)
class IdeaMap:
    """The map. ``places``: where ideas (by their index) lie; ``patches``: centre and radius of each theme. All 0-1."""

    places: Mapping[int, Position]
    patches: Mapping[str, tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class Analysis:
    """One run over a list of answers; ``nonanswers`` are answer indexes, ``unplaced`` idea indexes.

    Ideas stand in the order of the answers, themes with the most people first. ``forming`` are groups of unplaced ideas
    that resemble each other and may become themes. ``nearest`` says of each unplaced idea which theme it is nearest to,
    and how near, 0-1. ``idea_map`` is the map. ``settings`` says how it was made.
    """

    ideas: tuple[Idea, ...]
    nonanswers: tuple[int, ...]
    placements: tuple[Placement, ...]
    themes: tuple[Theme, ...]
    unplaced: tuple[int, ...]
    saturation: Saturation
    forming: tuple[tuple[int, ...], ...]
    nearest: Mapping[int, tuple[str, float]]
    idea_map: IdeaMap
    centres: Centres
    model: str
    settings: Mapping[str, str | int | float]
