"""The table of results, as printed and in RESULTS.md, with what is needed to repeat the measurements."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

HEADING_MARK = "## "
HEADINGS = ("data", "n", "measure", "BERTopic", "ours", "target", "passes")
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


@dataclass(frozen=True)
class Row:
    """One figure: data set, number of answers, measure, BERTopic's figure, ours, target, whether it is met."""

    data: str
    n: str
    measure: str
    peer: str
    ours: str
    target: str
    passes: bool | None


def at_least(data: str, n: str, measure: str, ours: float, target: float | None, peer: float | None = None) -> Row:
    """Return a row whose figure should be ``target`` or more, if there is one. Compares the rounded figure."""
    shown = round(ours, 3)
    return Row(
        data, n, measure, "\u2013" if peer is None else f"{peer:.3f}", f"{shown:.3f}",
        "\u2013" if target is None else f"\u2265 {target:.3f}", None if target is None else shown >= round(target, 3),
    )  # fmt: skip


def at_most(data: str, n: str, measure: str, ours: float, target: float | None) -> Row:
    """Return a row whose figure should be ``target`` or less, if there is one. Compares the rounded figure."""
    shown = round(ours, 3)
    limit = "\u2013" if target is None else f"\u2264 {target:.3f}"
    return Row(data, n, measure, "\u2013", f"{shown:.3f}", limit, None if target is None else shown <= target)


def as_markdown(rows: Sequence[Row]) -> str:
    """Format the rows as a Markdown table with aligned columns."""
    cells = [HEADINGS, *((row.data, row.n, row.measure, row.peer, row.ours, row.target, _verdict(row)) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def write(
    path: Path,
    heading: str,
    rows: Sequence[Row],
    notes: Sequence[str],
    *,
    command: str,
    seconds: float,
    packages: Sequence[str] = PACKAGES,
) -> None:
    """Write the table with date, machine, versions, command and time, replacing the section with this heading."""
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    sections = _sections(path)
    sections[heading] = (
        f"{as_markdown(rows)}\n\n"
        + "".join(f"- {note}\n" for note in notes)
        + f"- Made on {datetime.now(UTC):%Y-%m-%d} by `{command}` in {seconds:.0f} seconds.\n"
        f"- Machine: {_processor()}, {os.cpu_count()} cores{_memory()}, {platform.system()}, "
        f"Python {platform.python_version()}.\n"
        f"- Versions: {versions}.\n"
    )
    text = "".join(f"\n{HEADING_MARK}{heading}\n\n{section}" for heading, section in sections.items())
    path.write_text(f"# Results of the benchmarks\n{text}", encoding="utf-8")


def _sections(path: Path) -> dict[str, str]:
    """Return the sections of a results file by heading."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = (part.partition("\n\n") for part in f"\n{text}".split(f"\n{HEADING_MARK}")[1:])
    return {heading: part.rstrip("\n") + "\n" for heading, _, part in found}


def _verdict(row: Row) -> str:
    return "\u2013" if row.passes is None else "yes" if row.passes else "no"


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
