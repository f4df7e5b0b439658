"""Answers from a table: all or nothing, bad rows named by their line, the same file twice adds nothing."""

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
from survey.imports.file_reader import PROBLEMS_MOST, ImportRefused, Problem, Row, Table, refuse

ANSWER = "answer"
IMPORT_KEY_LENGTH = 56
"""Hexadecimal digits: as many as were kept when the key stood in another column"""
NAME_MAX = 120
"""Characters of a file's name that are kept, from its end"""


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

    A row is known again by all its cells together, so a longer version of the same file adds only its new
    rows, and two people who wrote the same words in one file stay two. Raises ImportRefused.
    """
    table = file_reader.read(io.BytesIO(content))
    columns = named_columns(table, column)
    rows = list(table.rows)
    return import_rows(survey, table.header, lambda: rows, columns, name)


def import_rows(
    survey: Survey, header: Sequence[str], rows: Callable[[], Iterable[Row]], columns: Columns, name: str
) -> Outcome:
    """Import the rows of a table, in one transaction, under a name its owner finds it by. Raises ImportRefused."""
    if past_imports.is_import_being_deleted(survey):
        raise refuse("An import of this survey is being deleted, and its rows are still known. Wait until it is gone.")
    found = checked(survey, header, rows, columns)
    return Outcome(*answers.receive_import(survey, found, name[-NAME_MAX:]))


def checked(
    survey: Survey, header: Sequence[str], rows: Callable[[], Iterable[Row]], columns: Columns
) -> list[NewAnswer]:
    """The checked answers of a table; raises ImportRefused with every problem found (up to PROBLEMS_MOST).

    `rows` gives the rows as often as it is called.
    """
    names = file_reader.keys(header)
    received_at = timestamps.reader(day_first(rows, columns.time))
    found: list[NewAnswer] = []
    problems: list[Problem] = []
    seen: Counter[str] = Counter()
    for line_number, cells in rows():
        try:
            found.append(_answer(survey, names, cells, columns, received_at, seen))
        except Refused as refused:
            problems.append(Problem(line_number, str(refused)))
            if len(problems) == PROBLEMS_MOST:
                problems.append(Problem(0, "There may be more: reading stopped here."))
                break
    if problems:
        raise ImportRefused(problems)
    if not found:
        raise refuse("The file has a header and no answers below it.")
    return found


def named_columns(table: Table, column: str) -> Columns:
    """The columns of a table by their names. Raises ImportRefused where none, or several, are called `column`."""
    header = table.header
    places: Mapping[str, int] = {name: place for place, name in reversed(list(enumerate(header)))}
    if header.count(column) > 1:
        raise refuse(f"The column {column!r} is there {header.count(column)} times. Rename all but one.")
    if column not in places:
        there = ", ".join(repr(name[:40]) for name in header[:20])
        raise refuse(f"There is no column {column!r}. The file has {there}.")
    return Columns(places[column], places.get("received_at"), places.get("kind"), places.get("source"))


def day_first(rows: Callable[[], Iterable[Row]], place: int | None) -> bool | None:
    """Whether the times in a column write the day before the month; None where that does not matter."""
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
    """The key of the kind that a cell names by key or label, None for a blank one."""
    if not text:
        return None
    kind = respondent_kinds.find(survey, text)
    if kind is None:
        raise Refused(f"The kind {text[:40]!r} is not one that this survey asks.")
    return kind.key


def _row_key(names: Sequence[str], cells: Sequence[str], place: int, seen: Counter[str]) -> str:
    """What a row is known again by: its cells, how often they came before, and, by another name, its column."""
    content = json.dumps(sorted(zip(names, cells, strict=True)))
    if names[place] != ANSWER:
        content += json.dumps(names[place])
    digest = hashlib.sha256(content.encode()).hexdigest()
    seen[digest] += 1
    return hashlib.sha256(f"{seen[digest]}\n{content}".encode()).hexdigest()


def _cell(cells: Sequence[str], place: int | None) -> str:
    return "" if place is None else cells[place].strip()
