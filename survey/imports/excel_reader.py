"""Reads the first sheet of an Excel workbook: `python -m survey.imports.excel_reader < FILE.xlsx`.

Writes lines of JSON: {"sheet": …, "sheets": …}, then [row number, [cells as text]] for each row that is not
blank. {"refused": "why"} as a line ends it. Any other end means that the file is damaged.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import BinaryIO

from openpyxl import load_workbook

if sys.platform != "win32":
    import resource

MEMORY_MOST = 600 * 1024 * 1024
"""Address space of the whole program, in bytes; 100,000 answers take about a third of it."""
PARTS_MOST = 1000
BYTES_MOST = 300 * 1024 * 1024
RATIO_MOST = 150
"""A sheet of the same word 100,000 times packs to about a fortieth of its size."""
RATIO_FROM = 5 * 1024 * 1024
"""Parts smaller than this may pack as well as they like."""
COLUMNS_MOST = 500
MAX_ROW_NUMBER = 1_048_576
"""Of an Excel sheet. A file may name any number for a row, and openpyxl makes up every blank row before it."""
NEEDED = {"[Content_Types].xml", "xl/workbook.xml"}


class Refused(Exception):
    """The file cannot be read; the message is for the one who sent it."""


def check(file: BinaryIO) -> None:
    """Look at the list of what is packed before any of it is unpacked. Raises Refused.

    Sizes in the list are what the file says of itself; zipfile unpacks no more than that of any part.
    """
    try:
        parts = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Refused("This Excel file is damaged. Open it, save it again as .xlsx, and try with that.") from None
    if not {part.filename for part in parts} >= NEEDED:
        raise Refused("This is a packed file, and no Excel workbook. Choose an .xlsx or a CSV file.")
    too_dense = any(part.file_size > RATIO_FROM and part.file_size > RATIO_MOST * part.compress_size for part in parts)
    if len(parts) > PARTS_MOST or too_dense or sum(part.file_size for part in parts) > BYTES_MOST:
        raise Refused("Unpacked, this workbook is far larger than a list of answers. Save its one sheet as CSV.")


def cell_text(value: object) -> str:
    """A cell as text: numbers without a needless .0, moments as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value)


def trimmed(cells: Iterable[object]) -> list[str]:
    """The cells of a row as texts, without the blank ones after the last that is not. Raises Refused."""
    texts = [cell_text(cell) for cell in cells]
    while texts and not texts[-1].strip():
        texts.pop()
    if len(texts) > COLUMNS_MOST:
        raise Refused(f"The sheet has more than {COLUMNS_MOST} columns. Save the few that matter as CSV.")
    return texts


def write_rows(file: BinaryIO) -> None:
    """The rows of the first sheet, to standard output. Raises Refused, or whatever a damaged file makes openpyxl do."""
    check(file)
    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    if not book.worksheets:
        raise Refused("The workbook has no sheet with cells.")
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    print(json.dumps({"sheet": sheet.title, "sheets": len(book.worksheets)}))
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > MAX_ROW_NUMBER:
            raise Refused("The sheet names rows that no Excel sheet can have. Save it as CSV and try with that.")
        texts = trimmed(cells)
        if texts:
            print(json.dumps([number, texts]))


def main() -> int:
    """Read standard input."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MOST, MEMORY_MOST))
    try:
        write_rows(sys.stdin.buffer)
    except Refused as refused:
        print(json.dumps({"refused": str(refused)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
