"""Read workbooks (.xlsx, .xlsb, .xls, .ods) with calamine, after a look whether their sheets fit into memory.

calamine keeps a sheet as one rectangle from its first cell to its last: a lone cell far outside would fill the memory.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from string import ascii_letters
from typing import Any
from xml.etree import ElementTree

import python_calamine as calamine

from analysis.files.archives import chunks, declares_entities, read_part
from analysis.files.model import FileChoices, FileForm, FileRefused, Format, Row, Sheet
from analysis.messages import N_

MAX_SHEETS = 1_000
MAX_SHEET_ROWS, MAX_SHEET_COLUMNS = 1_048_576, 16_384
MAX_CELLS = 12_000_000
"""Of the rectangle round a sheet's cells: 100,000 rows of 120 columns"""
MAX_LISTING_BYTES = 4_000_000
"""Of the list of sheets"""
LOOKED_AT_ROWS, LOOKED_AT_SHEETS = 2_000, 12
MIN_TEXT = 12
"""Characters of a text that may be an answer"""
MAX_SPACES = 100_000
DAMAGED = N_("This workbook is damaged. Open it, save it again, and try with that.")
PASSWORD = N_("This workbook has a password. Open it, save it without one, and try with that.")
TOO_MANY_SHEETS = N_("The workbook has more than %(most)s sheets. Save the one with answers as CSV.")
_PLACE = re.compile(rb""" r="([A-Za-z]*\d+)\"""")
_PLACE_OTHERWISE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*\d+)["']""")
_LETTERS = ascii_letters.encode()
_REPEATED = re.compile(rb"""number-(rows|columns)-repeated=["'](\d+)["']""")
_SPACES = re.compile(rb"""<text:s\b[^>]{0,40}text:c=["'](\d+)["']""")
_WELL_NAMED = re.compile(
    r"respon|answer|submission|raw|data|antwort|daten|r[ée]pons|donn|resp[uo]|dados|datos|risp|odpow|antwoord|svar"
    r"|ответ|回答|回复|응답|cevap|yanıt|إجابات|תשובות",
    re.IGNORECASE,
)
_ILL_NAMED = re.compile(
    r"summary|codebook|dictionary|read ?me|info|instruct|cover|legend|notes?$|chart|pivot|overview|questions"
    r"|labels?$|glossar|übersicht|zusammenfassung|résumé|resumen|resumo",
    re.IGNORECASE,
)
_ERRORS = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#SPILL!"}


def read_workbook(
    path: Path, form: Format, choices: FileChoices, archive: zipfile.ZipFile | None
) -> tuple[FileForm, Callable[[], Iterator[Row]]]:
    """Return a workbook's sheets and the rows of one: the chosen one, else the one that looks most like answers.

    `archive` is the open file where it is a packed one. Raises FileRefused.
    """
    source: str | io.BytesIO = str(path)
    if form == "xlsx" and archive:
        parts = _check_listing(archive)
    elif form == "ods" and archive:
        source = _checked_content(archive) or source
    try:
        book = calamine.load_workbook(source)
        listed = [one for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet]
    except calamine.PasswordError:
        raise FileRefused(PASSWORD) from None
    except (calamine.CalamineError, IndexError, OSError):
        raise FileRefused(DAMAGED) from None
    if len(listed) > MAX_SHEETS:
        raise FileRefused(TOO_MANY_SHEETS, most=MAX_SHEETS)
    sheets = [Sheet(one.name, one.visible != calamine.SheetVisibleEnum.Visible) for one in listed]
    sheets.sort(key=lambda sheet: sheet.hidden)
    if not sheets:
        raise FileRefused("The workbook has no sheet with cells.")

    def load(name: str) -> calamine.CalamineSheet:
        if form == "xlsx" and archive and name in parts:
            _check_extent(archive, parts[name], name)
        try:
            return book.get_sheet_by_name(name)
        except (calamine.CalamineError, IndexError, OSError):
            raise FileRefused(DAMAGED) from None

    names = [sheet.name for sheet in sheets]
    if choices.sheet is not None and choices.sheet not in names:
        raise FileRefused("There is no sheet called “%(sheet)s” in this workbook.", sheet=choices.sheet[:60])
    name = choices.sheet or _likeliest([sheet.name for sheet in sheets if not sheet.hidden] or names, load)
    sheet = load(name)
    return FileForm(form, sheet=name, sheets=tuple(sheets)), lambda: _rows(sheet, form)


