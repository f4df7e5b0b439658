"""Writers of rows: CSV as csv.writer writes it, no cell that a spreadsheet runs, written in chunks."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from survey.core.database import iso
from survey.exports import file_formats
from survey.exports.file_formats import BOM
from survey.tables import answer_query
from survey.tables.data_dictionary import ANSWERS, Column
from tests.support.every_case import for_each


def test_a_sheet_that_is_full_goes_on_in_another() -> None:
    columns = (Column("n", "whole number", ""), Column("text", "text", ""))
    rows = [(number, "x" * 40_000) for number in range(5)]
    book = load_workbook(file_formats.as_xlsx("clusters", columns, iter(rows), limit=3))
    assert book.sheetnames == ["clusters", "clusters 2", "clusters 3"]
    cells = [row for sheet in book for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [row[0] for row in cells] == [0, 1, 2, 3, 4]
    assert {len(str(row[1])) for row in cells} == {file_formats.MAX_SHEET_CELL_CHARACTERS}


def test_odd_characters_come_back_from_a_workbook() -> None:
    texts = ["a\x01b", "_x0041_", "https://example.org", "😀\ufeff", "<b>&amp;", "{=1}"]
    book = load_workbook(file_formats.as_xlsx("t", (Column("text", "text", ""),), [(text,) for text in texts]))
    cells = [str(row[0]) for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)]
    assert [unescape(cell) for cell in cells] == texts


@pytest.mark.usefixtures("files_in_processes")
def test_a_parquet_writer_that_dies_is_told() -> None:
    """Of a broken column it dies at once, and reads none of the rows."""
    columns = (Column("n", "nothing known", ""), Column("text", "text", ""))  # type: ignore[arg-type]
    rows = ((number, "x" * 1000) for number in range(20_000))
    with pytest.raises(RuntimeError, match="parquet_writer failed"):
        file_formats.as_parquet(columns, rows)


@for_each("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1+1", "＝1+1", "\u00a0=1", "＠x"])
def test_a_cell_that_starts_like_a_formula_is_defused(text: str) -> None:
    assert file_formats.defused(text) == "'" + text
    assert f"'{text}" in "".join(file_formats.as_csv((Column(text, "text", ""),), [])).replace('"', "")


@for_each("text", ["Honesty", "a=b", "1+1", "", "(=1)"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert file_formats.defused(text) == text


def test_numbers_are_not_texts() -> None:
    assert file_formats.defused(-0.5) == -0.5
    assert file_formats.defused(None) is None


def test_no_formula_begins_with_a_letter_or_digit() -> None:
    """Such a text is not looked at any further before it is written."""
    assert not [character for character in map(chr, range(0x110000)) if character.isalnum() and runs_after(character)]


def runs_after(character: str) -> bool:
    return file_formats.defused(character) != character or file_formats.defused(character + "=") != character + "="


WRITTEN = (
    Column("text", "text", ""), Column("n", "whole number", ""), Column("x", "number", ""),
    Column("yes", "yes or no", ""), Column("at", "moment", ""), Column("kind", "text", ""),
)  # fmt: skip


@given(
    st.lists(
        st.tuples(
            st.none()
            | st.text(st.sampled_from(["a", "b", ",", '"', "\r", "\n", "=", " ", "é", "\t", "'"]), max_size=6),
            st.none() | st.integers(),
            st.none() | st.floats(allow_nan=False),
            st.none() | st.booleans(),
            st.none() | st.datetimes().map(str),
            st.sampled_from([None, "x", "a, b", "=1"]),
        ),
        max_size=12,
    )
)
def test_csv_is_what_the_standard_writer_would_write(rows: list[Any]) -> None:
    plain = io.StringIO()
    writer = csv.writer(plain)
    writer.writerow([column.name for column in WRITTEN])
    for text, n, x, yes, at, kind in rows:
        moment = None if at is None else iso(datetime.fromisoformat(at).replace(tzinfo=UTC))
        writer.writerow(
            [file_formats.defused(text), n, x, None if yes is None else int(yes), moment, file_formats.defused(kind)]
        )
    assert "".join(file_formats.as_csv(WRITTEN, rows)) == BOM + plain.getvalue()


@pytest.mark.parametrize("write", [file_formats.as_csv, file_formats.as_json])
def test_the_file_is_written_in_chunks(write: Callable[..., Iterator[str]]) -> None:
    taken = 0

    def rows() -> Iterator[tuple[str]]:
        nonlocal taken
        for number in range(10 * answer_query.BATCH_ROWS):
            taken += 1
            yield (str(number),)

    chunks = write((Column("number", "text", ""),), rows())
    written = []
    while not taken:
        written.append(next(chunks))
    assert taken == answer_query.BATCH_ROWS
    whole = "".join([*written, *chunks])
    if write is file_formats.as_csv:
        assert whole.startswith(f"{BOM}number\r\n0\r\n")
        assert whole.count("\r\n") == 10 * answer_query.BATCH_ROWS + 1
    else:
        assert [row["number"] for row in json.loads(whole)] == [str(n) for n in range(10 * answer_query.BATCH_ROWS)]


@for_each("count", [0, 1, answer_query.BATCH_ROWS, answer_query.BATCH_ROWS + 1])
def test_json_is_whole_at_any_length(count: int) -> None:
    columns = (Column("n", "whole number", ""),)
    assert json.loads("".join(file_formats.as_json(columns, ((n,) for n in range(count))))) == [
        {"n": n} for n in range(count)
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("files_in_processes")
@pytest.mark.parametrize("form", ["csv", "json", "xlsx", "parquet"])
def test_memory_does_not_grow_with_the_rows(form: str) -> None:
    moment = datetime(2026, 3, 1)

    def rows(count: int) -> Iterator[tuple[object, ...]]:
        for n in range(count):
            yield (
                f"{n:016x}",
                "What we say " * 20,
                "friend",
                "email",
                str(moment + timedelta(n)),
                None,
                "shown",
                "",
                "",
                False,
                f"R_{n}",
                "en",
            )

    def write(count: int) -> int:
        made: Any = rows(count)
        if form in ("csv", "json"):
            return sum(
                map(len, (file_formats.as_csv if form == "csv" else file_formats.as_json)(ANSWERS.columns, made))
            )
        file = (
            file_formats.as_xlsx("a", ANSWERS.columns, made)
            if form == "xlsx"
            else file_formats.as_parquet(ANSWERS.columns, made)
        )
        return len(file.read(1))

    peaks = []
    for count in (1000, 4000):
        tracemalloc.start()
        assert write(count)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0], peaks
