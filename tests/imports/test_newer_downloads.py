"""A file downloaded again, changed in the ways that forms and spreadsheets change it: only what is new comes in."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.imports.importer import ImportRefused, import_answers
from tests.support.visitors import make_survey

Row = dict[str, str]
WISHES = [
    "Lower the kerb",
    "Mend the clock",
    "More shade, please",
    "A tap for dogs",
    "Benches by the pond",
    "Quiet nights",
]
FIRST = [
    {
        "Timestamp": f"{datetime(2026, 3, 1, 9, 10) + timedelta(days=n, minutes=17 * n)}",
        "Age": str(20 + n),
        "Wish": wish,
    }
    for n, wish in enumerate(WISHES)
]
NEW = {"Timestamp": "2026-03-20 18:00:00", "Age": "50", "Wish": "A slide"}


def as_csv(rows: list[Row], **written: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=written.get("delimiter", ","))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(written.get("encoding", "utf-8"))


def each(change: Callable[[Row], Row]) -> Callable[[list[Row]], bytes]:
    return lambda rows: as_csv([change(row) for row in rows])


def timed(form: str) -> Callable[[list[Row]], bytes]:
    return each(lambda row: row | {"Timestamp": f"{datetime.fromisoformat(row['Timestamp']):{form}}"})


def renamed(**names: str) -> Callable[[list[Row]], bytes]:
    return each(lambda row: {names.get(name, name): cell for name, cell in row.items()})


def shifted(minutes: int) -> Callable[[list[Row]], bytes]:
    return each(lambda row: row | {
        "Timestamp": str(datetime.fromisoformat(row["Timestamp"]) + timedelta(minutes=minutes))
    })  # fmt: skip


NEWER: dict[str, Callable[[list[Row]], bytes]] = {
    "as it was": as_csv,
    "a new column": each(lambda row: row | {"Street": "High Street"}),
    "a column gone": each(lambda row: {name: cell for name, cell in row.items() if name != "Age"}),
    "the question in other words": renamed(Wish="What do you wish for most?"),
    "another name of the time": renamed(Timestamp="Zeitstempel"),
    "columns in another order": each(lambda row: dict(reversed(row.items()))),
    "month before day": timed("%m/%d/%Y %H:%M:%S"),
    "day before month, dots": timed("%d.%m.%Y %H:%M:%S"),
    "without seconds": timed("%Y-%m-%d %H:%M"),
    "with the name of the month": timed("%d %B %Y, %H:%M"),
    "twelve hours": timed("%m/%d/%Y %I:%M:%S %p"),
    "another zone": shifted(120),
    "half an hour's zone": shifted(-330),
    "semicolons and UTF-16": lambda rows: as_csv(rows, delimiter=";", encoding="utf-16"),
    "newest first": lambda rows: as_csv(rows[::-1]),
    "HTML round the answers": each(lambda row: row | {"Wish": f"<p>{row['Wish']}</p>"}),
    "spaces round the answers": each(lambda row: row | {"Wish": f" {row['Wish']}\t"}),
    "a title above": lambda rows: b"Wishes of the town\n\n" + as_csv(rows),
}


def counted(app: Flask, survey_id: int, content: bytes) -> tuple[int, int]:
    """Import a file; how many were added, and how many are here then."""
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        try:
            added = import_answers(survey, content, "wishes.csv").added
        except ImportRefused:
            added = 0
        return added, db.session.query(Answer).count()


@pytest.mark.parametrize("how", NEWER)
def test_only_what_is_new_comes_in(sqlite_app: Flask, how: str) -> None:
    survey_id = make_survey(sqlite_app, None)
    assert counted(sqlite_app, survey_id, as_csv(FIRST)) == (6, 6)
    assert counted(sqlite_app, survey_id, NEWER[how]([*FIRST, NEW])) == (1, 7)
    assert counted(sqlite_app, survey_id, NEWER[how]([*FIRST, NEW])) == (0, 7)


IDS = [row | {"Response ID": f"R_{n}xY7k2"} for n, row in enumerate(FIRST)]


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row | {"Timestamp": "2027-01-01 00:00:00"},
        lambda row: {name: cell for name, cell in row.items() if name != "Timestamp"},
        lambda row: row | {"Timestamp": ""},
        lambda row: row | {"Wish": row["Wish"].upper()},
        lambda row: {"Response ID": row["Response ID"], "Wish": row["Wish"]},
    ],
    ids=["another time", "no time", "blank times", "other words", "two columns left"],
)  # fmt: skip
def test_response_ids_tell_whatever_else_changed(sqlite_app: Flask, change: Callable[[Row], Row]) -> None:
    survey_id = make_survey(sqlite_app, None)
    assert counted(sqlite_app, survey_id, as_csv(IDS)) == (6, 6)
    newer = [*map(change, IDS[:1]), *IDS[1:]] if "Timestamp" in change(IDS[0]) else [*map(change, IDS)]
    assert counted(sqlite_app, survey_id, as_csv(newer)) == (0, 6)
