"""Read the answers of a file as the site does, and say what was understood of it."""

from __future__ import annotations

import csv
import io
import sys
from argparse import Namespace
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.command.options import STANDARD_INPUT, InputError
from analysis.files.encodings import codec
from analysis.files.model import ColumnGuess, Columns, FileChoices, FileForm, FileRefused, Layout, LeftOut, Reason, Row
from analysis.files.read_file import ORIGINAL, StoredFile, read_file
from analysis.files.recognise import ARCHIVE_STARTS
from analysis.files.row_writer import MAX_CELL_CHARACTERS
from analysis.tables.columns import describe_columns, propose_columns
from analysis.tables.layout import data_rows, find_layout
from analysis.tables.read_rows import cell_forms, own_columns, own_rows, read_rows

CONTRACT = "answer"
"""The column that holds the answers where there is one of this name and no other is named"""
NOT_SHOWN = frozenset({"hidden", "held"})
NAMES = {
    "csv": "CSV",
    "xlsx": "Excel",
    "xlsb": "Excel",
    "xls": "Excel",
    "ods": "ODS",
    "parquet": "Parquet",
    "json": "JSON",
}
DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, slots=True)
class ReadAnswers:
    """The texts, "" where a row has none, the number of each one's row from 0, and what was understood, in lines."""

    texts: tuple[str, ...]
    rows: tuple[int, ...]
    understood: tuple[str, ...]


def read_answers(options: Namespace) -> ReadAnswers:
    """Read the file that the options name, by what they say of it. Raises InputError."""
    name = "standard input" if options.answers == STANDARD_INPUT else Path(options.answers).name
    choices = FileChoices(options.sheet, options.encoding, options.delimiter)
    try:
        with TemporaryDirectory(prefix="answers-") as folder:
            if options.answers == STANDARD_INPUT:
                stored = read_file(sys.stdin.buffer, Path(folder), choices)
            else:
                with Path(options.answers).open("rb") as file:
                    stored = read_file(file, Path(folder), choices, name=name)
            return _read_table(stored, name, options)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {options.answers}") from error
    except FileRefused as error:
        raise InputError(f"{name}: {error}") from error
    except OSError as error:
        raise InputError(f"{options.answers} cannot be read: {error.strerror}") from error


def _read_table(stored: StoredFile, name: str, options: Namespace) -> ReadAnswers:
    layout = _layout(stored.rows(), options.header_rows)
    if not layout.names:
        raise InputError(f"{name} is empty")
    _refuse_all_as_header(stored, name, options.header_rows)
    guesses = describe_columns(stored.rows(), layout)
    place, reason = _answer_column(layout, guesses, options.column, name)
    proposed = propose_columns(guesses)
    columns = own_columns(layout)
    is_own = columns is not None and columns.answers == (place,)
    if columns is not None and is_own:
        read = own_rows(stored.rows(), stored.form, layout, columns)
    else:
        columns, leave_out = Columns((place,)), frozenset[Reason]({"preview"})
        forms = cell_forms(stored.rows(), layout, columns)
        read = read_rows(stored.rows(), layout, columns, forms, longest=None, leave_out=leave_out)
    found = {one.number: one for one in read}
    blank_lines = _blank_lines(stored)
    before_table = bisect_left(blank_lines, layout.first)

    def row_of(number: int) -> int:
        return number - layout.first - (bisect_left(blank_lines, number) - before_table)

    skipped = set(map(row_of, layout.skipped))
    texts: list[str] = []
    rows: list[int] = []
    left_out: Counter[str] = Counter()
    blank, following = 0, 0
    for number, cells in data_rows(stored.rows(), layout):
        one, cell, row = found.get(number), cells[place], row_of(number)
        if stored.form.format == "csv":  # its rows of blank cells are not among those that are read
            between = [at for at in range(following, row) if at not in skipped]
            texts += [""] * len(between)
            rows += between
            blank += len(between)
        following = row + 1
        if one is None:
            left_out["further ideas of an answer"] += 1
            continue
        if isinstance(one, LeftOut):
            if one.reason == "preview":
                left_out["previews or tests"] += 1
                continue
            blank += 1
            text = cell
        elif one.status in NOT_SHOWN:
            left_out["hidden or held by their owner"] += 1
            continue
        else:
            text = cell if not is_own and cell.strip() == one.text else one.text  # as it was given, but for HTML
        texts.append(text)
        rows.append(row)
    if blank == len(texts):
        raise InputError(f"{name} has no answers in the column {layout.names[place]!r}")
    counts = [f"{len(texts)} rows", f"{blank} of them blank"]
    counts += [f"{count} more left out: {why}" for why, count in left_out.items()]
    unused = _unused(stored.form, options)
    others = [guess.name for guess in guesses if guess.place in proposed.answers and guess.place != place]
    understood = [
        f"{name}: {_described(stored.form, layout)}",
        *([f"Not used, for the file is {_format(stored.form)}: {', '.join(unused)}."] if unused else []),
        f"Answers: the column {layout.names[place]!r} ({reason}); {', '.join(counts)}.",
    ]
    if others and options.column is None:
        understood.append(f"Other open questions, for --column: {', '.join(map(repr, others))}.")
    return ReadAnswers(tuple(texts), tuple(rows), tuple(understood))


