"""Run all benchmarks of speed and memory, and write one table to RESULTS.md.

    python -m benchmarks.speed [--data ../shared/data] [--out benchmarks/RESULTS.md]

Takes a quarter of an hour on an otherwise idle machine. Exits with status 1 if a target is missed.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import placing_latency, speed_embedding, speed_import, speed_pages, speed_runs, speed_workbench
from benchmarks.result_table import Row, as_markdown, write

PACKAGES = (
    "onnxruntime",
    "torch",
    "sentence-transformers",
    "numpy",
    "scipy",
    "scikit-learn",
    "hdbscan",
    "graspologic-native",
    "bertopic",
    "umap-learn",
)


def runs(data: Path) -> list[Row]:
    """Measure runs and the placing of new answers, on synthetic answers."""
    return speed_runs.rows(million=True)


def embedding(data: Path) -> list[Row]:
    """Measure encoding; return no rows if the data is missing."""
    return speed_embedding.rows(data) if (data / "banking77.csv").is_file() else []


def newcomers(data: Path) -> list[Row]:
    """Measure the placing of single new answers; return no rows if the data is missing."""
    return placing_latency.new_answers(data) if (data / "relationship_dev.csv").is_file() else []


def pages(data: Path) -> list[Row]:
    """Measure the theme page and an export, on synthetic answers behind gunicorn."""
    return speed_pages.rows()


def workbench(data: Path) -> list[Row]:
    """Measure the owner's pages and edits, on synthetic answers behind gunicorn."""
    return speed_workbench.rows()


def imports(data: Path) -> list[Row]:
    """Measure the import of files of every format, behind gunicorn."""
    return speed_import.rows()


# Add new measurements here. Those of peak memory start a process of their own.
MEASURES: tuple[Callable[[Path], list[Row]], ...] = (runs, embedding, newcomers, pages, workbench, imports)


def main() -> int:
    """Measure, print the table and write it; return 0 if all targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of data")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("RESULTS.md"), help="file of the table")
    options = parser.parse_args()
    rows, notes, started = [], [], time.perf_counter()
    for measure in MEASURES:
        measure_started = time.perf_counter()
        found = measure(options.data)
        rows += found
        if not found:
            notes.append(f"Skipped: {measure.__name__}, for which the data or the processor is missing.")
        print(f"{measure.__name__}: {time.perf_counter() - measure_started:.0f} s", file=sys.stderr, flush=True)
    print(as_markdown(rows))
    write(
        options.out, "How fast it is", rows, notes, command="make bench-speed", seconds=time.perf_counter() - started,
        packages=PACKAGES,
    )  # fmt: skip
    return 1 if any(row.passes is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
