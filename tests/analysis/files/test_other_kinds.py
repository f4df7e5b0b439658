"""Parquet, web tables and packed files come in; of what is no table it is said what it is, and what to do."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from analysis.files.model import BLANK_LINE, LINE, FileChoices, FileRefused
from analysis.files.read_file import open_stored, read_file, read_pasted, reread
from tests.analysis.files.made_files import cell, open_document, packed, read, row, sheets, table

INPUTS = Path(__file__).parents[4] / "shared" / "inputs"


def utf16(text: str) -> bytes:
    return text.encode("utf-16", "surrogatepass")


def made_parquet(columns: dict[str, object]) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), file, row_group_size=2)
    return file.getvalue()


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (["Zoë", None, "", "two\nlines"], ["Zoë", "", "", "two\nlines"]),
        ([1, None, -3, 2**60], ["1", "", "-3", str(2**60)]),
        ([1.0, 2.5, None, float("nan")], ["1", "2.5", "", ""]),
        ([True, False, None, True], ["TRUE", "FALSE", "", "TRUE"]),
        ([datetime(2026, 3, 1, 9, 10), None, None, None], ["2026-03-01T09:10:00", "", "", ""]),
        ([datetime(2026, 3, 1, 9, 10, tzinfo=UTC)] + [None] * 3, ["2026-03-01T09:10:00+00:00", "", "", ""]),
        ([date(2026, 3, 1), None, None, None], ["2026-03-01", "", "", ""]),
        ([["a", "ö"], [], None, ["b"]], ['["a", "ö"]', "[]", "", '["b"]']),
        ([{"q": "a", "n": [1]}, None, None, None], ['{"q": "a", "n": [1]}', "", "", ""]),
        ([Decimal("1.50"), None, None, None], ["1.50", "", "", ""]),
        ([b"bytes", None, None, None], ["bytes", "", "", ""]),
        ([timedelta(hours=26), None, None, None], ["1 day, 2:00:00", "", "", ""]),
        (pyarrow.array(["a", "b", None, "a"]).dictionary_encode(), ["a", "b", "", "a"]),
        (pyarrow.array([1772356211000000123, None, None, None], pyarrow.timestamp("ns")),
         ["2026-03-01T09:10:11.000000", "", "", ""]),
    ],
)  # fmt: skip
def test_parquet(values: object, texts: list[str], tmp_path: Path) -> None:
    form, rows = read(made_parquet({"n": ["1", "2", "3", "4"], "answer": values}), tmp_path)
    assert form.format == "parquet"
    assert rows[0] == ["n", "answer"]
    assert [cells[1].removesuffix(".000000") for cells in rows[1:]] == [text.removesuffix(".000000") for text in texts]


PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="utf-8"><style>td {a: b}</style>
<title>&lt;table&gt;</title></head><body><table><tr><td>menu</td></tr></table>
<TABLE border=1><thead><tr><th>id</th><th>answer</th></tr></thead><tbody>
<tr><td>1</td><td>More   trees,
 please<br>and <b>benches</b> &amp; &quot;shade&quot;</td></tr>
<tr><td>2<td>Zoë &lt; 5 &euro;</td></tr>
<tr><td>3</td><td><table><tr><td>inner</td></tr></table></td></tr>
<tr><td></td><td>&nbsp;</td></tr></tbody></TABLE></body></html>"""
SHEET_2003 = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="Answers"><Table><Column/>
<Row><Cell><Data ss:Type="String">id</Data></Cell><Cell><Data ss:Type="String">by</Data></Cell>
<Cell><Data ss:Type="String">answer</Data></Cell></Row>
<Row ss:Index="4"><Cell><Data ss:Type="Number">1</Data></Cell>
<Cell ss:Index="3"><Data ss:Type="String">Zoë &amp; I&#10;agree</Data></Cell></Row></Table></Worksheet></Workbook>"""


