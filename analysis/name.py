"""Names for discovered themes, out of respondents' own words."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from analysis.text import has_personal_data, tidy, words
from analysis.words import STOP_WORDS

LONGEST_PHRASE = 4  # words
CANDIDATES = 3
MOST_PHRASES = 20  # a theme's phrases that are compared with its meaning
LONGER_GAINS = 0.35  # for each word after the first
NEARNESS_FLOOR = 0.1  # what a phrase that means something else keeps of its score
ALIKE = 85  # rapidfuzz token_sort_ratio from which two names are the same to a reader
LONGEST_NAME = 60  # characters


Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One answer's words in a theme: which answer, and the text of the idea."""

    answer: int
    text: str


@dataclass(slots=True)
class Phrase:
    """A possible name: its words without plurals, its spelling, how telling it is, how near the theme's meaning."""

    key: Key
    name: str
    score: float
    nearness: float = 0.0


def rank_phrases(themes: Sequence[Sequence[Said]]) -> list[list[Phrase]]:
    """For each theme up to MOST_PHRASES phrases of 1-4 words, the most telling first.

    A phrase scores by the share of the theme's answers that use it, times the log of how much oftener they do than
    those of the other themes (the pointwise part of the Kullback-Leibler divergence); longer phrases gain a little.
    """
    phrases = [_phrases(theme) for theme in themes]
    sizes = [len({said.answer for said in theme}) for theme in themes]
    everywhere: Counter[Key] = Counter()
    for found in phrases:
        everywhere.update({key: len(uses.answers) for key, uses in found.items()})
    return [_ranked(found, everywhere, size, sum(sizes)) for found, size in zip(phrases, sizes, strict=True)]


def choose_names(
    themes: Sequence[Sequence[Said]], phrases: Sequence[Sequence[Phrase]], taken: Sequence[str]
) -> list[tuple[str, ...]]:
    """Up to three names for each theme, the best first; first names differ from each other and from those ``taken``.

    Phrases count by score and nearness; part of a better one or nearly the same, they are passed over. Themes choose
    from the largest down, so the largest gets its first choice.
    """
    sizes = [len({said.answer for said in theme}) for theme in themes]
    used = list(taken)
    names: list[tuple[str, ...]] = [()] * len(themes)
    for number in sorted(range(len(themes)), key=lambda at: (-sizes[at], sorted(said.text for said in themes[at]))):
        options: list[Phrase] = []
        for phrase in sorted(phrases[number], key=lambda phrase: (-_worth(phrase), phrase.name)):
            repeats = any(_within(phrase.key, other.key) or alike(phrase.name, other.name) for other in options)
            if not repeats and not any(alike(phrase.name, name) for name in used):
                options.append(phrase)
        chosen = [phrase.name for phrase in options[:CANDIDATES]] or [_unlike(_shortest(themes[number]), used)]
        names[number] = tuple(chosen)
        used.append(chosen[0])
    return names


def _worth(phrase: Phrase) -> float:
    return phrase.score * (NEARNESS_FLOOR + max(0.0, phrase.nearness))


def alike(a: str, b: str) -> bool:
    """Whether a reader would take two names for one: the same words in another form or order."""
    first, second = (" ".join(map(_singular, words(name))) for name in (a, b))
    return first == second or fuzz.token_sort_ratio(first, second) >= ALIKE


@dataclass(slots=True)
class _Uses:
    """Which answers use a phrase, and in what forms."""

    answers: set[int]
    forms: Counter[str]


def _phrases(theme: Sequence[Said]) -> dict[Key, _Uses]:
    """Phrases of 1-4 words with no stop word at either end, plural and singular under one key."""
    found: dict[Key, _Uses] = defaultdict(lambda: _Uses(set(), Counter()))
    for said in theme:
        if has_personal_data(said.text):
            continue
        tokens = words(said.text)
        for start in range(len(tokens)):
            for stop in range(start + 1, min(start + LONGEST_PHRASE, len(tokens)) + 1):
                phrase = tokens[start:stop]
                if _can_end(phrase[0]) and _can_end(phrase[-1]):
                    uses = found[tuple(map(_singular, phrase))]
                    uses.answers.add(said.answer)
                    uses.forms[" ".join(phrase)] += 1
    return found


def _ranked(phrases: dict[Key, _Uses], everywhere: Counter[Key], size: int, total: int) -> list[Phrase]:
    """The phrases in the form most people write them, most telling first."""
    ranked = []
    for key, uses in phrases.items():
        inside = len(uses.answers)
        share = inside / max(size, 1)
        elsewhere = (everywhere[key] - inside + 0.5) / (total - size + 1)
        score = share * max(math.log(share / elsewhere), 0.01) * (1 + LONGER_GAINS * (len(key) - 1))
        form = min(uses.forms.items(), key=lambda item: (-item[1], item[0]))[0]
        if len(form) <= LONGEST_NAME:
            ranked.append(Phrase(key, form[:1].upper() + form[1:], score))
    return sorted(ranked, key=lambda phrase: (-phrase.score, len(phrase.key), phrase.name))[:MOST_PHRASES]


def _within(a: Key, b: Key) -> bool:
    """Whether one phrase is a stretch of the other."""
    short, long = sorted((a, b), key=len)
    return any(long[at : at + len(short)] == short for at in range(len(long) - len(short) + 1))


def _can_end(word: str) -> bool:
    return (word not in STOP_WORDS and len(word) > 1 and not word.isdigit()) or not word.isascii()


def _singular(word: str) -> str:
    """An English plural without its s, so that "date nights" and "date night" are one phrase."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _shortest(theme: Sequence[Said]) -> str:
    """The shortest thing said in a theme: its name when no phrase will do."""
    texts = sorted(
        (tidy(said.text) for said in theme if not has_personal_data(said.text)), key=lambda text: (len(text), text)
    )
    text = texts[0] if texts else "Other"
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1].rstrip() + "\u2026"


def _unlike(name: str, used: Sequence[str]) -> str:
    """The name, numbered when one like it is taken."""
    number, numbered = 2, name
    while any(tidy(numbered).casefold() == tidy(other).casefold() for other in used):
        numbered, number = f"{name} ({number})", number + 1
    return numbered
