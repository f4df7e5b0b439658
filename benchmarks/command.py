"""What the commands of the benchmarks have in common: their options, the table they print, their exit status."""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.place import DATA_FOLDER, Place
from benchmarks.result_table import RESULTS, Row, as_markdown, missing_notes, write

SITES = ("numpy", "SQLAlchemy", "Flask", "gunicorn")
"""Packages whose versions are said beside what is measured on sites"""


def run(module: str, rows: Callable[[Place, int], list[Row]], many: int, words: Sequence[str] | None = None) -> int:
    """Measure with so many answers; print the table, and write it where that is asked for.

    `words` are those of the command line. Returns its exit status.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{module}")
    parser.add_argument("--answers", type=int, default=many, help=f"answers of the survey (default: {many:,})")
    parser.add_argument("--data", type=Path, default=DATA_FOLDER, help="folder of coded data")
    parser.add_argument("--folder", type=Path, help="folder that keeps what is made, for the next run")
    parser.add_argument("--write", action="store_true", help="write a section of RESULTS.md")
    given, started = parser.parse_args(words), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix=f"threads-{module}-") as temporary:
        found = rows(Place(given.data, given.folder or Path(temporary)), given.answers)
    if given.write:
        heading, command = f"How fast it is: {module}", f"python -m benchmarks.{module} --answers {given.answers}"
        taken = time.perf_counter() - started
        write(RESULTS, heading, found, [], command=command, seconds=taken, packages=SITES)
    return finish(found)


def finish(rows: Sequence[Row]) -> int:
    """Print a table, and why rows of it have no figure; return 1 if one misses its target or has none, else 0."""
    print("\n".join([as_markdown(rows), *missing_notes(rows)]))
    return 1 if any(row.passes is False or row.missing for row in rows) else 0
