"""Turn the bytes of a file into rows of text: `python -m analysis.files.convert FOLDER`, in a process of its own."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime, time
from pathlib import Path

import python_calamine

from analysis.files.model import FileChoices, FileForm, FileRefused, Row, Sheet

DELIMITERS = ",;\t|"


def _decode(content: bytes, chosen: str | None) -> tuple[str, str]:
    for encoding in (
        [chosen] if chosen else ["utf-8-sig", "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ""]
    ):
        try:
            return content.decode(encoding), encoding
        except (UnicodeError, LookupError):
            continue
    return content.decode("windows-1252", "replace"), "windows-1252"


def _read(content: bytes, choices: FileChoices, pasted: bool) -> tuple[FileForm, Iterator[Row]]:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        book = python_calamine.load_workbook(io.BytesIO(content))
        sheets = [Sheet(one.name, "Visible" not in str(one.visible)) for one in book.sheets_metadata]
        sheets.sort(key=lambda sheet: sheet.hidden)
        chosen = choices.sheet or sheets[0].name
        rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
        form = FileForm("xlsx", sheet=chosen, sheets=tuple(sheets))
        return form, ((n, [_text(cell) for cell in row]) for n, row in enumerate(rows, 1))
    text, encoding = _decode(content, choices.encoding)
    if pasted and "\t" not in text:
        lines = [line for line in text.splitlines() if line.strip()]
        return FileForm("pasted", encoding), ((n, [line]) for n, line in enumerate(lines, 1))
    counts = {one: text[:50_000].count(one) for one in DELIMITERS}
    delimiter = choices.delimiter or max(counts, key=lambda one: counts[one])
    found = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    return FileForm("csv", encoding, (encoding,), delimiter=delimiter), (
        (n, cells) for n, cells in enumerate(found, 1) if cells
    )


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, (datetime, date, time)) else str(cell)


def main() -> None:
    """Read the file in a folder. What it refuses is printed."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text())
    try:
        form, rows = _read(
            (folder / "original").read_bytes(), FileChoices(**request["choices"]), bool(request.get("pasted"))
        )
        with (folder / "rows.jsonl").open("w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row) + "\n")
        (folder / "form.json").write_text(json.dumps(asdict(form)))
    except FileRefused as refused:
        print(refused, end="")


if __name__ == "__main__":
    main()
