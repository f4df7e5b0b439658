"""Which ideas say something by themselves, without the rest of their answer, and for most of their theme."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from analysis.arrays import BoolArray, DoubleArray
from analysis.naming.choose_names import are_related
from analysis.stances.denials import denial, verdict
from analysis.stances.denying import meanings
from analysis.stances.mark import language_of, wishes_of
from analysis.text.normalise import words
from analysis.text.parse_answers import ParsedAnswers
from analysis.words.singulars import stems
from analysis.words.stop_words import stop_words
from analysis.words.word_edges import UNSPACED_CHARACTER

FEW_WORDS = 2  # with a meaning of their own: fewer say little alone
LACKING, SHARED, PART = 0.15, 0.15, 0.1  # for each such word that lacks, for one that others say, for part of an answer
MOST_BARE = 3  # words of an idea that only names a matter


def worth_alone(parsed: ParsedAnswers, numbers: Sequence[int], name: str) -> DoubleArray:
    """Return how much the ideas ``numbers`` of a theme called ``name`` say by themselves, (m,), -0.4 to 0.15.

    "Behave" and "she liked you too" have few words with a meaning of their own, and none that other people of the theme
    or its name have.
    """
    own = [meaningful(parsed, number) for number in numbers]
    answers = [parsed.ideas[number].answer for number in numbers]
    pairs = {(answer, stem) for answer, some in zip(answers, own, strict=True) for stem in some}
    said = Counter(stem for _, stem in pairs)
    named = {
        stem
        for language in {language_of(parsed, number) for number in numbers}
        for stem in meaningful_in(name, language)
    }
    worth = np.zeros(len(numbers))
    for at, (number, some) in enumerate(zip(numbers, own, strict=True)):
        if UNSPACED_CHARACTER.search(parsed.ideas[number].text) is None:
            worth[at] -= LACKING * max(0, FEW_WORDS - len(some))
        worth[at] -= PART * (answers[at] in parsed.multi_idea)
        worth[at] += SHARED * any(said[stem] > 1 or stem in named for stem in some)
    return worth


def opposed(parsed: ParsedAnswers, numbers: Sequence[int]) -> BoolArray:
    """Return which of the ideas ``numbers`` of a theme want the opposite of what most of its people want, (m,).

    Who only names a matter counts as for it where somebody wants something.
    """
    sides: list[set[bool]] = [{wish.against for wish in wishes_of(parsed, number)} for number in numbers]
    if {True, False} != {side for own in sides for side in own}:
        return np.zeros(len(numbers), dtype=np.bool_)
    people: dict[bool, set[int]] = {True: set(), False: set()}
    for number, own in zip(numbers, sides, strict=True):
        idea = parsed.ideas[number]
        if len(own) == 1 or (not own and len(words(idea.text)) <= MOST_BARE):
            people[own == {True}].add(idea.answer)
    more = len(people[True]) > len(people[False])
    if len(people[True]) == len(people[False]):
        return np.zeros(len(numbers), dtype=np.bool_)
    return np.array([own == {not more} for own in sides], dtype=np.bool_)


def contrary(parsed: ParsedAnswers, numbers: Sequence[int], name: str) -> frozenset[int]:
    """Return which of the ideas ``numbers`` of a theme called ``name`` deny it or judge the other way than its name.

    None are where as many people say so as do not: then the theme is about that. An idea that denies one thing and
    names the theme besides ("not the pay, the boss") denies something else.
    """
    languages = {language_of(parsed, number) for number in numbers}
    sides = {side for language in languages if (side := verdict(name, language)) is not None}
    judged = next(iter(sides)) if len(sides) == 1 else None
    found: set[int] = set()
    for number in numbers:
        text, language = parsed.ideas[number].text, language_of(parsed, number)
        if _denies(text, language, name) or (judged is not None and verdict(text, language) is (not judged)):
            found.add(number)
    people = len({parsed.ideas[number].answer for number in numbers})
    return frozenset(found) if 2 * len({parsed.ideas[number].answer for number in found}) < people else frozenset()


def _denies(text: str, language: str, name: str) -> bool:
    said = denial(text, language)
    if said is None:
        return False
    named = meanings(tuple(words(name)), language)
    return _share(meanings(said.matter, language), named) or not _share(meanings(said.rest, language), named)


def _share(some: Iterable[str], others: Iterable[str]) -> bool:
    return any(are_related(stem, other) for stem in some for other in others)


def meaningful(parsed: ParsedAnswers, number: int) -> set[str]:
    """Return the stems of the words of an idea that have a meaning of their own."""
    return meaningful_in(parsed.ideas[number].text, language_of(parsed, number))


def meaningful_in(text: str, language: str) -> set[str]:
    """Return the stems of the words of a text that have a meaning of their own."""
    stops = stop_words(language)
    own = [word for word in words(text) if word not in stops and any(map(str.isalpha, word)) and len(word) > 1]
    return set(stems(own, language).values())
