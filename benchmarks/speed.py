"""How fast is everything, and how much memory does it need? One table, in SPEED.md.

    python -m benchmarks.speed [--data ../shared/data] [--million] [--out benchmarks/SPEED.md]

Takes a quarter of an hour, with a million answers half an hour; nothing else should run beside it. Ends with status 1
when a target is missed.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import speed_embedding, speed_pages, speed_runs
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


@dataclass(frozen=True)
class Asked:
    """What is to be measured: the folder of data, and whether a million answers too."""

    data: Path
    million: bool


def runs(asked: Asked) -> list[Row]:
    """Analyses, and new answers placed at once; on made-up answers."""
    return speed_runs.rows(million=asked.million)


def embedding(asked: Asked) -> list[Row]:
    """Vectors; nothing without the data."""
    return speed_embedding.rows(asked.data) if (asked.data / "banking77.csv").is_file() else []


def pages(asked: Asked) -> list[Row]:
    """The theme page and an export, on made-up answers behind a real gunicorn."""
    return speed_pages.rows()


# Add yours here. Those whose peak memory counts measure in a process of their own.
MEASURES: tuple[Callable[[Asked], list[Row]], ...] = (runs, embedding, pages)


def main() -> int:
    """Measure, print the table and write it; 0 when all targets are reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of data")
    parser.add_argument("--million", action="store_true", help="also with a million answers")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("SPEED.md"), help="where the table goes")
    options = parser.parse_args()
    asked, rows, notes, started = Asked(options.data, options.million), [], [], time.perf_counter()
    for measure in MEASURES:
        begun = time.perf_counter()
        found = measure(asked)
        rows += found
        if not found:
            notes.append(f"Skipped: {measure.__name__}, for which the data or the processor is missing.")
        print(f"{measure.__name__}: {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    print(as_markdown(rows))
    write(
        options.out, rows, notes, command="make bench-speed", seconds=time.perf_counter() - started,
        heading="How fast it is", packages=PACKAGES,
    )  # fmt: skip
    return 1 if any(row.passes is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
