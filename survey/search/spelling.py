"""Forgive the spelling of a query: a word that no answer has becomes the nearest one that answers have.

A word that is d letters wrong still has one of any d + 1 pieces it is cut into, so the database looks for the pieces,
and only the words of answers with one of them are compared. No index of words is kept, which would have to forget what
people delete.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import or_, select

from analysis.text.personal_data import may_have_personal_data
from survey.core.database import db
from survey.core.models import Answer
from survey.core.personal_data import mask_personal_data
from survey.search.by_word import Scope, contains, matching_ids
from survey.search.effort import Effort
from survey.search.letters import bare

MIN_CHARACTERS, MIN_TWO_WRONG = 4, 8
"""Length from which one letter of a word may be wrong, and two"""
MAX_WORDS = 6
"""Longer queries are left as they are"""
MAX_ANSWERS, MAX_CHARACTERS = 1000, 200_000
"""Answers whose words are compared, the newest, and how much of them is read"""
ROWS_PER_FETCH = 200
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def corrected(words: Sequence[str], scope: Scope, effort: Effort) -> list[str] | None:
    """Return the words with those that no answer has replaced by the nearest that one has; None where there is none.

    Answers need not have all of them together. None, too, where the `effort` is over before all were looked for.
    """
    if len(words) > MAX_WORDS or not any(map(_may_be_wrong, words)):
        return None
    alone = len(words) == 1  # the search that found nothing has told
    right: list[str] = []
    for word in words:
        is_there = not alone and bool(matching_ids([word], scope, limit=1, effort=effort))
        found = word if is_there else _nearest(word, scope) if effort.goes_on() else None
        if found is None:
            return None
        right.append(found)
    return right if right != list(words) else None


def most_wrong(word: str) -> int:
    """Return how many letters of a word may be wrong, missing, too many, or in the wrong order."""
    return 0 if len(word) < MIN_CHARACTERS else 1 if len(word) < MIN_TWO_WRONG else 2


def _nearest(word: str, scope: Scope) -> str | None:
    """Return the word of answers that is nearest to a word, of equally near ones the one that most answers have."""
    if not _may_be_wrong(word):
        return None
    wanted, distance = bare(word), most_wrong(word)
    counts = _similar_words(word, distance, scope)
    choices = {each: bare(each) for each in counts}
    near = process.extract(wanted, choices, scorer=OSA.distance, processor=None, score_cutoff=distance, limit=None)
    if not near:
        return None
    return str(min(near, key=lambda one: (one[1], one[0][0] != wanted[0], -counts[one[2]], one[2]))[2])


def _may_be_wrong(word: str) -> bool:
    """Return whether another word may be meant."""
    return most_wrong(word) > 0 and _WORD.fullmatch(word) is not None


def _similar_words(word: str, distance: int, scope: Scope) -> Counter[str]:
    """Count, by their folded form, the words of answers that share a piece with a word and are about as long."""
    pieces = [contains(piece) for piece in dict.fromkeys(_pieces(word, distance + 1))]
    newest = (
        select(Answer.text)
        .where(*scope.conditions, or_(*pieces))
        .order_by(Answer.received_at.desc(), Answer.id.desc())
        .limit(MAX_ANSWERS)
        .execution_options(yield_per=ROWS_PER_FETCH)
    )
    counts: Counter[str] = Counter()
    left = MAX_CHARACTERS
    for text in db.session.scalars(newest):
        shown = mask_personal_data(text) if scope.is_masked and may_have_personal_data(text) else text
        said = {each.casefold() for each in _WORD.findall(shown[:left])}
        counts.update(each for each in said if abs(len(each) - len(word)) <= distance + 1)
        left -= len(shown)
        if left <= 0:
            break
    return counts


def _pieces(word: str, count: int) -> list[str]:
    """Cut a word into pieces of about the same length."""
    edges = [round(number * len(word) / count) for number in range(count + 1)]
    return [word[start:end] for start, end in pairwise(edges)]
