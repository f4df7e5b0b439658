"""Exports: every cell exact, none that a spreadsheet would run, nothing piled up in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from conftest import SLUG, make_owner, make_survey, sign_in
from flask import Flask

from survey import export, importing
from survey.database import db
from survey.models import Answer, Survey, Theme


def exported(app: Flask) -> tuple[list[str], list[dict[str, str]]]:
    client = app.test_client()
    sign_in(client)
    response = client.get(f"/manage/{SLUG}/export/clusters.csv")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.data.startswith(b"\xef\xbb\xbf")
    reader = csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"), newline=""))
    return list(reader.fieldnames or []), list(reader)


def test_one_line_for_each_idea_in_a_theme(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = make_survey(app, make_owner(app))
    content = (
        "answer,kind,source,received_at\n"
        "=Listening and honesty,partner,whatsapp,2026-03-02T07:40:00Z\n"
        '"Honesty\nabove all",,poster,2026-03-02T09:00:00+02:00\n'
        "idk,,,2026-03-04T00:00:00Z\n"
    )
    with app.app_context():
        importing.import_answers(db.session.get_one(Survey, survey_id), content.encode())
    perform(app)
    columns, rows = exported(app)
    assert columns == list(export.COLUMNS)
    with app.app_context():
        answers = {answer.public_id: answer for answer in db.session.query(Answer)}
        themes = {theme.public_id: theme for theme in db.session.query(Theme)}
    assert rows
    for row in rows:
        answer, theme = answers[row["answer_id"]], themes[row["theme_id"]]
        assert row["answer"].removeprefix("'") == answer.text
        assert row["idea"].removeprefix("'") in answer.text
        assert (row["theme"], row["origin"]) == (theme.name, theme.origin)
        assert 0 <= float(row["strength"]) <= 1
        assert (row["kind"], row["source"]) == (answer.kind or "", answer.source)
    assert {row["received_at"] for row in rows} == {"2026-03-02T07:40:00Z", "2026-03-02T07:00:00Z"}
    assert any(row["answer"] == "'=Listening and honesty" for row in rows)
    assert "idk" not in {row["answer"] for row in rows}


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1+1", "＝1+1", "\u00a0=1", "＠x"]
)
def test_a_cell_that_starts_like_a_formula_is_defused(text: str) -> None:
    assert export.defused(text) == "'" + text


@pytest.mark.parametrize("text", ["Honesty", "a=b", "1+1", "", "(=1)"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert export.defused(text) == text


def test_numbers_are_not_texts() -> None:
    assert export.defused(-0.5) == -0.5
    assert export.defused(None) is None


def test_the_file_is_made_piece_by_piece() -> None:
    taken = 0

    def rows() -> object:
        nonlocal taken
        for number in range(10 * export.ROWS_AT_ONCE):
            taken += 1
            yield (str(number),)

    pieces = export.as_csv(["number"], rows())  # type: ignore[arg-type]
    first = next(pieces)
    assert taken == export.ROWS_AT_ONCE
    assert first.startswith("\ufeffnumber\r\n0\r\n")
    assert "".join([first, *pieces]).count("\r\n") == 10 * export.ROWS_AT_ONCE + 1


def test_without_a_result_the_file_has_a_header_alone(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, make_owner(sqlite_app))
    assert exported(sqlite_app) == (list(export.COLUMNS), [])
