"""The table of results, as printed and in RESULTS.md, with what is needed to repeat the measurements."""

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
HEADING_MARK = "## "
HEADINGS = ("data", "n", "measure", "peer", "ours", "target", "passes")
ROUNDS_HEADING = "each time"
NOTHING = "\u2013"
PACKAGES = (
    "bertopic",
    "umap-learn",
    "hdbscan",
    "graspologic-native",
    "scikit-learn",
    "scipy",
    "numpy",
    "sentence-transformers",
)


class NotMeasuredError(Exception):
    """Something cannot be measured here; says why."""


@dataclass(frozen=True)
class Row:
    """One figure: data set, number of answers, measure, the peer's figure, ours, target, whether it is met.

    A ratio has `rounds`, its figure each time it was measured, from which `benchmarks.quick` tells what moved.
    A row without a figure says in `missing` why.
    """

    data: str
    n: str
    measure: str
    peer: str
    ours: str
    target: str
    passes: bool | None
    rounds: tuple[float, ...] = ()
    more_is_better: bool = True
    missing: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What is measured, the same from run to run."""
        return self.data, self.n, self.measure


def at_least(
    data: str,
    n: str,
    measure: str,
    ours: float | Sequence[float],
    target: float | None,
    peer: float | None = None,
) -> Row:
    """Return a row whose figure should be ``target`` or more, if there is one. Compares the rounded figure.

    A ratio is given as the figures of its rounds, of which the median is shown.
    """
    return _row(data, n, measure, ours, target, peer, more_is_better=True)


def at_most(
    data: str,
    n: str,
    measure: str,
    ours: float | Sequence[float],
    target: float | None,
    peer: float | None = None,
) -> Row:
    """Return a row whose figure should be ``target`` or less; else as `at_least`."""
    return _row(data, n, measure, ours, target, peer, more_is_better=False)


def not_measured(data: str, n: str, measure: str, why: str) -> Row:
    """Return a row for a figure that there is none of."""
    return Row(data, n, measure, NOTHING, "not measured", NOTHING, None, missing=why)


def once_more(rows: Sequence[Row]) -> list[Row]:
    """Return one row for each thing that was measured, with its figures of every time; the last time's, if no ratio."""
    found: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        before = found.get(row.key)
        rounds = (*(before.rounds if before else ()), *row.rounds)
        found[row.key] = replace(row, ours=_figure(statistics.median(rounds)), rounds=rounds) if rounds else row
    return list(found.values())


def _row(
    data: str,
    n: str,
    measure: str,
    ours: float | Sequence[float],
    target: float | None,
    peer: float | None,
    *,
    more_is_better: bool,
) -> Row:
    rounds = tuple(ours) if isinstance(ours, Sequence) else ()
    shown = round(statistics.median(rounds) if isinstance(ours, Sequence) else ours, 3)
    passes = None
    if target is not None:
        passes = shown >= round(target, 3) if more_is_better else shown <= target
    return Row(
        data,
        n,
        measure,
        NOTHING if peer is None else _figure(peer),
        _figure(shown),
        NOTHING if target is None else f"{'≥' if more_is_better else '≤'} {_figure(target)}",
        passes,
        rounds,
        more_is_better,
    )


def _figure(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 1000 else f"{value:,.0f}"


def as_markdown(rows: Sequence[Row], peer: str = HEADINGS[3]) -> str:
    """Format the rows as a Markdown table with aligned columns; ``peer`` heads that column."""
    cells = [
        [heading if heading != HEADINGS[3] else peer for heading in HEADINGS],
        *([row.data, row.n, row.measure, row.peer, row.ours, row.target, _verdict(row)] for row in rows),
    ]
    if any(row.rounds for row in rows):
        for line, last in zip(cells, (ROUNDS_HEADING, *map(_rounds, rows)), strict=True):
            line.append(last)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def read_rounds(path: Path, heading: str) -> Mapping[tuple[str, str, str], tuple[float, ...]]:
    """Return the figures of every time of each ratio in a section of a results file; nothing without the section."""
    found = {}
    for line in _sections(path).get(heading, "").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == len(HEADINGS) + 1 and cells[-1][:1].isdigit():
            found[cells[0], cells[1], cells[2]] = tuple(map(float, cells[-1].split()))
    return found


def read_machine(path: Path, heading: str) -> str:
    """Return the line of a section that tells the machine it was made on; empty without one."""
    lines = _sections(path).get(heading, "").splitlines()
    return next((line.removeprefix("- Machine: ") for line in lines if line.startswith("- Machine: ")), "")


def write(
    path: Path,
    heading: str,
    rows: Sequence[Row],
    notes: Sequence[str],
    *,
    command: str,
    seconds: float,
    packages: Sequence[str] = PACKAGES,
    peer: str = HEADINGS[3],
) -> None:
    """Write the table with date, machine, versions, command and time, replacing the section with this heading."""
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    sections = _sections(path)
    sections[heading] = (
        f"{as_markdown(rows, peer)}\n\n"
        + "".join(f"- {note}\n" for note in [*missing_notes(rows), *notes])
        + f"- Made on {datetime.now(UTC):%Y-%m-%d} by `{command}` in {seconds:.0f} seconds.\n"
        f"- Machine: {machine()}\n"
        f"- Versions: {versions}.\n"
    )
    text = "".join(f"\n{HEADING_MARK}{heading}\n\n{section}" for heading, section in sections.items())
    path.write_text(f"# Results of the benchmarks\n{text}", encoding="utf-8")


def missing_notes(rows: Sequence[Row]) -> list[str]:
    """Say of each row that has no figure why."""
    return [f"Not measured: {row.data}, {row.n}, {row.measure}: {row.missing}" for row in rows if row.missing]


def machine() -> str:
    """Return what figures depend on: processor, cores, memory, system and Python."""
    return (
        f"{_processor()}, {os.cpu_count()} cores{_memory()}, {platform.system()}, Python {platform.python_version()}."
    )


def _sections(path: Path) -> dict[str, str]:
    """Return the sections of a results file by heading."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = (part.partition("\n\n") for part in f"\n{text}".split(f"\n{HEADING_MARK}")[1:])
    return {heading: part.rstrip("\n") + "\n" for heading, _, part in found}


def _verdict(row: Row) -> str:
    return NOTHING if row.passes is None else "yes" if row.passes else "no"


def _rounds(row: Row) -> str:
    return " ".join(f"{figure:.4g}" for figure in row.rounds) or NOTHING


def _memory() -> str:
    if not hasattr(os, "sysconf"):
        return ""
    return f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1024**3:.0f} GB of memory"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
