"""Names for discovered themes, out of respondents' own words."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from heapq import heappush, heappushpop

import numpy as np
from rapidfuzz import fuzz

from analysis.embed import FloatArray, unit
from analysis.text import has_personal_data, tidy, words
from analysis.words import STOP_WORDS

LONGEST_PHRASE = 4  # words
CANDIDATES = 3
MOST_PHRASES = 60  # a theme's phrases that are compared with its meaning
LONGER_GAINS = 0.7  # for each word after the first
SHARE_POWER = 0.5  # how much being said by many counts beside being said by no other theme
NEARNESS_FLOOR, NEARNESS_POWER = 0.01, 3  # a phrase that means something else keeps little of its score
ONCE = 0.4  # what a phrase of one answer keeps of its score
MIDWAY, LINKED = 0.2, 0.4  # how whole a phrase is that is carried on by a word of its clause, or a small word
ALIKE = 85  # rapidfuzz token_sort_ratio from which two names are the same to a reader
LONGEST_NAME = 60  # characters


_CLAUSE_END = re.compile(r"[.,;:!?()\[\]\u2026\u2013\u2014\n]+|\s-+\s")
_NEGATIONS = frozenset(
    {"don't", "dont", "never", "not", "no", "nobody", "nothing", "without"}
    | {"doesn't", "didn't", "isn't", "can't", "cannot", "won't"}
)
# A phrase that stops before one of these is whole: a new clause or its verb begins.
_STARTERS = frozenset(
    {"and", "or", "but", "is", "are", "was", "were", "has", "have", "had", "will", "would", "can", "could", "should"}
    | {
        "when",
        "while",
        "if",
        "because",
        "so",
        "then",
        "before",
        "after",
        "until",
        "even",
        "i",
        "we",
        "they",
        "he",
        "she",
    }
)

Key = tuple[str, ...]
_Use = tuple[str, float, Sequence[int]]
"""A phrase in one text: its spelling, how whole (0-1) it stands there, and the answers of that text"""


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


def rank_phrases(themes: Sequence[Sequence[Said]], most: int = MOST_PHRASES) -> list[list[Phrase]]:
    """For each theme up to ``most`` phrases of 1-4 words, the most telling first.

    A phrase scores by the root of the share of the theme's answers that use it, times the log of how much oftener they
    do than those of the other themes (Kullback-Leibler takes the share itself, which names themes by their most general
    word). Longer phrases gain; those that stop in the middle of what was said, and those of one answer only, lose.
    """
    phrases = [_phrases(theme) for theme in themes]
    sizes = [len({said.answer for said in theme}) for theme in themes]
    inside = [{words: _people(uses) for words, uses in found.items()} for found in phrases]
    everywhere: Counter[str] = Counter()
    for people in inside:
        everywhere.update(people)
    return [
        _ranked(found, people, everywhere, size, sum(sizes), most)
        for found, people, size in zip(phrases, inside, sizes, strict=True)
    ]


def choose_names(
    themes: Sequence[Sequence[Said]],
    phrases: Sequence[Sequence[Phrase]],
    taken: Sequence[str],
    people: Sequence[int] | None = None,
) -> list[tuple[str, ...]]:
    """Up to three names for each theme, the best first; first names differ from each other and from those ``taken``.

    Phrases count by score and nearness; part of a better one or nearly the same, they are passed over. Themes choose
    from the largest down, so the largest gets its first choice: by ``people``, where only a part of each is given.
    """
    sizes = people or [len({said.answer for said in theme}) for theme in themes]
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


def weigh(
    phrases: Sequence[Sequence[Phrase]], vectors: Mapping[str, FloatArray], centres: FloatArray, shared: FloatArray
) -> None:
    """Set how near each phrase is to its theme's meaning, and less so the nearer it is to another theme's.

    ``vectors`` has the vector of each phrase's name, ``centres`` (k, dimensions) the mean vector of each of the k
    themes, ``shared`` (dimensions,) what all ideas have in common. The nearness is the cosine to the own centre less
    half of what the nearest other theme has of it, 0-1.
    """
    own = unit(centres - shared)
    for number, theme in enumerate(phrases):
        for phrase in theme:
            cosines = own @ unit((vectors[phrase.name] - shared)[None, :])[0]
            others = np.delete(cosines, number)
            rival = max(0.0, float(others.max())) if len(others) else 0.0
            phrase.nearness = max(0.0, float(cosines[number]) - rival / 2)


def _worth(phrase: Phrase) -> float:
    return phrase.score * (NEARNESS_FLOOR + max(0.0, phrase.nearness)) ** NEARNESS_POWER


def alike(a: str, b: str) -> bool:
    """Whether a reader would take two names for one: the same words in another form or order."""
    first, second = _plain(a), _plain(b)
    return first == second or fuzz.token_sort_ratio(first, second) >= ALIKE


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return " ".join(map(_singular, words(name)))


def _phrases(theme: Sequence[Said]) -> dict[str, list[_Use]]:
    """Phrases of 1-4 words within a clause, no stop word at either end, plural and singular under one key."""
    found: defaultdict[str, list[_Use]] = defaultdict(list)
    answers_of: dict[str, list[int]] = defaultdict(list)
    for said in theme:
        answers_of[said.text].append(said.answer)
    for text, answers in answers_of.items():
        if not has_personal_data(text):
            for clause in _CLAUSE_END.split(text):
                _add_phrases(found, words(clause), answers)
    return found


def _add_phrases(found: defaultdict[str, list[_Use]], tokens: Sequence[str], answers: Sequence[int]) -> None:
    """The phrases in the words of a clause; one may start with a negation, which counts as one of its words."""
    singular = [*map(_singular, tokens)]
    ends = [*map(_can_end, tokens)]
    after = [_whole_after(tokens, stop) for stop in range(1, len(tokens) + 1)]
    for start, first in enumerate(tokens):
        if not (ends[start] or first in _NEGATIONS):
            continue
        whole = _whole_before(tokens, start)
        key, form = singular[start], first
        if ends[start]:
            found[key].append((form, whole * after[start], answers))
        for last in range(start + 1, min(start + LONGEST_PHRASE, len(tokens))):
            key, form = f"{key} {singular[last]}", f"{form} {tokens[last]}"
            if ends[last]:
                found[key].append((form, whole * after[last], answers))


def _whole_before(tokens: Sequence[str], start: int) -> float:
    """1 for a phrase that begins its clause; less where a word leads to it, nothing where its negation is left out."""
    before = tokens[start - 1] if start else None
    if before in _NEGATIONS or (start > 1 and tokens[start - 2] in _NEGATIONS and before in STOP_WORDS):
        return 0.0
    return 1.0 if before is None or before in STOP_WORDS else LINKED


def _whole_after(tokens: Sequence[str], stop: int) -> float:
    """1 for a phrase that ends its clause; less where words go on."""
    if stop == len(tokens):
        return 1.0
    after = tokens[stop]
    return 0.9 if after in _STARTERS else (LINKED if after in STOP_WORDS else MIDWAY)


def _people(uses: Sequence[_Use]) -> int:
    """How many answers use a phrase."""
    if len(uses) == 1 and len(uses[0][2]) == 1:
        return 1
    return len({answer for _, _, answers in uses for answer in answers})


def _ranked(
    phrases: Mapping[str, Sequence[_Use]],
    people: Mapping[str, int],
    everywhere: Mapping[str, int],
    size: int,
    total: int,
    most: int,
) -> list[Phrase]:
    """The ``most`` telling phrases in the form most people write them, most telling first."""

    @cache
    def telling(inside: int, outside: int, count: int) -> float:
        share = inside / max(size, 1)
        elsewhere = (outside + 0.5) / (total - size + 1)
        return float(share**SHARE_POWER * max(math.log(share / elsewhere), 0.01) * (1 + LONGER_GAINS * (count - 1)))

    # From the most telling on, until none that is left could be among the first however whole it is.
    at_best = {
        key: telling(inside, everywhere[key] - inside, key.count(" ") + 1) * (ONCE if inside == 1 < size else 1.0)
        for key, inside in people.items()
    }
    ranked: list[Phrase] = []
    best: list[float] = []
    for key in sorted(at_best, key=at_best.__getitem__, reverse=True):
        if len(best) == most and at_best[key] < best[0] * (1 - 1e-9):
            break
        inside, form = people[key], _form(phrases[key])
        score = telling(inside, everywhere[key] - inside, key.count(" ") + 1)
        score *= _wholeness(phrases[key]) * (ONCE if inside == 1 < size else 1.0)
        if len(form) <= LONGEST_NAME and score > 0:
            ranked.append(Phrase(tuple(key.split(" ")), form[:1].upper() + form[1:], score))
            heappush(best, score) if len(best) < most else heappushpop(best, score)
    return sorted(ranked, key=lambda phrase: (-phrase.score, len(phrase.key), phrase.name))[:most]


def _wholeness(uses: Sequence[_Use]) -> float:
    """How whole a phrase stood in the answers that use it, 0-1: the mean."""
    often: dict[float, int] = {}
    for _, whole, answers in uses:
        often[whole] = often.get(whole, 0) + len(answers)
    return sum(whole * count for whole, count in sorted(often.items())) / sum(often.values())


def _form(uses: Sequence[_Use]) -> str:
    """The spelling of a phrase that most people use."""
    often: dict[str, int] = {}
    for form, _, answers in uses:
        often[form] = often.get(form, 0) + len(answers)
    return min(often.items(), key=lambda item: (-item[1], item[0]))[0]


def _within(a: Key, b: Key) -> bool:
    """Whether one phrase is a stretch of the other."""
    short, long = sorted((a, b), key=len)
    return any(long[at : at + len(short)] == short for at in range(len(long) - len(short) + 1))


@lru_cache(maxsize=65536)
def _can_end(word: str) -> bool:
    return (word not in STOP_WORDS and len(word) > 1 and not word.isdigit()) or not word.isascii()


@lru_cache(maxsize=65536)
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
