"""Read the rows of a table as answers, one pass: each becomes an AnswerRow, or a LeftOut with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from analysis import formula_cells
from analysis.files.model import AnswerRow, CellForms, Columns, FileForm, Layout, LeftOut, Reason, Row
from analysis.messages import NO_MESSAGE
from analysis.tables.cell_types import is_blank, is_left_empty
from analysis.tables.layout import data_rows
from analysis.tables.plain_text import is_surely_html, plain_text
from analysis.tables.time_order import time_order
from analysis.tables.times import time_parser, zone_in_name
from analysis.tables.tools import OWN, OWN_ID, preview_test

LEAVE_OUT: frozenset[Reason] = frozenset({"blank", "placeholder", "preview", "too_long", "ragged"})
"""Reasons that leave out a row unless somebody chooses otherwise; others leave out a cell"""
LONGEST = 5_000
OWN_RESPONSE_ID = "response_id"
OWN_COLUMNS = frozenset({OWN_ID, "answer", "kind", "source", "received_at", "status"})
OWN_STATUSES = frozenset({"shown", "held", "hidden"})
"""Of our own exports"""
BEGINNING = 80
EXAMPLES = 50


@dataclass(slots=True)
class Tally:
    """What reading a table came to: answers, and how many rows and cells were left out for which reason.

    ``left_out`` has the first rows that were left out for each reason, ``problems`` the first with a cell left out.
    """

    answers: int = 0
    rows: Counter[Reason] = field(default_factory=Counter)
    cells: Counter[Reason] = field(default_factory=Counter)
    left_out: dict[Reason, list[LeftOut]] = field(default_factory=dict)
    problems: dict[Reason, list[int]] = field(default_factory=dict)


def cell_forms(rows: Iterable[Row], layout: Layout, columns: Columns, *, day_first: bool | None = None) -> CellForms:
    """Return how the cells of the chosen columns are written, from all of them: day or month first, HTML or not.

    `rows` are all rows of the file. `day_first` is what a person says; None leaves it to be found out.
    """
    html: set[int] = set()

    def times() -> Iterator[tuple[int, str]]:
        texts = list(columns.answers)
        for number, cells in data_rows(rows, layout):
            for place in texts:
                if is_surely_html(cells[place]):
                    html.add(place)
            if not html.isdisjoint(texts):
                texts = [one for one in texts if one not in html]
            if columns.time is not None:
                yield number, cells[columns.time]

    order = time_order(times(), _time_zone(layout, columns))
    if day_first is not None and day_first != order.day_first:
        order = replace(order, day_first=day_first, decided_by=None, why=NO_MESSAGE, year_first=False)
    return CellForms(order, frozenset(html))


def read_rows(
    rows: Iterable[Row],
    layout: Layout,
    columns: Columns,
    forms: CellForms,
    *,
    answer: int | None = None,
    kinds: Collection[str] | None = None,
    sources: Collection[str] | None = None,
    longest: int | None = LONGEST,
    leave_out: frozenset[Reason] = LEAVE_OUT,
) -> Iterator[AnswerRow | LeftOut]:
    """Yield every row of the table as an answer, or as left out.

    `rows` are all rows of the file, `answer` is the place of the answers (None: the first of `columns.answers`).
    `kinds` and `sources` are the words that are known, in any case; None takes any. `longest` is in characters.
    `leave_out` are the reasons for which a whole row is left out; for others the cell is, and `problems` says so, or
    the row is taken as it is (a placeholder, a preview, an answer that is too long). Blank answers are always left out.
    """
    place = columns.answers[0] if answer is None else answer
    width = len(layout.names)
    read_cell = _text_reader(html=place in forms.html)
    read_kind, read_source = _word_reader(columns.kind, kinds), _word_reader(columns.source, sources)
    read_time = _time_reader(columns.time, forms)
    is_preview = preview_test(layout)
    takes_placeholders = layout.tool == OWN  # there they are what somebody wrote
    for number, cells in data_rows(rows, layout):
        text = read_cell(cells[place])
        if is_blank(text):
            yield LeftOut(number, "preview" if is_preview(cells) else "blank")
            continue
        problems: list[Reason] = []
        if len(cells) > width:
            problems.append("ragged")
        if is_preview(cells):
            problems.append("preview")
        if not takes_placeholders and is_left_empty(text):
            problems.append("placeholder")
        if longest is not None and len(text) > longest:
            problems.append("too_long")
        kind = read_kind(cells, "unknown_kind", problems)
        source = read_source(cells, "unknown_source", problems)
        time = read_time(cells, problems)
        if problems and (reason := next((problem for problem in problems if problem in leave_out), None)):
            yield LeftOut(number, reason, text[:BEGINNING], len(text))
            continue
        response_id, status = _cell(cells, columns.response_id), _cell(cells, columns.status)
        yield AnswerRow(number, text, time, kind, source, response_id, status, tuple(problems))


def tally(found: Iterable[AnswerRow | LeftOut]) -> Tally:
    """Count what `read_rows` yields, with the first examples of each reason."""
    counted = Tally()
    for one in found:
        if isinstance(one, LeftOut):
            counted.rows[one.reason] += 1
            examples = counted.left_out.setdefault(one.reason, [])
            if len(examples) < EXAMPLES:
                examples.append(one)
            continue
        counted.answers += 1
        for problem in one.problems:
            counted.cells[problem] += 1
            numbers = counted.problems.setdefault(problem, [])
            if len(numbers) < EXAMPLES:
                numbers.append(one.number)
    return counted


def _time_zone(layout: Layout, columns: Columns) -> str:
    """Return the zone of times that name none: what the column's name says, or the file."""
    if columns.time is None:
        return ""
    return zone_in_name(layout.names[columns.time]) or layout.time_zone


