"""Answers from a file: all or nothing, bad rows named by their line, the same file twice adds nothing."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from survey import answers
from survey.answers import NewAnswer, Refused
from survey.models import Survey

PROBLEMS_MOST = 50
CELL_MOST = 1_000_000

csv.field_size_limit(CELL_MOST)


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that cannot be imported, and why. Line 0 is the file as a whole."""

    line_number: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line_number}: {self.message}" if self.line_number else self.message


class ImportRefused(Exception):
    """Nothing was imported. Holds the problems, at most PROBLEMS_MOST of them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many answers were added, and how many were here already."""

    added: int
    known: int


def import_answers(survey: Survey, content: bytes, column: str = "answer") -> Outcome:
    """Import a CSV file: `column` holds the answers; `kind`, `source` and `received_at` are used where present.

    A row is known again by all its cells together, so a longer version of the same file adds only its new
    rows, and two people who wrote the same words in one file stay two. Raises ImportRefused.
    """
    return Outcome(*answers.receive_all(survey, read_file(content, column)))


def read_file(content: bytes, column: str) -> list[NewAnswer]:
    """The checked answers of a file; raises ImportRefused with every problem found (up to PROBLEMS_MOST)."""
    rows: list[NewAnswer] = []
    problems: list[Problem] = []
    seen: Counter[str] = Counter()
    for line_number, row in _lines(content, column):
        try:
            rows.append(_answer(row, column, seen))
        except Refused as refused:
            problems.append(Problem(line_number, str(refused)))
            if len(problems) == PROBLEMS_MOST:
                problems.append(Problem(0, "There may be more: reading stopped here."))
                break
    if problems:
        raise ImportRefused(problems)
    if not rows:
        raise _refuse("The file has a header and no answers below it.")
    return rows


def _lines(content: bytes, column: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each row with the line it starts on; blank lines and rows of blank cells are passed over."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ImportRefused(
            [Problem(line, "This is not UTF-8 text. Save the file as CSV UTF-8 and try again.")]
        ) from None
    if not text.strip():
        raise _refuse("The file is empty.")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    starts = 1
    header: list[str] = []
    try:
        for cells in reader:
            line_number, starts = starts, reader.line_num + 1
            if len(cells) != 1 and not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _header(cells, column)
            elif len(cells) != len(header):
                raise ImportRefused(
                    [
                        Problem(
                            line_number,
                            f"This line has {len(cells)} cells, and the header has {len(header)}. "
                            "A comma or a quotation mark may be missing.",
                        )
                    ]
                )
            else:
                yield line_number, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise ImportRefused([Problem(starts, f"This is not a CSV file that can be read ({error}).")]) from None


def _header(cells: list[str], column: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    if header.count(column) == 1:
        return header
    there = ", ".join(repr(name[:40]) for name in header[:20])
    if column in header:
        raise _refuse(f"The column {column!r} is there {header.count(column)} times. Rename all but one.")
    raise _refuse(f"There is no column {column!r}. The file has {there}.")


def _answer(row: Mapping[str, str], column: str, seen: Counter[str]) -> NewAnswer:
    text = answers.check_text(row[column])
    kind = answers.check_kind(row.get("kind", "").strip().lower())
    source = row.get("source", "").strip().lower()
    if source and source not in answers.SOURCES:
        raise Refused(f"The source {source[:40]!r} is not known. Known are {', '.join(answers.SOURCES)}.")
    content = json.dumps(sorted(row.items()))
    seen[content] += 1
    key = hashlib.sha256(f"{seen[content]}\n{content}".encode()).hexdigest()
    return NewAnswer(text, f"import-{key[:56]}", kind, source or "import", _moment(row.get("received_at", "").strip()))


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"The time {text[:40]!r} cannot be read. Write it as 2026-03-19T07:40:00Z.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _refuse(message: str) -> ImportRefused:
    return ImportRefused([Problem(0, message)])
