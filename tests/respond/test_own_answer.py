"""The secret link: it changes or deletes one's own answer, and leaves nothing behind."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from survey.answers import lifecycle as answers
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme, Vector
from survey.edits.models import IdeaChange
from survey.manage import surveys
from survey.results import read_model
from survey.worker.worker import Worker
from tests.support.visitors import SLUG, field, make_survey, owned_survey, send_answer

LINK = re.compile(rf"/s/{SLUG}/mine/[A-Za-z0-9_-]{{32}}")


@pytest.fixture(autouse=True)
def survey_id(app: Flask) -> int:
    return owned_survey(app)


def answered(app: Flask, typed: str) -> tuple[FlaskClient, str]:
    """A visitor who sent an answer, and the link to it."""
    client = app.test_client()
    send_answer(client, typed)
    page = client.get(f"/s/{SLUG}/thanks?look=9").text  # nothing more to wait for: the link is shown for the last time
    found = LINK.search(page)
    assert found, page
    return client, found[0]


def test_the_link_is_shown_to_its_writer_and_works_elsewhere(app: Flask) -> None:
    client, link = answered(app, "Honesty")
    assert link in client.get(f"/s/{SLUG}/thanks?look=9").text
    assert app.test_client().get(f"/s/{SLUG}/thanks").status_code == 302
    page = app.test_client().get(link)
    assert "Honesty" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_only_a_hash_of_the_link_is_stored(app: Flask) -> None:
    _, link = answered(app, "Honesty")
    with app.app_context():
        stored = db.session.query(Answer.secret_hash).scalar()
    assert stored
    assert link.rsplit("/", 1)[1] not in stored


def test_a_wrong_link_is_no_link(app: Flask) -> None:
    _, link = answered(app, "Honesty")
    client = app.test_client()
    assert client.get(link[:-1] + ("a" if link[-1] != "a" else "b")).status_code == 404
    make_survey(app, None, slug="other")
    assert client.get(link.replace(SLUG, "other")).status_code == 404


@pytest.mark.both_databases
def test_the_answer_can_be_changed(app: Flask, perform: Callable[[Flask], None]) -> None:
    _, link = answered(app, "Honesty")
    perform(app)
    other = app.test_client()
    form = {"csrf_token": field(other.get(link), "csrf_token"), "text": "Patience, above all"}
    assert other.post(link, data=form).status_code == 303
    with app.app_context():
        assert db.session.query(Answer.text).all() == [("Patience, above all",)]
        assert db.session.query(Idea).count() == 0
        page = read_model.theme_page(db.session.query(Survey).one())
        assert (page.people, page.themes, page.singles) == (1, [], [])  # it waits, and counts
    perform(app)
    with app.app_context():
        assert "Patience" in {row.name for row in read_model.theme_page(db.session.query(Survey).one()).singles}


def test_a_kind_that_is_not_asked_any_more_stays(app: Flask) -> None:
    client = app.test_client()
    form = client.get(f"/s/{SLUG}")
    sent = {name: field(form, name) for name in ("csrf_token", "form_key", "token")} | {"proof": ""}
    client.post(f"/s/{SLUG}", data=sent | {"text": "We lisen", "kind": "friend"})
    link = LINK.search(client.get(f"/s/{SLUG}/thanks?look=9").text)
    assert link
    with app.app_context():
        assert db.session.query(Answer.kind).scalar() == "friend"
        db.session.query(Survey).one().kinds_asked = False
        db.session.commit()
    change = {"csrf_token": field(client.get(link[0]), "csrf_token"), "text": "We listen"}
    assert client.post(link[0], data=change).status_code == 303
    with app.app_context():
        assert db.session.query(Answer.text, Answer.kind).one() == ("We listen", "friend")
        again = answers.NewAnswer("We listen well", sent["form_key"])
        answers.receive(db.session.query(Survey).one(), again)
        assert db.session.query(Answer.text, Answer.kind).one() == ("We listen well", "friend")


def test_a_change_that_cannot_be_kept_keeps_what_was_typed(app: Flask) -> None:
    _, link = answered(app, "Honesty")
    other = app.test_client()
    form = {"csrf_token": field(other.get(link), "csrf_token"), "text": "x" * 5001}
    page = other.post(link, data=form)
    assert page.status_code == 422
    assert "x" * 5001 in page.text
    assert other.post(link, data={"text": "No token"}).status_code == 400
    with app.app_context():
        assert db.session.query(Answer.text).scalar() == "Honesty"


class DiskFull(Exception):
    """As PostgreSQL's driver says it."""

    sqlstate = "53100"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Exception("database is locked"), "too busy to save it"),
        (Exception("database or disk is full"), "no room left to save it"),
        (DiskFull("could not extend file"), "no room left to save it"),
    ],
)
def test_a_busy_or_full_database_keeps_what_was_typed(
    app: Flask, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    _, link = answered(app, "Honesty")
    other = app.test_client()
    form = {"csrf_token": field(other.get(link), "csrf_token"), "text": "Patience, above all"}

    def busy(*args: object) -> None:
        raise OperationalError("UPDATE", {}, error)

    monkeypatch.setattr(answers, "change", busy)
    monkeypatch.setattr(answers, "receive", busy)
    for page in (other.post(link, data=form), send_answer(other, "Patience, above all")):
        assert page.status_code == 503
        assert "Patience, above all" in page.text
        assert said in page.text


@pytest.mark.both_databases
def test_deleting_leaves_nothing(app: Flask, perform: Callable[[Flask], None]) -> None:
    for typed in ("Honesty", "Always telling the truth, honesty", "Patience"):
        send_answer(app.test_client(), typed)
    _, link = answered(app, "Honesty is all; a zebra at breakfast")
    perform(app)
    with app.app_context():
        before = read_model.theme_page(db.session.query(Survey).one())
        vectors = db.session.query(Vector).count()
    other = app.test_client()
    form = {"csrf_token": field(other.get(link), "csrf_token")}
    gone = other.post(f"{link}/delete", data=form, follow_redirects=True)
    assert "Your answer is deleted" in gone.text
    assert other.get(link).status_code == 404
    with app.app_context():
        after = read_model.theme_page(db.session.query(Survey).one())
        assert after.people == before.people - 1
        assert sum(row.people for row in [*after.themes, *after.singles]) < sum(
            row.people for row in [*before.themes, *before.singles]
        )
    perform(app)
    with app.app_context():
        assert db.session.query(Vector).count() < vectors
        for table in (Answer, Idea, Placement, IdeaChange, Theme, Run):
            rows = db.session.execute(select(table.__table__)).all()
            assert "zebra" not in repr(rows)


def test_a_change_is_confirmed_once_where_the_reader_is_then(app: Flask) -> None:
    client, link = answered(app, "Honesty")
    said = "Your answer is changed, and kept as it stands here."
    assert said not in client.get(link).text
    form = {"csrf_token": field(client.get(link), "csrf_token"), "text": "Honesty and patience"}
    page = client.post(link, data=form, follow_redirects=True).text
    assert re.search(rf'<p[^>]* role="status" tabindex="-1" autofocus>{said}</p>', page)
    assert said not in client.get(link).text


def test_deleting_asks_once_more_and_tells_what_it_does(app: Flask) -> None:
    """By an element that opens without scripts: what deletes is out of reach before, with the keyboard too."""
    client, link = answered(app, "Honesty")
    page = client.get(link).text
    closed = re.search(r"<details class=\"really\">(.*?)</details>", page, re.DOTALL)
    assert closed
    summary, _, inside = closed[1].partition("</summary>")
    assert "Delete my answer" in summary
    assert "This cannot be undone." in inside
    assert f'action="{link}/delete"' in inside
    assert f"{link}/delete" not in page.replace(closed[0], "")


def test_the_nearest_of_the_others_is_shown_once_the_page_is_public(
    app: Flask, survey_id: int, perform: Callable[[Flask], None]
) -> None:
    send_answer(app.test_client(), "Honesty in all things")
    send_answer(app.test_client(), "Patience")
    perform(app)
    client = app.test_client()
    send_answer(client, "Honesty, always")
    Worker(app).place(survey_id)
    assert "in all things" not in client.get(f"/s/{SLUG}/thanks").text
    with app.app_context():
        surveys.set_published(survey_id, True)
    page = client.get(f"/s/{SLUG}/thanks").text
    assert "<mark>Honesty in all things</mark>" in page
    with app.app_context(), write_transaction() as session:
        session.query(Answer).where(Answer.text == "Honesty in all things").update({"text": "Something else now"})
    assert "<mark>" not in client.get(f"/s/{SLUG}/thanks").text
