"""Whole files of the kinds that people report, read from their bytes: blank answers, HTML, long answers, our own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from analysis.files.convert import convert
from analysis.files.model import AnswerRow, FileChoices, LeftOut
from analysis.files.read_file import StoredFile
from analysis.tables.layout import find_layout
from analysis.tables.read_rows import own_columns, own_rows
from tests.analysis.files.made_files import cell, open_document, row, sheets, table
from tests.analysis.tables.support import Read, read_numbered

TWO = ["Lower the kerb at the corner", "Mend the clock on the tower"]
A, B = TWO


def stored(content: bytes, folder: Path) -> StoredFile:
    (folder / "original").write_bytes(content)
    return StoredFile(convert(folder, FileChoices()), folder)


def read_bytes(content: bytes | str, folder: Path) -> Read:
    content = content.encode() if isinstance(content, str) else content
    return read_numbered(list(stored(content, folder).rows()))


# ---------- blank answers ----------


@pytest.mark.parametrize(
    ("content", "blank"),
    [
        (f"no,wish\n1,{A}\n2,\n3,{B}\n4,\n", 2),
        (f"no,wish\n1,\n2,\n3,\n4,\n5,{A}\n6,{B}\n", 4),
        (f'no;wish\r\n1;""\r\n2;" "\r\n3;{A}\r\n4;"\t"\r\n5;{B}\r\n', 3),
        (f"no\twish\n1\t{A}\n2\t\u3000\n3\t\u200b\u200d\n4\t{B}\n", 2),
        (f"no,wish,age\n1,{A},34\n2,,28\n3,{B},51\n,,\n,,\n", 1),
        (f"no,wish\n1,{A}\n\n\n2,{B}\n\n3\n\n", 1),
        (f"no,wish\n1,<p>{A}</p>\n2,<p>&nbsp;</p>\n3,<p>{B}</p>\n4,<br>\n5,<div> </div>\n", 3),
        (f"no,wish\r\n1,{A}\r\n2,\xa0\r\n3,{B}\r\n".encode("cp1252"), 1),
        (f"\ufeffno,wish\n1,{A}\n2,\ufeff\n3,{B}\n4,\u2800\n".encode("utf-16"), 2),
        (sheets(A=[["no", "wish"], [1, A], [2, None], [3, " "], [4, B], [5, None]]), 3),
        (open_document(table(row(cell("no"), cell("wish")), row(cell("1"), cell(A)), row(cell("2")),
                             row(cell("3"), cell("  ")), row(cell("4"), cell(B)))), 2),
        (f"<table><tr><th>no</th><th>wish</th></tr><tr><td>1</td><td>{A}</td></tr><tr><td>2</td><td>&nbsp;</td></tr>"
         f"<tr><td>3</td><td></td></tr><tr><td>4</td><td>{B}</td></tr></table>", 2),
    ],
)  # fmt: skip
def test_blank_answers_are_left_out_and_counted(content: bytes | str, blank: int, tmp_path: Path) -> None:
    read = read_bytes(content, tmp_path)
    assert (read.texts, read.left_out) == (TWO, {"blank": blank})


# ---------- HTML ----------

WISHES = [
    "Lower the kerb at the corner", "Mend the clock on the tower", "Shade & water for dogs", "Cost < 5 and more > 3",
    "Grüne Bänke für die Straße", "More trees, it’s hot", "“Quiet” nights", "A tap",
]  # fmt: skip


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize(
    "written",
    [
        "<p>{}</p>",
        "<div>{}<br></div>",
        '<p class="MsoNormal" style="margin:0cm"><span lang=EN-GB>{}<o:p></o:p></span></p>',
        "<p>{}</p><p>&nbsp;</p>",
        "<b>{}</b><br />",
        "<!-- from the form -->{}<br>",
        "<font size=2>{}</font>",
        "<style>p {{ margin: 0 }}</style><p>{}</p>",
        '<a href="https://town.example/?a=1&amp;b=2">{}</a>',
        "<span>&#8203;</span><em>{}</em>",
        "<![CDATA[]]><p>{}</p>",
    ],
)
def test_html_leaves_the_words_as_they_would_be_without(written: str, tmp_path: Path) -> None:
    for times in (1, 2):
        cells = [written.format(escaped(text)) for text in WISHES]
        cells = [escaped(text) for text in cells] if times == 2 else cells
        lines = [f'{n},"{text.replace(chr(34), chr(34) * 2)}"' for n, text in enumerate(cells)]
        read = read_bytes("\n".join(["no,wish", *lines]), tmp_path)
        assert [text.replace("\u200b", "") for text in read.texts] == WISHES
        assert read.left_out == {}


# ---------- long answers ----------


@pytest.mark.parametrize(
    ("long", "reason"),
    [
        ("x" * 5_000, None),
        ("x" * 5_001, "too_long"),
        ("  " + "y " * 2_500 + "  ", None),
        ("ö" * 5_001, "too_long"),
        ("😀" * 5_000, None),
        ("one\n" * 2_000, "too_long"),
        ("<p>" + "z" * 4_990 + "</p>", None),
        ("<p>" + "z" * 5_001 + "</p>", "too_long"),
        ("&amp;" * 1_200, None),
        ("w" * 200_000, "too_long"),
        ("木" * 5_001, "too_long"),
    ],
)
def test_one_answer_that_is_too_long_stops_no_other(long: str, reason: str | None, tmp_path: Path) -> None:
    read = read_bytes(f'no,wish\n1,{A}\n2,"{long}"\n3,{B}\n', tmp_path)
    assert [text for text in read.texts if text in TWO] == TWO
    left = [one for one in read.found if isinstance(one, LeftOut)]
    assert [(one.reason, one.number) for one in left][:1] == ([(reason, 3)] if reason else [])
    assert len(read.texts) == (2 if reason else 3)


# ---------- our own export ----------

OWN = ("answer_id", "answer", "kind", "source", "received_at", "status")


@pytest.mark.parametrize(
    ("cells", "answer"),
    [
        (("'=1+1", "Friend", "import", "2026-03-01T09:10:11Z", "shown"), ("=1+1", "Friend", "import", 11, "shown")),
        (("'tis the season", "", "", "2026-03-01T09:10:11Z", "shown"), ("'tis the season", "", "", 11, "shown")),
        (("''=twice", "", "", "2026-03-01T09:10:11Z", "held"), ("'=twice", "", "", 11, "held")),
        (("'- be kind", "'+one", "", "2026-03-01T09:10:11Z", "hidden"), ("- be kind", "+one", "", 11, "hidden")),
        (("N/A", "", "", "2026-03-01 09:10:11", "shown"), ("N/A", "", "", 11, "shown")),
        (("  spaces, kept  ", "", "", "2026-03-01T10:10:11+01:00", ""), ("  spaces, kept  ", "", "", 11, "")),
        (("<p>no HTML &amp;", "", "", "2026-03-01T09:10:11Z", "held"), ("<p>no HTML &amp;", "", "", 11, "held")),
        (("'＝wide", "", "", "", "shown"), ("＝wide", "", "", None, "shown")),
        (("'\u200f=hidden mark", "", "", "soon", "shown"), ("\u200f=hidden mark", "", "", None, "shown")),
        (("'@home", "", "", "2026-03-01T09:10:11Z", "placed"), ("@home", "", "", 11, "")),
        (("_x000D_ of my own", "", "", "2026-03-01T09:10:11Z", "shown"), ("_x000D_ of my own", "", "", 11, "shown")),
    ],
)  # fmt: skip
def test_our_own_export_comes_back_as_it_was(
    cells: tuple[str, ...], answer: tuple[str, str, str, int | None, str], tmp_path: Path
) -> None:
    """Whatever else stands in the row; and once, though a table of ideas has it twice."""
    ids = ["aa11", "aa11", "bb22"]
    lines = [",".join(f'"{one}"' for one in (key, *cells)) for key in ids]
    kept = stored("\r\n".join([",".join(OWN), *lines]).encode(), tmp_path)
    layout = find_layout(kept.rows())
    columns = own_columns(layout)
    assert columns is not None
    found = list(own_rows(kept.rows(), kept.form, layout, columns))
    assert [one.response_id for one in found if isinstance(one, AnswerRow)] == ["aa11", "bb22"]
    text, kind, source, second, status = answer
    for one in found:
        assert isinstance(one, AnswerRow)
        assert (one.text, one.kind, one.source, one.status) == (text, kind, source, status)
        assert one.time == (None if second is None else datetime(2026, 3, 1, 9, 10, second, tzinfo=UTC))
        assert ("unreadable_time" in one.problems) == (cells[3] == "soon")
