"""Which ideas of a theme say that it was not so, where most of its people say that it was.

"Not because of the pay" argues against people who left for the pay, "all spotless" against those who found it dirty.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cached_property, lru_cache

from analysis.stances.denials import Denial, Verdict, denial, states, unjudged, verdicts
from analysis.text.normalise import words
from analysis.text.parse_answers import ParsedAnswers
from analysis.words.singulars import stems
from analysis.words.stop_words import stop_words

SHARED = 2  # people who say what an idea says besides: then it is about that, too
VAGUE = "good"  # the kind of verdict that anything may have
LEAST_JUDGED = 0.5  # of a theme's people say the opposite of an idea's verdict


def denying(
    parsed: ParsedAnswers, languages: Sequence[str], ideas: Sequence[int], fewest: float, outnumbered: float
) -> set[int]:
    """Return which of the ``ideas`` of a theme deny what so many other people say, ``fewest`` at least.

    ``languages`` go with ``ideas``; ``outnumbered`` is how many times as many these have to be as who denies it, too.
    """
    said = [_Said(parsed, idea, language) for idea, language in zip(ideas, languages, strict=True)]
    found: set[int] = set()
    if any(each.denial for each in said):
        found |= {each.idea for each in said if each.denial and _is_denied(each, said, fewest, outnumbered)}
    if {verdict.good for each in said for verdict in each.verdicts} == {True, False}:
        least = max(fewest, LEAST_JUDGED * len({each.answer for each in said}))
        found |= {each.idea for each in said if _is_misjudged(each, said, least, outnumbered)}
    return found


class _Said:
    """What one idea says, of what it denies, and how it says that things are."""

    def __init__(self, parsed: ParsedAnswers, idea: int, language: str) -> None:
        span = parsed.ideas[idea]
        self.idea, self.answer, self.language = idea, span.answer, language
        self.text = span.text
        self.denial: Denial | None = denial(span.text, language)
        self.verdicts: frozenset[Verdict] = verdicts(span.text, language)
        self.denied = meanings(self.denial.matter, language) if self.denial else frozenset[str]()

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of the words of the idea that have a meaning of their own."""
        return meanings(tuple(words(self.text)), self.language)


def _is_denied(own: _Said, said: Sequence[_Said], fewest: float, outnumbered: float) -> bool:
    """Return whether more say what an idea denies than deny it; not where it says besides what others say."""
    if own.denial is None or not own.denied:
        return False
    others = [each for each in said if each.answer != own.answer]
    affirming = {each.answer for each in others if not each.denial and own.denied <= each.stems}
    alike = {each.answer for each in others if own.denied & each.denied}
    rest = meanings(own.denial.rest, own.language) - own.denied
    sharing: dict[str, set[int]] = defaultdict(set)
    for each in others:
        for stem in rest & each.stems:
            sharing[stem].add(each.answer)
    return _are_more(affirming, alike, fewest, outnumbered) and max(map(len, sharing.values()), default=0) < SHARED


def _is_misjudged(own: _Said, said: Sequence[_Said], fewest: float, outnumbered: float) -> bool:
    """Return whether more people judge the same thing the other way."""
    if len({verdict.good for verdict in own.verdicts}) != 1 or not states(own.text, own.language):
        return False
    others = [each for each in said if each.answer != own.answer]
    about = meanings(tuple(words(unjudged(own.text, own.language))), own.language)
    for kind, good in own.verdicts:
        opposite = [each for each in others if (kind, not good) in each.verdicts and (kind, good) not in each.verdicts]
        alike = {each.answer for each in others if (kind, good) in each.verdicts}
        known = frozenset[str]().union(*(each.stems for each in opposite))
        if (
            kind != VAGUE
            and about <= known
            and _are_more({each.answer for each in opposite}, alike, fewest, outnumbered)
        ):
            return True
    return False


def _are_more(people: Collection[int], others: Collection[int], fewest: float, outnumbered: float) -> bool:
    return len(people) >= fewest and len(people) > outnumbered * len(others)


@lru_cache(maxsize=65536)
def meanings(own: tuple[str, ...], language: str) -> frozenset[str]:
    """Return the stems of those words that have a meaning of their own."""
    stops = stop_words(language)
    kept = [word for word in own if word not in stops and any(map(str.isalpha, word)) and len(word) > 1]
    return frozenset(stems(kept, language).values())
