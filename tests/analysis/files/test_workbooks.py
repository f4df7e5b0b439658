"""Excel and OpenDocument workbooks: any sheet, every kind of cell."""

from __future__ import annotations

import io
import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from analysis.files.model import FileRefused, Sheet
from analysis.files.read_file import read_file
from tests.analysis.files.made_files import (
    cell,
    changed,
    open_document,
    packed,
    read,
    row,
    sheets,
    table,
    with_sheet,
    workbook,
)

DATA = Path(__file__).parents[2] / "data"
MAIN, STRICT = "http://schemas.openxmlformats.org", "http://purl.oclc.org/ooxml"


def of_every_kind(book: Any) -> None:
    sheet = book.add_worksheet("Answers")
    sheet.write_row(0, 0, ["text", 3.0, 2.5, True, 123456789012345, 1e20])
    sheet.write_row(1, 0, ["two\nlines", datetime(2026, 3, 1, 9, 10), "", "", "=1+1"])
    sheet.write_datetime(2, 0, date(2026, 3, 1), book.add_format({"num_format": "d.m.yyyy"}))
    sheet.write_datetime(2, 1, time(9, 5), book.add_format({"num_format": "hh:mm"}))
    sheet.write_number(2, 2, 1.5, book.add_format({"num_format": "[h]:mm:ss"}))
    sheet.write_formula(3, 0, "=1/0", None, "#DIV/0!")
    sheet.write_formula(3, 1, '="a"&"b"', None, "kept value")
    sheet.write_rich_string(4, 0, "rich ", book.add_format({"bold": True}), "text", " here")
    sheet.merge_range("A7:C8", "merged")
    sheet.write(8, 3, "right of all")


ROWS = [
    (1, ["text", "3", "2.5", "TRUE", "123456789012345", "100000000000000000000"]),
    (2, ["two\nlines", "2026-03-01T09:10:00", "", "", "0"]),
    (3, ["2026-03-01", "09:05:00", "36:00:00"]),
    (4, ["", "kept value"]),
    (5, ["rich text here"]),
    (7, ["merged"]),
    (9, ["", "", "", "right of all"]),
]


def strict(name: str, part: bytes) -> bytes:
    """As Excel saves "Strict Open XML Spreadsheet"."""
    text = part.decode().replace(f"{MAIN}/spreadsheetml/2006/main", f"{STRICT}/spreadsheetml/main")
    return text.replace(f"{MAIN}/officeDocument/2006", f"{STRICT}/officeDocument").encode()


def prefixed(name: str, part: bytes) -> bytes:
    """As some libraries write it: every element with a prefix."""
    if not name.startswith("xl/worksheets/sheet"):
        return part
    text = re.sub(rb"<(/?)(\w)", rb"<\1x:\2", part)
    return text.replace(
        b'xmlns="http://schemas.openxmlformats.org/spreadsheetml', b'xmlns:x="' + MAIN.encode() + b"/spreadsheetml"
    )


def without_places(name: str, part: bytes) -> bytes:
    """As other libraries write it: no cell says where it is."""
    return re.sub(rb' r="A\d+"', b"", part) if name.startswith("xl/worksheets/") else part


@pytest.mark.parametrize("change", [lambda name, part: part, strict, prefixed])
def test_cells_of_every_kind(change: Any, tmp_path: Path) -> None:
    content = changed(workbook(of_every_kind), change)
    expected = [*ROWS[:1], (2, [*ROWS[1][1][:4], "0"]), *ROWS[2:]]
    stored = read_file(io.BytesIO(content), tmp_path)
    assert list(stored.rows()) == expected
    assert stored.form.format == "xlsx"


