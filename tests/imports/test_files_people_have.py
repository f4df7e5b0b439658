"""The shared small files through the pages, as their list says; and files of the same kinds in words of our own."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analysis.formula_cells import defused
from survey.core.settings import PROJECT
from tests.support.hostile_texts import TEXTS
from tests.support.importing import headline, look, send, stored, take_in, texts, words
from tests.support.visitors import SLUG, make_survey, owned_survey, sign_in

INPUTS = PROJECT.parent / "shared" / "inputs"
SIX = [
    "More trees along the main road", "Better buses at night", "A place for teenagers to meet", "Cleaner parks please",
    "Slower cars near the school", "Cheaper tickets for families",
]  # fmt: skip
NUMBERS = {
    "blank_googleforms_optional_question.csv": (5, "1 is blank"), "blank_last_rows.csv": (6, "2 are blank"),
    "blank_msforms.xlsx": (6, "1 is blank"), "blank_nbsp.csv": (5, "1 is blank"),
    "enc_shift_jis.csv": (3, "Japanese"), "enc_utf16le_without_mark.csv": (4, "Unicode (UTF-16)"),
    "enc_windows1252.csv": (4, "Western European"), "enc_windows1252_semicolons.csv": (4, "semicolons"),
    "frame_answers_on_second_sheet.xlsx": (6, "the sheet “"), "frame_footer.csv": (6, ""),
    "frame_sep_line.csv": (4, ""),
    "frame_title_rows.csv": (6, "a title"), "frame_title_rows.xlsx": (6, "a title"),
    "frame_title_rows_padded.csv": (6, "a title"), "frame_trailing_comma.csv": (6, ""),
    "guess_closed_question_longer.csv": (3, "3 are blank"),
    "guess_googleforms_german_email.csv": (6, "Email (e-mail addresses)"),
    "guess_googleforms_spanish_email.csv": (6, "(e-mail addresses)"), "guess_kobo_uuid.csv": (6, ""),
    "guess_limesurvey_time.csv": (6, "1 March 2026"), "guess_polis_taken_for_googleforms.csv": (6, "1 March 2026"),
    "headers_qualtrics_legacy_two_rows.csv": (6, "Two: rows 1 to 2"),
    "headers_qualtrics_three_rows.csv": (6, "Three: rows 1 to 3"),
    "headers_qualtrics_three_rows.xlsx": (6, "Three: rows 1 to 3"), "headers_qualtrics_utf16_tabs.tsv": (6, "tabs"),
    "headers_qualtrics_with_preview_row.csv": (6, "1 is a test response"),
    "headers_surveymonkey_two_rows.csv": (6, "Two: rows 1 to 2"), "long_answer_5599.csv": (6, "1 is too long"),
    "time_clock_with_dots_it.csv": (3, " is "), "time_epoch_ms.csv": (3, " is "), "time_month_name.csv": (3, " is "),
    "time_na_cells.csv": (3, "2 March 2026"), "time_named_zone.csv": (3, " is "),
    "time_two_digit_year_de.csv": (3, " is "), "time_two_digit_year_us.csv": (3, " is "),
    "time_unix_date.csv": (3, " is "), "xlsx_x000D.xlsx": (6, ""), "placeholder_control_real_answers.csv": (18, ""),
    "html_control_less_than_is_text.csv": (None, ""),
}  # fmt: skip
"""How many answers each file has, and words of its preview"""


def shared(name: str) -> bytes:
    path = INPUTS / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    return path.read_bytes()


@pytest.fixture
def owner(sqlite_app: Flask) -> FlaskClient:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    return client


@pytest.mark.parametrize("name", NUMBERS)
def test_a_shared_file_comes_in_as_its_list_says(sqlite_app: Flask, owner: FlaskClient, name: str) -> None:
    content = shared(name)
    number, said = NUMBERS[name]
    page = owner.get(send(owner, content, name=name).location)
    assert said in words(page)
    take_in(owner, content, name)
    came = texts(sqlite_app)
    assert len(came) == (number or len(came)) > 0
    if number == 6 and not name.startswith("xlsx_"):
        assert came == SIX
    times = {answer.received_at.year for answer in stored(sqlite_app)}
    if name.startswith("time_") and name != "time_na_cells.csv":
        assert times == {2026} and {answer.received_at.month for answer in stored(sqlite_app)} != {11}
    assert not any("_x000D_" in text or "\r" in text for text in came)


@pytest.mark.parametrize("newer", ["2_column_added", "3_question_reworded", "4_time_as_sheets"])
def test_a_newer_download_adds_nothing(sqlite_app: Flask, owner: FlaskClient, newer: str) -> None:
    first, again = shared("reimport_1_first.csv"), shared(f"reimport_{newer}.csv")
    take_in(owner, first)
    page = owner.get(send(owner, again).location)
    assert headline(page) == "All 6 are here already"
    assert texts(sqlite_app) == SIX


def test_our_own_export_comes_back_word_for_word(sqlite_app: Flask, owner: FlaskClient) -> None:
    take_in(owner, shared("own_export_formula_and_hidden.csv"))
    came = {answer.text: answer.status for answer in stored(sqlite_app)}
    assert {"- be kind", "=good food", "@home together", "+1 for honesty", "'tis patience", "-5", "＝wide"} <= {*came}
    assert '"quoted" start' in came
    assert came["Ünïcode ÄÖ"] == "hidden"
    assert len(came) == 12


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "json"])
def test_our_own_export_comes_back_in_the_forms_that_the_page_names(
    sqlite_app: Flask, owner: FlaskClient, form: str
) -> None:
    take_in(owner, b"answer\nLower the kerb at the corner\nMend the old clock\n")
    assert "answers in any of its forms." in words(owner.get(f"/manage/{SLUG}/import"))
    exported = owner.get(f"/manage/{SLUG}/export/answers.{form}").data
    page = owner.get(send(owner, exported, name=f"answers.{form}").location)
    assert headline(page) == "All 2 are here already"


def test_our_own_export_is_known_where_it_comes_from_and_whole_elsewhere(sqlite_app: Flask, owner: FlaskClient) -> None:
    hostile = [text.strip() for text in TEXTS.values() if 0 < len(text.strip()) < 4000]
    take_in(owner, b"answer\nfirst words of somebody\nsecond words of another\n")
    make_survey(sqlite_app, 1, "other")
    exported = owner.get(f"/manage/{SLUG}/export/answers.csv").data
    assert headline(owner.get(send(owner, exported).location)) == "All 2 are here already"
    sent = send(owner, exported, slug="other")
    assert headline(owner.get(sent.location)) == "All 2 rows can be taken in"
    assert all(defused(text) != text or text[:1] not in "=+-@" for text in hostile)


OURS = {
    "blank answers of many kinds": (
        "wish,by\nLower the kerb,a\n\u2003,b\n\u200b\u200b,c\n,d\nMend the clock,e\n", 2, 5,
    ),
    "placeholders in German": ("Wunsch\n" + "Mehr Bänke im Hof\nEin Dach am Halt\n" * 4 + "keine Angabe\n" * 3, 8, 11),
    "a time nobody can read": (
        "received_at,answer\n" + "2026-05-03 10:00,Lower the kerb please\n" * 9 + "soon,Mend the clock\n", 10, 10,
    ),
    "short rows": ("by,wish,age\na,Lower the kerb at the corner,9\nb,Mend the old clock\nc\n", 2, 3),
}  # fmt: skip


@pytest.mark.parametrize("kind", OURS)
def test_files_of_the_same_kinds(sqlite_app: Flask, owner: FlaskClient, kind: str) -> None:
    content, taken, rows = OURS[kind]
    page = owner.get(send(owner, content.encode()).location)
    said = f"All {rows} rows can be taken in" if taken == rows else f"{taken} of {rows} rows can be taken in"
    assert headline(page) == said
    take_in(owner, content.encode())
    assert len(stored(sqlite_app)) == taken


def test_the_letters_can_be_mended(sqlite_app: Flask, owner: FlaskClient) -> None:
    content = "wish\nŁawki przy źródle\nWięcej światła\nŚcieżka dla dzieci\n".encode("windows-1250")
    address = send(owner, content).location
    take_in(owner, content, encoding="windows-1250")
    assert texts(sqlite_app) == ["Ławki przy źródle", "Więcej światła", "Ścieżka dla dzieci"]
    assert owner.get(address).status_code == 303


def test_another_sheet_can_be_chosen(sqlite_app: Flask, owner: FlaskClient, tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    path = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheets = {"North": ["Lower the kerb", "Mend the clock"], "South": ["More shade", "A tap", "Trees"]}
        for name, wishes in sheets.items():
            book.add_worksheet(name).write_column(0, 0, ["What do you wish for?", *wishes])
    address = send(owner, path.read_bytes(), name="two.xlsx").location
    page = look(owner, address, sheet="South")
    assert headline(page) == "All 3 rows can be taken in"