def test_a_web_table_saved_as_excel(tmp_path: Path) -> None:
    form, rows = read(PAGE.encode(), tmp_path)
    assert form.format == "html"
    assert rows == [
        ["id", "answer"],
        ["1", 'More trees, please\nand benches & "shade"'],
        ["2", "Zoë < 5 €"],
        ["3", "inner"],
    ]


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("<tr><td>a</td><td>b</td></tr>", [["a", "b"]]),
        ("<tr><td>a<td>b<tr><td>c<td>d", [["a", "b"], ["c", "d"]]),
        ("\n  <tr>\n    <td>\n a \n b </td>\n    <td> c  d</td>\n  </tr>\n", [["a b", "c d"]]),
        ("<TR><TD>a</TD><TH>b</TH></TR>", [["a", "b"]]),
        ("<tr><td>cost < 5</td><td>5 > 3</td></tr>", [["cost < 5", "5 > 3"]]),
        ("<tr><td>&lt;b&gt;</td><td>&amp;amp;</td></tr>", [["<b>", "&amp;"]]),
        ("<tr><td><p>one</p><p>two</p></td><td>a<br/>b</td></tr>", [["one\ntwo", "a\nb"]]),
        ("<tr><td>a</td>between<td>b</td>after</tr>lost", [["a", "b"]]),
        ("<tr><td></td><td> </td></tr><tr><td>a</td><td/><td>c</td></tr>", [["a", "", "c"]]),
        ("<tr><td>a</td><td><table><tr><td>x</td><td>y</td></tr></table></td><td>b</td></tr>", [["a", "x y", "b"]]),
        ("<tr><td>a</td><td>b</td></tr><td>no row around</td>", [["a", "b"], ["no row around"]]),
        ("<tr><td>a</td><td>the end is missing", [["a", "the end is missing"]]),
    ],
)
def test_cells_of_web_tables(table: str, rows: list[list[str]], tmp_path: Path) -> None:
    assert read(f"<html><table border=1>{table}</table></html>".encode(), tmp_path)[1] == rows


def test_a_web_table_in_another_encoding(tmp_path: Path) -> None:
    page = PAGE.replace("utf-8", "windows-1250").replace("Zoë", "Łódź")
    assert read(page.encode("cp1250"), tmp_path)[1][2][1] == "Łódź < 5 €"


def test_a_sheet_of_2003(tmp_path: Path) -> None:
    stored = read_file(io.BytesIO(SHEET_2003.encode()), tmp_path)
    assert list(stored.rows()) == [(1, ["id", "by", "answer"]), (4, ["1", "", "Zoë & I\nagree"])]


@pytest.mark.parametrize(
    "parts",
    [
        {"Form.csv": b"id,answer\n1,yes\n"},
        {"folder/": b"", "folder/Form.csv": b"id,answer\n1,yes\n"},
        {"Form.csv": b"id,answer\n1,yes\n", "__MACOSX/._Form.csv": b"x", ".DS_Store": b"x"},
        {"Form.csv": "id;answer\n1;yes\n".encode("utf-16")},
        {"Form.CSV": b"id,answer\n1,yes\n", "readme.pdf": b"%PDF-1.7"},
        {"Form.xlsx": sheets(A=[["id", "answer"], [1, "yes"]])},
        {"Form.ods": open_document(table(row(cell("id"), cell("answer")), row(cell("1"), cell("yes"))))},
        {"data/export.tsv": b"id\tanswer\n1\tyes\n"},
        {"t.parquet": made_parquet({"id": ["1"], "answer": ["yes"]})},
        {"a.txt": b"id,answer\r\n1,yes\r\n"},
        {"a.json": b'[{"id": 1, "answer": "yes"}]'},
        {"a.csv": b"id,answer\n1,yes\n", "datapackage.json": b'{"name": "a"}'},
    ],
)
def test_the_one_table_of_a_packed_file_comes_in(parts: dict[str, bytes], tmp_path: Path) -> None:
    assert read(packed(parts), tmp_path)[1] == [["id", "answer"], ["1", "yes"]]
    assert not (tmp_path / "unpacked").exists()