def test_cells_without_places(tmp_path: Path) -> None:
    content = changed(sheets(A=[["answer"], ["one"], ["two"]]), without_places)
    assert read(content, tmp_path)[1] == [["answer"], ["one"], ["two"]]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("one_x000D_\ntwo", "one\ntwo"),
        ("one_x000D_two", "one\ntwo"),
        ("one_x000d__x000A_two", "one\ntwo"),
        ("my _x005F_x000D_ own", "my _x000D_ own"),
        ("my _x005F_x005F_ own", "my _x005F_ own"),
        ("file_x_000D_", "file_x_000D_"),
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
    ],
)
@pytest.mark.parametrize("kind", ["shared", "inline", "formula"])
def test_escaped_characters(written: str, text: str, kind: str, tmp_path: Path) -> None:
    content = sheets(A=[["answer"], ["SAID"]])
    if kind == "shared":
        content = changed(content, lambda _, part: part.replace(b"SAID", written.encode()))
    else:
        inline = '<c r="A2" t="inlineStr"><is><t>W</t></is></c>', '<c r="A2" t="str"><f>X1</f><v>W</v></c>'
        content = with_sheet(content, '<c r="A2" t="s"><v>1</v></c>', inline[kind == "formula"].replace("W", written))
    assert read(content, tmp_path)[1] == [["answer"], [text]]


def test_an_inline_text_of_several_runs(tmp_path: Path) -> None:
    texts = '<r><t xml:space="preserve">one </t></r><r><t>two</t></r><rPh sb="0" eb="1"><t>X</t></rPh>'
    runs = f'<c r="A2" t="inlineStr"><is>{texts}</is></c>'
    content = with_sheet(sheets(A=[["answer"], ["SAID"]]), '<c r="A2" t="s"><v>1</v></c>', runs)
    assert read(content, tmp_path)[1] == [["answer"], ["one two"]]


LONG: list[list[object]] = [["id", "answer"], [1, "More trees in the park"], [2, "Cheaper tickets for families"]]
COVER = [["Survey", "Library"], ["Created by", "Sam"]]


@pytest.mark.parametrize(
    ("named", "likeliest"),
    [
        ({"Cover": COVER, "Raw_data": LONG}, "Raw data"),
        ({"Form_Responses_1": LONG, "Sheet2": COVER}, "Form Responses 1"),
        ({"Sheet1": COVER, "Sheet2": LONG}, "Sheet2"),
        ({"Sheet1": [], "Sheet2": LONG}, "Sheet2"),
        ({"Sheet1": [["answer"], ["yes"]], "Sheet2": []}, "Sheet1"),
        ({"Codebook": [["name", "label"], ["Q1", "What should we change in the library?"]], "Data": LONG}, "Data"),
        ({"Deckblatt": COVER, "Antworten": LONG}, "Antworten"),
        ({"Respuestas": LONG, "Resumen": [["tema"], ["Resumen de lo que dijeron las personas aquí"]]}, "Respuestas"),
        ({"Pivot": [["n", i] for i in range(200)], "Export": LONG}, "Export"),
        ({"A": LONG, "B": LONG}, "A"),
    ],
)
def test_the_sheet_that_looks_like_answers(named: dict[str, Any], likeliest: str, tmp_path: Path) -> None:
    form, _ = read(sheets(**named), tmp_path)
    assert form.sheet == likeliest
    assert [sheet.name for sheet in form.sheets] == [name.replace("_", " ") for name in named]


def test_any_sheet_can_be_chosen_and_hidden_ones_are_last(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        for name, hide in (("Lists", "hide"), ("Old", "very_hidden"), ("Answers", None), ("More", None)):
            sheet = book.add_worksheet(name)
            sheet.write_column(0, 0, ["answer", f"All that {name} says at length, and at more length"])
            if name == "Answers":
                sheet.activate()
                sheet.set_first_sheet()
            if hide:
                getattr(sheet, hide)()
        book.add_chartsheet("Chart")

    content = workbook(fill)
    form, _ = read(content, tmp_path)
    assert form.sheets == (Sheet("Answers"), Sheet("More"), Sheet("Lists", hidden=True), Sheet("Old", hidden=True))
    assert form.sheet == "Answers"
    for name in ("More", "Lists", "Old"):
        assert f"All that {name} says" in read(content, tmp_path, sheet=name)[1][1][0]
    with pytest.raises(FileRefused, match="no sheet called “Nine”"):
        read(content, tmp_path, sheet="Nine")


def test_an_empty_sheet_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="empty"):
        read(sheets(A=[]), tmp_path)
    with pytest.raises(FileRefused, match="Choose another"):
        read(sheets(A=[], B=LONG), tmp_path, sheet="A")


