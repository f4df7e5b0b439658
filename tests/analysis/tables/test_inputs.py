"""The small files of ../shared/inputs whose rows, columns, times and HTML tools of this sort get wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from analysis.files.model import LeftOut
from tests.analysis.tables.support import INPUTS, Read, read_input

CHANGE = "What should we change?"


@pytest.mark.parametrize(
    ("name", "answers", "left_out"),
    [
        ("blank_googleforms_optional_question.csv", 5, {"blank": 1}),
        ("blank_last_rows.csv", 6, {"blank": 2}),
        ("blank_msforms.xlsx", 6, {"blank": 1}),
        ("blank_nbsp.csv", 5, {"blank": 1}),
        ("headers_qualtrics_legacy_two_rows.csv", 6, {}),
        ("headers_qualtrics_three_rows.csv", 6, {}),
        ("headers_qualtrics_three_rows.xlsx", 6, {}),
        ("headers_qualtrics_utf16_tabs.tsv", 6, {}),
        ("headers_qualtrics_with_preview_row.csv", 6, {"preview": 1}),
        ("headers_surveymonkey_two_rows.csv", 6, {}),
        ("frame_answers_on_second_sheet.xlsx", 6, {}),
        ("frame_footer.csv", 6, {}),
        ("frame_sep_line.csv", 4, {}),
        ("frame_title_rows.csv", 6, {}),
        ("frame_title_rows.xlsx", 6, {}),
        ("frame_title_rows_padded.csv", 6, {}),
        ("frame_trailing_comma.csv", 6, {}),
        ("long_answer_5599.csv", 6, {"too_long": 1}),
        ("placeholder_not_provided.csv", 24, {"placeholder": 30}),
        ("placeholder_several.csv", 24, {"placeholder": 55}),
        ("placeholder_control_real_answers.csv", 18, {}),
        ("own_export_formula_and_hidden.csv", 12, {}),
        ("reimport_1_first.csv", 6, {}),
        ("reimport_2_column_added.csv", 6, {}),
        ("reimport_3_question_reworded.csv", 6, {}),
        ("reimport_4_time_as_sheets.csv", 6, {}),
        ("xlsx_x000D.xlsx", 6, {}),
    ],
)
def test_answers_and_what_is_left_out(name: str, answers: int, left_out: dict[str, int], tmp_path: Path) -> None:
    sheet = "Raw data" if name == "frame_answers_on_second_sheet.xlsx" else None
    read = read_input(name, tmp_path, sheet)
    assert (len(read.texts), read.left_out) == (answers, left_out)
    assert all(len(text.split()) > 1 or "own_export" in name for text in read.texts)


@pytest.mark.parametrize(
    ("name", "asked", "time"),
    [
        ("guess_closed_question_longer.csv", "Anything else?", None),
        ("guess_googleforms_german_email.csv", CHANGE, "Zeitstempel"),
        ("guess_googleforms_spanish_email.csv", CHANGE, "Marca temporal"),
        ("guess_kobo_uuid.csv", CHANGE, "_submission_time"),
        ("guess_limesurvey_time.csv", CHANGE, "submitdate"),
        ("guess_polis_taken_for_googleforms.csv", "comment-body", "timestamp"),
        ("headers_qualtrics_three_rows.xlsx", CHANGE, "Recorded Date"),
        ("headers_surveymonkey_two_rows.csv", "What would you improve?", "End Date"),
    ],
)
def test_columns(name: str, asked: str, time: str | None, tmp_path: Path) -> None:
    read = read_input(name, tmp_path)
    assert (read.asked, read.name(read.columns.time)) == ([asked], time)
    assert not any(one.problems for one in read.answers)
    assert time is None or all(one.time for one in read.answers)


def test_the_program_is_not_mistaken(tmp_path: Path) -> None:
    assert read_input("guess_polis_taken_for_googleforms.csv", tmp_path).layout.tool == "Polis"


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("time_clock_with_dots_it", "2026-01-17 18:08:16"),
        ("time_epoch_ms", "2026-03-01 09:10:11"),
        ("time_month_name", "2026-03-01 09:10:00"),
        ("time_named_zone", "2026-03-01 08:10:11"),
        ("time_two_digit_year_de", "2026-03-01 09:10:00"),
        ("time_two_digit_year_us", "2026-03-01 09:10:11"),
        ("time_unix_date", "2026-03-01 17:10:11"),
        ("reimport_1_first", "2026-03-01 08:10:11"),
        ("reimport_4_time_as_sheets", "2026-03-01 09:10:11"),
    ],
)
def test_times(name: str, first: str, tmp_path: Path) -> None:
    read = read_input(f"{name}.csv", tmp_path)
    assert read.answers[0].time == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert not any(one.problems for one in read.answers)


def test_times_that_are_not_available_are_blank(tmp_path: Path) -> None:
    read = read_input("time_na_cells.csv", tmp_path)
    assert [one.time is None for one in read.answers] == [True, False, True]
    assert not any(one.problems for one in read.answers)


@pytest.mark.parametrize("name", sorted(path.name for path in INPUTS.glob("html_*")) or ["html_br.csv"])
def test_html_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    read = read_input(name, tmp_path)
    together = " ".join(read.texts)
    assert len(read.texts) >= 12 and not read.left_out
    if "control" in name:
        assert all(text.endswith("(cost < 5 and > 3) & tax") for text in read.texts)
        return
    for rest in ("<", ">", "&amp", "&nbsp", "&#", "\xa0"):
        assert rest not in together
    if "list" in name:
        assert all(text.startswith("- ") and text.count("\n- ") == 1 for text in read.texts)


def test_the_long_answer_is_named(tmp_path: Path) -> None:
    found: Read = read_input("long_answer_5599.csv", tmp_path)
    (long,) = (one for one in found.found if isinstance(one, LeftOut))
    assert (long.reason, long.length) == ("too_long", 5599)
    assert long.beginning
