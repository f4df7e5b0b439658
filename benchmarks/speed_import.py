"""Measure how long 100,000 rows of each format take to be read and stored, and the memory of it.

    python -m benchmarks.speed_import [--rows 100000] [--rounds 3]

Rows have eight columns, two of them times, and an answer of some 150 characters. A reading is what a web process waits
for: the file is kept, another process reads it and writes its rows. Seconds are of the clock, the least of the rounds;
"processor" are those of the processor, which other work on the machine does not lengthen. Memory is of all processes.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import platform
import random
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter

from analysis.files.read_file import read_file, read_pasted
from benchmarks.peak_memory import watch_peak

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


def as_list(rows: Rows) -> bytes:
    """Return the answers as a list that is pasted."""
    return "\n".join(str(row[-1]) for row in rows[1:]).encode()


FORMATS: dict[str, Callable[[Rows], bytes]] = {
    "CSV, UTF-8": as_csv,
    "CSV, windows-1252, semicolons": lambda rows: as_csv(rows, "cp1252", ";"),
    "TSV, UTF-16": lambda rows: as_csv(rows, "utf-16", "\t"),
    "CSV with odd quotation marks": with_odd_quotes,
    "Excel": as_xlsx,
    "OpenDocument": as_ods,
    "Parquet": as_parquet,
    "Web table": as_html,
    "Pasted list": as_list,
}


def measure(content: bytes, *, pasted: bool) -> tuple[float, float, float, int]:
    """Return the seconds by the clock, those of the processor, the peak of memory in MB, and the rows read."""
    with tempfile.TemporaryDirectory() as folder, watch_peak() as peak:
        before, begun = _used(), time.perf_counter()
        kept = Path(folder)
        stored = read_pasted(content.decode(), kept) if pasted else read_file(io.BytesIO(content), kept)
        seconds, used = time.perf_counter() - begun, _used() - before
        rows = sum(1 for _ in stored.rows())
    return seconds, used, peak.sampled * 1024, rows


def _used() -> float:
    return sum(
        one.ru_utime + one.ru_stime for one in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    """Print a table of all formats."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    told = parser.parse_args()
    system = f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{system}, load {os.getloadavg()[0]:.1f}\n")
    print("| format | file, MB | seconds | processor | memory, MB | rows |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "file")
        for name, make in FORMATS.items():
            made = os.fork()  # the rows and what makes the files count for no memory here
            if made == 0:
                file.write_bytes(make(made_rows(told.rows)))
                os._exit(0)
            os.waitpid(made, 0)
            content = file.read_bytes()
            found = [measure(content, pasted=name == "Pasted list") for _ in range(told.rounds)]
            seconds, used = min(one[0] for one in found), min(one[1] for one in found)
            memory = max(one[2] for one in found)
            print(
                f"| {name} | {len(content) / 1e6:.1f} | {seconds:.2f} | {used:.2f} | {memory:.0f} | {found[0][3]:,} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
