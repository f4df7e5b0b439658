"""The phrases in what people said, and which of them tell one theme from the others: possible names."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heappush, heappushpop
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np

from analysis.arrays import BoolArray, DoubleArray, IntArray
from analysis.text.normalise import words
from analysis.text.personal_data import has_personal_data
from analysis.text.word_lists import STOP_WORDS

MAX_PHRASE_WORDS = 4  # words
MAX_PHRASES = 60  # a theme's phrases that are compared with its meaning
LONGER_GAINS = 0.7  # for each word after the first
SHARE_POWER = 0.5  # how much being said by many counts beside being said by no other theme
ONCE = 0.4  # what a phrase of one answer keeps of its score
MIDWAY, LINKED = 0.2, 0.4  # how whole a phrase is that is carried on by a word of its clause, or a small word
AS_GOOD_AS_WHOLE = 0.9  # the same before one of _STARTERS
MAX_NAME_CHARACTERS = 60  # characters


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


class Mention(NamedTuple):
    """One answer's words in a theme: which answer, and the text of the idea."""

    answer: int
    text: str


@dataclass(slots=True)
class Phrase:
    """A possible name: its words without plurals, its spelling, how telling it is, how near the theme's meaning."""

    key: Key
    name: str
    score: float
    similarity: float = 0.0


@dataclass(frozen=True, slots=True)
class _Clauses:
    """The n words of all clauses of t texts, one after the other.

    ``spelt``: the words. ``text`` (n,): the text each is in, ``begin`` and ``end`` (n,): where its clause does.
    ``theme`` (t,): the theme of each text, ``count`` (t,): how often it was said there. ``saying`` and ``answer`` (m,):
    a text and an answer that says it.
    """

    spelt: list[str]
    text: IntArray
    begin: IntArray
    end: IntArray
    theme: IntArray
    count: IntArray
    saying: IntArray
    answer: IntArray


@dataclass(frozen=True, slots=True)
class _Uses:
    """The p phrases in use, of f different ones of some theme each, and where: one theme's after the other's.

    ``theme`` (f,), ``length`` (f,) in words, ``people`` (f,): how many answers use it, ``others`` (f,): answers of
    other themes that do. ``starts`` (f + 1,): where the uses of each start among these: ``at`` (p,) the first word,
    ``form`` (p,) a number of the spelling, ``whole`` (p,) how whole, 0-1, it stands there, ``count`` (p,) how often.
    """

    theme: IntArray
    length: IntArray
    people: IntArray
    others: IntArray
    starts: IntArray
    at: IntArray
    form: IntArray
    whole: DoubleArray
    count: IntArray


def rank_phrases(themes: Sequence[Sequence[Mention]], most: int = MAX_PHRASES) -> list[list[Phrase]]:
    """For each theme up to ``most`` phrases of 1-4 words, the most telling first.

    A phrase scores by the root of the share of the theme's answers that use it, times the log of how much oftener they
    do than those of the other themes (Kullback-Leibler takes the share itself, which names themes by their most general
    word). Longer phrases gain; those that stop in the middle of what was said, and those of one answer only, lose.
    """
    clauses = _clauses(themes)
    if not clauses.spelt:
        return [[] for _ in themes]
    uses = _uses(clauses)
    sizes = [len({said.answer for said in theme}) for theme in themes]
    telling, once = _telling(uses, sizes)
    # The most telling of a theme first; between equals, as they were first said.
    order = np.lexsort((uses.at[uses.starts[:-1]], -telling * once, uses.theme))
    ends = np.searchsorted(uses.theme, np.arange(len(themes) + 1)).tolist()
    return [_ranked(clauses, uses, order[start:end], telling, once, most) for start, end in pairwise(ends)]


def _clauses(themes: Sequence[Sequence[Mention]]) -> _Clauses:
    """The clauses of each theme's texts, but of those with personal data in them."""
    tokens: list[list[str]] = []
    text_of: list[int] = []
    theme_of: list[int] = []
    answers_of: list[list[int]] = []
    for number, theme in enumerate(themes):
        own: dict[str, list[int]] = {}
        for said in theme:
            own.setdefault(said.text, []).append(said.answer)
        for text, answers in own.items():
            if not has_personal_data(text):
                clauses = [*map(words, _CLAUSE_END.split(text))]
                tokens += clauses
                text_of += [len(theme_of)] * len(clauses)
                theme_of.append(number)
                answers_of.append(answers)
    lengths = _integers(map(len, tokens))
    count = _integers(map(len, answers_of))
    ends = np.cumsum(lengths)
    return _Clauses(
        spelt=[*chain.from_iterable(tokens)],
        text=np.repeat(_integers(text_of), lengths),
        begin=np.repeat(ends - lengths, lengths),
        end=np.repeat(ends, lengths),
        theme=_integers(theme_of),
        count=count,
        saying=np.repeat(np.arange(len(count)), count),
        answer=_integers(chain.from_iterable(answers_of)),
    )


