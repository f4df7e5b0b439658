"""Whose a reading of a blind check is: nobody goes on with another's, and every text says who read."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from survey.answers.check_models import CheckReader, Reading
from survey.core.account_models import Membership
from survey.core.database import db, migrations, write_transaction
from tests.checks.test_pages import begun, send
from tests.checks.test_services import said
from tests.support.checks import add_check, read_all, start
from tests.support.filled_survey import Filled, fill
from tests.support.visitors import OWNER, SLUG, field, make_owner, sign_in

M = f"/manage/{SLUG}/check"


@pytest.fixture
def filled(app: Flask) -> Filled:
    return fill(app, said(), is_owned=True)


@pytest.fixture
def owner(app: Flask, filled: Filled) -> FlaskClient:
    client = app.test_client()
    sign_in(client)
    return client


@pytest.fixture
def edda(app: Flask, filled: Filled) -> FlaskClient:
    """An editor."""
    edda_id = make_owner(app, "Edda")
    with app.app_context(), write_transaction() as session:
        session.add(Membership(survey_id=filled.survey_id, owner_id=edda_id, role="editor"))
    client = app.test_client()
    sign_in(client, "Edda")
    return client


def readings(app: Flask) -> list[tuple[list[int] | None, str]]:
    with app.app_context():
        return [(one.themes, one.note) for one in db.session.query(Reading).order_by(Reading.answer_id)]


def test_nobody_goes_on_with_anothers_reading(app: Flask, owner: FlaskClient, edda: FlaskClient) -> None:
    check, reading = begun(edda)
    send(edda, reading, place="1", say="none", note="Hers")
    before = readings(app)
    for status, address, page in (
        send(owner, reading, place="1", say="skip"),
        send(owner, f"{reading}/finish"),
        (303, owner.get(reading).location, owner.get(owner.get(reading).location or "").text),
    ):
        assert (status, address.partition("#")[0]) == (303, check)
        assert "Read the same answers as the second person" in page
    assert readings(app) == before
    page = re.sub("</?bdi>", "", owner.get(check).text)
    assert "Edda has read 1 of 30." in page
    assert "You have read" not in page and f'href="{reading}"' not in page
    _, second, _ = send(owner, f"{check}/readers", name="Ruth")
    assert second != reading
    assert "Check 1 of 30" in owner.get(second).text
    assert edda.get(second).location.startswith(check)
    assert "You have read 1 of 30." in edda.get(check).text


def test_pages_tables_and_readers_are_told_who_read(app: Flask, owner: FlaskClient, edda: FlaskClient) -> None:
    check, reading = begun(edda)
    for place in range(1, 7):
        send(edda, reading, place=str(place), say="none")
    _, _, mine = send(edda, f"{reading}/finish")
    assert "The machine agrees with you at" in mine
    page = re.sub("</?bdi>", "", owner.get(check).text)
    assert "Edda and the machine agree at" in page and "Edda said" in page
    for words in ("agrees with you", "You said", "you and the machine", "Only you<", "Use mine", "Where you differ"):
        assert words not in page
    assert "Read by <bdi>Edda</bdi>." in owner.get(M).text
    send(owner, f"{M}/shown", shown="yes")
    told = owner.get(f"/s/{SLUG}/themes").text
    assert "The machine agrees with a person at" in told
    assert "Somebody who works at this survey read them" in told and "The owner read them" not in told
    for table in ("checks", "readings"):
        rows = owner.get(f"/manage/{SLUG}/export/{table}.json").json or []
        assert {(row["reader"], row["by_owner"]) for row in rows} == {("Edda", False)}


def test_what_an_owner_read_is_told_as_the_owners(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    with app.app_context():
        read_all(start(filled.survey_id))
    rows = owner.get(f"/manage/{SLUG}/export/readings.json").json or []
    assert {(row["reader"], row["by_owner"]) for row in rows} == {(OWNER, True)}
    assert "The machine agrees with the owner at" in owner.get(M).text


def test_a_second_tab_replaces_nothing_without_a_word(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    _, reading = begun(owner)
    first = second = field(owner.get(f"{reading}?at=1"), "seen")
    send(owner, reading, place="1", theme=filled.public["Honesty"], note="One", seen=first)
    kept = readings(app)
    status, _, page = send(owner, reading, place="1", say="none", note="Two", seen=second)
    assert status == 409
    assert "changed in another window" in page and "Your note was: “Two”" in page
    assert "One</textarea>" in page and f'value="{filled.public["Honesty"]}" checked' in page
    assert readings(app) == kept
    assert send(owner, reading, place="1", theme=filled.public["Honesty"], note="One", seen=first)[0] == 303  # twice
    now_seen = field(owner.get(f"{reading}?at=1"), "seen")
    assert send(owner, reading, place="1", say="none", note="Two", seen=now_seen)[0] == 303
    assert readings(app) == [([], "Two")]


def test_where_nobody_knows_who_read_nobody_is_named(app: Flask, owner: FlaskClient, filled: Filled) -> None:
    check = add_check(app, filled.survey_id)
    page = re.sub("</?bdi>", "", owner.get(f"{M}/{check}").text)
    assert "Whoever read it and the machine agree at" in page and "You said" not in page


def test_who_goes_on_with_what_nobody_began_has_it(app: Flask, owner: FlaskClient, edda: FlaskClient) -> None:
    _, reading = begun(owner)
    with app.app_context(), write_transaction() as session:
        session.query(CheckReader).update({"owner_id": None, "owner_name": ""})
    assert send(edda, reading, place="1", say="none")[0] == 303
    assert owner.get(reading).status_code == 303
    with app.app_context():
        assert db.session.query(CheckReader.owner_name).scalar() == "Edda"


@pytest.mark.both_databases
@pytest.mark.parametrize("is_alone", [True, False])
def test_readings_of_before_are_the_owners_where_nobody_else_is(app: Flask, is_alone: bool) -> None:
    filled = fill(app, said(), is_owned=True)
    add_check(app, filled.survey_id)
    edda = make_owner(app, "Edda")
    with app.app_context():
        if not is_alone:
            with write_transaction() as session:
                session.add(Membership(survey_id=filled.survey_id, owner_id=edda, role="editor"))
        db.session.close()
        migrations.downgrade("0033")
        migrations.upgrade()
        assert db.session.execute(text("SELECT owner_name FROM check_reader")).scalar() == (OWNER if is_alone else "")
