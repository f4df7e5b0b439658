"""Turn the bytes of a file into rows of text: `python -m analysis.files.convert FOLDER`, in a process of its own.

Reads `original` and `request.json` in the folder, and writes `rows` and `form.json` beside them. What it refuses
is printed. It runs within limits on memory and time, and whoever runs it takes any other end for a damaged file.
"""

from __future__ import annotations

import csv
import gc
import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path

from analysis.files.archives import FAR_LARGER, PACKED_TWICE, chunks, only_table, open_archive
from analysis.files.delimited import read_pasted, read_text
from analysis.files.html_table import read_html
from analysis.files.json_rows import read_json
from analysis.files.model import EMPTY, FileChoices, FileForm, FileRefused, Row
from analysis.files.recognise import START_BYTES, archive_kind, recognise
from analysis.files.row_writer import RowWriter, most_written
from analysis.files.workbook import read_workbook
from analysis.messages import N_, Message

if sys.platform != "win32":
    import resource

UNPACKED = "unpacked"
MAX_BYTES = 250_000_000
MAX_MEMORY_BYTES = 800 * 1024 * 1024
"""Of the address space, of which some 300 MB are libraries' files; 100,000 answers take about 100 MB of it"""
Reader = Callable[[], Iterable[Row]]


def convert(folder: Path, choices: FileChoices, *, pasted: bool = False) -> FileForm:
    """Read the file in a folder and write its rows beside it; return how it was read. Raises FileRefused."""
    original = folder / "original"
    if pasted:
        form, rows = read_pasted(original.read_text("utf-8", "replace"), choices)
        return _write(folder, form, lambda: rows)
    size = original.stat().st_size
    if size > MAX_BYTES:
        raise FileRefused(
            "The file has %(size)s MB, and at most %(most)s can be read. Cut it into parts.",
            size=size // 10**6,
            most=MAX_BYTES // 10**6,
        )
    try:
        return _read(folder, original, choices)
    finally:
        (folder / UNPACKED).unlink(missing_ok=True)


def _read(folder: Path, path: Path, choices: FileChoices, *, unpacked: bool = False) -> FileForm:
    with path.open("rb") as file:
        kind = recognise(file.read(START_BYTES))
    if kind == "archive":
        archive = open_archive(path)
        inside = archive_kind(archive)
        if inside == "files":
            if unpacked:
                raise FileRefused(PACKED_TWICE)
            name = only_table(archive)
            with (folder / UNPACKED).open("wb") as file:
                for chunk in chunks(archive, name, MAX_BYTES):
                    file.write(chunk)
            return _read(folder, folder / UNPACKED, choices, unpacked=True)
        return _write(folder, *read_workbook(path, inside, choices, archive))
    if kind == "old office":
        return _write(folder, *read_workbook(path, "xls", choices, None))
    if kind == "parquet":
        from analysis.files.parquet import read_parquet

        return _write(folder, *read_parquet(path))
    if kind == "json":
        return _write(folder, *read_json(path, choices))
    if kind != "text":
        form, rows = read_html(path, choices, xml=kind == "xml sheet")
        return _write(folder, form, lambda: rows)
    form, plain, careful = read_text(path, choices)
    try:
        return _write(folder, form, plain)
    except csv.Error:
        return _write(folder, form, careful)


def _write(folder: Path, form: FileForm, rows: Reader) -> FileForm:
    """Write the rows, then how they were read. The files of an earlier reading stay until both are whole."""
    writer = RowWriter(folder / "rows.new", most_written((folder / "original").stat().st_size))
    writer.write(rows())
    if not writer.rows:
        raise FileRefused(N_("The sheet is empty. Choose another.") if len(form.sheets) > 1 else EMPTY)
    if form.encoding is not None:
        form = replace(form, samples=writer.samples, broken=writer.broken)
    (folder / "form.new").write_text(json.dumps(asdict(form)), encoding="utf-8")
    (folder / "rows.new").replace(folder / "rows")
    (folder / "form.new").replace(folder / "form.json")
    return form


def _set_limits(seconds: int) -> None:
    if sys.platform == "win32":
        return
    for what, limit in (
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(what)
        resource.setrlimit(what, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


def main() -> None:
    """Read the file in the folder that the first argument names."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    os.environ.update(RUST_BACKTRACE="0", ARROW_DEFAULT_MEMORY_POOL="system")
    _set_limits(request["seconds"])
    gc.disable()  # nothing here refers to itself; looking for what does took a fifth of a page's time
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        convert(folder, FileChoices(**request["choices"]), pasted=bool(request.get("pasted")))
    except FileRefused as refused:
        print(refused.message.packed(), end="")
    except MemoryError:
        print(Message(FAR_LARGER).packed(), end="")


if __name__ == "__main__":
    main()
