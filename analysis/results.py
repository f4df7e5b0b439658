"""The result of an analysis: frozen records that refer to one another by index and key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from analysis.arrays import FloatArray
from analysis.certainty import LOOSE_BELOW, Stability

Origin = Literal["codebook", "discovered", "part"]
Rule = Literal["alike", "inside", "small", "name", "detail", "opposed", "mixed"]
ChangeKind = Literal["split", "merged", "new", "gone", "moved"]
Position = tuple[float, float]
"""A point of the unit square"""
SaturationVerdict = Literal["nearly everything has been said", "new themes still come up", "too few to say"]

Setting = str | int | float | Mapping[str, int]
"""A parameter of a run, or what it counted"""


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
    """A character span of one answer that makes one point: ``answers[answer][start:end] == text``."""

    answer: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Placement:
    """An idea (by its index) in a theme (by its key), the strength of that, 0-1, and the sub-theme (by its key).

    ``against``: it speaks of the theme's matter and says the opposite of what the others say.
    """

    idea: int
    theme: str
    strength: float
    part: str | None = None
    against: bool = False


@dataclass(frozen=True, slots=True)
class Theme:
    """A known or discovered theme and the evidence for it.

    ``people`` counts distinct answers, ``mentions`` ideas, ``wordings`` distinct folded texts. ``candidates`` are up to
    three possible names, the chosen one first; ``quotes`` are idea indexes, best first. ``parts`` are the sub-themes of
    a large theme, which have no stability of their own. ``strength`` is the mean of those of its placements.
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
    strength: float = 1.0
    parts: tuple["Theme", ...] = ()

    @property
    def tentative(self) -> bool:
        """Whether the theme came back too seldom, or its placements are unsure on average."""
        return self.stability.unsteady or self.strength < LOOSE_BELOW


@dataclass(frozen=True, slots=True)
class Centres:
    """The centres of discovered themes, for placing new ideas in them.

    ``vectors`` (k, d) of unit length, in the order of ``keys``, from which ``shared`` (d,), the mean of all ideas, was
    subtracted; both float32.
    """

    keys: tuple[str, ...]
    vectors: FloatArray
    shared: FloatArray


@dataclass(frozen=True, slots=True)
class IdeaMap:
    """The map: ``places`` of ideas (by their index), ``patches`` of themes (centre x, y and radius). All 0-1."""

    places: Mapping[int, Position]
    patches: Mapping[str, tuple[float, float, float]]


class IdeaMove(NamedTuple):
    """An idea that would leave a theme (None: no theme) for another (None: for none)."""

    idea: int
    source: str | None
    target: str | None
    strength: float


@dataclass(frozen=True, slots=True)
class ThemeChange:
    """One change that can be accepted by itself.

    ``split``: the new theme ``key`` comes mostly out of ``other``. ``new``: ``key`` begins. ``merged``: ``key`` ends,
    and most of it goes to ``other``. ``gone``: ``key`` ends. ``moved``: ideas go from ``key`` to ``other``, both
    of which stay, or one is None for no theme. ``people`` are the answers concerned, ``moves`` the ideas.
    """

    kind: ChangeKind
    key: str | None
    other: str | None
    people: int
    moves: tuple[IdeaMove, ...]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What themes found again would change in those that stand.

    ``changes`` can be accepted one by one. ``names`` has up to three names of each new theme, by key; ``centres`` are
    those of all themes found, for placing new answers among them too.
    """

    changes: tuple[ThemeChange, ...]
    names: Mapping[str, tuple[str, ...]]
    centres: Centres


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that may be wrong with a theme, and with an ``other`` one, by their keys: see analysis.doctor.

    ``figures`` are what the rule counted; its "share", 0-1, is what it judged by. ``ideas`` (by their index) are those
    to split off, the most typical first, ``contrast`` some that would stay. ``name`` is a better name, or one for them.
    """

    rule: Rule
    theme: str
    other: str | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    ideas: tuple[int, ...] = ()
    contrast: tuple[int, ...] = ()
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """One run over a list of answers; ``nonanswers`` are answer indexes, ``unplaced`` idea indexes.

    Ideas are in the order of the answers, themes with the most people first. ``forming`` are groups of unplaced ideas
    that resemble each other and may become themes. ``nearest`` has the nearest theme of each unplaced
    idea and the cosine to its centre, 0-1. ``settings`` are the parameters of the run, ``findings`` what may be wrong
    with its themes. ``proposed`` is what themes found again beside those that stand would change, None where none were.
    ``languages`` are those of the answers (by their index) of which it can be told.
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
    settings: Mapping[str, Setting]
    findings: tuple[Finding, ...] = ()
    proposed: Proposed | None = None
    languages: Mapping[int, str] = field(default_factory=dict)
