"""People over time: everybody and themes, counted once a day, nothing where there is little to say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Run, Survey
from survey.reports import trend
from survey.reports.trend import Trend
from tests.support.filled_survey import Says, add_answers, fill
from tests.support.site import queries
from tests.support.visitors import SLUG, without_times

pytestmark = pytest.mark.both_databases


@dataclass(frozen=True)
class Named:
    public_id: str
    name: str
    colour: int = 1


def over_time(app: Flask, survey_id: int, **themes: str) -> Trend | None:
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        run = db.session.get_one(Run, survey.current_run_id)
        return trend.people_over_time(survey, run, [Named(public_id, name) for name, public_id in themes.items()])


def listening(days: float, **known: object) -> Says:
    return Says("Hear, then listen", [("Hear", "Listening"), ("listen", "Listening")], days=days, **known)  # type: ignore[arg-type]


def test_a_person_counts_once_on_the_day_and_not_at_all_when_hidden_or_silent(app: Flask) -> None:
    answers = [listening(0)] * 20 + [listening(2)] * 9 + [Says("Trust", [("Trust", "Honesty")], days=2)] * 4
    others = [listening(2, status="hidden")] * 3 + [Says("idk", is_silent=True, days=2)] * 2
    filled = fill(app, [*answers, *others])
    found = over_time(app, filled.survey_id, Listening=filled.public["Listening"], Honesty=filled.public["Honesty"])
    assert found
    assert (found.unit, found.starts) == ("day", [date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)])
    assert {line.name: line.counts for line in found.lines} == {
        "Everybody": [20, 0, 13], "Listening": [20, 0, 9], "Honesty": [0, 0, 4],
    }  # fmt: skip
    assert (found.max_of_theme, found.max_everybody) == (20, 20)
    assert found.rows == [(date(2026, 3, 2), [20, 20, 0]), (date(2026, 3, 4), [13, 9, 4])]


@pytest.mark.parametrize(("people", "last_day", "is_told"), [(30, 1, True), (29, 1, False), (40, 0, False)])
def test_few_people_or_one_day_are_no_trend(sqlite_app: Flask, people: int, last_day: int, is_told: bool) -> None:
    filled = fill(sqlite_app, [listening(0)] * (people - 1) + [listening(last_day)])
    found = over_time(sqlite_app, filled.survey_id, Listening=filled.public["Listening"])
    assert (found is not None) == is_told
    for address in (f"/s/{SLUG}/themes", filled.page("Listening")):
        page = without_times(sqlite_app.test_client().get(address).text)
        assert ("Over time" in page) == is_told
        assert (f'<th scope="row">2 March 2026</th><td>{people - 1}</td><td>{people - 1}</td>' in page) == is_told


@pytest.mark.parametrize(("last_day", "unit", "spans"), [(59, "day", 60), (60, "week", 9), (420, "month", 14)])
def test_time_is_cut_as_it_is_for_sources(sqlite_app: Flask, last_day: int, unit: str, spans: int) -> None:
    filled = fill(sqlite_app, [listening(0)] * 29 + [listening(last_day)])
    found = over_time(sqlite_app, filled.survey_id, Listening=filled.public["Listening"])
    assert found
    assert (found.unit, len(found.starts), len(found.rows)) == (unit, spans, 2)
    assert found.lines[1].people == 30


def test_ten_answers_and_a_thousand_take_one_query(app: Flask) -> None:
    filled = fill(app, [listening(n) for n in range(10)])
    counted = []
    for _ in range(2):
        with app.app_context():
            survey = db.session.get_one(Survey, filled.survey_id)
            run = db.session.get_one(Run, filled.run_id)
            with queries(app) as statements:
                trend.people_over_time(survey, run, [Named(filled.public["Listening"], "Listening")])
            counted.append(len(statements))
            add_answers(filled, [listening(n % 300) for n in range(990)])
    assert counted == [1, 1]
