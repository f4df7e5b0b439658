"""Where answers came from: counted once, by the link, over time, in one query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.results import time_buckets
from survey.sharing import traffic_sources
from tests.support.site import queries
from tests.support.visitors import SLUG, make_survey, owned_survey, send_answer, sign_in, without_times

pytestmark = pytest.mark.both_databases

START = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


def add(app: Flask, survey_id: int, came: Sequence[tuple[str | None, float]], status: str = "shown") -> None:
    """Answers by their source and how many days after the start they came."""
    with app.app_context():
        held = db.session.query(Answer).count()
        for place, (source, days) in enumerate(came, start=held):
            db.session.add(
                Answer(
                    survey_id=survey_id, form_key=f"key-{place}", text="Patience", source=source, status=status,
                    received_at=START + timedelta(days=days),
                )
            )  # fmt: skip
        db.session.commit()


def counted(app: Flask, survey_id: int) -> traffic_sources.Sources:
    with app.app_context():
        return traffic_sources.by_time(db.session.get_one(Survey, survey_id))


def test_people_are_counted_by_source_and_day(app: Flask) -> None:
    survey_id = make_survey(app, None)
    other = make_survey(app, None, "other")
    add(app, survey_id, [("facebook", 0), ("facebook", 0.2), ("x", 2), (None, 2), ("direct", 0), ("gone", 0)])
    add(app, survey_id, [("whatsapp", 1)], "held")
    add(app, survey_id, [("facebook", 1)], "hidden")
    add(app, other, [("email", 0)])
    found = counted(app, survey_id)
    assert found.unit == "day"
    assert found.starts == [date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)]
    assert {source.tag: source.counts for source in found.sources} == {
        "direct": [2, 0, 1], "facebook": [2, 0, 0], "x": [0, 0, 1],
    }  # fmt: skip
    assert [source.tag for source in found.sources] == ["direct", "facebook", "x"]  # held is not counted either
    assert found.people == 6
    assert found.max_count == 2


def test_a_day_begins_at_midnight_utc(app: Flask) -> None:
    survey_id = make_survey(app, None)
    midnight = datetime(2026, 3, 3, tzinfo=UTC)
    add(
        app, survey_id, [("x", (midnight - START) / timedelta(days=1) - 1e-6), ("x", (midnight - START) / timedelta(1))]
    )
    assert counted(app, survey_id).sources[0].counts == [1, 1]


@pytest.mark.parametrize(
    ("days", "unit", "starts", "counts"),
    [
        (59, "day", 60, [1, *[0] * 58, 1]),
        (60, "week", 9, [1, *[0] * 7, 1]),
        (419, "week", 60, [1, *[0] * 58, 1]),
        (420, "month", 14, [1, *[0] * 12, 1]),
    ],
)
def test_time_is_cut_into_days_then_weeks_then_months(
    sqlite_app: Flask, days: int, unit: str, starts: int, counts: list[int]
) -> None:
    survey_id = make_survey(sqlite_app, None)
    add(sqlite_app, survey_id, [("x", 0), ("x", days)])
    found = counted(sqlite_app, survey_id)
    assert (found.unit, len(found.starts)) == (unit, starts)
    assert found.sources[0].counts == counts
    assert found.starts[0] == (date(2026, 3, 1) if unit == "month" else date(2026, 3, 2))
    assert len(found.rows) == 2


def test_bars_are_drawn_to_one_scale_and_inside_the_chart(sqlite_app: Flask) -> None:
    survey_id = make_survey(sqlite_app, None)
    add(sqlite_app, survey_id, [("facebook", 0)] * 40 + [("x", 0)] * 10 + [("email", 3)])
    bars = {source.tag: source.bars for source in counted(sqlite_app, survey_id).sources}
    assert bars["facebook"][0].height == time_buckets.CHART_HEIGHT
    assert bars["x"][0].height == time_buckets.CHART_HEIGHT / 4
    assert bars["email"][0].height == time_buckets.MIN_BAR_HEIGHT
    for bar in (bar for each in bars.values() for bar in each):
        assert 0 <= bar.x <= bar.x + bar.width <= time_buckets.CHART_WIDTH
        assert bar.y + bar.height == pytest.approx(time_buckets.CHART_HEIGHT, abs=0.11)


def test_ten_answers_and_a_thousand_take_one_query(app: Flask) -> None:
    counted = []
    survey_id = make_survey(app, None)
    for many in (10, 990):
        add(app, survey_id, [(tag, day % 300) for day in range(many // 2) for tag in ("x", "email")])
        with app.app_context():
            survey = db.session.get_one(Survey, survey_id)
            with queries(app) as statements:
                traffic_sources.by_time(survey)
        counted.append(len(statements))
    assert counted == [1, 1]


def test_the_owner_sees_a_chart_and_its_numbers(sqlite_app: Flask) -> None:
    survey_id = owned_survey(sqlite_app)
    add(sqlite_app, survey_id, [("facebook", 0), ("facebook", 1), ("email", 1)])
    client = sqlite_app.test_client()
    sign_in(client)
    page = without_times(client.get(f"/manage/{SLUG}/share").text)
    assert page.count("<rect") == 3
    assert "3 people in all. People by day." in page
    assert '<th scope="col">Facebook</th><th scope="col">Email</th>' in page
    assert '<th scope="row">3 March 2026</th><td>1</td><td>1</td>' in page


def test_a_survey_nobody_answered_says_so(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    assert "Nobody has answered yet." in client.get(f"/manage/{SLUG}/share").text


@pytest.mark.parametrize(("sent", "kept"), [("facebook", "facebook"), ("evil", "direct"), ("", "direct")])
def test_only_known_tags_are_stored(app: Flask, sent: str, kept: str) -> None:
    make_survey(app, None)
    send_answer(app.test_client(), "Patience", source=sent)
    with app.app_context():
        assert [answer.source for answer in db.session.query(Answer)] == [kept]


def test_a_tag_in_the_address_reaches_the_answer(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    assert 'name="source" type="hidden" value="bluesky"' in client.get(f"/s/{SLUG}?from=bluesky").text
    assert 'value="evil"' not in client.get(f"/s/{SLUG}?from=evil").text
