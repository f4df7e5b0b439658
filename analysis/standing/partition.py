"""The partition that stands: the themes of the result that is shown, and the ideas in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from analysis.discovery.theme_identity import EarlierTheme
from analysis.known_themes.edits import Members, current_key
from analysis.results import Analysis, Idea, Origin
from analysis.text.normalise import fold
from analysis.text.parse_answers import ParsedAnswers
from analysis.text.spans import Span


class StandingIdea(NamedTuple):
    """An idea of an answer: its span, its themes with strengths, and whether the owner decided about it.

    ``marks`` says of some themes, by their keys, whether the owner said that it says the opposite of them.
    """

    start: int
    end: int
    themes: Mapping[str, float]
    by_hand: bool = False
    marks: Mapping[str, bool] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class StandingTheme:
    """A theme that stands. ``touched``: the owner named, merged, split or promoted it, so that findings keep it."""

    key: str
    name: str
    origin: Origin
    touched: bool = False


@dataclass(frozen=True)
class Standing:
    """The themes that stand, and by the index of an answer its ideas: none for a non-answer.

    Answers that are not in ``ideas`` are new. ``merged`` has known themes that the owner merged into others. ``parts``
    are the sub-themes, whose keys carry over. ``codebook`` names the one that these themes were found with, if known.
    They were found in ``found_share`` of all answers, 0-1; None: in those that are in ``ideas``.
    """

    themes: tuple[StandingTheme, ...]
    ideas: Mapping[int, tuple[StandingIdea, ...]]
    merged: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[EarlierTheme, ...] = ()
    codebook: str | None = None
    found_share: float | None = None

    @cached_property
    def names(self) -> dict[str, str]:
        """The name of each theme, by key."""
        return {theme.key: theme.name for theme in self.themes}

    def share_found_in(self, parsed: ParsedAnswers) -> float:
        """Return in how many of the answers that say something these themes were found, 0-1."""
        if self.found_share is not None:
            return self.found_share
        saying = set(parsed.answers.tolist())
        return len(saying & self.ideas.keys()) / max(1, len(saying))

    @cached_property
    def touched(self) -> frozenset[str]:
        """The keys of the themes that the owner touched."""
        return frozenset(theme.key for theme in self.themes if theme.touched)

    def spans(self) -> dict[int, list[Span]]:
        """Return the spans of the ideas of each answer that is not new."""
        return {answer: [(idea.start, idea.end) for idea in ideas] for answer, ideas in self.ideas.items()}

    def decided_answers(self, *, all_of: bool) -> frozenset[int]:
        """Return the answers with an idea that the owner decided about, or ``all_of`` those that are not new."""
        return frozenset(
            answer for answer, ideas in self.ideas.items() if all_of or any(idea.by_hand for idea in ideas)
        )

    def current_key(self, key: str) -> str:
        """Return the theme that a known theme is part of now: itself, or what it was merged into, over any number."""
        return current_key(key, self.merged)

    def by_idea(self, ideas: Iterable[Idea]) -> list[StandingIdea | None]:
        """Return the standing idea with the span of each idea; None for the ideas of new answers."""
        at = {(answer, idea.start, idea.end): idea for answer, own in self.ideas.items() for idea in own}
        return [at.get((idea.answer, idea.start, idea.end)) for idea in ideas]

    def members(self, parsed: ParsedAnswers, ideas: Iterable[StandingIdea | None]) -> Members:
        """Return the wordings in each theme; a wording that is in a theme in one answer is in it."""
        members: Members = {}
        for row, idea in zip(parsed.wording_of, ideas, strict=True):
            for key, strength in idea.themes.items() if idea is not None else ():
                own = members.setdefault(key, {})
                own[row] = max(strength, own.get(row, 0.0))
        return members


NOTHING_STANDS = Standing((), {})


def standing_of(result: Analysis) -> Standing:
    """Return the themes of a result as those that stand in the next analysis of the same answers and more."""
    themes: dict[int, dict[str, float]] = {}
    parts: dict[tuple[str, str], set[str]] = {}
    for placement in result.placements:
        themes.setdefault(placement.idea, {})[placement.theme] = placement.strength
        if placement.part is not None:
            parts.setdefault((placement.part, placement.theme), set()).add(fold(result.ideas[placement.idea].text))
    ideas: dict[int, list[StandingIdea]] = {answer: [] for answer in result.nonanswers}
    for at, idea in enumerate(result.ideas):
        ideas.setdefault(idea.answer, []).append(StandingIdea(idea.start, idea.end, themes.get(at, {})))
    return Standing(
        tuple(StandingTheme(theme.key, theme.name, theme.origin) for theme in result.themes),
        {answer: tuple(own) for answer, own in ideas.items()},
        parts=tuple(EarlierTheme(key, frozenset(texts), theme) for (key, theme), texts in parts.items()),
    )