YES_AND_NO = [["id", "answer"], ["1", "yes"], ["2", "no"]]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ('[{"id": 1, "answer": "yes"}, {"id": 2, "answer": "no"}]', YES_AND_NO),
        ('[\n{"id": "1", "answer": "yes"},\n{"id": "2", "answer": "no"}\n]\n', YES_AND_NO),
        ('{"id": 1, "answer": "yes"}\n\n{"id": 2, "answer": "no"}\n', YES_AND_NO),
        (
            '{"total": 2, "pages": ["a"], "data": {"items": [{"id": 1, "answer": "yes"}, {"id": 2, "answer": "no"}]}}',
            YES_AND_NO,
        ),
        ('{"id": [1, 2], "answer": ["yes", "no"]}', YES_AND_NO),
        ('{"id": {"0": 1, "1": 2}, "answer": {"0": "yes", "1": "no"}}', YES_AND_NO),
        ('{"id": {"0": 1}, "answer": {"0": "yes"}}', YES_AND_NO[:2]),
        ('{"-Mx1": {"answer": "yes"}, "-Mx2": {"answer": "no"}}', [["key", "answer"], ["-Mx1", "yes"], ["-Mx2", "no"]]),
        ('[["id", "answer"], [1, "yes"], [2, "no"]]', YES_AND_NO),
        ('["yes", "no", null, "perhaps"]', [["yes"], ["no"], ["perhaps"]]),
        ('[{"id": 1}, {}, {"answer": "no"}]', [["id", "answer"], ["1", ""], ["", "no"]]),
        (
            '[{"a": {"text": "yes", "at": [1.50, true, null]}, "b": [{"text": "x"}, {"text": "y\\nz"}]}]',
            [["a.text", "a.at", "b.1.text", "b.2.text"], ["yes", "1.50; TRUE; ", "x", "y\nz"]],
        ),
        (
            '[{"answer": "caf\\u00e9 \\ud83d\\ude00", "n": 123456789012345678901234567890}]',
            [["answer", "n"], ["café 😀", "123456789012345678901234567890"]],
        ),
        ('[{"answer": "NaN stays out", "n": NaN}]', [["answer", "n"], ["NaN stays out", ""]]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json(content: str, rows: list[list[str]], encoding: str, tmp_path: Path) -> None:
    form, read_rows = read(content.encode(encoding), tmp_path)
    assert form.format == "json"
    assert read_rows == rows


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7\n...", "This is a PDF, not a table"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a picture"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "a picture"),
        (bytes(4) + b"ftypheic" + bytes(50), "a picture"),
        (b"{\\rtf1\\ansi hello}", "a text document"),
        (b"\x1f\x8b\x08" + bytes(50), "Unpack it"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "Unpack it"),
        (b"Rar!\x1a\x07" + bytes(50), "Unpack it"),
        (b"SQLite format 3\0" + bytes(50), "a database"),
        (b"$FL2@(#) SPSS DATA FILE", "a data file of SPSS"),
        (b"ARROW1\0\0" + bytes(50), "Feather"),
        (packed({"[Content_Types].xml": b"", "word/document.xml": b""}), "Word"),
        (packed({"[Content_Types].xml": b"", "ppt/presentation.xml": b""}), "PowerPoint"),
        (packed({"Index/Document.iwa": b"", "preview.jpg": b""}), "Numbers"),
        (packed({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b""}), "a text document"),
        (packed({"a.csv": b"a", "b.csv": b"b"}), r"2 tables \(a.csv, b.csv\)"),
        (packed({"a.pdf": b"a"}), "without a table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "WordDocument".encode("utf-16-le"), "Word"),
        (b'{"name": "survey", "version": 3, "open": true}', "no list of answers"),
        (b"[]", "no list of answers"),
        (b'[{"answer": "yes"},\n{"answer": "n', "damaged, or cut short, at line 2"),
        (b'{"answer": "yes"}\n{"answer": "no"\n', "damaged, or cut short, at line 2"),
        (b'{"a": ' * 100_000, "objects inside objects|damaged|far too large"),
        (b'[{"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}]", "objects inside objects|far too large"),
        (b"<?xml version='1.0'?><data/>", "XML"),
        (b"<!DOCTYPE html><html><body>Please sign in</body></html>", "web page without a table"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related\n", "saved web page"),
        (b"", "empty"),
    ],
)
def test_what_is_no_table_is_said_to_be_what_it_is(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=message):
        read(content, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "[Name],answer\nx,y\n",
        "RDX,b\n1,2\n",
        "ORC;b\n1;2\n",
        "BM,b\nx,y\n",
        "ID3,x\n1,2\n",
        "RIFF,b\n1,2\n",
        "From: a,b\n1,2\n",
    ],
)
def test_text_that_begins_like_something_else_is_text(text: str, tmp_path: Path) -> None:
    assert len(read(text.encode(), tmp_path)[1]) == 2


