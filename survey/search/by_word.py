"""Answers that have every word of a query in them, newest first.

The database filters by LIKE first; the text is checked again in Python where an answer may have personal data, which
visitors do not see and must not find, or where a word has letters outside ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from analysis.text.normalise import written
from analysis.text.personal_data import may_have_personal_data
from survey.core.database import db
from survey.core.i18n import gettext
from survey.core.models import Answer
from survey.core.personal_data import MASKS, mask_personal_data
from survey.search.effort import Effort

ROWS_PER_FETCH = 2000

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which answers may be found: the SQL conditions, which name the survey, and whether their text is masked."""

    conditions: tuple[ColumnElement[bool], ...]
    is_masked: bool = True
    """Whether personal data is masked where they are shown, so that it cannot be found"""


def matching_ids(
    words: Sequence[str], scope: Scope, *, limit: int | None = None, effort: Effort | None = None
) -> list[int]:
    """Return the ids of the answers that have every word, newest first.

    At most `limit` of them, and those that were found until the `effort` was over.
    """
    as_said = [word for word in words if not (scope.is_masked and _in_a_mask(word))]
    likely = [contains(word) for word in as_said]
    is_exact = len(likely) == len(words) and all(word.isascii() for word in words)
    query = select(Answer.id, Answer.text).where(*scope.conditions, *likely)
    newest = query.order_by(Answer.received_at.desc(), Answer.id.desc())
    each, unmasked = _patterns(words), _patterns(as_said)
    found: list[int] = []
    for number, text in db.session.execute(newest.execution_options(yield_per=ROWS_PER_FETCH)):
        if effort is not None and not effort.goes_on():
            break
        if not scope.is_masked:
            fits = is_exact or _has_all(each, text)
        elif not (is_exact or _has_all(unmasked, text)):
            fits = False
        elif may_have_personal_data(text):
            fits = _has_all(each, mask_personal_data(text))
        else:
            fits = len(likely) == len(words) or _has_all(each, text)
        if fits:
            found.append(number)
            if limit is not None and len(found) == limit:
                break
    return found


def contains(word: str) -> ColumnElement[bool]:
    """SQL condition: an answer may have a word anywhere in it. Letters outside ASCII match any letter.

    SQLite compares case-insensitively only in ASCII.
    """
    escaped = [re.sub(r"([\\%_])", r"\\\1", form) for form in written(word)]
    patterns = ("%" + "".join(letter if letter.isascii() else "_" for letter in form) + "%" for form in escaped)
    return or_(*(Answer.text.ilike(pattern, escape="\\") for pattern in dict.fromkeys(patterns)))


def spans_of(words: Sequence[str], text: str) -> list[Span]:
    """Return the spans of the words in a text."""
    return [match.span() for match in _pattern(words).finditer(text)]


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted((form for word in words for form in written(word)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)


def _patterns(words: Sequence[str]) -> list[re.Pattern[str]]:
    return [_pattern([word]) for word in words]


def _has_all(each: Sequence[re.Pattern[str]], text: str) -> bool:
    return all(word.search(text) for word in each)


def _in_a_mask(word: str) -> bool:
    """Return whether a word may occur in or across the mask of personal data."""
    return "[" in word or "]" in word or any(word.casefold() in gettext(label) for label in MASKS.values())
