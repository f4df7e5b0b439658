"""The wide table and the table of themes by kind: every cell counted by hand."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from survey.core.database import db, write_transaction
from survey.core.models import Survey, Theme
from survey.tables import rows as export_rows
from survey.tables.data_dictionary import WIDE
from survey.tables.wide_table import theme_columns
from tests.support.every_case import for_each
from tests.support.filled_survey import Filled, Says, fill

pytestmark = pytest.mark.both_databases

SAID = [
    Says("trust and time", [("trust", "Trust"), ("time", "Time")], kind="partner"),
    Says("trust, trust", [("trust", "Trust"), ("trust", "Trust")], kind="friend"),
    Says("time off", [("time off", "Time")], kind="partner"),
    Says("rain", [("rain", None)], kind="friend"),
    Says("idk", is_silent=True, kind="friend"),
    Says("not read yet", kind="friend"),
    Says("trust me", [("trust me", "Trust")], kind="partner", status="hidden"),
    Says("time and again", [("time", "Time")]),
]


@pytest.fixture
def filled(app: Flask) -> Filled:
    return fill(app, SAID, is_owned=True, hidden=["Time"])


def rows_of(app: Flask, filled: Filled, table: str) -> list[dict[str, Any]]:
    with app.app_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        names = [column.name for column in export_rows.columns_of(survey, table)]
        return [dict(zip(names, row, strict=True)) for row in export_rows.ROWS[table](survey)]


def test_a_theme_is_1_where_the_answer_names_it_0_where_not_and_empty_where_nobody_read(
    app: Flask, filled: Filled
) -> None:
    rows = {row["answer"]: (row["placement"], row["Trust"], row["Time"]) for row in rows_of(app, filled, "wide")}
    assert rows == {
        "trust and time": ("placed", 1, 1),
        "trust, trust": ("placed", 1, 0),
        "time off": ("placed", 0, 1),
        "rain": ("unplaced", 0, 0),
        "idk": ("nonanswer", 0, 0),
        "not read yet": ("waiting", None, None),
        "trust me": (None, None, None),
        "time and again": ("placed", 0, 1),
    }


def test_what_the_wide_table_says_is_what_the_table_of_answers_says(app: Flask, filled: Filled) -> None:
    shared = WIDE.header
    answers = rows_of(app, filled, "answers")
    assert [{name: row[name] for name in shared} for row in rows_of(app, filled, "wide")] == [
        {name: row[name] for name in shared} for row in answers
    ]
    for row, answer in zip(rows_of(app, filled, "wide"), answers, strict=True):
        named = [name for name in ("Trust", "Time") if row[name]]
        assert sorted((answer["themes"] or "").split("; ")) == sorted(named or [""])


def test_columns_stand_in_the_order_in_which_the_themes_came_up(app: Flask, filled: Filled) -> None:
    before = list(rows_of(app, filled, "wide")[0])
    assert before[-2:] == ["Trust", "Time"]
    with app.app_context(), write_transaction() as session:
        session.get_one(Theme, filled.themes["Trust"]).name = "answer"
        session.get_one(Theme, filled.themes["Time"]).position = 0
    assert list(rows_of(app, filled, "wide")[0]) == [*before[:-2], "answer (2)", "Time"]


@for_each(
    ("names", "columns"),
    [
        (["Trust", "Trust", "trust"], ["Trust", "Trust (2)", "trust (3)"]),
        (["Trust (2)", "Trust", "Trust"], ["Trust (2)", "Trust", "Trust (3)"]),
        (["Kind", "STRASSE", "straße"], ["Kind (2)", "STRASSE", "straße (2)"]),
        ([], []),
    ],
)
def test_names_are_made_unique(names: list[str], columns: list[str]) -> None:
    assert [column.name for column in theme_columns(names, ["kind"])] == columns


def test_themes_by_kind_count_people_once_and_not_those_who_said_nothing(app: Flask, filled: Filled) -> None:
    rows = rows_of(app, filled, "kinds")
    counts = {(row["theme"], row["kind"]): (row["kind_people"], row["people"], row["share"]) for row in rows}
    assert counts == {
        ("Trust", "partner"): (2, 1, 0.5),
        ("Trust", "friend"): (2, 1, 0.5),
        ("Trust", None): (1, 0, 0.0),
        ("Time", "partner"): (2, 2, 1.0),
        ("Time", "friend"): (2, 0, 0.0),
        ("Time", None): (1, 1, 1.0),
    }