def _uses(clauses: _Clauses) -> _Uses:
    """Phrases of 1-4 words within a clause, no stop word at either end, plural and singular as one.

    One may start with a negation, which counts as one of its words.
    """
    distinct = {word: number for number, word in enumerate(dict.fromkeys(clauses.spelt))}
    spelling = _integers(map(distinct.__getitem__, clauses.spelt))
    meant: dict[str, int] = {}
    meaning = _integers(meant.setdefault(singular(word), len(meant)) for word in distinct)[spelling]
    ending = _flags(map(_can_end, distinct))[spelling]
    negating = _flags(word in _NEGATIONS for word in distinct)[spelling]
    small = _flags(word in STOP_WORDS for word in distinct)[spelling]
    starting = _flags(word in _STARTERS for word in distinct)[spelling]
    before, after = _whole_before(clauses, negating, small), _whole_after(clauses, starting, small)
    keys, forms = _stretches(meaning), _stretches(spelling)
    first = np.arange(len(spelling))[:, None]
    last = first + np.arange(MAX_PHRASE_WORDS)
    inside = last < clauses.end[:, None]
    last = np.where(inside, last, first)
    at, more = np.nonzero(inside & (ending | negating)[:, None] & ending[last])
    last = at + more
    # A phrase of a theme has one number. In order of those, and within one of where they stand.
    theme = clauses.theme[clauses.text[at]]
    number = theme * (int(keys.max()) + 1) + keys[at, more]
    order = np.argsort(number, kind="stable")
    at, more, last, number = at[order], more[order], last[order], number[order]
    new = np.append(True, number[1:] != number[:-1])[: len(number)]
    starts = np.flatnonzero(new)
    people = _people(clauses, np.cumsum(new) - 1, clauses.text[at], len(starts))
    key = keys[at[starts], more[starts]]
    everywhere = np.bincount(key, weights=people).astype(np.intp)
    return _Uses(
        theme=theme[order][starts],
        length=more[starts] + 1,
        people=people,
        others=everywhere[key] - people,
        starts=np.append(starts, len(at)),
        at=at,
        form=forms[at, more],
        whole=before[at] * after[last],
        count=clauses.count[clauses.text[at]],
    )


def _stretches(numbers: IntArray) -> IntArray:
    """A number for each stretch of 1-4 of n numbers by what it starts with, (n, 4): the same for equal ones only.

    Those that would go on after the last of all are not to be looked at.
    """
    found = np.zeros((len(numbers), MAX_PHRASE_WORDS), dtype=np.intp)
    size, known = int(numbers.max()) + 1, numbers
    found[:, 0] = numbers
    total = size
    for more in range(1, MAX_PHRASE_WORDS):
        distinct, known = np.unique(known[:-1] * size + numbers[more:], return_inverse=True)
        found[: len(known), more] = known + total
        total += len(distinct)
    return found


def _whole_before(clauses: _Clauses, negating: BoolArray, small: BoolArray) -> DoubleArray:
    """1 for a phrase that begins its clause; less where a word leads to it, nothing where its negation is left out."""
    place = np.arange(len(small)) - clauses.begin
    left_out = np.roll(negating, 1) | ((place > 1) & np.roll(negating, 2) & np.roll(small, 1))
    whole = np.where(left_out, 0.0, np.where(np.roll(small, 1), 1.0, LINKED))
    return np.where(place == 0, 1.0, whole)


def _whole_after(clauses: _Clauses, starting: BoolArray, small: BoolArray) -> DoubleArray:
    """1 for a phrase that ends its clause; less where words go on."""
    linked = np.where(np.roll(small, -1), LINKED, MIDWAY)
    whole = np.where(np.roll(starting, -1), AS_GOOD_AS_WHOLE, linked)
    return np.where(np.arange(len(small)) + 1 == clauses.end, 1.0, whole)