def _refuse_all_as_header(stored: StoredFile, name: str, header_rows: int | None) -> None:
    """Raise InputError where as many rows are said to name the columns as there are, or more."""
    rows = sum(any(map(str.strip, cells)) for _, cells in stored.rows()) if header_rows else 0
    if header_rows and rows <= header_rows:
        some = "1 row" if rows == 1 else f"{rows} rows"
        raise InputError(f"{name} has only {some}: with --header-rows {header_rows} none is left for answers")


def _unused(form: FileForm, options: Namespace) -> list[str]:
    """Return the options that say how to read a file of another format than this one is."""
    used = {"--sheet": form.sheet, "--encoding": form.encoding, "--delimiter": form.delimiter}
    given = {"--sheet": options.sheet, "--encoding": options.encoding, "--delimiter": options.delimiter}
    return [name for name, choice in given.items() if choice is not None and used[name] is None]


def _layout(rows: Iterable[Row], header_rows: int | None) -> Layout:
    layout = find_layout(rows, header_rows)
    if layout.header_rows:  # blank rows below them are rows, too
        return replace(layout, first=layout.header_rows[-1] + 1)
    return layout


def _answer_column(layout: Layout, guesses: Sequence[ColumnGuess], wanted: str | None, name: str) -> tuple[int, str]:
    """Return the place of the column of answers, and why it is that one. Raises InputError."""
    names = [*layout.names]
    for given in [wanted] if wanted is not None else [CONTRACT]:
        for form in (str, str.strip, lambda text: " ".join(text.split()).casefold()):
            for known in (names, layout.codes):
                places = [at for at, one in enumerate(known) if form(one) == form(given) and one]
                if places and (wanted is not None or not _only_numbers(guesses[places[0]])):
                    return places[0], "by its name"
    if wanted is not None:
        raise InputError(f"{name} has no column {wanted!r}; its columns are: {', '.join(names)}")
    proposed = propose_columns(guesses)
    if not proposed.answers:
        raise InputError(
            f"{name} has no column {CONTRACT!r} of texts, and none that looks like answers; name it with --column: "
            f"{', '.join(names)}"
        )
    place = proposed.answers[0]
    return place, " ".join(guesses[place].reason.split()).rstrip(".") or "by what is in it"


def _only_numbers(guess: ColumnGuess) -> bool:
    """Return whether a column holds numbers or times, without a letter."""
    return guess.role in ("number", "time", "id") and not any(map(str.isalpha, "".join(guess.examples)))


def _blank_lines(stored: StoredFile) -> list[int]:
    """Return the numbers of the lines of a CSV file that hold nothing at all: they are no rows of the table.

    An empty list where the file is cut in another way than CSV is.
    """
    numbers = [number for number, _ in stored.rows()]
    if stored.form.format != "csv" or not numbers or numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return []
    data = (stored.folder / ORIGINAL).read_bytes()
    if data.startswith(ARCHIVE_STARTS):
        return []
    text = io.StringIO(data.decode(codec(stored.form.encoding or "utf-8"), "replace"), newline="")
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    try:
        reader = csv.reader(text, delimiter=stored.form.delimiter or "\x1e")
        return [number for number, cells in enumerate(reader, start=1) if not cells]
    except csv.Error:
        return []


def _format(form: FileForm) -> str:
    return NAMES.get(form.format, form.format)


def _described(form: FileForm, layout: Layout) -> str:
    parts = [_format(form)]
    if form.sheet is not None:
        parts.append(f"sheet {form.sheet!r}" + (f" of {len(form.sheets)}" if len(form.sheets) > 1 else ""))
    if form.encoding is not None:
        broken = f" ({form.broken} letters do not fit it)" if form.broken else ""
        parts.append(f"{form.encoding}{broken}")
    if form.delimiter is not None:
        parts.append(DELIMITER_NAMES.get(form.delimiter, repr(form.delimiter)))
    headers = len(layout.header_rows)
    parts.append("no header row" if not headers else f"{headers} header row{'s' if headers > 1 else ''}")
    if layout.title_rows:
        parts.append(f"{len(layout.title_rows)} rows of title")
    if layout.tool:
        parts.append(f"from {layout.tool}")
    return ", ".join(parts) + "."
