"""The phrases of each theme's ideas, ranked by how well they distinguish the theme: possible names."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heappush, heappushpop
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np

from analysis.arrays import BoolArray, DoubleArray, IntArray
from analysis.naming.capitals import as_written, written_forms
from analysis.text.normalise import words
from analysis.text.personal_data import has_personal_data, without_personal_data
from analysis.text.word_lists import STOP_WORDS

MAX_PHRASE_WORDS = 4
MAX_PHRASES = 60  # per theme
WORD_BONUS = 0.7  # added to the factor of the score for each word after the first
SHARE_POWER = 0.5  # how much the share of a theme's answers counts, against the ratio to other themes
ONE_ANSWER_FACTOR = 0.4  # for phrases of one answer only
# The completeness of a phrase after which its clause goes on: with a content word, with a stop word, or with one of
# _CLAUSE_STARTERS. At the end of a clause it is 1.
BEFORE_CONTENT, BEFORE_STOP_WORD, BEFORE_CLAUSE = 0.2, 0.4, 0.9
AFTER_CONTENT = 0.4  # the same for a phrase that follows a content word of its clause
MAX_NAME_CHARACTERS = 60
MAX_FREE_SHARE = 0.2  # of a theme's texts, that have no personal data, for the others to be read without theirs


_CLAUSE_END = re.compile(r"[.,;:!?()\[\]\u2026\u2013\u2014\n]+|\s-+\s")
_NEGATIONS = frozenset(
    {"don't", "dont", "never", "not", "no", "nobody", "nothing", "without"}
    | {"doesn't", "didn't", "isn't", "can't", "cannot", "won't"}
)
# A phrase before one of these is complete: a new clause or the verb begins.
_CLAUSE_STARTERS = frozenset(
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
    """An idea in a theme: the index of its answer, and its text."""

    answer: int
    text: str


@dataclass(slots=True)
class Phrase:
    """A possible name of a theme.

    ``key``: its words in the singular. ``score``: how well it distinguishes the theme. ``similarity``: to the mean
    vector of the theme, 0-1.
    """

    key: Key
    name: str
    score: float
    similarity: float = 0.0


@dataclass(frozen=True, slots=True)
class _Clauses:
    """The n words of all clauses of t texts, concatenated.

    ``words``: the words. ``text`` (n,): the index of the text of each word. ``begin`` and ``end`` (n,): where its
    clause begins and ends in ``words``. ``theme`` (t,): the theme of each text. ``count`` (t,): how many answers of the
    theme have it. ``answer`` (sum of count,): these answers, text by text.
    """

    words: list[str]
    text: IntArray
    begin: IntArray
    end: IntArray
    theme: IntArray
    count: IntArray
    answer: IntArray


@dataclass(frozen=True, slots=True)
class _Uses:
    """The p occurrences of f distinct phrases, theme by theme; the same phrase in two themes counts as two.

    Of each phrase: ``theme`` (f,), ``length`` (f,) in words, ``people`` (f,): how many answers of the theme use it,
    ``others`` (f,): how many answers of other themes do, ``starts`` (f + 1,): where its occurrences start. Of each
    occurrence: ``first`` (p,): the index of its first word, ``form`` (p,): a number for its spelling, ``complete``
    (p,): how complete it is, 0-1, ``count`` (p,): how many answers have it.
    """

    theme: IntArray
    length: IntArray
    people: IntArray
    others: IntArray
    starts: IntArray
    first: IntArray
    form: IntArray
    complete: DoubleArray
    count: IntArray


def rank_phrases(themes: Sequence[Sequence[Mention]], most: int = MAX_PHRASES) -> list[list[Phrase]]:
    """Return up to ``most`` phrases of 1-4 words for each theme, best first.

    The score of a phrase is the square root of the share of the theme's answers that use it, times the log of the ratio
    of that share to the share in other themes. (The Kullback-Leibler divergence has the share itself, which prefers
    general words.) It is higher for longer phrases, and lower for incomplete ones and for those of only one answer.
    """
    texts = [*map(_texts, themes)]
    clauses = _clauses(texts)
    if not clauses.words:
        return [[] for _ in themes]
    uses = _uses(clauses)
    sizes = [len({mention.answer for mention in theme}) for theme in themes]
    scores, factors = _scores(uses, sizes)
    # By theme, then the highest score first, then in the order of first occurrence.
    order = np.lexsort((uses.first[uses.starts[:-1]], -scores * factors, uses.theme))
    ends = np.searchsorted(uses.theme, np.arange(len(themes) + 1)).tolist()
    ranked = [_ranked(clauses, uses, order[start:end], scores, factors, most) for start, end in pairwise(ends)]
    forms = written_forms((text, len(answers)) for theme in texts for text, answers in theme.items())
    for phrase in chain.from_iterable(ranked):
        phrase.name = as_written(phrase.name, forms)
    return ranked


def _texts(theme: Sequence[Mention]) -> dict[str, list[int]]:
    """Return the texts that a theme is named from, each with the answers it is in.

    Texts with personal data in them are left out, or where nearly all of the theme have some, read without it.
    """
    answers_with: dict[str, list[int]] = {}
    for mention in theme:
        answers_with.setdefault(mention.text, []).append(mention.answer)
    free = {text: answers for text, answers in answers_with.items() if not has_personal_data(text)}
    if len(free) > MAX_FREE_SHARE * len(answers_with) or not answers_with:
        return free
    rest: dict[str, list[int]] = {}
    for text, answers in answers_with.items():
        rest.setdefault(without_personal_data(text), []).extend(answers)
    return rest


def _clauses(themes: Sequence[Mapping[str, Sequence[int]]]) -> _Clauses:
    """Return the clauses of each theme's texts, which are given with the answers they are in."""
    tokens: list[list[str]] = []
    text_of: list[int] = []
    theme_of: list[int] = []
    answers_of: list[Sequence[int]] = []
    for number, theme in enumerate(themes):
        for text, answers in theme.items():
            clauses = [*map(words, _CLAUSE_END.split(text))]
            tokens += clauses
            text_of += [len(theme_of)] * len(clauses)
            theme_of.append(number)
            answers_of.append(answers)
    lengths = _integers(map(len, tokens))
    count = _integers(map(len, answers_of))
    ends = np.cumsum(lengths)
    return _Clauses(
        words=[*chain.from_iterable(tokens)],
        text=np.repeat(_integers(text_of), lengths),
        begin=np.repeat(ends - lengths, lengths),
        end=np.repeat(ends, lengths),
        theme=_integers(theme_of),
        count=count,
        answer=_integers(chain.from_iterable(answers_of)),
    )


