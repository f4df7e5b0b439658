"""Bytes to rows: what is understood of a file, and that nothing in one can do harm."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.imports import excel_reader, file_reader, timestamps
from survey.imports.column_guess import Columns, guess
from survey.imports.file_reader import ImportRefused


def read(content: bytes) -> tuple[str, list[str], list[tuple[int, list[str]]]]:
    table = file_reader.read(io.BytesIO(content))
    return table.form, table.header, list(table.rows)


def made_workbook(*sheets: list[list[object]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for rows in sheets:
            sheet = book.add_worksheet()
            for down, row in enumerate(rows):
                sheet.write_row(down, 0, row)
    return file.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_csv_of_every_make_is_read_the_same(delimiter: str, encoding: str, line_end: str) -> None:
    lines = ["by|answer", 'Zoë|"Be | kind, or; else"', "", "Ann|😀 שלום"]
    content = line_end.join(lines).replace("|", delimiter).encode(encoding)
    form, header, rows = read(content)
    assert file_reader.DELIMITERS[delimiter] in form
    assert header == ["by", "answer"]
    assert [cells for _, cells in rows] == [["Zoë", f"Be {delimiter} kind, or; else"], ["Ann", "😀 שלום"]]
    assert [number for number, _ in rows] == [2, 4]


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        ("answer\nListen, and laugh\n", ","),
        ("when;what, in your view, keeps you?\n1;a, b\n2;c\n", ";"),
        ("a,b;c\n1,2;3\n", ","),
        ("", ","),
    ],
)
def test_the_delimiter_is_the_one_that_cuts_evenly(sample: str, delimiter: str) -> None:
    assert file_reader.guess_delimiter(sample) == delimiter


def test_every_ragged_line_is_named() -> None:
    with pytest.raises(ImportRefused) as refused:
        read(b"answer,by\nfine,a\nshort\nfine,b\nlong,c,d\n")
    assert [problem.line_number for problem in refused.value.problems] == [3, 5]


def test_a_file_of_more_rows_than_may_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_reader, "MAX_ROWS", 3)
    read(b"answer\n1\n2\n3\n")
    with pytest.raises(ImportRefused, match="more than 3 rows"):
        read(b"answer\n1\n2\n3\n4\n")


def test_columns_have_names_of_their_own() -> None:
    assert file_reader.column_names(["a", "", "a", "b"]) == ["a", "column 2", "a (2)", "b"]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_one_refusal(content: bytes) -> None:
    try:
        _, header, rows = read(content)
    except ImportRefused as refused:
        assert refused.problems
    else:
        assert all(len(cells) == len(header) for _, cells in rows)


def test_a_workbook_is_read_as_its_values() -> None:
    rows: list[list[object]] = [["answer", "when", "n", "ok", ""], ["Listen", datetime(2026, 3, 19, 7, 40), 3.0, True]]
    last: list[object] = ["x" * 30_000, None, 2.5]
    content = made_workbook([*rows, [], last], [["other"]])
    form, header, found = read(content)
    assert form == "Excel, the sheet “Sheet1”, the first of 2"
    assert header == ["answer", "when", "n", "ok"]
    assert found == [(2, ["Listen", "2026-03-19T07:40:00", "3", "TRUE"]), (4, ["x" * 30_000, "", "2.5", ""])]


def test_a_formula_is_never_worked_out() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "answer")
        sheet.write_formula(1, 0, "=1+1", None, "kept value")
    assert read(file.getvalue())[2] == [(2, ["kept value"])]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"a.txt": b""}, "no Excel workbook"),
        ({f"p{n}": b"" for n in range(1001)}, "far larger"),
        ({"xl/worksheets/sheet1.xml": bytes(30_000_000)}, "far larger"),
        ({"xl/worksheets/sheet1.xml": b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>"}, "cannot be read"),
    ],
)
def test_a_harmful_workbook_is_refused(parts: dict[str, bytes], message: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in () if "a.txt" in parts else sorted(excel_reader.NEEDED):
            archive.writestr(name, b"<x/>")
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(ImportRefused, match=message):
        read(file.getvalue())


def test_entities_that_grow_do_no_harm() -> None:
    """A thousand million laughs in the texts of a workbook that is whole otherwise."""
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    bomb = f"<?xml version='1.0'?><!DOCTYPE sst [<!ENTITY l0 'lol'>{laughs}]><sst><si><t>&l9;</t></si></sst>"
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made_workbook([["answer"], ["hi"]]))) as good, zipfile.ZipFile(file, "w") as bad:
        for part in good.namelist():
            bad.writestr(part, bomb if part == "xl/sharedStrings.xml" else good.read(part))
    with pytest.raises(ImportRefused, match="cannot be read"):
        read(file.getvalue())


@pytest.mark.parametrize("place", ['r="999999999999"', 'r="1048577"'])
def test_a_row_number_beyond_any_sheet_is_refused_soon(place: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made_workbook([["answer"], ["hi"]]))) as good, zipfile.ZipFile(file, "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            bad.writestr(name, content.replace(b'<row r="2"', f"<row {place}".encode()))
    begun = time.monotonic()
    with pytest.raises(ImportRefused, match="rows that no Excel sheet can have"):
        read(file.getvalue())
    assert time.monotonic() - begun < 60  # three minutes were all that ended it


def test_a_wide_sheet_is_refused() -> None:
    with pytest.raises(ImportRefused, match="more than 500 columns"):
        read(made_workbook([["answer"], ["x"] * 501]))


def test_cutting_the_program_short_is_a_refusal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("analysis.parallel.isolated_process.TIMEOUT_SECONDS", 0.01)
    with pytest.raises(ImportRefused, match="cannot be read"):
        read(made_workbook([["answer"], ["x"]]))


@pytest.mark.parametrize(
    ("text", "separator", "cut"),
    [
        ("a\nb", "line", ["a", "b"]),
        ("a\n\nb\n \nc", "line", ["a", "b", "c"]),
        ("a\nb\n\nc", "blank", ["a\nb", "c"]),
        ("a\nb\n\n", "line", ["a", "b"]),
        ("\r\n\r\na\rb\r\n\tc\n", "line", ["a", "b", "\tc"]),
    ],
)
def test_a_pasted_list(text: str, separator: str, cut: list[str]) -> None:
    assert file_reader.guess_separator(text) == separator
    assert [cells[0] for _, cells in file_reader.pasted_rows(file_reader.pasted_lines(text), separator)] == cut


@pytest.mark.parametrize(
    ("header", "lengths", "columns", "reason"),
    [
        (["By", "Answer ", "kind", "received_at"], [9, 1, 1, 1], Columns(1, 3, 2), "It is called “answer”."),
        (["note", "Why do  YOU stay?"], [9, 1], Columns(1), "It is called what your survey asks."),
        (["id", "said", "time"], [3, 40, 60], Columns(1, 2), "It has the longest texts."),
        (["x"], [3], Columns(0), "It is the only column."),
        (["Timestamp", "Q1", "Email address", "Q2"], [10, 5, 99, 50], Columns(3, 0), "Google Forms"),
        (
            ["#", "Q1", "Q2", "Submit Date (UTC)", "Network ID", "Tags"],
            [32, 9, 8, 19, 99, 0],
            Columns(1, 3),
            "Typeform",
        ),
        (["answer", "answer", "more"], [1, 1, 2], Columns(2), "It has the longest texts."),
    ],
)
def test_the_guess_says_why(header: list[str], lengths: list[float], columns: Columns, reason: str) -> None:
    guessed = guess(header, lengths, "Why do you stay?")
    assert guessed.columns == columns
    assert reason in guessed.reason


@pytest.mark.parametrize(
    ("text", "day_first", "moment"),
    [
        ("2026-03-19T07:40:00+01:00", None, "2026-03-19T06:40:00+00:00"),
        ("2026-03-19 07:40:12", None, "2026-03-19T07:40:12+00:00"),
        ("2026/03/19 7:40:12 PM GMT+1", None, "2026-03-19T18:40:12+00:00"),
        ("2026/03/19 12:00:00 am GMT-3:30", None, "2026-03-19T03:30:00+00:00"),
        ("3/19/2026 7:40:00", False, "2026-03-19T07:40:00+00:00"),
        ("19/3/2026 7:40", True, "2026-03-19T07:40:00+00:00"),
        ("19.03.2026", True, "2026-03-19T00:00:00+00:00"),
        ("", None, "None"),
    ],
)
def test_times_are_read_as_other_programs_write_them(text: str, day_first: bool | None, moment: str) -> None:
    read = timestamps.time_parser(day_first)
    found = read(text)
    assert (found.isoformat() if found else str(found)) == moment


@pytest.mark.parametrize("text", ["yesterday", "13:00", "2026-13-01", "3/19/2026 13:00 PM", "0001-01-01T00:00+05:00"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(ValueError):
        timestamps.time_parser(False)(text)


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["3/4/2026", "19/3/2026"], True),
        (["3/4/2026", "3/19/2026"], False),
        (["3/4/2026"], False),
        (["3.4.2026"], True),
        (["2026-03-04", ""], None),
    ],
)
def test_a_number_above_twelve_tells_day_from_month(texts: list[str], first: bool | None) -> None:
    assert timestamps.day_comes_first(texts) is first
