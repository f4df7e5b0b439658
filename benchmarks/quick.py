"""Measure ratios at small sizes, and say which moved since the table in RESULTS.md was made, beyond noise.

    python -m benchmarks.quick [--data ../shared/data] [--keep]

Under three minutes on an otherwise idle machine of two cores. Everything is measured three times, by new processes each
time and in the opposite order every second time; `benchmarks.speed` measured it four times, spread over its call. How
much these differ among themselves is the noise. `--keep` writes the table instead.

Exit status: 0 nothing became worse, 1 something did or cannot be measured, 2 there is no table to compare with.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.measures import Sizes, measure_apart
from benchmarks.noise import CHANCE, Change, compare
from benchmarks.place import DATA_FOLDER, Place
from benchmarks.result_table import (
    NOTHING,
    RESULTS,
    Row,
    machine,
    missing_notes,
    once_more,
    read_machine,
    read_rounds,
    write,
)

HEADING = "Ratios at small sizes"
VISITS, KEPT_VISITS = 3, 4
MEASURES: Mapping[str, Sizes] = {
    "speed_small_runs": {"rounds": 2},
    "speed_embedding": {"answers": 150, "rounds": 2, "own": True},
    "speed_readers": {"answers": 1000, "rounds": 2, "visits": 10},
    "speed_posts": {"answers": 300, "rounds": 1, "most": 50},
}
"""One line for each: a module with rows(), and sizes for it that take a few seconds. Ratios are compared."""

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A ratio as it is now, its figure in the table, and what became of it."""

    row: Row
    then: float
    change: Change

    @property
    def is_worse(self) -> bool:
        """Whether it moved, and to the worse."""
        return self.change.has_moved and (self.change.times < 1) is self.row.more_is_better

    def __str__(self) -> str:
        moved = "stayed"
        if self.change.has_moved:
            moved = "is worse" if self.is_worse else "is better"
        name = ", ".join(filter(str.strip, self.row.key))
        return (
            f"{moved}: {name}: {self.then:.3f} in the table, {self.row.ours} now, {self.change.times - 1:+.0%} "
            f"(noise makes {_reach(self.change.noise)})"
        )


def _reach(noise: float) -> str:
    return f"up to {noise - 1:.0%}" if noise < 2 else "more than twice as much: was the machine busy?"


def visit(place: Place, number: int) -> list[Row]:
    """Measure everything once; return the ratios, and what cannot be measured. `number` counts from 0."""
    modules = list(MEASURES)[:: -1 if number % 2 else 1]
    found = [row for module in modules for row in measure_apart(module, place, MEASURES[module])]
    return [
        replace(row, rounds=(statistics.median(row.rounds),), target=NOTHING, passes=None) if row.rounds else row
        for row in found
        if row.rounds or row.missing
    ]


def keep(path: Path, visits: Sequence[Sequence[Row]], command: str, seconds: float) -> None:
    """Write the table to compare with. The seconds are those of the whole command."""
    rows = once_more([row for one in visits for row in one])
    notes = [f"`make bench-quick` compares with these, each measured {len(visits)} times."]
    write(path, HEADING, rows, notes, command=command, seconds=seconds, packages=("numpy", "scikit-learn", "gunicorn"))


def compared(
    rows: Sequence[Row], table: Mapping[Key, Sequence[float]]
) -> tuple[list[Comparison], list[str]]:  # fmt: skip
    """Return the comparisons, and a sentence for each ratio that cannot be compared."""
    both = [row for row in rows if min(len(row.rounds), len(table.get(row.key, ()))) > 1]
    made = [
        Comparison(row, statistics.median(table[row.key]), compare(table[row.key], row.rounds, len(both)))
        for row in both
    ]
    unknown = [f"new, not in the table: {', '.join(row.key)}" for row in rows if row.rounds and row.key not in table]
    gone = [f"in the table, not measured now: {', '.join(key)}" for key in table.keys() - {row.key for row in rows}]
    return made, [*unknown, *sorted(gone)]


def said(rows: Sequence[Row], table: Mapping[Key, Sequence[float]], made_on: str) -> tuple[list[str], int]:
    """Return the sentences that tell what moved, and the exit status."""
    made, others = compared(rows, table)
    missing = missing_notes(rows)
    worse = sum(each.is_worse for each in made)
    better = sum(each.change.has_moved for each in made) - worse
    lines = [*map(str, sorted(made, key=lambda each: (not each.is_worse, not each.change.has_moved))), *others]
    lines += missing
    if made_on != machine():
        lines.append(
            f"The table was made on another machine, whose ratios may be others: {made_on} This is {machine()}"
        )
    lines.append(
        f"Of {len(made)} ratios {worse} became worse, {better} better, beyond what noise alone makes in "
        f"{1 - CHANCE:.0%} of calls."
    )
    return lines, int(worse > 0 or bool(missing))


def main() -> int:
    """Measure, and print what moved."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quick", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA_FOLDER, help="folder of coded data")
    parser.add_argument("--keep", action="store_true", help=f"write the table, from {KEPT_VISITS} measurements")
    options, started = parser.parse_args(), time.perf_counter()
    table = read_rounds(RESULTS, HEADING)
    if not options.keep and not table:
        print(f'{RESULTS} has no table "{HEADING}": `make bench-speed` or `--keep` makes it', file=sys.stderr)
        return 2
    visits: list[list[Row]] = []
    with tempfile.TemporaryDirectory(prefix="threads-quick-") as folder:
        for number in range(KEPT_VISITS if options.keep else VISITS):
            visits.append(visit(Place(options.data.absolute(), Path(folder)), number))
            print(f"measured {number + 1} times: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    if options.keep:
        keep(RESULTS, visits, "python -m benchmarks.quick --keep", time.perf_counter() - started)
        return int(any(row.missing for one in visits for row in one))
    lines, status = said(once_more([row for one in visits for row in one]), table, read_machine(RESULTS, HEADING))
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
