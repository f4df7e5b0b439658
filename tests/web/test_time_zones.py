"""Dates by the clock of whoever reads them: an owner's zone, a visitor's, and hours that clocks skip or show twice."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.core.account_models import Owner
from survey.core.database import db
from survey.core.models import Survey
from survey.web import time_zones
from tests.support.visitors import SLUG, field, owned_survey, sign_in, without_times

BERLIN = ZoneInfo("Europe/Berlin")
SETTINGS = f"/manage/{SLUG}/settings"


@pytest.fixture
def owner(sqlite_app: Flask) -> FlaskClient:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    return client


def choose(client: FlaskClient, name: str) -> int:
    form = {"csrf_token": field(client.get("/account"), "csrf_token"), "time_zone": name}
    return client.post("/account/time-zone", data=form).status_code


def settings_form(client: FlaskClient, **dates: str) -> dict[str, str]:
    return {"csrf_token": field(client.get(SETTINGS), "csrf_token"), "question": "Q?", "codebook": "none", **dates}


def only_survey(app: Flask) -> Survey:
    with app.app_context():
        survey = db.session.query(Survey).one()
        db.session.expunge(survey)
        return survey


def test_dates_are_typed_and_shown_in_the_owners_zone(sqlite_app: Flask, owner: FlaskClient) -> None:
    assert choose(owner, "Europe/Berlin") == 303
    page = owner.get(SETTINGS).text
    assert "In the time of Berlin. Empty: at once." in page
    form = settings_form(owner, opens_at="2190-07-02T09:30", closes_at="2190-12-02T09:30")
    assert owner.post(SETTINGS, data=form).status_code == 303
    survey = only_survey(sqlite_app)
    assert survey.opens_at == datetime(2190, 7, 2, 7, 30, tzinfo=UTC)
    assert survey.closes_at == datetime(2190, 12, 2, 8, 30, tzinfo=UTC)
    assert survey.time_zone == "Europe/Berlin"
    assert 'value="2190-07-02T09:30"' in owner.get(SETTINGS).text
    today = owner.get(f"/manage/{SLUG}").text
    assert "2 July 2190 at 09:30 Central European Summer Time" in without_times(today)
    assert "data-clock" not in today


def test_visitors_read_them_in_the_surveys_zone_and_a_script_in_theirs(sqlite_app: Flask, owner: FlaskClient) -> None:
    choose(owner, "Asia/Tokyo")
    owner.post(SETTINGS, data=settings_form(owner, opens_at="2190-07-02T09:30"))
    page = sqlite_app.test_client().get(f"/s/{SLUG}").text
    assert (
        '<time datetime="2190-07-02T00:30:00Z" data-clock="instant">2 July 2190 at 09:30 Japan Standard Time</time>'
        in page
    )
    assert "times.js" in page
    choose(owner, "")
    assert "Japan Standard Time" in sqlite_app.test_client().get(f"/s/{SLUG}").text
    assert "2 July 2190 at 00:30 UTC" in without_times(owner.get(f"/manage/{SLUG}").text)


def test_a_page_without_times_loads_no_script_for_them(sqlite_app: Flask, owner: FlaskClient) -> None:
    assert "times.js" not in sqlite_app.test_client().get(f"/s/{SLUG}").text


@pytest.mark.parametrize(
    "name", ["Moon/Base", "europe/berlin", "../../etc/passwd", "x" * 3000, "Europe/Berlin\0", "\ud83d"]
)
def test_a_zone_that_is_none_is_refused(sqlite_app: Flask, owner: FlaskClient, name: str) -> None:
    refused = choose(owner, name.encode("utf-8", "replace").decode())
    assert refused == 422
    with sqlite_app.app_context():
        assert db.session.query(Owner.time_zone).scalar() is None


@pytest.mark.parametrize(
    ("typed", "after"), [("2190-03-28T02:00", "03:00"), ("2190-03-28T02:30", "03:00"), ("2190-03-28T02:59", "03:00")]
)
def test_an_hour_that_clocks_skip_is_refused_with_the_next(owner: FlaskClient, typed: str, after: str) -> None:
    choose(owner, "Europe/Berlin")
    refused = owner.post(SETTINGS, data=settings_form(owner, opens_at=typed))
    assert refused.status_code == 422
    assert re.search(rf"The clocks skip that hour.* {after} or later", refused.text)
    assert f'value="{typed}"' in refused.text
    for closing in ("2190-03-28T02:30", "2191-01-01T00:00"):
        for fields in ({"closes_at": typed}, {"opens_at": typed, "closes_at": closing}):
            refused = owner.post(SETTINGS, data=settings_form(owner, **fields))
            assert refused.status_code == 422
            assert re.search(rf"The clocks skip that hour.* {after} or later", refused.text)


def test_an_hour_that_clocks_show_twice_is_the_first_and_stays_what_it_was(
    sqlite_app: Flask, owner: FlaskClient
) -> None:
    choose(owner, "Europe/Berlin")
    typed = "2190-10-31T02:30"
    owner.post(SETTINGS, data=settings_form(owner, opens_at=typed))
    assert only_survey(sqlite_app).opens_at == datetime(2190, 10, 31, 0, 30, tzinfo=UTC)
    second = datetime(2190, 10, 31, 1, 30, tzinfo=UTC)
    with sqlite_app.app_context():
        db.session.query(Survey).one().opens_at = second
        db.session.commit()
    assert f'value="{typed}"' in owner.get(SETTINGS).text
    owner.post(SETTINGS, data=settings_form(owner, opens_at=typed))
    assert only_survey(sqlite_app).opens_at == second


@pytest.mark.parametrize(
    ("zone", "skipped", "after"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 2, 30), datetime(2026, 3, 29, 3)),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15), datetime(2026, 10, 4, 2, 30)),
        ("Pacific/Apia", datetime(2011, 12, 30, 12), datetime(2011, 12, 31)),
    ],
)
def test_gaps_of_half_an_hour_and_of_a_day(zone: str, skipped: datetime, after: datetime) -> None:
    with pytest.raises(time_zones.NoSuchTime):
        time_zones.local_to_utc(skipped, ZoneInfo(zone))
    assert time_zones.after_gap(skipped, ZoneInfo(zone)) == after
    time_zones.local_to_utc(after, ZoneInfo(zone))


def test_the_set_up_form_takes_the_zone_that_a_browser_says(sqlite_app: Flask) -> None:
    from survey.accounts import owners

    for number, (said, kept) in enumerate((("America/Lima", "America/Lima"), ("Moon/Base", None))):
        with sqlite_app.app_context():
            token = owners.new_set_up_token()
        client = sqlite_app.test_client()
        page = client.get(f"/set-up/{token}")
        assert "zone.js" in page.text
        form = {"csrf_token": field(page, "csrf_token"), "name": f"Ada {number}", "password": "a long enough one"}
        assert client.post(f"/set-up/{token}", data=form | {"time_zone": said}).status_code == 303
        with sqlite_app.app_context():
            assert db.session.query(Owner.time_zone).filter_by(name=f"Ada {number}").scalar() == kept
