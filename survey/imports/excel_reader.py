"""Read the first sheet of an Excel workbook: `python -m survey.imports.excel_reader < FILE.xlsx`.

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

MAX_MEMORY_BYTES = 600 * 1024 * 1024
"""Limit of the process's address space; 100,000 answers take about a third of it"""
MAX_PARTS = 1000
MAX_UNPACKED_BYTES = 300 * 1024 * 1024
MAX_COMPRESSION_RATIO = 150
"""Of one part of the archive. A sheet of one word 100,000 times has a ratio of about 40."""
RATIO_CHECKED_FROM_BYTES = 5 * 1024 * 1024
"""Smaller parts may have any compression ratio"""
MAX_COLUMNS = 500
MAX_ROW_NUMBER = 1_048_576
"""The last row of an Excel sheet. A file may number a row higher, and openpyxl yields every blank row before it."""
NEEDED = {"[Content_Types].xml", "xl/workbook.xml"}


class Refused(Exception):
    """The file cannot be read; the message is shown to the uploader."""


def check(file: BinaryIO) -> None:
    """Check the archive's directory before anything is unpacked. Raises Refused.

    The sizes are those that the file declares; zipfile unpacks no more than the declared size of a part.
    """
    try:
        parts = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Refused("This Excel file is damaged. Open it, save it again as .xlsx, and try with that.") from None
    if not {part.filename for part in parts} >= NEEDED:
        raise Refused("This is a packed file, and no Excel workbook. Choose an .xlsx or a CSV file.")
    too_dense = any(
        part.file_size > RATIO_CHECKED_FROM_BYTES and part.file_size > MAX_COMPRESSION_RATIO * part.compress_size
        for part in parts
    )
    if len(parts) > MAX_PARTS or too_dense or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise Refused("Unpacked, this workbook is far larger than a list of answers. Save its one sheet as CSV.")


def cell_text(value: object) -> str:
    """Return a cell as text: whole numbers without .0, times as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value)


def row_texts(cells: Iterable[object]) -> list[str]:
    """Return the cells of a row as texts, without blank cells at its end. Raises Refused."""
    texts = [cell_text(cell) for cell in cells]
    while texts and not texts[-1].strip():
        texts.pop()
    if len(texts) > MAX_COLUMNS:
        raise Refused(f"The sheet has more than {MAX_COLUMNS} columns. Save the few that matter as CSV.")
    return texts


def write_rows(file: BinaryIO) -> None:
    """Write the rows of the first sheet to standard output.

    Raises Refused, or anything that openpyxl raises for a damaged file.
    """
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
        texts = row_texts(cells)
        if texts:
            print(json.dumps([number, texts]))


def main() -> int:
    """Read a workbook from standard input within the memory limit; return the exit status."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    try:
        write_rows(sys.stdin.buffer)
    except Refused as refused:
        print(json.dumps({"refused": str(refused)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
