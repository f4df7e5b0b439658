"""Read the largest table of a web page, or an "XML Spreadsheet 2003", as rows: what some tools save as .xls."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis.files.encodings import codec, find_encoding
from analysis.files.model import FileChoices, FileForm, FileRefused, Row
from analysis.files.row_writer import MAX_COLUMNS

MAX_CHARACTERS = 100_000_000
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_\-]{2,20})""", re.IGNORECASE)
_DROPPED = re.compile(r"<!--|<(script|style|head)\b", re.IGNORECASE)
_ENDS = {
    "": re.compile(r"-->"),
    "script": re.compile(r"</script\s*>", re.IGNORECASE),
    "style": re.compile(r"</style\s*>", re.IGNORECASE),
    "head": re.compile(r"</head\s*>", re.IGNORECASE),
}
_TABLE = re.compile(r"<(/?)(?:ss:)?table\b([^<>]*)>", re.IGNORECASE)
_ROW = re.compile(r"<(/?)(?:ss:)?(?:tr|row)\b([^<>]*)>", re.IGNORECASE)
_CELL = re.compile(r"<(?:ss:)?(?:td|th|cell)\b([^<>]*)>", re.IGNORECASE)
_CELL_END = re.compile(r"</(?:ss:)?(?:td|th|cell)\b[^<>]*>", re.IGNORECASE)
_PLAIN_ENDS = frozenset({"</td>", "</th>", "</TD>", "</TH>", "</Cell>"})
_DATA = re.compile(r"</?(?:ss:)?data\b[^<>]*>", re.IGNORECASE)
"""What stands round the text in each cell of an XML Spreadsheet"""
_EXCEL_CELL = re.compile(r'<Cell(?: ss:StyleID="\w*")?><Data ss:Type="\w+">([^<]*)</Data></Cell>')
"""A cell as Excel writes most"""
_OF_TABLES = re.compile(r"</?(?:ss:)?(?:table|tr|td|th|row|cell)\b[^<>]*>", re.IGNORECASE)
_BREAK = re.compile(r"<br\b[^<>]*>|</(?:ss:)?(?:br|p|li|div)\b[^<>]*>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>")
_SPACES = re.compile(r"[ ]*[\t\r\n][ \t\r\n]*|  +")
_PLACE = re.compile(r"\bindex\s*=\s*[\"']?(\d{1,7})", re.IGNORECASE)


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
    if not xml or "<!--" in text:
        text = _without_dropped(text)
    tables = list(_tables(text, xml=xml))
    rows = max(tables, key=len, default=[])
    if not rows:
        raise FileRefused("This is a web page without a table. Choose a CSV or an Excel file (.xlsx).")
    offered = tuple(dict.fromkeys([*found.encodings, encoding]))
    return FileForm("html", encoding, offered), iter(rows)


def _without_dropped(text: str) -> str:
    """Return a page with a space for each comment, script, style and head; one that has no end stays.

    An expression for beginning and end would look through the rest of the page behind each beginning without an end.
    """
    parts: list[str] = []
    endless: set[str] = set()
    start = at = 0
    while begin := _DROPPED.search(text, at):
        kind, at = (begin[1] or "").casefold(), begin.end()
        end = None if kind in endless else _ENDS[kind].search(text, at)
        if end is None:
            endless.add(kind)
        else:
            parts += text[start : begin.start()], " "
            start = at = end.end()
    return "".join([*parts, text[start:]])


def _tables(text: str, *, xml: bool) -> Iterator[list[Row]]:
    """Yield the rows of each table that are not blank; a table inside a cell is a part of its text."""
    depth, start, begun = 0, 0, 0
    inner: list[tuple[int, int]] = []
    for tag in _TABLE.finditer(text):
        if tag[1]:
            depth = max(0, depth - 1)
            if depth == 0 and start:
                yield list(_rows(*_without_inner(text, start, tag.start(), inner), xml=xml))
                start, inner = 0, []
            elif depth == 1:
                inner.append((begun, tag.end()))
        elif not tag[2].endswith("/"):
            depth += 1
            if depth == 1:
                start = tag.end()
            elif depth == 2:
                begun = tag.start()
    if start:
        if depth > 1:
            inner.append((begun, len(text)))
        yield list(_rows(*_without_inner(text, start, len(text), inner), xml=xml))


def _without_inner(text: str, start: int, end: int, inner: Sequence[tuple[int, int]]) -> tuple[str, int, int]:
    """Return where a table stands: in a text without the tags of tables inside its cells, from where and up to where.

    Without such tables that is the text itself: a copy of it is a fifth of the memory of a large file.
    """
    if not inner:
        return text, start, end
    parts = []
    for begun, ended in inner:
        parts += [text[start:begun], _OF_TABLES.sub(" ", text[begun:ended])]
        start = ended
    own = "".join([*parts, text[start:end]])
    return own, 0, len(own)


def _rows(text: str, start: int, end: int, *, xml: bool) -> Iterator[Row]:
    """Yield the rows of a table in a text. Cells end where the row does, whatever is closed or not."""
    number = 0
    for closing, attributes, content in _parts(text, start, end):
        if not closing:
            place = _PLACE.search(attributes) if xml and attributes else None
            number = int(place[1]) if place else number + 1
        cells = _cells(content, xml=xml) if "<" in content else []
        if any(map(str.strip, cells)):
            yield number, cells


def _parts(text: str, start: int, end: int) -> Iterator[tuple[str, str, str]]:
    """Yield what follows each tag of a row, with its slash and its attributes, and first what is before all of them."""
    closing, attributes = "/", ""
    for tag in _ROW.finditer(text, start, end):
        yield closing, attributes, text[start : tag.start()]
        closing, attributes, start = tag[1], tag[2], tag.end()
    yield closing, attributes, text[start:end]


def _cells(row: str, *, xml: bool) -> list[str]:
    if xml:
        found = _EXCEL_CELL.findall(row)
        if row.count("<") == 4 * len(found):  # nothing else: twice as fast
            return [_cell_text(text, xml=xml) for text in found] if "&" in row else list(map(str.strip, found))
        row = _DATA.sub("", row)
    parts = _CELL.split(row)
    size = 7 if xml else 5
    plain = "&" not in row and (xml or not _has_spaces(row))
    texts = [
        cell[:-size].strip()  # six times as fast, for most cells
        if plain and (cell := text.strip())[-size:] in _PLAIN_ENDS and cell.count("<") == 1
        else _cell_text(text, xml=xml)
        for text in parts[2::2]
    ]
    if not any(parts[1::2]):
        return texts
    cells: list[str] = []
    for attributes, text in zip(parts[1::2], texts, strict=True):
        if xml and (place := _PLACE.search(attributes)):
            cells.extend([""] * (min(int(place[1]) - 1, MAX_COLUMNS) - len(cells)))
        cells.append("" if attributes.endswith("/") else text)
    return cells


def _has_spaces(text: str) -> bool:
    """Return whether a text has spaces that a page shows as one."""
    return "\n" in text or "\t" in text or "\r" in text or "  " in text


def _cell_text(text: str, *, xml: bool) -> str:
    """Return the text of a cell: spaces and line ends of the page folded, its own line breaks kept."""
    if "<" in text:
        text = _CELL_END.split(text, maxsplit=1)[0]
    if not xml and _has_spaces(text):
        text = _SPACES.sub(" ", text)
    if "<" in text:
        text = _ANY_TAG.sub("", _BREAK.sub("\n", text))
    if "&" in text:
        text = html.unescape(text)
    return re.sub(r"(?<! ) *\n *", "\n", text).strip() if not xml and "\n" in text else text.strip()
