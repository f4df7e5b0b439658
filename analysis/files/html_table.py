"""Read the largest table of a web page, or an "XML Spreadsheet 2003", as rows: what some tools save as .xls."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from analysis.files.encodings import codec, find_encoding
from analysis.files.model import FileChoices, FileForm, FileRefused, Row
from analysis.files.row_writer import MAX_COLUMNS

MAX_CHARACTERS = 100_000_000
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_\-]{2,20})""", re.IGNORECASE)
_DROPPED = re.compile(r"<!--.*?-->|<(script|style|head)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<(/?)(?:ss:)?(table|tr|td|th|row|cell|br|p|li|div)\b([^<>]*)>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>")
_SPACES = re.compile(r"[ ]*[\t\r\n][ \t\r\n]*|  +")
_PLACE = re.compile(r"\bindex\s*=\s*[\"']?(\d{1,7})", re.IGNORECASE)
_ROW, _CELL = frozenset({"tr", "row"}), frozenset({"td", "th", "cell"})


def read_html(path: Path, choices: FileChoices, *, xml: bool = False) -> tuple[FileForm, Iterator[Row]]:
    """Return the encoding of a page and the rows of its largest table. Raises FileRefused where it has none."""
    with path.open("rb") as file:
        declared = _CHARSET.search(file.read(4096))
        file.seek(0)
        found = find_encoding(file)
    encoding = choices.encoding or found.encoding
    if choices.encoding is None and declared and found.encoding not in ("utf-8", "utf-16", "utf-16-le", "utf-16-be"):
        encoding = declared[1].decode().lower()
    try:
        text = path.read_text(codec(encoding), "replace")
    except FileRefused:
        encoding = found.encoding
        text = path.read_text(codec(encoding), "replace")
    if len(text) > MAX_CHARACTERS:
        raise FileRefused("This page is far larger than a list of answers. Save its table as CSV.")
    tables = list(_tables(_DROPPED.sub(" ", text), xml=xml))
    rows = max(tables, key=len, default=[])
    if not rows:
        raise FileRefused("This is a web page without a table. Choose a CSV or an Excel file (.xlsx).")
    offered = tuple(dict.fromkeys([*found.encodings, encoding]))
    return FileForm("html", encoding, offered), iter(rows)


def _tables(text: str, *, xml: bool) -> Iterator[list[Row]]:
    """Yield the rows of each table that are not blank; a table inside a cell is a part of its text."""
    depth, rows, cells, number = 0, list[Row](), list[str](), 0
    parts: list[str] | None = None
    end = 0

    def close_cell() -> None:
        nonlocal parts
        if parts is not None:
            cells.append(_cell_text(parts, xml=xml))
            parts = None

    def close_row() -> None:
        nonlocal cells
        close_cell()
        if any(cell and not cell.isspace() for cell in cells):
            rows.append((number, cells))
        cells = []

    for tag in _TAG.finditer(text):
        closing, name, attributes = tag[1], tag[2].lower(), tag[3]
        if parts is not None:
            parts.append(text[end : tag.start()])
        end = tag.end()
        if name == "table":
            if closing and depth == 1:
                close_row()
                yield rows
                rows, number = [], 0
            depth = max(0, depth + (-1 if closing else 0 if attributes.endswith("/") else 1))
        elif depth != 1:
            if parts is not None and name in (*_ROW, *_CELL):
                parts.append(" ")
        elif name in _ROW:
            close_row()
            if not closing:
                place = _PLACE.search(attributes) if xml else None
                number = int(place[1]) if place else number + 1
        elif name in _CELL:
            close_cell()
            if not closing:
                place = _PLACE.search(attributes) if xml else None
                if place:
                    cells.extend([""] * (min(int(place[1]) - 1, MAX_COLUMNS) - len(cells)))
                if not attributes.endswith("/"):
                    parts = []
                elif xml:
                    cells.append("")
        elif parts is not None and (name == "br" or closing):
            parts.append("<br>" if not xml else "\n")
    if depth:
        close_row()
        yield rows


def _cell_text(parts: list[str], *, xml: bool) -> str:
    """Return the text of a cell: spaces and line ends of the page folded, its own line breaks kept."""
    text = "".join(parts)
    if not xml:
        text = _SPACES.sub(" ", text) if _SPACES.search(text) else text
        text = text.replace("<br>", "\n")
    if "<" in text:
        text = _ANY_TAG.sub("", text)
    if "&" in text:
        text = html.unescape(text)
    return re.sub(r"(?<! ) *\n *", "\n", text).strip() if not xml and "\n" in text else text.strip()
