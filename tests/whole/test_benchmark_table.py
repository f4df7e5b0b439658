"""RESULTS.md: each benchmark writes its own section and leaves the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.command import finish
from benchmarks.result_table import (
    at_least,
    at_most,
    machine,
    not_measured,
    once_more,
    read_machine,
    read_rounds,
    write,
)


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


def test_a_ratio_shows_the_median_and_keeps_every_time(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    rows = [
        at_least("page", "9", "times a file", [0.5, 0.71234, 0.6], 0.55),
        at_most("page", "9", "bytes", 1234.5, None),
    ]
    write(path, "Ratios", rows, [], command="make x", seconds=1, packages=[])
    assert "| 0.600 | ≥ 0.550 | yes    | 0.5 0.7123 0.6 |" in path.read_text()
    assert "| 1,234 |" in path.read_text()
    assert read_rounds(path, "Ratios") == {("page", "9", "times a file"): (0.5, 0.7123, 0.6)}
    assert read_rounds(path, "Other") == {}
    assert read_machine(path, "Ratios") == machine()


def test_what_is_measured_again_becomes_one_row_of_all_times() -> None:
    first, second = (at_least("page", "9", "times a file", rounds, None) for rounds in ([0.5, 0.9], [0.6]))
    plain = [at_most("page", "9", "bytes", size, None) for size in (10.0, 11.0)]
    assert [row.ours for row in once_more([first, plain[0], second, plain[1]])] == ["0.600", "11.000"]


def test_a_row_without_a_figure_says_why_and_fails_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [not_measured("search", "9", "all", "no service")]
    write(tmp_path / "R.md", "Ratios", rows, [], command="make x", seconds=1, packages=[])
    assert "- Not measured: search, 9, all: no service\n" in (tmp_path / "R.md").read_text()
    assert finish(rows) == 1
    assert "no service" in capsys.readouterr().out
    assert finish([at_least("page", "9", "times", 0.6, 0.5)]) == 0
    assert finish([at_least("page", "9", "times", 0.4, 0.5)]) == 1