def test_a_sheet_with_a_cell_far_below_is_still_read(tmp_path: Path) -> None:
    content = with_sheet(
        sheets(A=LONG), "</sheetData>", '<row r="900000"><c r="B900000"><v>1</v></c></row></sheetData>'
    )
    assert len(read(content, tmp_path)[1]) == 4


MANY = "table:number-columns-repeated"
DOCUMENT = table(row(cell("x")), name="Lists", attributes='table:style-name="hid"') + table(
    f'<table:table-column {MANY}="16384"/>',
    row(cell("id"), cell("an<text:span>sw</text:span>er"), f'<table:table-cell {MANY}="16382"/>'),
    row(
        cell("3,00", 'office:value-type="float" office:value="3"'),
        cell("one</text:p><text:p>two<text:s text:c='2'/>x<text:line-break/>y<text:tab/>z"),
    ),
    row(
        cell("01.03.26", 'office:value-type="date" office:date-value="2026-03-01T09:10:00"'),
        cell("WAHR", 'office:value-type="boolean" office:boolean-value="true"'),
        cell("50 %", 'office:value-type="percentage" office:value="0.5"'),
        cell("#DIV/0!"),
    ),
    row(
        cell("again", 'office:value-type="string" table:number-columns-repeated="2"'),
        attributes='table:number-rows-repeated="3"',
    ),
    row(f'<table:table-cell {MANY}="16384"/>', attributes='table:number-rows-repeated="9"'),
    row("<table:table-cell/>", '<table:covered-table-cell table:number-columns-repeated="2"/>', cell("last")),
    row('<table:table-cell table:number-columns-repeated="9"/>', attributes='table:number-rows-repeated="1048560"'),
)
HIDDEN = (
    '<style:style style:name="hid" style:family="table"><style:table-properties table:display="false"/></style:style>'
)


def test_an_open_document_sheet(tmp_path: Path) -> None:
    stored = read_file(io.BytesIO(open_document(DOCUMENT, styles=HIDDEN)), tmp_path)
    assert stored.form.format == "ods"
    assert stored.form.sheets == (Sheet("Answers"), Sheet("Lists", hidden=True))
    assert list(stored.rows()) == [
        (1, ["id", "answer"]),
        (2, ["3", "one\ntwo  x\ny\tz"]),
        (3, ["2026-03-01T09:10:00", "TRUE", "0.5"]),
        *((number, ["again", "again"]) for number in (4, 5, 6)),
        (16, ["", "", "", "last"]),
    ]


@pytest.mark.parametrize("name", ["answers.xls", "answers.xlsb"])
def test_workbooks_of_other_kinds(name: str, tmp_path: Path) -> None:
    form, rows = read((DATA / name).read_bytes(), tmp_path)
    assert form.format == name[8:]
    assert form.sheets[0] == Sheet("Answers")
    assert rows[0] == ["id", "when", "answer"]
    assert rows[1][:2] == ["1", "2026-03-01T09:10:00"]
    assert rows[1][2].startswith("Bäume für alle")
    assert rows[2] == ["2.5", "", "図書館"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le"), "has a password"),
        (open_document(table(), manifest="<manifest><encryption-data/></manifest>"), "has a password"),
        (sheets(A=LONG)[:-300], "damaged"),
        (changed(sheets(A=LONG), lambda name, part: part[:-200] if "sheet1" in name else part), "damaged"),
        (packed({"xl/workbook.xml": b"<x/>", "[Content_Types].xml": b"<x/>"}), "damaged|no sheet"),
    ],
)
def test_workbooks_that_cannot_be_read(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=message):
        read(content, tmp_path)
