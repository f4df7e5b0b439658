"""The result for all answers of a large survey, from that of its sample and what was placed part by part."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from analysis.new_answers import PlacedAnswers
from analysis.results import Analysis, Idea, Placement, Theme


@dataclass
class MergedAnswers:
    """The ideas of all answers, as parts of them are added in any order."""

    answers: int
    ideas: dict[int, list[Idea]] = field(default_factory=dict)
    """By answer"""
    placements: dict[int, list[list[Placement]]] = field(default_factory=dict)
    """Of each idea of an answer, by answer"""
    languages: dict[int, str] = field(default_factory=dict)

    def add(self, positions: Sequence[int], found: Analysis | PlacedAnswers) -> None:
        """Add the answers at these positions, in the order in which they were analysed."""
        first: dict[int, int] = {}
        for number, idea in enumerate(found.ideas):
            first.setdefault(idea.answer, number)
            self.ideas.setdefault(positions[idea.answer], []).append(idea)
        of_idea: dict[int, list[Placement]] = defaultdict(list)
        for placement in found.placements:
            of_idea[placement.idea].append(placement)
        for answer, start in first.items():
            own = range(start, start + len(self.ideas[positions[answer]]))
            if any(number in of_idea for number in own):
                self.placements[positions[answer]] = [of_idea.get(number, []) for number in own]
        for answer, language in found.languages.items():
            self.languages[positions[answer]] = language

    def result(self, found: Analysis, chosen: Sequence[int]) -> Analysis:
        """Return the result for all answers: what was ``found`` in the sample, the answers ``chosen``."""
        ideas: list[Idea] = []
        placements: list[Placement] = []
        starts: dict[int, int] = {}
        for answer in range(self.answers):
            starts[answer] = len(ideas)
            placed_in = self.placements.get(answer)
            for number, idea in enumerate(self.ideas.get(answer, ())):
                if placed_in is not None:
                    placements += [replace(placement, idea=len(ideas)) for placement in placed_in[number]]
                ideas.append(replace(idea, answer=answer))
        renumbered = {}
        seen: dict[int, int] = defaultdict(int)
        for number, idea in enumerate(found.ideas):
            renumbered[number] = starts[chosen[idea.answer]] + seen[idea.answer]
            seen[idea.answer] += 1
        placed = {placement.idea for placement in placements}
        themes = _counted(found.themes, ideas, placements)
        return replace(
            found,
            ideas=tuple(ideas),
            nonanswers=tuple(answer for answer in range(self.answers) if answer not in self.ideas),
            placements=tuple(placements),
            themes=tuple(
                replace(
                    theme, quotes=tuple(renumbered[quote] for quote in theme.quotes), parts=_quoted(theme, renumbered)
                )
                for theme in themes
            ),
            unplaced=tuple(number for number in range(len(ideas)) if number not in placed),
            forming=tuple(tuple(renumbered[idea] for idea in group) for group in found.forming),
            nearest={renumbered[idea]: near for idea, near in found.nearest.items()},
            idea_map=replace(
                found.idea_map, places={renumbered[idea]: place for idea, place in found.idea_map.places.items()}
            ),
            findings=tuple(
                replace(
                    finding,
                    ideas=tuple(renumbered[idea] for idea in finding.ideas),
                    contrast=tuple(renumbered[idea] for idea in finding.contrast),
                )
                for finding in found.findings
            ),
            settings={**found.settings, "sample": len(chosen)},
            languages=self.languages,
        )


def _quoted(theme: Theme, renumbered: dict[int, int]) -> tuple[Theme, ...]:
    return tuple(replace(part, quotes=tuple(renumbered[quote] for quote in part.quotes)) for part in theme.parts)


def _counted(themes: Sequence[Theme], ideas: Sequence[Idea], placements: Sequence[Placement]) -> list[Theme]:
    """Return the themes with the people and mentions of all answers, those with the most people first."""
    people: dict[str, int] = defaultdict(int)
    mentions: dict[str, int] = defaultdict(int)
    last: dict[str, int] = {}
    for placement in placements:
        answer = ideas[placement.idea].answer
        for key in (placement.theme, placement.part) if placement.part else (placement.theme,):
            mentions[key] += 1
            people[key] += last.get(key) != answer
            last[key] = answer

    def counted(theme: Theme) -> Theme:
        parts = sorted(map(counted, theme.parts), key=lambda part: -part.people)
        return replace(theme, people=people[theme.key], mentions=mentions[theme.key], parts=tuple(parts))

    return sorted(map(counted, themes), key=lambda theme: -theme.people)
