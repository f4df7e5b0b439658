"""A survey that was not open to anybody yet: whoever guesses its address reads nothing of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from survey.core.database import db, now
from survey.core.models import Survey
from survey.imports import importer
from survey.manage import surveys
from survey.sharing import links, preview_image
from tests.support.stranger import read_everything
from tests.support.visitors import SLUG, field, make_owner, send_answer, sign_in

FIELDS = surveys.Fields("Why the zebra?", "An introduction.", "Ruth Adeyemi", SLUG, True, "none")
LATER = now() + timedelta(days=30)
SECRETS = ("zebra", "introduction", "Adeyemi")


def make_draft(app: Flask, **dates: object) -> int:
    """A survey that its owner wants to look at first, or that opens later; gives its id."""
    owner_id = make_owner(app)
    with app.app_context():
        surveys.create(owner_id, FIELDS, is_open=bool(dates))
        survey = db.session.query(Survey).one()
        for name, value in dates.items():
            setattr(survey, name, value)
        db.session.commit()
        return survey.id


def pictures(app: Flask) -> list[str]:
    """The addresses of what is drawn of the question."""
    with app.app_context(), app.test_request_context():
        version = preview_image.version(links.question_card(db.session.query(Survey).one()))
    return [f"/s/{SLUG}/{name}" for name in (f"preview-{version}.png", "preview-0123456789ab.png", "qr.svg", "qr.png")]


@pytest.mark.parametrize("dates", [{}, {"opens_at": LATER}])
def test_a_stranger_reads_nothing_of_a_draft(app: Flask, dates: dict[str, object]) -> None:
    survey_id = make_draft(app, **dates)
    with app.app_context():
        importer.import_answers(db.session.get_one(Survey, survey_id), b"answer\nImported before\n")
    client = app.test_client()
    pages = {
        **read_everything(client, SLUG).pages,
        "deleted": client.get(f"/s/{SLUG}/deleted").text,
        "what happens": client.get(f"/s/{SLUG}/what-happens").text,
        "sent": client.post(f"/s/{SLUG}", data={"text": "My answer"}).text,
        "sent inside a page": client.post(f"/s/{SLUG}/embed", data={"text": "My answer"}).text,
    }
    for address, page in pages.items():
        for secret in SECRETS:
            assert secret not in page, f"{address} tells {secret!r} of a draft"
    assert "My answer" in pages["sent"]
    assert "Not open yet" in pages[f"/s/{SLUG}"]
    assert ("This opens on" in pages[f"/s/{SLUG}"]) is bool(dates)
    assert ("This opens on" in pages[f"/s/{SLUG}/embed"]) is bool(dates)
    for address in pictures(app):
        assert client.get(address).status_code == 404, address


def test_its_owner_sees_it_and_no_cache_does(app: Flask) -> None:
    make_draft(app)
    client = app.test_client()
    sign_in(client)
    assert "Why the zebra?" in client.get(f"/s/{SLUG}").text
    for address, status in zip(pictures(app), (200, 302, 200, 200), strict=True):
        shown = client.get(address)
        assert (shown.status_code, shown.headers["Cache-Control"]) == (status, "private, no-store")


def test_what_was_open_once_may_be_read_when_it_is_closed(app: Flask) -> None:
    survey_id = make_draft(app)
    stranger, owner = app.test_client(), app.test_client()
    sign_in(owner)
    csrf = field(owner.get(f"/manage/{SLUG}"), "csrf_token")
    owner.post(f"/manage/{SLUG}/open", data={"csrf_token": csrf})
    picture = pictures(app)[0]
    assert "Why the zebra?" in stranger.get(f"/s/{SLUG}").text
    assert stranger.get(picture).headers["Cache-Control"].startswith("public")
    owner.post(f"/manage/{SLUG}/close", data={"csrf_token": csrf})
    closed = stranger.get(f"/s/{SLUG}")
    assert closed.status_code == 410
    assert "Why the zebra?" in closed.text
    assert "This survey is closed." in closed.text
    assert stranger.get(picture).status_code == 200
    with app.app_context():
        surveys.set_open(survey_id, True)
    assert stranger.get(f"/s/{SLUG}").status_code == 200


def test_what_a_version_before_closed_is_known_by_its_answers(app: Flask) -> None:
    """It did not keep when it was closed."""
    survey_id = make_draft(app)
    with app.app_context():
        surveys.set_open(survey_id, True)
    send_answer(app.test_client(), "Because of its stripes")
    with app.app_context():
        db.session.query(Survey).update({"is_open": False})
        db.session.commit()
    assert "Why the zebra?" in app.test_client().get(f"/s/{SLUG}").text
