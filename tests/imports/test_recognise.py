"""Rows of a newer file are known again: by cells, by response id, by time and text; what cannot be known is asked."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from analysis.files.model import AnswerRow
from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Survey
from survey.imports.importer import import_answers
from survey.imports.recognise import recognise, response_key
from tests.support.visitors import make_survey

DAY = datetime(2026, 3, 1, 9, 10, 11, tzinfo=UTC)


def times(days: int) -> datetime:
    return DAY + timedelta(days=days, minutes=7 * days)


def bring(app: Flask, rows: Iterable[tuple[str, datetime | None, str]]) -> int:
    """Import answers: text, time, response id each; the id of their survey."""
    survey_id = make_survey(app, None)
    with app.app_context():
        new = [
            NewAnswer(text, answers.new_form_key(), received_at=time, import_key=f"{at}", response_key=response_key(id))
            for at, (text, time, id) in enumerate(rows)
        ]
        answers.receive_import(db.session.get_one(Survey, survey_id), new)
    return survey_id


def known(app: Flask, survey_id: int, rows: Iterable[tuple[str, datetime | None, str]]) -> list[str]:
    with app.app_context():
        incoming = [AnswerRow(number, text, time, response_id=key) for number, (text, time, key) in enumerate(rows)]
        found = recognise(db.session, survey_id, incoming, dict)
        return [found[row.number] for row in incoming]


TEXTS = ["Lower the kerb", "Mend the clock", "Benches", "A tap for dogs"]
OLD = [(text, times(n), "") for n, text in enumerate(TEXTS)]


@pytest.mark.both_databases
def test_time_and_text_tell(app: Flask) -> None:
    survey_id = bring(app, OLD)
    newer = [*OLD, ("Benches", times(9), ""), ("Shade", times(2), "")]
    assert known(app, survey_id, newer) == ["here"] * 4 + ["new"] * 2


def test_the_same_words_in_the_same_minute_stay_as_many_people_as_they_are(sqlite_app: Flask) -> None:
    survey_id = bring(sqlite_app, [("Benches", DAY, ""), ("Benches", DAY, "")])
    assert Counter(known(sqlite_app, survey_id, [("Benches", DAY, "")] * 3)) == {"here": 2, "new": 1}


@pytest.mark.parametrize("minutes", [60, -120, 330, 345, -480])
def test_times_of_another_zone_are_known_where_rows_agree(sqlite_app: Flask, minutes: int) -> None:
    survey_id = bring(sqlite_app, OLD)
    moved = [(text, time - timedelta(minutes=minutes, seconds=11), "") for text, time, _ in OLD if time]
    assert known(sqlite_app, survey_id, moved) == ["here"] * 4


def test_summer_time_in_the_middle_of_a_file_is_known(sqlite_app: Flask) -> None:
    survey_id = bring(sqlite_app, OLD)
    hours = [1, 1, 2, 2]
    moved = [(text, time - timedelta(hours=hour), "") for (text, time, _), hour in zip(OLD, hours, strict=True) if time]
    assert known(sqlite_app, survey_id, moved) == ["here"] * 4


def test_one_row_alone_tells_no_zone_and_is_asked_about(sqlite_app: Flask) -> None:
    survey_id = bring(sqlite_app, OLD[:1])
    assert known(sqlite_app, survey_id, [(TEXTS[0], DAY - timedelta(hours=1), "")]) == ["alike"]
    assert known(sqlite_app, survey_id, [(TEXTS[0], DAY - timedelta(minutes=61), "")]) == ["new"]


def test_without_times_the_same_words_are_asked_about_as_often_as_they_are_here(sqlite_app: Flask) -> None:
    survey_id = bring(sqlite_app, [("Benches", None, ""), ("Benches", None, ""), ("Shade", DAY, "")])
    newer = [("Benches", None, "")] * 3 + [("Benches", DAY, ""), ("Shade", None, ""), ("Lights", None, "")]
    assert known(sqlite_app, survey_id, newer) == ["alike", "alike", "new", "new", "alike", "new"]


def test_days_without_an_hour_are_asked_about(sqlite_app: Flask) -> None:
    survey_id = bring(sqlite_app, OLD)
    days = [(text, time.replace(hour=0, minute=0, second=0), "") for text, time, _ in OLD if time]
    assert known(sqlite_app, survey_id, days) == ["alike"] * 4


@pytest.mark.both_databases
def test_response_ids_tell_whatever_the_time_says(app: Flask) -> None:
    with_ids = [(text, time, f"R_{n}") for n, (text, time, _) in enumerate(OLD)]
    survey_id = bring(app, with_ids)
    newer = [(text, None, f"R_{n}") for n, text in enumerate(TEXTS)]
    newer[1] = ("Mend the clock, and soon", None, "R_1")
    assert known(app, survey_id, [*newer, ("Benches", None, "R_9")]) == ["here", "changed", "here", "here", "new"]


def test_ids_of_another_form_or_question_tell_nothing(sqlite_app: Flask) -> None:
    survey_id = bring(sqlite_app, [(text, time, str(n)) for n, (text, time, _) in enumerate(OLD)])
    others = [("Buses at night", times(40), "0"), ("Trams", times(41), "1"), ("Benches", times(42), "2"),
              ("Trains", times(43), "3")]  # fmt: skip
    assert known(sqlite_app, survey_id, others) == ["new"] * 4


def test_what_people_sent_to_the_site_is_in_no_file(sqlite_app: Flask) -> None:
    survey_id = make_survey(sqlite_app, None)
    with sqlite_app.app_context(), write_transaction() as session:
        session.add(Answer(survey_id=survey_id, form_key="k" * 22, text="Benches", received_at=DAY))
    assert known(sqlite_app, survey_id, [("Benches", DAY, ""), ("Benches", None, "")]) == ["new", "new"]


@pytest.mark.slow
def test_very_many_of_the_same_words_take_no_time(sqlite_app: Flask) -> None:
    """Each compared with each would be four hundred million comparisons."""
    survey_id = bring(sqlite_app, [("no", None if n % 2 else times(n % 50), "") for n in range(20_000)])
    begun = datetime.now(UTC)
    newer = [("no", None if n % 3 else times(n % 60), "") for n in range(20_000)]
    found = Counter(known(sqlite_app, survey_id, newer))
    assert found["here"] + found["alike"] > 10_000
    assert datetime.now(UTC) - begun < timedelta(seconds=10)


def old_row_key(names: list[str], cells: list[str], column: str, occurrence: int = 1) -> str:
    """The key as the first version that imported files computed it."""
    content = json.dumps(sorted(zip(names, cells, strict=True)))
    content += "" if column == "answer" else json.dumps(column)
    return hashlib.sha256(f"{occurrence}\n{content}".encode()).hexdigest()[:56]


@pytest.mark.parametrize("column", ["answer", "What else?"])
@pytest.mark.both_databases
def test_rows_of_the_first_versions_are_known_by_their_cells(app: Flask, column: str) -> None:
    names = [column, "by"]
    rows = [["Benches", "a"], ["Benches", "a"], ["Shade", "b"]]
    survey_id = make_survey(app, None)
    with app.app_context():
        own = db.session.get_one(Survey, survey_id)
        keys = [old_row_key(names, row, column, rows[: at + 1].count(row)) for at, row in enumerate(rows)]
        new = [NewAnswer(row[0], answers.new_form_key(), import_key=key) for row, key in zip(rows, keys, strict=True)]
        answers.receive_import(own, new)
        content = "\n".join(",".join(row) for row in [names, *rows, ["Lights", "c"]]).encode()
        outcome = import_answers(db.session.get_one(Survey, survey_id), content)
        assert outcome.counts == {"taken": 1, "here": 3}