@pytest.mark.parametrize(
    ("text", "separator", "cut"),
    [
        ("a\nb", LINE, ["a", "b"]),
        ("a\n\nb\n \nc", LINE, ["a", "b", "c"]),
        ("a\nb\n\nc", BLANK_LINE, ["a\nb", "c"]),
        ("a\nb\n\n", LINE, ["a", "b"]),
        ("\r\n\r\na\rb\r\nc\n", LINE, ["a", "b", "c"]),
        ("one, two; three\nfour, five; six", LINE, ["one, two; three", "four, five; six"]),
        ('"quoted"\nb', LINE, ['"quoted"', "b"]),
        ("only one", LINE, ["only one"]),
        ("😀\nשלום\n图书馆", LINE, ["😀", "שלום", "图书馆"]),
        ("with\ta tab\nand without\nand without", LINE, ["with\ta tab", "and without", "and without"]),
    ],
)
def test_a_pasted_list(text: str, separator: str, cut: list[str], tmp_path: Path) -> None:
    stored = read_pasted(text, tmp_path)
    assert (stored.form.format, stored.form.separator) == ("pasted", separator)
    assert [cells for _, cells in stored.rows()] == [[one] for one in cut]


def test_a_pasted_list_can_be_cut_otherwise(tmp_path: Path) -> None:
    read_pasted("a\nb\n\nc", tmp_path)
    assert [cells for _, cells in reread(tmp_path, FileChoices(separator=LINE)).rows()] == [["a"], ["b"], ["c"]]
    assert open_stored(tmp_path).form.separator == LINE


def test_a_pasted_table_is_a_table(tmp_path: Path) -> None:
    stored = read_pasted('id\tanswer\r\n1\t"two\nlines, ""said"""\r\n2\t\r\n', tmp_path)
    assert (stored.form.delimiter, stored.form.separator) == ("\t", None)
    assert [cells for _, cells in stored.rows()] == [["id", "answer"], ["1", 'two\nlines, "said"'], ["2", ""]]


def test_nothing_pasted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="Nothing was pasted"):
        read_pasted(" \n\t\n", tmp_path)


def test_what_was_read_stays_where_another_choice_is_refused(tmp_path: Path) -> None:
    read(sheets(A=[["answer"], ["yes"]], B=[]), tmp_path)
    with pytest.raises(FileRefused):
        reread(tmp_path, FileChoices(sheet="B"))
    assert [cells for _, cells in open_stored(tmp_path).rows()] == [["answer"], ["yes"]]


@pytest.mark.usefixtures("files_in_processes")
def test_it_is_read_from_any_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "csv.py").write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(tmp_path)
    assert read(b"id,answer\n1,yes\n", Path("kept"))[1] == [["id", "answer"], ["1", "yes"]]


@pytest.mark.usefixtures("files_in_processes")
def test_reading_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.files.read_file.MIN_SECONDS", 0.001)
    with pytest.raises(FileRefused, match="cannot be read"):
        read(b"id,answer\n1,yes\n", tmp_path)


@pytest.mark.skipif(not (INPUTS).exists(), reason="the files of ../shared/inputs are not here")
@pytest.mark.parametrize(
    ("name", "first", "last", "rows"),
    [
        ("enc_shift_jis.csv", "id|意見", "3|図書館の開館時間を延ばす", 4),
        ("enc_utf16le_without_mark.csv", "id|answer", "4|Schöne Bänke", 5),
        ("enc_windows1252.csv", "id|answer", "4|Schöne Bänke", 5),
        ("enc_windows1252_semicolons.csv", "id|answer", "4|Schöne Bänke", 5),
        ("frame_sep_line.csv", "id|answer", "4|Schöne Bänke", 5),
        ("frame_footer.csv", "id|name|answer", "Total responses: 6", 8),
        ("frame_title_rows.csv", "Library survey 2026", "5|x|Cheaper tickets for families", 9),
        ("frame_title_rows_padded.csv", "Library survey 2026||", "5|x|Cheaper tickets for families", 9),
        ("frame_title_rows.xlsx", "Library survey 2026", "6|2026-03-06T09:10:00|2026-03-06T09:15:00|anonymous||"
         "Cheaper tickets for families", 8),
        ("frame_trailing_comma.csv", "id|answer", "5|Cheaper tickets for families|", 7),
        ("html_amp_nbsp.csv", "answer", "Library computers are slow &amp; more", 13),
        ("html_numeric_entity.csv", "answer", "Library computers are slow it&#8217;s bad", 13),
        ("xlsx_x000D.xlsx", "id|answer", "5|Cheaper tickets for families\nand second line", 7),
    ],
)  # fmt: skip
def test_files_that_the_product_failed_on(name: str, first: str, last: str, rows: int, tmp_path: Path) -> None:
    _, found = read((INPUTS / name).read_bytes(), tmp_path)
    assert ("|".join(found[0]), "|".join(found[-1]), len(found)) == (first, last, rows)
