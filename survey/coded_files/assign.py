"""Which ideas of an answer a code belongs to, where people gave it to the whole answer.

People code answers, and this site places ideas. One code and all ideas are its; one idea and it has all codes. Where
an answer has several of both, each code gets the idea that fits it best (naive Bayes over the words of what was coded:
Maron, 1961), and what is left, ideas or codes, goes where it fits best too. So the answer ends up in exactly the themes
it was coded with. A code of a part of an answer belongs to the ideas that the part overlaps.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.text.normalise import fold

SMOOTHING = 0.5
STANDS = 2.0
"""What it counts that the machine has an idea in a theme already: as much as two or three telling words"""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """A code (by its place in the coding) of a part of an answer; of all of it where there is no span."""

    code: int
    span: Span | None = None


@dataclass(slots=True)
class WordFit:
    """The words of what was given each code."""

    words: dict[int, Counter[str]] = field(default_factory=dict)
    totals: Counter[int] = field(default_factory=Counter)
    known: set[str] = field(default_factory=set)

    def learn(self, code: int, text: str) -> None:
        """Count the words of a text that has a code."""
        words = fold(text).split()
        self.words.setdefault(code, Counter()).update(words)
        self.totals[code] += len(words)
        self.known.update(words)

    def score(self, code: int, text: str) -> float:
        """Return how well a text fits a code: the logarithm of a likelihood, to compare between codes."""
        own, total = self.words.get(code, Counter()), self.totals[code] + SMOOTHING * (len(self.known) + 1)
        return math.fsum(math.log((own[word] + SMOOTHING) / total) for word in fold(text).split())


def learned(answers: Iterable[tuple[str, Sequence[Mark]]]) -> WordFit:
    """Return the words of coded answers: of parts, and of whole answers with one code (or, for want of such, more)."""
    fit, several = WordFit(), list[tuple[str, set[int]]]()
    for text, marks in answers:
        for mark in marks:
            if mark.span is not None:
                fit.learn(mark.code, text[slice(*mark.span)])
        whole = {mark.code for mark in marks if mark.span is None}
        if len(whole) == 1:
            fit.learn(next(iter(whole)), text)
        elif whole:
            several.append((text, whole))
    alone = set(fit.words)
    for text, codes in several:
        for code in codes - alone:
            fit.learn(code, text)
    return fit


def assign(
    text: str,
    ideas: Sequence[Span],
    marks: Sequence[Mark],
    fit: WordFit,
    stands: Mapping[int, set[int]] | None = None,
) -> list[set[int]]:
    """Return the codes of each idea of an answer; none for those that stay as they are.

    `stands` are the codes whose theme the machine has an idea in, by the place of the idea.
    """
    found: list[set[int]] = [set() for _ in ideas]
    whole: list[int] = []
    for mark in marks:
        if mark.span is None:
            whole.append(mark.code)
        else:
            for place in _overlapped(ideas, mark.span):
                found[place].add(mark.code)
    whole = list(dict.fromkeys(whole))
    fits = [
        _relative(text[slice(*idea)], whole, fit, (stands or {}).get(place, ())) for place, idea in enumerate(ideas)
    ]
    free = [place for place, codes in enumerate(found) if not codes] if whole else []
    missing = [code for code in whole if not any(code in codes for codes in found)]
    while free and missing:  # one idea for each code first: then no code is left without any for a stronger one
        _, place, code = max((fits[place][code], -place, code) for place in free for code in missing)
        found[-place].add(code)
        free.remove(-place)
        missing.remove(code)
    for place in free:
        found[place].add(max(whole, key=lambda code: fits[place][code]))
    for code in missing if ideas else ():
        found[max(range(len(ideas)), key=lambda place: fits[place][code])].add(code)
    return found


def _relative(text: str, codes: Sequence[int], fit: WordFit, stands: Collection[int]) -> dict[int, float]:
    """Return how much better an idea fits each code than the mean of them: a short idea is likelier under any."""
    scores = {code: fit.score(code, text) + (STANDS if code in stands else 0) for code in codes}
    mean = math.fsum(scores.values()) / max(1, len(scores))
    return {code: score - mean for code, score in scores.items()}


def _overlapped(ideas: Sequence[Span], span: Span) -> list[int]:
    """Return the ideas that a part covers half of, or that cover half of it; else the one it overlaps most."""
    overlaps = [max(0, min(ends, span[1]) - max(starts, span[0])) for starts, ends in ideas]
    half = [
        place
        for place, overlap in enumerate(overlaps)
        if 2 * overlap >= min(ideas[place][1] - ideas[place][0], span[1] - span[0]) and overlap
    ]
    if half or not any(overlaps):
        return half
    return [overlaps.index(max(overlaps))]
