"""Setting a survey up: where it starts, its dates, a look before it opens, its own codebook, the asker's answer."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analysis.known_themes.codebook import packaged
from survey.core.database import db, now
from survey.core.models import Advice, Answer, Run, Survey, Theme
from survey.curation import advice_lists
from survey.manage import surveys
from survey.manage.forms import CODEBOOK_CHOICES
from survey.manage.survey_templates import STARTING_POINTS, StartingPoint
from survey.results import read_model
from survey.web import formatting
from survey.worker.worker import Worker
from tests.support.visitors import SLUG, field, make_survey, owned_survey, send_answer, sign_in, without_times

SETTINGS = f"/manage/{SLUG}/settings"
LATER, EARLIER = now() + timedelta(days=30), now() - timedelta(days=30)


@pytest.fixture
def owner(app: Flask) -> FlaskClient:
    owned_survey(app)
    client = app.test_client()
    sign_in(client)
    return client


def post(client: FlaskClient, address: str, page: str = f"/manage/{SLUG}", **form: Any) -> TestResponse:
    return client.post(address, data={"csrf_token": field(client.get(page), "csrf_token"), **form})


def survey_form(**changes: str) -> dict[str, Any]:
    return {
        "question": "Why do you stay?",
        "slug": SLUG,
        "codebook": "none",
        "opens_at": "",
        "closes_at": "",
        **changes,
    }


def dated(app: Flask, **changes: object) -> None:
    with app.app_context():
        for name, value in changes.items():
            setattr(db.session.query(Survey).one(), name, value)
        db.session.commit()


# ---------- where to start ----------


@pytest.mark.parametrize("start", STARTING_POINTS, ids=lambda start: start.key)
def test_a_starting_point_makes_a_survey(app: Flask, owner: FlaskClient, start: StartingPoint) -> None:
    page = owner.get(f"/manage/new?start={start.key}")
    assert all(each.title in page.text for each in STARTING_POINTS)
    assert start.question.replace("'", "&#39;") in page.text
    assert all(f"{kind}\n" in f"{page.text}\n" for kind in start.kinds[:1])
    form = {"question": start.question or "Anything?", "slug": "started", "codebook": start.codebook}
    form |= {"kinds": "\r\n".join(start.kinds)} | ({"kinds_asked": "y"} if start.kinds_asked else {})
    assert post(owner, f"/manage/new?start={start.key}", "/manage/new", **form).location == "/manage/started"
    with app.app_context():
        survey = db.session.query(Survey).filter_by(slug="started").one()
        assert (survey.codebook, survey.kinds_asked) == (start.codebook, start.kinds_asked)
        assert [kind["label"] for kind in survey.own_kinds] == list(start.kinds)
        lists = db.session.query(Advice).filter_by(survey_id=survey.id).order_by(Advice.id).all()
        assert [(each.title, each.points) for each in lists] == [(own.title, [*own.points]) for own in start.advice]


def test_published_lists_are_such_as_an_owner_could_write() -> None:
    lists = [each for start in STARTING_POINTS for each in start.advice]
    assert [len(each.points) for each in lists] == [5, 4]
    for each in lists:
        assert advice_lists.title_problem(each.title) is None
        assert advice_lists.points_problem(each.points) is None
        assert all(advice_lists.split_point(point)[1] for point in each.points)


def test_every_codebook_has_a_starting_point_and_a_choice() -> None:
    assert {start.codebook for start in STARTING_POINTS} == {"none", *packaged()}
    assert {choice.value for choice in CODEBOOK_CHOICES} == {"none", *packaged()}


def test_an_unknown_starting_point_is_the_first(owner: FlaskClient) -> None:
    unknown, first = owner.get("/manage/new?start=../x"), owner.get("/manage/new")
    for page in unknown, first:
        assert 'href="/manage/new?start=relationship" aria-current="true"' in page.text
    assert field(unknown, "question") == field(first, "question") != ""


def test_a_new_survey_can_be_looked_at_before_it_opens(app: Flask, owner: FlaskClient) -> None:
    form = survey_form(slug="quiet", look_first="1")
    assert post(owner, "/manage/new", "/manage/new", **form).location == "/s/quiet"
    page = owner.get("/s/quiet")
    assert page.status_code == 200
    assert "Only those who work on this survey can see this. The survey is closed." in page.text
    assert "<textarea" in page.text
    stranger = app.test_client().get("/s/quiet")
    assert stranger.status_code == 410
    assert "<textarea" not in stranger.text


def test_what_is_sent_from_a_preview_is_not_stored_and_stays_in_the_box(app: Flask, owner: FlaskClient) -> None:
    dated(app, opens_at=LATER)
    page = owner.get(f"/s/{SLUG}")
    assert f"The survey opens on {formatting.instant(LATER)}." in without_times(page.text)
    form = {"csrf_token": field(page, "csrf_token"), "form_key": field(page, "form_key"), "text": "keep this"}
    sent = owner.post(f"/s/{SLUG}", data=form)
    assert sent.status_code == 409
    assert "This is a preview, so nothing was sent." in sent.text
    assert "keep this" in sent.text
    with app.app_context():
        assert db.session.query(Answer).count() == 0


def test_a_stranger_who_sends_too_much_to_a_closed_survey_sees_no_preview(app: Flask) -> None:
    make_survey(app, None)
    dated(app, is_open=False)
    refused = app.test_client().post(f"/s/{SLUG}", data={"text": "x" * 1_000_000})
    assert "Only those who work on this survey can see this" not in refused.text


# ---------- dates ----------


@pytest.mark.parametrize(
    ("is_open", "opens_at", "closes_at", "takes", "later"),
    [
        (True, None, None, True, False),
        (False, None, None, False, False),
        (True, EARLIER, LATER, True, False),
        (True, LATER, None, False, True),
        (False, LATER, None, False, False),
        (True, None, EARLIER, False, False),
    ],
)
def test_dates_decide_who_may_answer_where_and_when(
    sqlite_app: Flask, is_open: bool, opens_at: datetime | None, closes_at: datetime | None, takes: bool, later: bool
) -> None:
    survey_id = make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    page = client.get(f"/s/{SLUG}")
    dated(sqlite_app, is_open=is_open, opens_at=opens_at, closes_at=closes_at)
    with sqlite_app.app_context():
        surveys.set_published(survey_id, True)
        survey = db.session.get_one(Survey, survey_id)
        assert (survey.takes_answers(now()), survey.opens_later(now())) == (takes, later)
    shown = client.get(f"/s/{SLUG}")
    assert shown.status_code == (200 if takes or later else 410)
    assert ("<textarea" in shown.text) is takes
    assert ("You are early. This opens on" in shown.text) is later
    form = {"csrf_token": field(page, "csrf_token"), "form_key": field(page, "form_key"), "text": "my words"}
    sent = client.post(f"/s/{SLUG}", data=form)
    assert sent.status_code == (303 if takes else 409 if later else 410)
    assert takes or "my words" in sent.text
    assert ("Add yours" in client.get(f"/s/{SLUG}/themes").text) is takes
    with sqlite_app.app_context():
        assert db.session.query(Answer).count() == int(takes)


def test_dates_are_read_as_utc_and_shown_again(app: Flask, owner: FlaskClient) -> None:
    form = survey_form(opens_at="2030-01-02T03:04", closes_at="2030-02-03 04:05")
    assert post(owner, SETTINGS, **form).status_code == 303
    with app.app_context():
        survey = db.session.query(Survey).one()
        assert survey.opens_at == datetime(2030, 1, 2, 3, 4, tzinfo=UTC)
        assert survey.closes_at == datetime(2030, 2, 3, 4, 5, tzinfo=UTC)
    page = owner.get(SETTINGS).text
    assert 'value="2030-01-02T03:04"' in page
    today = without_times(owner.get(f"/manage/{SLUG}").text)
    assert "opens on 2 January 2030 at 03:04 UTC and closes on 3 February 2030 at 04:05 UTC." in today
    assert "Opens on 2 January 2030 at 03:04 UTC." in without_times(owner.get("/manage").text)
    post(owner, SETTINGS, **survey_form())
    with app.app_context():
        assert db.session.query(Survey.opens_at, Survey.closes_at).one() == (None, None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"opens_at": "2030-01-02T03:04", "closes_at": "2030-01-02T03:04"}, "It would close before it opens."),
        ({"opens_at": "2030-01-02T03:04", "closes_at": "2029-01-02T03:04"}, "It would close before it opens."),
        ({"opens_at": "soon"}, "Write a day and a time, such as"),
        ({"closes_at": "2030-02-30T03:04"}, "Write a day and a time, such as"),
        ({"closes_at": "0001-01-01T00:00"}, "Choose a year from 2000 to 2199."),
    ],
)
def test_dates_that_cannot_be_say_why(owner: FlaskClient, changes: dict[str, str], message: str) -> None:
    refused = post(owner, SETTINGS, **survey_form(**changes))
    assert refused.status_code == 422
    assert message in refused.text


def opened(app: Flask, owner: FlaskClient, **dates: object) -> tuple[Survey, str]:
    """A survey with these columns after its owner pressed Open, and what was said."""
    dated(app, **dates)
    post(owner, f"/manage/{SLUG}/open", x="1")
    said = without_times(owner.get(f"/manage/{SLUG}").text)
    with app.app_context():
        survey = db.session.query(Survey).one()
        db.session.expunge(survey)
    return survey, said


def test_opening_a_survey_keeps_a_date_that_is_to_come(app: Flask, owner: FlaskClient) -> None:
    """One that waits opens at its date; opened again, at once, which is said."""
    survey, said = opened(app, owner, is_open=False, opens_at=LATER, closes_at=LATER + timedelta(days=1))
    assert survey.opens_later(now()) and survey.opens_at == LATER
    assert f"The survey opens on {formatting.instant(LATER)}." in said
    survey, said = opened(app, owner)
    assert survey.takes_answers(now()) and survey.opens_at is None
    assert survey.closes_at == LATER + timedelta(days=1)
    assert "It does not wait for its opening date any more." in said
    post(owner, f"/manage/{SLUG}/close", x="1")
    survey, _ = opened(app, owner)
    assert survey.takes_answers(now()) and survey.closes_at == LATER + timedelta(days=1)
    assert (survey.closed_at, survey.closed_by) == (None, None)


def test_opening_a_survey_takes_out_a_date_that_has_passed_and_says_so(app: Flask, owner: FlaskClient) -> None:
    survey, said = opened(app, owner, closes_at=EARLIER)
    assert survey.takes_answers(now()) and survey.closes_at is None
    assert "Its closing date had passed, and is taken out." in said
    assert app.test_client().get(f"/s/{SLUG}").status_code == 200


def test_a_closing_date_that_has_passed_is_refused_unless_it_was_there(app: Flask, owner: FlaskClient) -> None:
    passed = "2020-01-02T03:04"
    for address, page in ((SETTINGS, f"/manage/{SLUG}"), ("/manage/new", "/manage/new")):
        refused = post(owner, address, page, **survey_form(slug="another", closes_at=passed))
        assert refused.status_code == 422 and "That moment has passed." in refused.text
    dated(app, closes_at=datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert post(owner, SETTINGS, **survey_form(closes_at=passed)).status_code == 303
    with app.app_context():
        assert db.session.query(Survey.closes_at).scalar() == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_new_survey_says_when_it_opens(owner: FlaskClient) -> None:
    post(owner, "/manage/new", "/manage/new", **survey_form(slug="soon", opens_at="2190-01-02T03:04"))
    assert "It opens on 2 January 2190 at 03:04 UTC." in owner.get("/manage/soon").text


# ---------- a codebook of one's own ----------

PETS = """
name = "pets"
[[themes]]
key = "cats"
name = "Cats"
examples = ["cats purr", "a purring cat", "kittens"]
[[themes]]
key = "trains"
name = "Trains"
examples = ["trains run fast", "fast trains"]
"""


def test_the_worker_places_by_the_owners_codebook(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    file = (io.BytesIO(PETS.replace("\n", "\r\n").encode("utf-8-sig")), "pets.toml")
    assert post(owner, f"/manage/{SLUG}/codebook", SETTINGS, codebook_file=file).status_code == 303
    with app.app_context():
        assert db.session.query(Run.reason).scalar() == "owner"
    for text in ("cats purr", "a purring cat"):
        send_answer(app.test_client(), text)
    perform(app)
    send_answer(app.test_client(), "fast trains")
    with app.app_context():
        survey_id = db.session.query(Survey.id).scalar()
    Worker(app).place(survey_id or 0)
    with app.app_context():
        assert {(row.key, row.name, row.origin) for row in db.session.query(Theme)} == {
            ("cats", "Cats", "codebook"),
            ("trains", "Trains", "codebook"),
        }
        made = read_model.theme_page(db.session.query(Survey).one()).run_details
        assert made is not None
        assert made.codebook_label == "the asker’s own"
    settings = owner.get(SETTINGS).text
    assert "Start from my own codebook" in settings
    assert f'href="/manage/{SLUG}/export/codebook.toml"' in settings


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"codebook_text": 'name = "x"'}, "Your codebook: it has no [[themes]]."),
        ({"codebook_text": " "}, "Choose a file, or paste a codebook: one of the two."),
        ({"codebook_file": (io.BytesIO(b"\xff\xfe"), "a.toml")}, "The codebook a.toml is not UTF-8."),
        ({"codebook_file": (io.BytesIO(b"x"), "a.toml"), "codebook_text": PETS}, "one of the two."),
    ],
)
def test_a_bad_codebook_says_why_and_changes_nothing(sqlite_app: Flask, form: dict[str, Any], message: str) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    refused = post(client, f"/manage/{SLUG}/codebook", SETTINGS, **form)
    assert refused.status_code == 422
    assert message in refused.text
    assert "What keeps you together?" in refused.text
    with sqlite_app.app_context():
        assert db.session.query(Survey.codebook).scalar() == "relationships"
        assert db.session.query(Run).count() == 0


def test_own_is_no_choice_without_a_codebook_and_one_to_come_back_to_with(app: Flask, owner: FlaskClient) -> None:
    assert post(owner, SETTINGS, **survey_form(codebook="own")).status_code == 422
    post(owner, f"/manage/{SLUG}/codebook", SETTINGS, codebook_text=PETS)
    post(owner, SETTINGS, **survey_form(codebook="none"))
    post(owner, SETTINGS, **survey_form(codebook="own"))
    with app.app_context():
        assert db.session.query(Survey).one().codebook == "own"


# ---------- the asker's own answer ----------


def test_the_askers_own_answer_is_one_and_marked(
    app: Flask, owner: FlaskClient, perform: Callable[[Flask], None]
) -> None:
    address = f"/manage/{SLUG}/my-answer"
    dated(app, is_open=False, hold_first=True)
    post(owner, address, address, text="Listening", kind="friend")
    assert post(owner, address, address, text="Honesty", kind="partner").location == f"/manage/{SLUG}"
    dated(app, is_open=True, hold_first=False)
    send_answer(app.test_client(), "Honesty")
    with app.app_context():
        rows = db.session.query(Answer.text, Answer.kind, Answer.source, Answer.status, Answer.is_askers)
        assert rows.order_by(Answer.is_askers).all() == [
            ("Honesty", None, "direct", "shown", False),
            ("Honesty", "partner", None, "shown", True),
        ]
    perform(app)
    with app.app_context():
        page = read_model.theme_page(db.session.query(Survey).one())
        assert [quote.is_askers for theme in page.themes for quote in theme.quotes] == [True]  # one for two alike
    assert owner.get(f"/s/{SLUG}/themes").text.count("The asker’s own answer") >= 1
    assert owner.get(f"/manage/{SLUG}/answers").text.count("<span>Your own answer</span>") == 1
    assert "Honesty" in owner.get(address).text
    post(owner, f"{address}/delete", address, x="1")
    with app.app_context():
        assert db.session.query(Answer.is_askers).all() == [(False,)]


def test_a_bad_answer_of_ones_own_says_why(owner: FlaskClient) -> None:
    address = f"/manage/{SLUG}/my-answer"
    refused = post(owner, address, address, text=" ")
    assert refused.status_code == 422
    assert "Write an answer first." in refused.text
