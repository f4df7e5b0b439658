"""RESULTS.md: each benchmark writes its own section and leaves the others."""

from __future__ import annotations

from pathlib import Path

from benchmarks.result_table import at_least, at_most, write


def find(path: Path, *, found: float) -> None:
    rows = [at_least("d", "1", "found", found, 0.5)]
    write(path, "What it finds", rows, ["A note."], command="make x", seconds=1, packages=["numpy"])


def test_a_section_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    find(path, found=0.4)
    first = path.read_text()
    assert first.startswith("# Results of the benchmarks\n\n## What it finds\n\n| data")
    assert "| no " in first
    rows = [at_most("d", "1", "seconds", 2.0, 3.0)]
    write(path, "How fast it is", rows, [], command="make y", seconds=2, packages=[])
    both = path.read_text()
    assert both.startswith(first)
    assert "\n\n## How fast it is\n\n| data" in both
    find(path, found=0.6)
    again = path.read_text()
    assert again == both.replace("0.400", "0.600").replace("| no ", "| yes")
    assert again.count("- A note.\n") == 1
