"""Find the answers that rows of a coded file are: by id, by time and text, by text. Each answer is one row at most."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.coded_files.assign import Mark
from survey.core.models import Answer


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """An answer as a coded file has it; spans of its marks are of its text."""

    number: int
    text: str
    marks: tuple[Mark, ...]
    id: str = ""
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """An answer that is here."""

    id: int
    public_id: str
    text: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Matched:
    """The answers of a file that are here, with marks whose spans are of the text that is here; and the others."""

    here: dict[int, tuple[Mark, ...]]
    missing: list[FileAnswer]


def known_answers(session: Session, survey_id: int) -> list[Known]:
    """Return all answers of a survey, by id."""
    rows = session.execute(
        select(Answer.id, Answer.public_id, Answer.text, Answer.received_at)
        .where(Answer.survey_id == survey_id)
        .order_by(Answer.id)
    )
    return [Known(*row) for row in rows]


def match(found: Sequence[FileAnswer], known: Sequence[Known]) -> Matched:
    """Match the answers of a file with those that are here. Blank ones are neither."""
    by_id = {one.public_id: one for one in known}
    by_time: dict[tuple[str, int], list[Known]] = defaultdict(list)
    by_text: dict[str, list[Known]] = defaultdict(list)
    for one in reversed(known):  # so that pop gives the first
        by_time[letters(one.text), _minute(one.time)].append(one)
        by_text[letters(one.text)].append(one)
    taken: dict[int, int] = {}
    matches: dict[int, Known] = {}

    def take(place: int, candidates: list[Known]) -> bool:
        while candidates:
            one = candidates.pop()
            if one.id not in taken:
                taken[one.id] = place
                matches[place] = one
                return True
        return False

    rows = [(place, one) for place, one in enumerate(found) if letters(one.text)]
    for place, row in rows:
        if row.id in by_id:
            take(place, [by_id[row.id]])
    for place, row in rows:
        if place not in matches and row.time is not None:
            take(place, by_time.get((letters(row.text), _minute(row.time)), []))
    for place, row in rows:
        if place not in matches:
            take(place, by_text.get(letters(row.text), []))
    here = {one.id: moved_marks(found[place], one.text) for place, one in sorted(matches.items())}
    return Matched(here, [row for place, row in rows if place not in matches])


def split_documents(found: Iterable[FileAnswer], known: Sequence[Known]) -> list[FileAnswer]:
    """Return the answers of a file, with documents that hold many answers, one a line, cut into these."""
    texts = {letters(one.text) for one in known}
    cut: list[FileAnswer] = []
    for one in found:
        lines = _lines(one.text)
        if (
            letters(one.text) in texts
            or len(lines) < 2
            or not any(letters(one.text[slice(*at)]) in texts for at in lines)
        ):
            cut.append(one)
            continue
        for at in lines:
            marks = [_within(mark, at) for mark in one.marks]
            cut.append(replace(one, text=one.text[slice(*at)], marks=tuple(mark for mark in marks if mark), id=""))
    return cut


def moved_marks(row: FileAnswer, text: str) -> tuple[Mark, ...]:
    """Return the marks of a row with spans of the text that is here, which may differ in its spaces and line ends.

    Where it differs in more, a mark is of the whole answer.
    """
    if row.text == text or all(mark.span is None for mark in row.marks):
        return row.marks
    there, here = _visible(row.text), _visible(text)
    if letters(row.text) != letters(text):
        return tuple(dict.fromkeys(Mark(mark.code) for mark in row.marks))
    moved = []
    for mark in row.marks:
        if mark.span is None:
            moved.append(mark)
            continue
        first, last = bisect_left(there, mark.span[0]), bisect_left(there, mark.span[1]) - 1
        if first <= last:
            moved.append(Mark(mark.code, (here[first], here[last] + 1)))
    return tuple(moved)


def letters(text: str) -> str:
    """Return a text without its spaces and line ends."""
    return "".join(text.split())


def _visible(text: str) -> list[int]:
    return [place for place, character in enumerate(text) if not character.isspace()]


def _lines(text: str) -> list[tuple[int, int]]:
    """Return the character ranges of the lines that are not blank."""
    found, start = [], 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            found.append((start, start + len(line.rstrip())))
        start += len(line)
    return found


def _within(mark: Mark, line: tuple[int, int]) -> Mark | None:
    """Return a mark of a document as one of a line of it; None if it is of other lines."""
    if mark.span is None:
        return mark
    starts, ends = max(mark.span[0], line[0]) - line[0], min(mark.span[1], line[1]) - line[0]
    if starts >= ends:
        return None
    return Mark(mark.code, None if (starts, ends) == (0, line[1] - line[0]) else (starts, ends))


def _minute(time: datetime) -> int:
    return int(time.timestamp() // 60)