def _uses(clauses: _Clauses) -> _Uses:
    """Return the phrases of 1-4 words within a clause, without stop words at their ends except a negation in front.

    Plural and singular are one phrase.
    """
    distinct = {word: number for number, word in enumerate(dict.fromkeys(clauses.words))}
    spelling = _integers(map(distinct.__getitem__, clauses.words))
    lemmas: dict[str, int] = {}
    lemma = _integers(lemmas.setdefault(singular(word), len(lemmas)) for word in distinct)[spelling]
    ending = _flags(map(_can_end, distinct))[spelling]
    negating = _flags(word in _NEGATIONS for word in distinct)[spelling]
    is_stop = _flags(word in STOP_WORDS for word in distinct)[spelling]
    starting = _flags(word in _CLAUSE_STARTERS for word in distinct)[spelling]
    before, after = _complete_before(clauses, negating, is_stop), _complete_after(clauses, starting, is_stop)
    keys, forms = _ngram_ids(lemma), _ngram_ids(spelling)
    start = np.arange(len(spelling))[:, None]
    last = start + np.arange(MAX_PHRASE_WORDS)
    inside = last < clauses.end[:, None]
    last = np.where(inside, last, start)
    first, more = np.nonzero(inside & (ending | negating)[:, None] & ending[last])  # phrases of 1 + more words
    last = first + more
    # Sort by a number for each phrase of each theme; the occurrences of a phrase stay in their order.
    theme = clauses.theme[clauses.text[first]]
    number = theme * (int(keys.max()) + 1) + keys[first, more]
    order = np.argsort(number, kind="stable")
    first, more, last, number = first[order], more[order], last[order], number[order]
    new = np.append(True, number[1:] != number[:-1])[: len(number)]
    starts = np.flatnonzero(new)
    people = _count_answers(clauses, np.cumsum(new) - 1, clauses.text[first], len(starts))
    key = keys[first[starts], more[starts]]
    everywhere = np.bincount(key, weights=people).astype(np.intp)
    return _Uses(
        theme=theme[order][starts],
        length=more[starts] + 1,
        people=people,
        others=everywhere[key] - people,
        starts=np.append(starts, len(first)),
        first=first,
        form=forms[first, more],
        complete=before[first] * after[last],
        count=clauses.count[clauses.text[first]],
    )


