"""What `make bench-quick` says: a change beyond noise, to the better or the worse, and what could not be compared."""

from __future__ import annotations

import sys
import types
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from benchmarks import measures, quick
from benchmarks.noise import compare
from benchmarks.place import Place
from benchmarks.result_table import NotMeasuredError, Row, at_least, at_most, machine, not_measured, read_rounds

THEN = (0.60, 0.62, 0.61, 0.59, 0.63)


def said(*rows: Row, then: Sequence[float] = THEN, made_on: str = "") -> tuple[str, int]:
    lines, status = quick.said(rows, {("page", "9", "times a file"): then}, made_on or machine())
    return "\n".join(lines), status


def test_the_threshold_is_that_of_students_test() -> None:
    then, now = np.array(THEN), np.array([0.55, 0.57, 0.56])
    for of in (1, 12):
        change = compare(then.tolist(), now.tolist(), of)
        p = stats.ttest_ind(np.log(then), np.log(now)).pvalue
        assert change.has_moved is bool(p < 0.05 / of)
        at_threshold = now * np.exp(np.log(then).mean() - np.log(now).mean()) * change.noise
        assert stats.ttest_ind(np.log(then), np.log(at_threshold)).pvalue == pytest.approx(0.05 / of)


def test_noise_alone_is_seldom_taken_for_a_change() -> None:
    draw = np.random.default_rng(3)
    moved = [
        compare(np.exp(0.1 * draw.normal(size=5)).tolist(), np.exp(0.1 * draw.normal(size=3)).tolist()).has_moved
        for _ in range(2000)
    ]
    assert 0.03 < np.mean(moved) < 0.07


@pytest.mark.parametrize(("then", "now"), [([0.5], [0.5, 0.5]), ([0.5, 0.6], [0.5]), ([0.0, 0.1], [0.2, 0.3])])
def test_too_few_figures_cannot_be_compared(then: list[float], now: list[float]) -> None:
    with pytest.raises(ValueError, match="twice"):
        compare(then, now)


def test_what_became_worse_is_said_first_and_ends_with_status_1() -> None:
    text, status = said(at_least("page", "9", "times a file", [0.41, 0.40, 0.42], None))
    assert text.startswith("is worse: page, 9, times a file: 0.610 in the table, 0.410 now, -33% (noise makes up to ")
    assert "Of 1 ratios 1 became worse, 0 better" in text
    assert status == 1


def test_better_is_less_where_less_is_better() -> None:
    text, status = said(at_most("page", "9", "times a file", [0.41, 0.40, 0.42], None))
    assert text.startswith("is better: ")
    assert status == 0


def test_what_stays_within_its_noise_is_no_change() -> None:
    text, status = said(at_least("page", "9", "times a file", [0.7, 0.5, 0.6], None))
    assert text.startswith("stayed: ")
    assert status == 0


def test_what_is_new_gone_or_cannot_be_measured_is_said() -> None:
    rows = [at_least("page", "9", "times another", [0.6, 0.6], None), not_measured("posts", "9", "all", "no port")]
    text, status = said(*rows)
    assert "new, not in the table: page, 9, times another" in text
    assert "in the table, not measured now: page, 9, times a file" in text
    assert "Not measured: posts, 9, all: no port" in text
    assert status == 1


def test_another_machine_is_named() -> None:
    row = at_least("page", "9", "times a file", THEN, None)
    assert "another machine" in said(row, made_on="A calculator, 1 cores.")[0]
    assert "another machine" not in said(row)[0]


def test_each_visit_is_one_figure_and_the_table_has_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def apart(module: str, place: Place, sizes: measures.Sizes) -> list[Row]:
        asked.append(module)
        figures = [len(asked) / 10, len(asked) / 10, 9.0]
        return [at_least(module, "9", "times", figures, 0.5), at_least(module, "9", "a second", 7.0, None)]

    monkeypatch.setattr(quick, "measure_apart", apart)
    monkeypatch.setattr(quick, "MEASURES", {"one": {}, "two": {}})
    visits = [quick.visit(Place(tmp_path, tmp_path), number) for number in range(2)]
    assert asked == ["one", "two", "two", "one"]
    quick.keep(tmp_path / "RESULTS.md", visits, "make x", 1)
    table = read_rounds(tmp_path / "RESULTS.md", quick.HEADING)
    assert table == {("one", "9", "times"): (0.1, 0.4), ("two", "9", "times"): (0.2, 0.3)}


def test_without_a_table_the_command_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(quick, "RESULTS", tmp_path / "RESULTS.md")
    monkeypatch.setattr(sys, "argv", ["quick"])
    assert quick.main() == 2
    assert "make bench-speed" in capsys.readouterr().err


def test_a_measurement_that_fails_is_a_row_that_says_why(tmp_path: Path) -> None:
    found = measures.measure_apart("no_such_module", Place(tmp_path, tmp_path), {})
    assert [(row.data, row.missing) for row in found] == [
        ("no_such_module", "ModuleNotFoundError: No module named 'benchmarks.no_such_module'")
    ]


def test_a_measurement_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    found = measures.measure_apart("speed_small_runs", Place(tmp_path, tmp_path), {}, seconds=0.2)
    assert [row.missing for row in found] == ["it was stopped after 0 seconds"]


def test_what_the_processor_or_the_data_lacks_is_said_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("benchmarks.absent")

    def rows(at: Place) -> list[Row]:
        at.file("answers.csv")
        raise AssertionError

    module.__dict__["rows"] = rows
    monkeypatch.setitem(sys.modules, "benchmarks.absent", module)
    monkeypatch.setattr(measures, "hide", lambda: None)
    measures.measure_here("absent", str(tmp_path), str(tmp_path), "{}", str(tmp_path / "rows.json"))
    assert "there is no answers.csv in the folder of data" in (tmp_path / "rows.json").read_text()
    with pytest.raises(NotMeasuredError):
        Place(tmp_path, tmp_path).file("answers.csv")
