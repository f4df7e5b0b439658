"""Import answers from a table: all or nothing, bad rows named by line; the same file twice adds nothing."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from survey.answers import lifecycle as answers
from survey.answers import past_imports
from survey.answers.lifecycle import NewAnswer, Refused
from survey.core import respondent_kinds
from survey.core.models import Survey
from survey.imports import file_reader, timestamps
from survey.imports.column_guess import Columns
from survey.imports.file_reader import MAX_PROBLEMS, ImportRefused, Problem, Row, Table, refusal

ANSWER = "answer"
IMPORT_KEY_LENGTH = 56
"""Hexadecimal digits of the hash that are stored"""
NAME_MAX = 120
"""Characters of a file's name that are stored, from its end"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many answers were added, and how many were here already."""

    added: int
    known: int

    def __str__(self) -> str:
        added = f"{self.added:,} {'answer' if self.added == 1 else 'answers'} added"
        return f"{added}, {self.known:,} {'was' if self.known == 1 else 'were'} already here."


def import_answers(survey: Survey, content: bytes, column: str = ANSWER, name: str = "A file") -> Outcome:
    """Import a CSV or Excel file: `column` holds the answers; `kind`, `source` and `received_at` are used if present.

    A row is recognised by all its cells, so a longer version of the same file adds only its new
    rows, and two people who wrote the same words in one file stay two. Raises ImportRefused.
    """
    table = file_reader.read(io.BytesIO(content))
    columns = named_columns(table, column)
    rows = list(table.rows)
    return import_rows(survey, table.header, lambda: rows, columns, name)


def import_rows(
    survey: Survey, header: Sequence[str], rows: Callable[[], Iterable[Row]], columns: Columns, name: str
) -> Outcome:
    """Import the rows of a table, in one transaction, under a name for its owner. Raises ImportRefused."""
    if past_imports.is_import_being_deleted(survey):
        raise refusal("An import of this survey is being deleted, and its rows are still known. Wait until it is gone.")
    found = check_rows(survey, header, rows, columns)
    return Outcome(*answers.receive_import(survey, found, name[-NAME_MAX:]))


def check_rows(
    survey: Survey, header: Sequence[str], rows: Callable[[], Iterable[Row]], columns: Columns
) -> list[NewAnswer]:
    """Return the checked answers of a table. Raises ImportRefused with every problem found (up to MAX_PROBLEMS).

    Each call of `rows` returns the rows from the first.
    """
    names = file_reader.column_names(header)
    received_at = timestamps.time_parser(day_first(rows, columns.time))
    found: list[NewAnswer] = []
    problems: list[Problem] = []
    seen: Counter[str] = Counter()
    for line_number, cells in rows():
        try:
            found.append(_answer(survey, names, cells, columns, received_at, seen))
        except Refused as refused:
            problems.append(Problem(line_number, str(refused)))
            if len(problems) == MAX_PROBLEMS:
                problems.append(Problem(0, "There may be more: reading stopped here."))
                break
    if problems:
        raise ImportRefused(problems)
    if not found:
        raise refusal("The file has a header and no answers below it.")
    return found


def named_columns(table: Table, column: str) -> Columns:
    """Return the columns of a table by name. Raises ImportRefused unless exactly one is called `column`."""
    header = table.header
    places: Mapping[str, int] = {name: place for place, name in reversed(list(enumerate(header)))}
    if header.count(column) > 1:
        raise refusal(f"The column {column!r} is there {header.count(column)} times. Rename all but one.")
    if column not in places:
        there = ", ".join(repr(name[:40]) for name in header[:20])
        raise refusal(f"There is no column {column!r}. The file has {there}.")
    return Columns(places[column], places.get("received_at"), places.get("kind"), places.get("source"))


def day_first(rows: Callable[[], Iterable[Row]], place: int | None) -> bool | None:
    """Return whether the dates in a column have the day before the month; None where no date is ambiguous."""
    return None if place is None else timestamps.day_comes_first(cells[place] for _, cells in rows())


def _answer(
    survey: Survey,
    names: Sequence[str],
    cells: Sequence[str],
    columns: Columns,
    received_at: Callable[[str], datetime | None],
    seen: Counter[str],
) -> NewAnswer:
    text = answers.check_text(cells[columns.answer])
    kind = _kind(survey, _cell(cells, columns.kind))
    source = _cell(cells, columns.source).lower()
    if source and source not in answers.SOURCES:
        raise Refused(f"The source {source[:40]!r} is not known. Known are {', '.join(answers.SOURCES)}.")
    time = _cell(cells, columns.time)
    try:
        moment = received_at(time)
    except ValueError:
        raise Refused(f"The time {time[:40]!r} cannot be read. Write it as 2026-03-19T07:40:00Z.") from None
    key = _row_key(names, cells, columns.answer, seen)[:IMPORT_KEY_LENGTH]
    return NewAnswer(text, answers.new_form_key(), kind, source or "import", moment, import_key=key)


def _kind(survey: Survey, text: str) -> str | None:
    """Return the key of the kind that a cell names by key or label, None for a blank cell."""
    if not text:
        return None
    kind = respondent_kinds.find(survey, text)
    if kind is None:
        raise Refused(f"The kind {text[:40]!r} is not one that this survey asks.")
    return kind.key


def _row_key(names: Sequence[str], cells: Sequence[str], place: int, seen: Counter[str]) -> str:
    """Return a hash of a row: its cells, how often they occurred so far, and the answer column."""
    content = json.dumps(sorted(zip(names, cells, strict=True)))
    if names[place] != ANSWER:
        content += json.dumps(names[place])
    digest = hashlib.sha256(content.encode()).hexdigest()
    seen[digest] += 1
    return hashlib.sha256(f"{seen[digest]}\n{content}".encode()).hexdigest()


def _cell(cells: Sequence[str], place: int | None) -> str:
    return "" if place is None else cells[place].strip()
