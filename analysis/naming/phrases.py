"""The phrases of each theme's ideas, ranked by how well they distinguish the theme: possible names."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from heapq import heappush, heappushpop
from itertools import pairwise

import numpy as np

from analysis.arrays import BoolArray, DoubleArray, IntArray
from analysis.naming.capitals import as_written, written_forms
from analysis.naming.clauses import Clauses, Mention, Words, clauses_of, describe_words, integers, texts_of
from analysis.naming.name_language import languages_of, name_languages
from analysis.words.stop_words import ENGLISH
from analysis.words.word_edges import WordEdges

MAX_PHRASE_WORDS = 4
MAX_PHRASES = 60  # per theme
WORD_BONUS = 0.7  # added to the factor of the score for each word after the first
SHARE_POWER = 0.5  # how much the share of a theme's answers counts, against the ratio to other themes
ONE_ANSWER_FACTOR = 0.4  # for phrases of one answer only
# The completeness of a phrase after which its clause goes on: with a content word, with a stop word, or with one of
# analysis.words.attached_words.clause_starters. At the end of a clause it is 1.
BEFORE_CONTENT, BEFORE_STOP_WORD, BEFORE_CLAUSE = 0.2, 0.4, 0.9
AFTER_CONTENT = 0.4  # the same for a phrase that follows a content word of its clause
MAX_NAME_CHARACTERS = 60

Key = tuple[str, ...]


@dataclass(slots=True)
class Phrase:
    """A possible name of a theme.

    ``key``: its words in the singular. ``score``: how well it distinguishes the theme. ``similarity``: to the mean
    vector of the theme, 0-1. ``language``: in which it is.
    """

    key: Key
    name: str
    score: float
    similarity: float = 0.0
    language: str = ENGLISH


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


def rank_phrases(
    themes: Sequence[Sequence[Mention]], most: int = MAX_PHRASES, survey: str | None = None
) -> list[list[Phrase]]:
    """Return up to ``most`` phrases of 1-4 words for each theme, best first, in the language that it is named in.

    That is the language of the ``survey`` or the one of most of its people, see ``name_languages``. The score of
    a phrase is the square root of the share of the theme's answers that use it, times the log of the ratio of that
    share to the share in other themes. (The Kullback-Leibler divergence has the share itself, which prefers general
    words.) Both are shares of the answers in its language. It is higher for longer phrases, and lower for incomplete
    ones and for those of only one answer.
    """
    languages = languages_of(themes, survey)

    @cache
    def in_language(language: str) -> list[list[Phrase]]:
        said = [
            [mention for mention, each in zip(theme, own, strict=True) if each == language]
            for theme, own in zip(themes, languages, strict=True)
        ]
        return _rank_in_one_language(said, language, most)

    ranked: list[list[Phrase]] = []
    for number, (theme, own) in enumerate(zip(themes, languages, strict=True)):
        options = (in_language(language)[number] for language in name_languages(theme, own, survey))
        ranked.append(next(filter(None, options), []))
    return ranked


def _rank_in_one_language(themes: Sequence[Sequence[Mention]], language: str, most: int) -> list[list[Phrase]]:
    texts = [*map(texts_of, themes)]
    edges = WordEdges(language, (text for theme in texts for text in theme))
    clauses = clauses_of(texts, edges)
    if not clauses.words:
        return [[] for _ in themes]
    distinct = {word: number for number, word in enumerate(dict.fromkeys(clauses.words))}
    spelling = integers(map(distinct.__getitem__, clauses.words))
    described = describe_words([*distinct], language)
    uses = _uses(clauses, spelling, described, uncertain_edges=edges.is_uncertain)
    sizes = [len({mention.answer for mention in theme}) for theme in themes]
    scores, factors = _scores(uses, sizes)
    # By theme, then the highest score first, then in the order of first occurrence.
    order = np.lexsort((uses.first[uses.starts[:-1]], -scores * factors, uses.theme))
    ends = np.searchsorted(uses.theme, np.arange(len(themes) + 1)).tolist()
    forms = written_forms(((text, len(answers)) for theme in texts for text, answers in theme.items()), edges)
    ranked = []
    for start, end in pairwise(ends):
        found = _ranked(clauses, uses, order[start:end], scores, factors, most)
        own = []
        for score, place, length in found:
            numbers = described.lemma[spelling[place : place + length]].tolist()
            key = tuple(described.lemmas[number] for number in numbers)
            name = as_written(clauses.phrase(place, length, lambda word: forms.get(word, word)), language)
            own.append(Phrase(key, name, score, language=language))
        ranked.append(own)
    return ranked


def _uses(clauses: Clauses, spelling: IntArray, distinct: Words, *, uncertain_edges: bool = False) -> _Uses:
    """Return the phrases of 1-4 words within a clause, without stop words at their ends except a negation in front.

    ``spelling`` (n,): the number of each word in ``distinct``. Plural and singular are one phrase. Where word edges are
    uncertain, no phrase is cut off from a word that is always beside it.
    """
    lemma, ending = distinct.lemma[spelling], distinct.ends[spelling]
    negating, is_stop, starting = distinct.negates[spelling], distinct.stops[spelling], distinct.starts[spelling]
    before, after = _complete_before(clauses, negating, is_stop), _complete_after(clauses, starting, is_stop)
    if uncertain_edges:
        at_start, at_end = clauses.begin == np.arange(len(spelling)), clauses.end == np.arange(len(spelling)) + 1
        before = np.where(_always_beside(spelling, np.roll(spelling, 1), at_start, np.roll(is_stop, 1)), 0.0, before)
        after = np.where(_always_beside(spelling, np.roll(spelling, -1), at_end, np.roll(is_stop, -1)), 0.0, after)
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


def _complete_before(clauses: Clauses, negating: BoolArray, is_stop: BoolArray) -> DoubleArray:
    """Return how complete a phrase that starts with each word is at its start, (n,): 0 if it leaves out a negation."""
    position = np.arange(len(is_stop)) - clauses.begin
    left_out = np.roll(negating, 1) | ((position > 1) & np.roll(negating, 2) & np.roll(is_stop, 1))
    complete = np.where(left_out, 0.0, np.where(np.roll(is_stop, 1), 1.0, AFTER_CONTENT))
    return np.where(position == 0, 1.0, complete)


def _complete_after(clauses: Clauses, starting: BoolArray, is_stop: BoolArray) -> DoubleArray:
    """Return how complete a phrase that ends with each word is at its end, (n,)."""
    continued = np.where(np.roll(is_stop, -1), BEFORE_STOP_WORD, BEFORE_CONTENT)
    complete = np.where(np.roll(starting, -1), BEFORE_CLAUSE, continued)
    return np.where(np.arange(len(is_stop)) + 1 == clauses.end, 1.0, complete)


def _always_beside(spelling: IntArray, beside: IntArray, is_edge: BoolArray, is_stop: BoolArray) -> BoolArray:
    """Return whether each word always has the same word beside it, (n,), which is no stop word, in two places or more.

    ``spelling`` and ``beside`` (n,): the numbers of the words and their neighbours; none at the edge of a clause.
    """
    size = int(spelling.max()) + 2
    pairs = np.unique(spelling * size + np.where(is_edge, size - 1, beside))
    kinds = np.bincount(pairs // size, minlength=size)
    seen = np.bincount(spelling, minlength=size)
    always: BoolArray = (kinds[spelling] == 1) & (seen[spelling] > 1) & ~is_edge & ~is_stop
    return always


def _count_answers(clauses: Clauses, phrase: IntArray, text: IntArray, phrases: int) -> IntArray:
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
    clauses: Clauses, uses: _Uses, order: IntArray, scores: DoubleArray, factors: DoubleArray, most: int
) -> list[tuple[float, int, int]]:
    """Return the ``most`` best phrases, best first: score, where its commonest spelling begins, number of words.

    ``order`` sorts by score * factor.
    """
    ranked: list[tuple[float, int, str, int]] = []
    best: list[float] = []
    for number, base, factor in zip(order.tolist(), scores[order].tolist(), factors[order].tolist(), strict=True):
        if len(best) == most and base * factor < best[0] * (1 - 1e-9):
            break  # even a complete phrase would not be among the best
        form, place, completeness = _commonest_spelling(clauses, uses, number)
        score = base * (completeness * factor)
        if len(form) <= MAX_NAME_CHARACTERS and score > 0:
            ranked.append((-score, int(uses.length[number]), form, place))
            heappush(best, score) if len(best) < most else heappushpop(best, score)
    return [(-score, place, length) for score, length, _, place in sorted(ranked)[:most]]


def _commonest_spelling(clauses: Clauses, uses: _Uses, number: int) -> tuple[str, int, float]:
    """Return the spelling of a phrase in most answers, its place, and its mean completeness over all answers, 0-1."""
    start, stop = uses.starts[number : number + 2].tolist()
    length = int(uses.length[number])
    places, counts = uses.first[start:stop].tolist(), uses.count[start:stop].tolist()
    if len(places) == 1:
        complete = float(uses.complete[start])
        return clauses.phrase(places[0], length), places[0], complete * counts[0] / counts[0]
    forms = uses.form[start:stop].tolist()
    answers: dict[int, int] = {}
    for form, count in zip(forms, counts, strict=True):
        answers[form] = answers.get(form, 0) + count
    place_of = dict(zip(forms, places, strict=True))
    spelling = {form: clauses.phrase(place, length) for form, place in place_of.items()}
    # Added up in sorted order: then the last bits of the mean do not depend on the order of the answers.
    by_completeness: dict[float, int] = {}
    for complete, count in zip(uses.complete[start:stop].tolist(), counts, strict=True):
        by_completeness[complete] = by_completeness.get(complete, 0) + count
    mean = sum(complete * count for complete, count in sorted(by_completeness.items())) / sum(counts)
    commonest = min(answers, key=lambda form: (-answers[form], spelling[form]))
    return spelling[commonest], place_of[commonest], mean