def _ngram_ids(numbers: IntArray) -> IntArray:
    """Return an id for each n-gram of 1-4 numbers, (n, 4), by its first number: equal n-grams have equal ids.

    The ids of n-grams that reach over the end are meaningless.
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


def _complete_before(clauses: _Clauses, negating: BoolArray, is_stop: BoolArray) -> DoubleArray:
    """Return how complete a phrase that starts with each word is at its start, (n,): 0 if it leaves out a negation."""
    position = np.arange(len(is_stop)) - clauses.begin
    left_out = np.roll(negating, 1) | ((position > 1) & np.roll(negating, 2) & np.roll(is_stop, 1))
    complete = np.where(left_out, 0.0, np.where(np.roll(is_stop, 1), 1.0, AFTER_CONTENT))
    return np.where(position == 0, 1.0, complete)


def _complete_after(clauses: _Clauses, starting: BoolArray, is_stop: BoolArray) -> DoubleArray:
    """Return how complete a phrase that ends with each word is at its end, (n,)."""
    continued = np.where(np.roll(is_stop, -1), BEFORE_STOP_WORD, BEFORE_CONTENT)
    complete = np.where(np.roll(starting, -1), BEFORE_CLAUSE, continued)
    return np.where(np.arange(len(is_stop)) + 1 == clauses.end, 1.0, complete)


def _count_answers(clauses: _Clauses, phrase: IntArray, text: IntArray, phrases: int) -> IntArray:
    """Return how many answers use each phrase, (phrases,), from the phrase and the text of p occurrences, (p,)."""
    counts = clauses.count[text]
    starts = np.repeat((np.cumsum(clauses.count) - clauses.count)[text] - np.cumsum(counts) + counts, counts)
    answer = clauses.answer[starts + np.arange(len(starts))]
    size = int(clauses.answer.max()) + 1
    return np.bincount(np.unique(np.repeat(phrase, counts) * size + answer) // size, minlength=phrases)


def _scores(uses: _Uses, sizes: Sequence[int]) -> tuple[DoubleArray, DoubleArray]:
    """Return the score of each phrase before completeness, (f,), and the factor for phrases of one answer, (f,).

    It is computed once for all phrases with equal counts.
    """
    total, own = sum(sizes), np.asarray(sizes)
    most = int(uses.others.max(initial=0)) + 1
    same = (uses.theme * (total + 1) + uses.people) * most + uses.others
    _, first, which = np.unique(same * MAX_PHRASE_WORDS + uses.length - 1, return_index=True, return_inverse=True)

    def score(inside: int, outside: int, length: int, size: int) -> float:
        share = inside / size
        share_outside = (outside + 0.5) / (total - size + 1)
        return float(share**SHARE_POWER * max(math.log(share / share_outside), 0.01) * (1 + WORD_BONUS * (length - 1)))

    counts = (uses.people[first], uses.others[first], uses.length[first], own[uses.theme[first]])
    scores = np.array([*map(score, *(each.tolist() for each in counts))], dtype=np.float64)
    return scores[which], np.where((uses.people == 1) & (own[uses.theme] > 1), ONE_ANSWER_FACTOR, 1.0)


def _ranked(
    clauses: _Clauses, uses: _Uses, order: IntArray, scores: DoubleArray, factors: DoubleArray, most: int
) -> list[Phrase]:
    """Return the ``most`` best phrases in their commonest spelling, best first; ``order`` sorts by score * factor."""
    ranked: list[Phrase] = []
    best: list[float] = []
    for number, base, factor in zip(order.tolist(), scores[order].tolist(), factors[order].tolist(), strict=True):
        if len(best) == most and base * factor < best[0] * (1 - 1e-9):
            break  # even a complete phrase would not be among the best
        form, completeness = _commonest_spelling(clauses, uses, number)
        score = base * (completeness * factor)
        if len(form) <= MAX_NAME_CHARACTERS and score > 0:
            ranked.append(Phrase(tuple(map(singular, form.split(" "))), form, score))
            heappush(best, score) if len(best) < most else heappushpop(best, score)
    return sorted(ranked, key=lambda phrase: (-phrase.score, len(phrase.key), phrase.name))[:most]


def _commonest_spelling(clauses: _Clauses, uses: _Uses, number: int) -> tuple[str, float]:
    """Return the spelling of a phrase in most answers, and its mean completeness over all answers, 0-1."""
    start, stop = uses.starts[number : number + 2].tolist()
    length = int(uses.length[number])
    places, counts = uses.first[start:stop].tolist(), uses.count[start:stop].tolist()
    if len(places) == 1:
        complete = float(uses.complete[start])
        return " ".join(clauses.words[places[0] : places[0] + length]), complete * counts[0] / counts[0]
    forms = uses.form[start:stop].tolist()
    answers: dict[int, int] = {}
    for form, count in zip(forms, counts, strict=True):
        answers[form] = answers.get(form, 0) + count
    place_of = dict(zip(forms, places, strict=True))
    spelling = {form: " ".join(clauses.words[place : place + length]) for form, place in place_of.items()}
    # Added up in sorted order: then the last bits of the mean do not depend on the order of the answers.
    by_completeness: dict[float, int] = {}
    for complete, count in zip(uses.complete[start:stop].tolist(), counts, strict=True):
        by_completeness[complete] = by_completeness.get(complete, 0) + count
    mean = sum(complete * count for complete, count in sorted(by_completeness.items())) / sum(counts)
    return spelling[min(answers, key=lambda form: (-answers[form], spelling[form]))], mean


def _integers(numbers: Iterable[int]) -> IntArray:
    return np.fromiter(numbers, dtype=np.intp)


def _flags(flags: Iterable[bool]) -> BoolArray:
    return np.fromiter(flags, dtype=np.bool_)


@lru_cache(maxsize=65536)
def _can_end(word: str) -> bool:
    return (word not in STOP_WORDS and len(word) > 1 and not word.isdigit()) or not word.isascii()


@lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """Return the singular of a regular English plural, so that "date nights" and "date night" are one phrase."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