def cell_text(cell: object) -> str:
    """Return a cell as text: whole numbers without .0, times as ISO 8601, durations as hours, minutes and seconds."""
    return _AS_TEXT.get(type(cell), _other_text)(cell)


def _number_text(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e21 else repr(number)


def _duration_text(duration: timedelta) -> str:
    seconds = round(duration.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _other_text(cell: object) -> str:
    return "" if cell is None else str(cell)


_AS_TEXT: dict[type, Callable[[Any], str]] = {
    str: str,
    float: _number_text,
    bool: lambda cell: "TRUE" if cell else "FALSE",
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: _duration_text,
}


def _rows(sheet: calamine.CalamineSheet, form: Format) -> Iterator[Row]:
    """Yield the rows that are not blank, without blank cells at their end."""
    if sheet.start is None:
        return
    left = [""] * sheet.start[1]
    as_text = _AS_TEXT.get
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [cell if type(cell) is str else as_text(type(cell), _other_text)(cell) for cell in cells]
        if form == "ods":
            texts = ["" if text in _ERRORS else text for text in texts]
        while texts and (not texts[-1] or texts[-1].isspace()):
            texts.pop()
        if texts:
            yield number, left + texts


def _likeliest(names: Sequence[str], load: Callable[[str], calamine.CalamineSheet]) -> str:
    """Return the sheet with the most varied text in one column, weighed by its name; the first of equals."""
    if len(names) == 1:
        return names[0]
    best, likeliest = 0.0, names[0]
    for name in names[:LOOKED_AT_SHEETS]:
        try:
            weight = _answers_in(row for row, _ in zip(load(name).iter_rows(), range(LOOKED_AT_ROWS), strict=False))
        except FileRefused:
            continue
        weight *= 4 if _WELL_NAMED.search(name) else 0.25 if _ILL_NAMED.search(name) else 1
        if weight > best:
            best, likeliest = weight, name
    return likeliest


def _answers_in(rows: Iterable[Sequence[object]]) -> float:
    """Return the characters of distinct texts in the column that has the most of them."""
    texts: dict[int, set[str]] = {}
    filled = 0
    for row in rows:
        filled += any(cell != "" for cell in row)
        for place, cell in enumerate(row):
            if isinstance(cell, str) and len(cell) >= MIN_TEXT:
                texts.setdefault(place, set()).add(cell)
    return filled / 100 + max((sum(min(len(text), 200) for text in found) for found in texts.values()), default=0)


def _check_listing(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of each sheet by its name. Raises FileRefused where there are too many sheets."""
    try:
        listing = read_part(archive, "xl/workbook.xml", MAX_LISTING_BYTES)
    except FileRefused as refused:
        if "larger" in str(refused):
            raise FileRefused(
                f"The workbook has more than {MAX_SHEETS:,} sheets or names. Save the sheet with answers as CSV."
            ) from None
        raise
    related = "xl/_rels/workbook.xml.rels"
    relations = read_part(archive, related, MAX_LISTING_BYTES) if related in archive.namelist() else b"<x/>"
    if declares_entities(listing) or declares_entities(relations):
        raise FileRefused(DAMAGED)
    try:
        targets = {
            one.get("Id"): str(one.get("Target")) for one in ElementTree.fromstring(relations) if one.get("Target")
        }
        sheets = [one for one in ElementTree.fromstring(listing).iter() if one.tag.rpartition("}")[2] == "sheet"]
    except ElementTree.ParseError:
        raise FileRefused(DAMAGED) from None
    if len(sheets) > MAX_SHEETS:
        raise FileRefused(TOO_MANY_SHEETS, most=MAX_SHEETS)
    parts = {}
    for sheet in sheets:
        relation = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
        target = targets.get(relation, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in archive.NameToInfo:
            parts[str(sheet.get("name"))] = part
    return parts


def _check_extent(archive: zipfile.ZipFile, part: str, name: str) -> None:
    """Raise FileRefused where a sheet names rows or columns that no sheet has, or its cells lie too far apart."""
    rows, columns, kept, first = 0, 1, b"", 0
    for chunk in chunks(archive, part):
        text = kept + chunk
        kept = text[-64:]
        otherwise = any(written in text for written in (b" r='", b"\tr", b"\nr", b" r =", b" r= "))
        found = (_PLACE_OTHERWISE if otherwise else _PLACE).findall(text)
        if not found:
            continue
        places = b" ".join(found)
        numbers = dict.fromkeys(places.translate(None, _LETTERS).split())
        first = first or min(int(number[:16]) for number in islice(numbers, 100))
        rows = max(rows, *(int(number[:16]) for number in numbers))
        columns = max(columns, *map(_column, {b"A", *places.translate(None, b"0123456789").split()}))
        if rows > MAX_SHEET_ROWS or columns > MAX_SHEET_COLUMNS:
            raise FileRefused("The sheet names rows or columns that no Excel sheet can have. Save it as CSV.")
        if (rows - first + 1) * columns > MAX_CELLS:
            raise FileRefused(
                "The sheet “%(sheet)s” has cells far outside of its table (row %(row)s, column %(column)s). Delete "
                "what stands there, or save the table as CSV.",
                sheet=name[:60],
                row=rows,
                column=columns,
            )


def _column(letters: bytes) -> int:
    """Return the number of a column from its letters; what no sheet can have is cut short."""
    number = 0
    for letter in letters[:6].upper():
        number = number * 26 + letter - 64
    return number


def _checked_content(archive: zipfile.ZipFile) -> io.BytesIO | None:
    """Look over an OpenDocument sheet; return it with line breaks and tabs written as such, None if it has none.

    calamine drops the elements that stand for them. Raises FileRefused where it repeats beyond what a sheet can have.
    """
    manifest = read_part(archive, "META-INF/manifest.xml", MAX_LISTING_BYTES)
    if b"encryption-data" in manifest:
        raise FileRefused(PASSWORD)
    limits = {b"rows": MAX_SHEET_ROWS, b"columns": MAX_SHEET_COLUMNS}
    kept, tables, breaks = b"", 0, False
    for place, chunk in enumerate(chunks(archive, "content.xml")):
        text = kept + chunk
        kept = text[-64:]
        if place == 0 and declares_entities(text):
            raise FileRefused(DAMAGED)
        if any(len(count) > 7 or int(count) > limits[what] for what, count in set(_REPEATED.findall(text))):
            raise FileRefused("The sheet repeats rows or columns beyond what a sheet can have. Save it as CSV.")
        if any(len(count) > 6 or int(count) > MAX_SPACES for count in set(_SPACES.findall(text))):
            raise FileRefused("The sheet has a cell of far too many spaces. Save it as CSV and try that.")
        tables += text.count(b"<table:table ")
        breaks |= b"<text:line-break" in text or b"<text:tab" in text
        if tables > 2 * MAX_SHEETS:
            raise FileRefused(TOO_MANY_SHEETS, most=MAX_SHEETS)
    if not breaks:
        return None
    content = re.sub(
        rb"<text:line-break ?/>", b"&#10;", re.sub(rb"<text:tab ?/>", b"&#9;", read_part(archive, "content.xml"))
    )
    mended = io.BytesIO()
    with zipfile.ZipFile(mended, "w") as copy:
        copy.writestr("mimetype", read_part(archive, "mimetype"))
        copy.writestr("META-INF/manifest.xml", manifest)
        copy.writestr("content.xml", content)
    mended.seek(0)
    return mended
