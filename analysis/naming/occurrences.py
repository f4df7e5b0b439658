"""The phrases in the clauses of themes: where each occurs, how many people use it, how whole it looks."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import BoolArray, DoubleArray, IntArray
from analysis.naming.clauses import Clauses, Words

MAX_PHRASE_WORDS = 6
MAX_CLAUSE_WORDS = 7  # of a clause that is a phrase as a whole
# The completeness of a phrase after which its clause goes on: with a content word, with a stop word, or with one of
# analysis.words.attached_words.clause_starters. At the end of a clause it is 1.
BEFORE_CONTENT, BEFORE_STOP_WORD, BEFORE_CLAUSE = 0.2, 0.4, 0.9
AFTER_CONTENT = 0.4  # the same for a phrase that follows a content word of its clause
DENIED = 0.5  # the same for a phrase somewhere after a negation that may be about it
MAX_REACH = 7  # words from a negation to what it denies


@dataclass(frozen=True, slots=True)
class Uses:
    """The p occurrences of f distinct phrases, theme by theme; the same phrase in two themes counts as two.

    Of each phrase: ``theme`` (f,), ``length`` (f,) in words, ``people`` (f,): how many answers of the theme use it,
    ``others`` (f,): how many answers of other themes do, ``starts`` (f + 1,): where its occurrences start. Of each
    occurrence: ``first`` (p,): the index of its first word, ``form`` (p,): a number for its spelling, ``complete``
    (p,): how complete it is, 0-1, ``count`` (p,): how many answers have it. ``denied`` (n,): whether a negation before
    each of the n words may be about it.
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
    denied: BoolArray


def find_uses(clauses: Clauses, spelling: IntArray, distinct: Words, *, uncertain_edges: bool = False) -> Uses:
    """Return the phrases of 1-6 words within a clause, and clauses of up to 7 words.

    Phrases have no stop words at their ends but a negation or a word of quantity in front; clauses may.
    ``spelling`` (n,): the number of each word in ``distinct``. Plural and singular are one phrase. Where word edges are
    uncertain, no phrase is cut off from a word that is always beside it.
    """
    lemma, ending = distinct.lemma[spelling], distinct.ends[spelling]
    negating, is_stop = distinct.negates[spelling], distinct.stops[spelling]
    opening = ending | negating | distinct.quantifies[spelling]
    denied = _denied(clauses, negating, distinct.frees[spelling])
    before = _complete_before(clauses, negating, is_stop, denied)
    after = _complete_after(clauses, distinct.starts[spelling], is_stop, distinct.denies[spelling])
    at = np.arange(len(spelling))
    at_start, at_end = clauses.begin == at, clauses.end == at + 1
    if uncertain_edges:
        before = np.where(_always_beside(spelling, np.roll(spelling, 1), at_start, np.roll(is_stop, 1)), 0.0, before)
        after = np.where(_always_beside(spelling, np.roll(spelling, -1), at_end, np.roll(is_stop, -1)), 0.0, after)
    keys, forms = _ngram_ids(lemma), _ngram_ids(spelling)
    start, more = at[:, None], np.arange(MAX_CLAUSE_WORDS)
    last = start + more
    inside = last < clauses.end[:, None]
    last = np.where(inside, last, start)
    is_phrase = opening[:, None] & ending[last] & (more < MAX_PHRASE_WORDS)
    contents = np.concatenate([[0], np.cumsum(ending)])
    is_clause = at_start[:, None] & at_end[last] & (contents[last + 1] > contents[start])
    first, more = np.nonzero(inside & (is_phrase | is_clause))  # phrases of 1 + more words
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
    return Uses(
        theme=theme[order][starts],
        length=more[starts] + 1,
        people=people,
        others=everywhere[key] - people,
        starts=np.append(starts, len(first)),
        first=first,
        form=forms[first, more],
        complete=before[first] * after[last],
        count=clauses.count[clauses.text[first]],
        denied=denied,
    )


def _ngram_ids(numbers: IntArray) -> IntArray:
    """Return an id for each n-gram of 1-7 numbers, (n, 7), by its first number: equal n-grams have equal ids.

    The ids of n-grams that reach over the end are meaningless.
    """
    found = np.zeros((len(numbers), MAX_CLAUSE_WORDS), dtype=np.intp)
    size, known = int(numbers.max()) + 1, numbers
    found[:, 0] = numbers
    total = size
    for more in range(1, MAX_CLAUSE_WORDS):
        distinct, known = np.unique(known[:-1] * size + numbers[more:], return_inverse=True)
        found[: len(known), more] = known + total
        total += len(distinct)
    return found


def _denied(clauses: Clauses, negating: BoolArray, freeing: BoolArray) -> BoolArray:
    """Return whether a negation before each word may be about it, (n,)."""
    at = np.arange(len(negating))
    last = np.maximum.accumulate(np.where(negating, at, -1))
    free = np.maximum.accumulate(np.where(freeing, at, -1))
    before = np.concatenate([[-1], last[:-1]])
    reached: BoolArray = (before >= clauses.begin) & (before > free) & (at - before <= MAX_REACH) & ~negating
    return reached


def _complete_before(clauses: Clauses, negating: BoolArray, is_stop: BoolArray, denied: BoolArray) -> DoubleArray:
    """Return how complete a phrase that starts with each word is at its start, (n,): 0 if it leaves out a negation."""
    position = np.arange(len(is_stop)) - clauses.begin
    left_out = np.roll(negating, 1) | ((position > 1) & np.roll(negating, 2) & np.roll(is_stop, 1))
    complete = np.where(left_out, 0.0, np.where(np.roll(is_stop, 1), 1.0, AFTER_CONTENT))
    return np.where(position == 0, 1.0, complete * np.where(denied, DENIED, 1.0))


def _complete_after(clauses: Clauses, starting: BoolArray, is_stop: BoolArray, denying: BoolArray) -> DoubleArray:
    """Return how complete a phrase that ends with each word is at its end, (n,): 0 before its negation."""
    continued = np.where(np.roll(is_stop, -1), BEFORE_STOP_WORD, BEFORE_CONTENT)
    complete = np.where(np.roll(starting, -1), BEFORE_CLAUSE, continued)
    complete = np.where(np.roll(denying, -1), 0.0, complete)
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
