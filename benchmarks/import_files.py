"""Files of answers in each format that is read, made for measuring: eight columns, of them two times and an answer."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from html import escape
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter

Rows = Sequence[Sequence[object]]
HEADER = ("id", "start", "end", "email", "visits", "place", "score", "What should we change?")
"""The names of the columns, the answer last"""


def made_rows(count: int) -> Rows:
    """Return a header and rows of answers."""
    rng = random.Random(1)
    begun = datetime(2026, 1, 1)
    rows: list[Sequence[object]] = [HEADER]
    for number in range(1, count + 1):
        words = rng.choices(_WORDS, k=rng.randint(8, 40))
        at = begun + timedelta(minutes=number)
        ends = at + timedelta(minutes=5)
        rows.append((number, at, ends, f"p{number}@example.org", "Weekly", "Library", number % 11, " ".join(words)))
    return rows


_WORDS = tuple(
    "library bus park cheaper tickets for families open on sundays please more trees slow computers café bänke straße "  # noqa: SIM905
    "the a and of to in it is not enough light at night where children play".split()
)


def as_csv(rows: Rows, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """Return the rows as text."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def with_odd_quotes(rows: Rows) -> bytes:
    """Return the rows as text in which one cell in the middle is not quoted as it should be."""
    lines = as_csv(rows).split(b"\r\n")
    lines[len(lines) // 2] = b'5,x,x,x,"said "hi" to",y,3,"a "b" c"'
    return b"\r\n".join(lines)


def as_xlsx(rows: Rows) -> bytes:
    """Return the rows as a workbook."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        sheet = book.add_worksheet()
        for down, row in enumerate(rows):
            sheet.write_row(down, 0, row)
    return file.getvalue()


def as_ods(rows: Rows) -> bytes:
    """Return the rows as an OpenDocument sheet, as LibreOffice writes it."""

    def cell(value: object) -> str:
        if isinstance(value, datetime):
            kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
        elif isinstance(value, int):
            kind = f'office:value-type="float" office:value="{value}"'
        else:
            kind = 'office:value-type="string"'
        return f"<table:table-cell {kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"

    names = " ".join(
        f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in ("office", "table", "text")
    )
    content = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content {names}><office:body><office:spreadsheet><table:table table:name='A'>{content}"
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    return file.getvalue()


def as_parquet(rows: Rows) -> bytes:
    """Return the rows as Parquet."""
    import pyarrow
    from pyarrow import parquet

    columns = list(zip(*rows[1:], strict=True))
    file = io.BytesIO()
    parquet.write_table(
        pyarrow.table({str(name): list(column) for name, column in zip(rows[0], columns, strict=True)}), file
    )
    return file.getvalue()


def as_html(rows: Rows) -> bytes:
    """Return the rows as a web table, as some tools save it as .xls."""
    lines = ("".join(f"<td>{escape(str(value))}</td>" for value in row) for row in rows)
    return f"<html><body><table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table></body></html>".encode()


def as_indented_html(rows: Rows) -> bytes:
    """Return the rows as a web table that has a line for each cell."""
    page = as_html(rows).replace(b"<tr>", b"\n  <tr>\n").replace(b"</tr>", b"  </tr>")
    return page.replace(b"<td>", b"    <td>").replace(b"</td>", b"</td>\n")


def as_xml_sheet(rows: Rows) -> bytes:
    """Return the rows as an "XML Spreadsheet 2003"."""

    def cell(value: object) -> str:
        kind = "Number" if isinstance(value, int) else "String"
        return f'    <Cell><Data ss:Type="{kind}">{escape(str(value))}</Data></Cell>\n'

    lines = "".join(f"   <Row>\n{''.join(map(cell, row))}   </Row>\n" for row in rows)
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
        f'<Workbook xmlns="{space}" xmlns:ss="{space}">'
        f'<Worksheet ss:Name="A"><Table>\n{lines}</Table></Worksheet></Workbook>'
    ).encode()


def as_list(rows: Rows) -> bytes:
    """Return the answers as a list that is pasted."""
    return "\n".join(str(row[-1]) for row in rows[1:]).encode()


PASTED_LIST, PASTED_TABLE = "Pasted list", "Pasted table"
FORMATS: dict[str, Callable[[Rows], bytes]] = {
    "CSV, UTF-8": as_csv,
    "CSV, windows-1252, semicolons": lambda rows: as_csv(rows, "cp1252", ";"),
    "TSV, UTF-16": lambda rows: as_csv(rows, "utf-16", "\t"),
    "CSV with odd quotation marks": with_odd_quotes,
    "Excel": as_xlsx,
    "OpenDocument": as_ods,
    "Parquet": as_parquet,
    "Web table": as_html,
    "Web table, a line a cell": as_indented_html,
    "XML Spreadsheet 2003": as_xml_sheet,
    PASTED_LIST: as_list,
    PASTED_TABLE: lambda rows: as_csv(rows, delimiter="\t"),
}
