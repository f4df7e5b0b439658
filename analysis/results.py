"""What an analysis returns: plain frozen records that refer to one another by index and key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.saturation import Saturation
from analysis.stability import Stability

Origin = Literal["codebook", "discovered"]


@dataclass(frozen=True, slots=True)
class Idea:
    """A stretch of one answer that makes one point: ``answers[answer][start:end] == text``."""

    answer: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Placement:
    """An idea (by its index) in a theme (by its key), with how surely it belongs there, 0-1."""

    idea: int
    theme: str
    strength: float


@dataclass(frozen=True, slots=True)
class Theme:
    """A known or discovered theme and the evidence for it.

    ``people`` counts distinct answers, ``mentions`` ideas, ``wordings`` distinct folded texts. ``candidates`` are up to
    three possible names, the chosen one first; ``quotes`` are idea indexes, best first; ``stability``
    says how sure it is.
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


@dataclass(frozen=True, slots=True)
class Centres:
    """What it takes to place new ideas in the discovered themes: their keys, the centre of each, what all share.

    ``vectors`` (k, d) of unit length, after ``shared`` (d,), the mean of all ideas, was taken off; both float32.
    """

    keys: tuple[str, ...]
    vectors: NDArray[np.float32]
    shared: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Analysis:
    """One run over a list of answers; ``nonanswers`` are answer indexes, ``unplaced`` idea indexes.

    Ideas stand in the order of the answers, themes with the most people first. ``forming`` are groups of unplaced ideas
    that resemble each other and may become themes. ``settings`` says how it was made.
    """

    ideas: tuple[Idea, ...]
    nonanswers: tuple[int, ...]
    placements: tuple[Placement, ...]
    themes: tuple[Theme, ...]
    unplaced: tuple[int, ...]
    saturation: Saturation
    forming: tuple[tuple[int, ...], ...]
    centres: Centres
    model: str
    settings: Mapping[str, str | int | float]
