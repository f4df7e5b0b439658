"""Answers that have every word of a query in them, newest first, with or without accents: see survey.search.letters.

The database compares. The text is checked again in Python where an answer may have personal data, which visitors do
not see and must not find.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, and_, cast, func, or_, select

from analysis.text.personal_data import may_have_personal_data
from survey.core.database import db
from survey.core.i18n import gettext
from survey.core.models import Answer
from survey.core.personal_data import MASKS, mask_personal_data
from survey.search import letters
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
    query = select(Answer.id, Answer.text).where(*scope.conditions, *map(contains, as_said))
    newest = query.order_by(Answer.received_at.desc(), Answer.id.desc())
    each = [_pattern([word]) for word in words]
    found: list[int] = []
    for number, text in db.session.execute(newest.execution_options(yield_per=ROWS_PER_FETCH)):
        if effort is not None and not effort.goes_on():
            break
        if not scope.is_masked:
            fits = True
        elif may_have_personal_data(text):
            fits = _has_all(each, mask_personal_data(text))
        else:
            fits = len(as_said) == len(words) or _has_all(each, text)
        if fits:
            found.append(number)
            if limit is not None and len(found) == limit:
                break
    return found


def contains(word: str) -> ColumnElement[bool]:
    """SQL condition: an answer has a word anywhere in it, in capitals or not, with or without accents.

    Texts in ASCII, which have no accents, are compared most quickly. SQLite asks Python about what may fit.
    """
    is_sqlite = db.session.get_bind().dialect.name == "sqlite"
    text: Any = Answer.text
    bare = letters.bare(word)
    escaped = "%" + re.sub(r"([\\%_])", r"\\\1", bare) + "%"
    size = func.length(cast(text, LargeBinary)) if is_sqlite else func.octet_length(text)
    in_ascii, fits = size == func.length(text), text.regexp_match(letters.expression(word))
    if is_sqlite:
        marks = (func.instr(cast(text, LargeBinary), mark) > 0 for mark in letters.bytes_of_marks(word))
        has = or_(*(text.bool_op("GLOB")(glob) for glob in letters.globs(word)), *marks) & fits
        return or_(text.ilike(escaped, escape="\\"), ~in_ascii & has) if bare.isascii() else ~in_ascii & has
    if not bare.isascii():
        return and_(~in_ascii, fits)
    return or_(in_ascii & text.collate("C").ilike(escaped, escape="\\"), ~in_ascii & fits)


def spans_of(words: Sequence[str], text: str) -> list[Span]:
    """Return the spans of the words in a text."""
    return [match.span() for match in _pattern(words).finditer(text)]


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=lambda word: len(letters.bare(word)), reverse=True)
    return re.compile("|".join(map(letters.expression, longest_first)))


def _has_all(each: Sequence[re.Pattern[str]], text: str) -> bool:
    return all(word.search(text) for word in each)


def _in_a_mask(word: str) -> bool:
    """Return whether a word may occur in or across the mask of personal data."""
    own = letters.bare(word)
    return "[" in word or "]" in word or any(own in letters.bare(gettext(label)) for label in MASKS.values())
