"""Run the benchmarks of speed and memory, and write two tables to RESULTS.md.

    python -m benchmarks.speed [--data ../shared/data] [--out benchmarks/RESULTS.md]

Under 20 minutes on an otherwise idle machine of two cores, half an hour on a slow one. One table has the figures at
full size; the other has the ratios of `benchmarks.quick`, measured in turns with those, so that their noise is that of
the whole call. What takes longer has a command of its own: `ALONE`. Exits with status 1 if a target is missed or
something cannot be measured.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks import quick
from benchmarks.command import finish
from benchmarks.measures import Sizes, measure_apart
from benchmarks.place import DATA_FOLDER, Place
from benchmarks.result_table import RESULTS, Row, write

HEADING = "How fast it is"
COMMAND = "make bench-speed"
MINUTES = 20
VISITS = quick.KEPT_VISITS
"""Times that the quick ones are measured: from these `benchmarks.quick` learns how much their figures vary"""
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
MEASURES: Mapping[str, Sizes] = {
    "speed_runs": {"million": True},
    "speed_embedding": {"answers": 2000, "quality": False},
    "placing_latency": {},
    "speed_readers": {},
    "speed_posts": {"rounds": 3},
    "speed_pages": {},
    "speed_workbench": {},
    "speed_search": {"answers": 20_000},
    "speed_starting": {"times": 3},
    "speed_import": {"rounds": 1, "only": "CSV, UTF-8"},
}
"""One line for each: a module with rows(), and sizes for it that fit into the call"""
ALONE = {
    "python -m benchmarks.speed_embedding": "also what 8 bits do to themes: five minutes",
    "python -m benchmarks.speed_search": "the search page of 100,000 answers: two minutes",
    "python -m benchmarks.speed_import": "every format, the least of three rounds: a quarter of an hour",
    "python -m benchmarks.large_surveys --answers 1000000 10000000": "millions of answers in the database: an hour",
    "python -m benchmarks.dask_workers": "slices on Dask workers, one of which is killed: ten minutes",
    "python -m benchmarks.waiting": "how long a new answer waits during a run of another survey: two minutes",
}
"""Commands of what does not fit, and what they measure"""


def main() -> int:
    """Measure, print the tables and write them; return 0 if all targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA_FOLDER, help="folder of data")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file of the tables")
    options, started = parser.parse_args(), time.perf_counter()
    rows: list[Row] = []
    took: list[str] = []
    visits: list[list[Row]] = []
    with tempfile.TemporaryDirectory(prefix="threads-speed-") as folder:
        place = Place(options.data.absolute(), Path(folder))
        for number, (module, sizes) in enumerate(MEASURES.items()):
            if len(visits) * len(MEASURES) <= number * VISITS:
                visits.append(quick.visit(place, len(visits)))
            load, begun = os.getloadavg()[0], time.perf_counter()
            rows += measure_apart(module, place, sizes)
            took.append(f"{module} {time.perf_counter() - begun:.0f} ({load:.1f})")
            print(took[-1], file=sys.stderr, flush=True)
        while len(visits) < VISITS:
            visits.append(quick.visit(place, len(visits)))
    seconds = time.perf_counter() - started
    notes = [
        f"Seconds of each, with the load of the machine in the minute before: {', '.join(took)}.",
        *(f"Not in this call: `{command}`, {what}." for command, what in ALONE.items()),
    ]
    if seconds > 60 * MINUTES:
        notes.append(f"It took more than {MINUTES} minutes: was the machine idle?")
    write(options.out, HEADING, rows, notes, command=COMMAND, seconds=seconds, packages=PACKAGES)
    quick.keep(options.out, visits, COMMAND, seconds)
    return finish(rows)


if __name__ == "__main__":
    sys.exit(main())