def _text_reader(*, html: bool) -> Callable[[str], str]:
    if not html:
        return str.strip
    return lambda cell: plain_text(cell) if "<" in cell or "&" in cell else cell.strip()


def _word_reader(
    place: int | None, known: Collection[str] | None
) -> Callable[[Sequence[str], Reason, list[Reason]], str]:
    """Return a reader of cells that may hold only known words; others are a problem, and read as blank."""
    words = None if known is None else {word.casefold() for word in known}

    def read(cells: Sequence[str], reason: Reason, problems: list[Reason]) -> str:
        if place is None:
            return ""
        word = cells[place].strip()
        if word and words is not None and word.casefold() not in words:
            if not is_blank(word) and not is_left_empty(word):
                problems.append(reason)
            return ""
        return word

    return read


def _time_reader(place: int | None, forms: CellForms) -> Callable[[Sequence[str], list[Reason]], datetime | None]:
    parse = time_parser(forms.time)

    def read(cells: Sequence[str], problems: list[Reason]) -> datetime | None:
        if place is None:
            return None
        try:
            return parse(cells[place])
        except ValueError:
            problems.append("unreadable_time")
            return None

    return read


def _cell(cells: Sequence[str], place: int | None) -> str:
    return "" if place is None else cells[place].strip()


def own_columns(layout: Layout) -> Columns | None:
    """Return the columns of our own export of answers or of their ideas, None for any other file."""
    place = {name: at for at, name in enumerate(layout.names)}
    if not place.keys() >= OWN_COLUMNS:
        return None
    return Columns(
        (place["answer"],),
        place["received_at"],
        place["kind"],
        place["source"],
        place[OWN_ID],
        place["status"],
    )


def own_rows(rows: Iterable[Row], form: FileForm, layout: Layout, columns: Columns) -> Iterator[AnswerRow | LeftOut]:
    """Yield the answers of our own export exactly as they were, each once: in a table of ideas it has several rows.

    Texts are not cleaned, placeholders are not looked for, an apostrophe before what looks like a formula is undone,
    and what was hidden or held stays so.
    """
    undo = form.format in formula_cells.DEFUSED_FORMATS
    seen: set[str] = set()
    for number, cells in data_rows(rows, layout):
        text, time, kind, source, response_id, status = (
            cells[place or 0]
            for place in (
                columns.answers[0],
                columns.time,
                columns.kind,
                columns.source,
                columns.response_id,
                columns.status,
            )
        )
        if response_id and response_id in seen:
            continue
        seen.add(response_id)
        text = formula_cells.undefused(text) if undo else text
        if not text.strip():
            yield LeftOut(number, "blank")
            continue
        moment = _moment(time)
        problems: tuple[Reason, ...] = ("unreadable_time",) if moment is None and time.strip() else ()
        kind = formula_cells.undefused(kind) if undo else kind
        status = status if status in OWN_STATUSES else ""
        yield AnswerRow(number, text, moment, kind, source, response_id, status, problems)


def askers_rows(rows: Iterable[Row], layout: Layout) -> frozenset[int]:
    """Return the numbers of the rows that the asker wrote."""
    if "askers_own" not in layout.names:
        return frozenset()
    place = layout.names.index("askers_own")
    return frozenset(n for n, cells in data_rows(rows, layout) if cells[place].strip().lower() in ("1", "true"))


def own_response_ids(rows: Iterable[Row], form: FileForm, layout: Layout) -> dict[int, str]:
    """Return the ids that another program had for the answers of our own export, by row; blank ones are left out."""
    if OWN_RESPONSE_ID not in layout.names:
        return {}
    place, undo = layout.names.index(OWN_RESPONSE_ID), form.format in formula_cells.DEFUSED_FORMATS
    found = ((number, cells[place].strip()) for number, cells in data_rows(rows, layout))
    return {number: formula_cells.undefused(cell) if undo else cell for number, cell in found if cell}


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