def _people(clauses: _Clauses, phrase: IntArray, text: IntArray, phrases: int) -> IntArray:
    """How many answers use each of the phrases, (phrases,), which stand in texts."""
    often = clauses.count[text]
    starts = np.repeat((np.cumsum(clauses.count) - clauses.count)[text] - np.cumsum(often) + often, often)
    answer = clauses.answer[starts + np.arange(len(starts))]
    size = int(clauses.answer.max()) + 1
    return np.bincount(np.unique(np.repeat(phrase, often) * size + answer) // size, minlength=phrases)


def _telling(uses: _Uses, sizes: Sequence[int]) -> tuple[DoubleArray, DoubleArray]:
    """How telling each phrase is of its theme, (f,), and what it keeps of that for being of one answer only, (f,)."""
    total, own = sum(sizes), np.asarray(sizes)
    most = int(uses.others.max(initial=0)) + 1
    same = (uses.theme * (total + 1) + uses.people) * most + uses.others
    _, first, which = np.unique(same * MAX_PHRASE_WORDS + uses.length - 1, return_index=True, return_inverse=True)

    def telling(inside: int, outside: int, count: int, size: int) -> float:
        share = inside / size
        elsewhere = (outside + 0.5) / (total - size + 1)
        return float(share**SHARE_POWER * max(math.log(share / elsewhere), 0.01) * (1 + LONGER_GAINS * (count - 1)))

    counts = (uses.people[first], uses.others[first], uses.length[first], own[uses.theme[first]])
    told = np.array([*map(telling, *(each.tolist() for each in counts))], dtype=np.float64)
    return told[which], np.where((uses.people == 1) & (own[uses.theme] > 1), ONCE, 1.0)


def _ranked(
    clauses: _Clauses, uses: _Uses, order: IntArray, telling: DoubleArray, once: DoubleArray, most: int
) -> list[Phrase]:
    """The ``most`` telling phrases in the form most people write them, most telling first."""
    ranked: list[Phrase] = []
    best: list[float] = []
    # Until none that is left could be among the first however whole it is.
    for number, told, kept in zip(order.tolist(), telling[order].tolist(), once[order].tolist(), strict=True):
        if len(best) == most and told * kept < best[0] * (1 - 1e-9):
            break
        form, whole = _written(clauses, uses, number)
        score = told * (whole * kept)
        if len(form) <= MAX_NAME_CHARACTERS and score > 0:
            ranked.append(Phrase(tuple(map(singular, form.split(" "))), form[:1].upper() + form[1:], score))
            heappush(best, score) if len(best) < most else heappushpop(best, score)
    return sorted(ranked, key=lambda phrase: (-phrase.score, len(phrase.key), phrase.name))[:most]


def _written(clauses: _Clauses, uses: _Uses, number: int) -> tuple[str, float]:
    """The spelling of a phrase that most people use, and how whole it stood in their answers, 0-1: the mean."""
    start, stop = uses.starts[number : number + 2].tolist()
    length = int(uses.length[number])
    places, counts = uses.at[start:stop].tolist(), uses.count[start:stop].tolist()
    if len(places) == 1:
        whole = float(uses.whole[start])
        return " ".join(clauses.spelt[places[0] : places[0] + length]), whole * counts[0] / counts[0]
    forms = uses.form[start:stop].tolist()
    often: dict[int, int] = {}
    for form, count in zip(forms, counts, strict=True):
        often[form] = often.get(form, 0) + count
    somewhere = dict(zip(forms, places, strict=True))
    spelt = {form: " ".join(clauses.spelt[at : at + length]) for form, at in somewhere.items()}
    wholes: dict[float, int] = {}
    for whole, count in zip(uses.whole[start:stop].tolist(), counts, strict=True):
        wholes[whole] = wholes.get(whole, 0) + count
    mean = sum(whole * count for whole, count in sorted(wholes.items())) / sum(counts)
    return spelt[min(often, key=lambda form: (-often[form], spelt[form]))], mean


def _integers(numbers: Iterable[int]) -> IntArray:
    return np.fromiter(numbers, dtype=np.intp)


def _flags(flags: Iterable[bool]) -> BoolArray:
    return np.fromiter(flags, dtype=np.bool_)


@lru_cache(maxsize=65536)
def _can_end(word: str) -> bool:
    return (word not in STOP_WORDS and len(word) > 1 and not word.isdigit()) or not word.isascii()


@lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """An English plural without its s, so that "date nights" and "date night" are one phrase."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
