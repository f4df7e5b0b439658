"""For and against in one theme: people who say that something should be, beside people who say it should not.

What is compared are verdicts, found by English words: "should be closed" and "should not be closed", "more meetings"
and "no more meetings", "keep …" and "end …". Nearness of vectors does not tell the two apart.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from analysis.doctor.groups import Group, typical_first
from analysis.results import Finding
from analysis.text.normalise import words
from analysis.text.parse_answers import ParsedAnswers
from analysis.text.word_lists import STOP_WORDS
from analysis.words.singulars import singular

FEWEST_PEOPLE = 2  # on each side; with one, the two sides are of one opinion in every tenth finding
MAX_EVIDENCE = 3  # ideas of the larger side

_NEGATIONS = frozenset(
    {"not", "never", "no", "don't", "dont", "doesn't", "doesnt", "isn't", "isnt", "aren't", "arent", "can't", "cant"}
    | {"cannot", "won't", "wont", "shouldn't", "shouldnt", "mustn't"}
)
_MODALS = frozenset({"should", "must", "ought", "needs", "need", "shouldn't", "shouldnt", "mustn't"})
_BETWEEN = frozenset(
    {"be", "to", "a", "an", "the", "any", "longer", "have", "get", "being", "more", "simply", "just", "been", "it"}
    | {"so", "completely", "all", "definitely", "always", "still", "also", "really"}
)
_FOR = frozenset({"more", "keep", "love"})
_AGAINST = frozenset({"less", "fewer", "stop", "end", "cancel", "scrap", "against", "hate", "without"})
_WANTS = frozenset({"need", "want", "do"})
_CUES = _MODALS | _FOR | _AGAINST
_ENDINGS = ("ing", "ed", "ly", "al", "e")
_REACH = 5  # words from a modal to its verb


class Verdict(NamedTuple):
    """What an idea says should be or should not be: the matter, whether it is ``against`` it, and in which words."""

    matter: str
    against: bool
    phrase: str


def verdicts(text: str) -> list[Verdict]:
    """Return the verdicts in a text."""
    return _verdicts(words(text))


def _verdicts(tokens: Sequence[str]) -> list[Verdict]:
    found = []
    for at, word in enumerate(tokens):
        if word in _MODALS and (verdict := _modal(tokens, at)):
            found.append(verdict)
        if word in _FOR | _AGAINST and (verdict := _amount(tokens, at)):
            found.append(verdict)
    return found


def _modal(tokens: Sequence[str], at: int) -> Verdict | None:
    """Return what should or should not be, as "should not be legalized" says it."""
    start = at
    against = tokens[at] in _NEGATIONS
    if tokens[at] in ("need", "needs") and at and tokens[at - 1] in _NEGATIONS:
        against, start = True, at - 1
    end = at + 1
    while end < len(tokens) and end < at + _REACH and (tokens[end] in _NEGATIONS or tokens[end] in _BETWEEN):
        against ^= tokens[end] in _NEGATIONS
        end += 1
    if end >= len(tokens):
        return None
    return Verdict(f"should {_stem(tokens[end])}", against, " ".join(tokens[start : end + 1]))


def _amount(tokens: Sequence[str], at: int) -> Verdict | None:
    """Return of what there should be more or less, as "no more meetings" says it."""
    start, against = at, tokens[at] in _AGAINST
    while start and start > at - 2 and tokens[start - 1] in _NEGATIONS | _BETWEEN | _WANTS:
        start -= 1
        against ^= tokens[start] in _NEGATIONS
    end = at + 1
    while end < len(tokens) and end < at + _REACH - 1 and tokens[end] in STOP_WORDS:
        end += 1
    if end >= len(tokens):
        return None
    return Verdict(f"more {_stem(tokens[end])}", against, " ".join(tokens[start : end + 1]))


def _stem(word: str) -> str:
    """Return a word without its ending, so that "abolished" and "abolish" are one matter."""
    word = singular(word)
    return next((word[: -len(end)] for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= 4), word)


class _Sides(NamedTuple):
    """The ideas on each side of a matter, by answer; and the phrases used."""

    ideas: tuple[dict[int, list[int]], dict[int, list[int]]]
    phrases: tuple[Counter[str], Counter[str]]

    def people(self, side: int) -> set[int]:
        """Return the answers that are on this side only."""
        return self.ideas[side].keys() - self.ideas[1 - side].keys()

    @property
    def smaller(self) -> int:
        """The side of fewer people: 0 for, 1 against, and 1 if they are as many."""
        return int(len(self.people(1)) <= len(self.people(0)))

    @property
    def least(self) -> int:
        """How many people are on the smaller side."""
        return len(self.people(self.smaller))


def opposed_sides(parsed: ParsedAnswers, groups: Sequence[Group]) -> Iterator[Finding]:
    """Return the themes with people for and against one matter, of each the one with most people on its smaller side.

    ``ideas`` of a finding are those of the smaller side, ``contrast`` some of the other.
    """
    for group in groups:
        matters = _matters(parsed, group)
        if not matters:
            continue
        _, sides = min(matters.items(), key=lambda each: (-each[1].least, each[0]))
        if sides.least >= FEWEST_PEOPLE:
            yield _finding(parsed, group, sides)


def _matters(parsed: ParsedAnswers, group: Group) -> dict[str, _Sides]:
    """Return the matters of a theme by what they are about. Wordings are folded texts: most have no verdict."""
    matters: dict[str, _Sides] = defaultdict(lambda: _Sides(({}, {}), (Counter(), Counter())))
    found = {
        row: _verdicts(tokens)
        for row in group.rows.tolist()
        if not _CUES.isdisjoint(tokens := parsed.wordings[row].split())
    }
    in_theme = set(group.ideas.tolist()) if found else set()
    at, ideas = parsed.ideas_of(np.array(list(found), dtype=np.intp))
    rows = list(found)
    for position, number in zip(at.tolist(), ideas.tolist(), strict=True):
        if number not in in_theme:
            continue
        for verdict in found[rows[position]]:
            sides = matters[verdict.matter]
            of_answer = sides.ideas[verdict.against].setdefault(parsed.ideas[number].answer, [])
            if number not in of_answer:
                of_answer.append(number)
            sides.phrases[verdict.against][verdict.phrase] += 1
    return matters


def _finding(parsed: ParsedAnswers, group: Group, sides: _Sides) -> Finding:
    side = sides.smaller
    own, others = (
        np.array(sorted(idea for answer in sides.people(each) for idea in sides.ideas[each][answer]), dtype=np.intp)
        for each in (side, 1 - side)
    )
    few, many = len(sides.people(side)), len(sides.people(1 - side))
    phrase = min(sides.phrases[side].items(), key=lambda each: (-each[1], len(each[0]), each[0]))[0]
    return Finding(
        "opposed",
        group.theme.key,
        figures={"share": round(few / (few + many), 3), "people": few, "other_people": many},
        ideas=typical_first(parsed, group, own),
        contrast=typical_first(parsed, group, others)[:MAX_EVIDENCE],
        name=phrase[:1].upper() + phrase[1:],
    )
