"""CSV and its relatives: whatever wrote them, the same rows come out."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.files.delimited import cut_with_care, declared_delimiter, guess_delimiter
from analysis.files.model import FileRefused
from analysis.files.read_file import read_file
from tests.analysis.files.made_files import read
from tests.support.every_case import for_each
from tests.support.examples import examples


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_file_of_every_make_is_read_the_same(delimiter: str, encoding: str, line_end: str, tmp_path: Path) -> None:
    lines = ["by|answer", 'Zoë|"Be | kind, or; else"', "", "Ann|😀 שלום", "Bo|so"]
    form, rows = read(line_end.join(lines).replace("|", delimiter).encode(encoding), tmp_path)
    assert form.delimiter == delimiter
    assert rows == [["by", "answer"], ["Zoë", f"Be {delimiter} kind, or; else"], ["Ann", "😀 שלום"], ["Bo", "so"]]


@for_each(
    ("sample", "delimiter"),
    [
        ("when;what, in your view, keeps you?\n1;a, b\n2;c\n", ";"),
        ("a,b;c\n1,2;3\n", ","),
        ("answer\nListen, and laugh\nTalk, always\n", None),
        ("answer\nListen\nLaugh &amp; talk\nCost &lt; 5\n", None),
        ("answer\nmeet at 9:30\nor at 10:15\n", None),
        ("answer\nhttps://a.example/b\nhttp://c.example\n", None),
        ("Library survey\n\nid;answer\n1;Be kind, and patient\n2;Listen\n", ";"),
        ("id,answer\n1,Be kind\n2,Listen,\n3,Laugh,\n", ","),
        ("id\tanswer\n1\tBe kind, and patient\n2\tListen, too\n", "\t"),
        ('id,answer\n1,"a;b;c"\n2,"d;e;f"\n', ","),
        ("id;score\n1;3,5\n2;4,5\n", ";"),
        ("a|b|c\n1|x, y|3\n2|z|4\n", "|"),
        ("a,b,c,d\n1\n2,x\n3,y,z\n4,5,6,7\n", ","),
        ("Bike lanes, please\nShowers at work\nLess rain, more trees, slower cars\nA safe place to lock it\n", None),
        ("Bike lanes, please\nShowers, warm ones\nMore room, a lot of it\nSafe parking, close by\n", None),
        ("Bike lanes; please\nShowers at work\nLess rain; please\nA safe place\n", None),
        ("name, comment\nZoë, kind people here\nAnn, a warm room\nBo, long opening hours\n", ","),
        ("id, answer\n1, kind\n2, warm\n", ","),
        ("id,answer\n1,Kind, warm, quiet, clean, light, open, near\n2,Calm\n3,Big\n", ","),
        ("", None),
    ],
)
def test_the_delimiter_is_the_one_that_cuts_evenly(sample: str, delimiter: str | None) -> None:
    assert guess_delimiter(sample.splitlines(keepends=True)) == delimiter


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;", "\ufeffsep=;", "sep=;;;", "sep=;\r"])
def test_a_first_line_that_names_the_delimiter_is_no_row(line: str, tmp_path: Path) -> None:
    assert declared_delimiter(line) == ";"
    form, rows = read(f"{line}\nid;answer, in words\n1;a, b\n".encode(), tmp_path)
    assert (form.delimiter, rows) == (";", [["id", "answer, in words"], ["1", "a, b"]])


def test_a_question_about_sep_is_a_row(tmp_path: Path) -> None:
    assert read(b"sep=, what is it?\nno idea\n", tmp_path)[1] == [["sep=, what is it?"], ["no idea"]]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('id,answer\n1,He said "hi" to me\n', [["1", 'He said "hi" to me']]),
        ('id,answer\n1,"He said "hi" to me"\n', [["1", 'He said "hi" to me']]),
        ('id,answer\n1,"Great" service\n2,x\n', [["1", '"Great" service'], ["2", "x"]]),
        ('id,answer\n1,"never closed\n2,b\n3,c\n', [["1", '"never closed'], ["2", "b"], ["3", "c"]]),
        ('id,answer\n1,"never closed\n2,"x"\n', [["1", '"never closed'], ["2", "x"]]),
        ('id,answer\n1,"two\nlines"\n2,5" nails\n', [["1", "two\nlines"], ["2", '5" nails']]),
        ('id,answer\n1,"a ""b"" c"\n2,"x\n', [["1", 'a "b" c'], ["2", '"x']]),
        ('id,answer\n1,"a \\"b\\", c"\n2,"d \\"e\\""\n', [["1", 'a "b", c'], ["2", 'd "e"']]),
        ('id, answer\n1, "a, b"\n2, "c"\n', [["1", "a, b"], ["2", "c"]]),
        ('id,answer\n1,"a" \n2,"b"\n', [["1", "a"], ["2", "b"]]),
        ('answer\n"Great" service\nfine\nhe said "hello"\n', [['"Great" service'], ["fine"], ['he said "hello"']]),
        ("id,answer\r\n1,one\rtwo\r\n2,x\r\n", [["1", "one\ntwo"], ["2", "x"]]),
        ("id,answer\r\r\n1,a\r\r\n2,b\r\r\n", [["1", "a"], ["2", "b"]]),
        ('id,answer\r\n1,"one\r\n\r\ntwo"\r\n', [["1", "one\n\ntwo"]]),
        ("id,answer\n1,a\0b\n2,c\n", [["1", "ab"], ["2", "c"]]),
        ('id,answer\n1,"one_x000D_\ntwo"\n2,my _x000D_ own\n', [["1", "one\ntwo"], ["2", "my _x000D_ own"]]),
        ("id,answer\n1\n2,b,c\n,,\n3,d", [["1"], ["2", "b", "c"], ["3", "d"]]),
        ('id,answer\n1,""\n2," "\n', [["1", ""], ["2", " "]]),
    ],
)
def test_odd_quotation_marks_and_line_ends(text: str, rows: list[list[str]], tmp_path: Path) -> None:
    assert read(text.encode(), tmp_path)[1][1:] == rows


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(tmp_path: Path) -> None:
    content = b'sep=,\nid,answer\n\n1,"two\nlines"\n,\n2,x\n'
    assert [number for number, _ in read_file(io.BytesIO(content), tmp_path).rows()] == [2, 4, 6]


def test_another_delimiter_can_be_chosen(tmp_path: Path) -> None:
    assert read(b"a,b;c\n1,2;3\n1,2;3\n", tmp_path, delimiter=";")[1] == [["a,b", "c"], ["1,2", "3"], ["1,2", "3"]]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xff\xfe", b" \r\n\t", b"\0\0\0"])
def test_nothing_is_said_to_be_empty(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="empty"):
        read(content, tmp_path)


cells = st.text(st.characters(exclude_characters="\r\0\x1e", exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=6), st.sampled_from(",;\t|"))
def test_what_is_written_well_is_cut_with_care_as_it_was(rows: list[list[str]], delimiter: str) -> None:
    text = "\n".join(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows) + "\n"
    assert list(cut_with_care([line + "\n" for line in text[:-1].split("\n")], delimiter)) == rows
