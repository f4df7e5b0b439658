"""How fast is everything, and how much memory does it need? One table, in RESULTS.md.

    python -m benchmarks.speed [--data ../shared/data] [--out benchmarks/RESULTS.md]

Takes a quarter of an hour, and nothing else should run beside it. Ends with status 1 when a target is missed.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import latency, speed_embedding, speed_pages, speed_runs
from benchmarks.table import Row, as_markdown, write

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
    """Analyses, and new answers placed at once; on made-up answers."""
    return speed_runs.rows(million=True)


def embedding(data: Path) -> list[Row]:
    """Vectors; nothing without the data."""
    return speed_embedding.rows(data) if (data / "banking77.csv").is_file() else []


def newcomers(data: Path) -> list[Row]:
    """One new answer at a time; nothing without the data."""
    return latency.newcomers(data) if (data / "relationship_dev.csv").is_file() else []


def pages(data: Path) -> list[Row]:
    """The theme page and an export, on made-up answers behind a real gunicorn."""
    return speed_pages.rows()


# Add yours here. Those whose peak memory counts measure in a process of their own.
MEASURES: tuple[Callable[[Path], list[Row]], ...] = (runs, embedding, newcomers, pages)


def main() -> int:
    """Measure, print the table and write it; 0 when all targets are reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of data")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("RESULTS.md"), help="where the table goes")
    options = parser.parse_args()
    rows, notes, started = [], [], time.perf_counter()
    for measure in MEASURES:
        begun = time.perf_counter()
        found = measure(options.data)
        rows += found
        if not found:
            notes.append(f"Skipped: {measure.__name__}, for which the data or the processor is missing.")
        print(f"{measure.__name__}: {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    print(as_markdown(rows))
    write(
        options.out, "How fast it is", rows, notes, command="make bench-speed", seconds=time.perf_counter() - started,
        packages=PACKAGES,
    )  # fmt: skip
    return 1 if any(row.passes is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
