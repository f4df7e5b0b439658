"""Files of every kind, made as programs write them: workbooks, OpenDocument sheets, archives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from analysis.files.model import FileChoices, FileForm
from analysis.files.read_file import read_file

Rows = list[list[str]]
_NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style")
)


def read(content: bytes, folder: Path, **choices: str) -> tuple[FileForm, Rows]:
    """Return how a file was read, and its rows without their numbers."""
    stored = read_file(io.BytesIO(content), folder, FileChoices(**choices))
    return stored.form, [cells for _, cells in stored.rows()]


def workbook(fill: Callable[[Any], None]) -> bytes:
    """Return a workbook that `fill` has written to."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        fill(book)
    return file.getvalue()


def sheets(**named: Iterable[Iterable[object]]) -> bytes:
    """Return a workbook of sheets with rows of values."""

    def fill(book: Any) -> None:
        for name, rows in named.items():
            sheet = book.add_worksheet(name.replace("_", " "))
            for down, row in enumerate(rows):
                sheet.write_row(down, 0, list(row))

    return workbook(fill)


def changed(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """Return an archive whose parts were changed by `change(name, part)`."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return file.getvalue()


def with_sheet(content: bytes, old: str, new: str) -> bytes:
    """Return a workbook with some words of its sheets' XML replaced."""

    def change(name: str, part: bytes) -> bytes:
        return part.replace(old.encode(), new.encode()) if name.startswith("xl/worksheets/") else part

    return changed(content, change)


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive of files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def open_document(tables: str, *, styles: str = "", manifest: str = "<manifest/>") -> bytes:
    """Return an OpenDocument sheet with these tables, as XML."""
    return packed(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest.encode(),
            "content.xml": (
                f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES}>'
                f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
                f"{tables}</office:spreadsheet></office:body></office:document-content>"
            ).encode(),
        }
    )


def table(*rows: str, name: str = "Answers", attributes: str = "") -> str:
    """Return a table of an OpenDocument sheet."""
    return f'<table:table table:name="{name}" {attributes}>{"".join(rows)}</table:table>'


def row(*cells: str, attributes: str = "") -> str:
    """Return a row of a table."""
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def cell(text: str, attributes: str = 'office:value-type="string"') -> str:
    """Return a cell of a table, its text as XML."""
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"
