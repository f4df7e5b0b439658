"""Passwords: changed by their owner, set anew by a one-time link; what that ends, and when a link ends by itself."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from survey.accounts import owners
from survey.accounts import sign_in as signing_in
from survey.accounts.owners import LINK_LIFETIME
from survey.core.account_models import Owner, SetUpLink
from survey.core.database import db, now, write_transaction
from survey.web import access
from survey.worker.worker import Worker
from tests.support.saved_site import done, refused
from tests.support.visitors import OWNER, PASSWORD, field, make_owner, sign_in_by_page

NEW = "another long enough password"


@pytest.fixture
def owner(app: Flask) -> FlaskClient:
    make_owner(app)
    client = app.test_client()
    sign_in_by_page(client)
    return client


def change(client: FlaskClient, current: str = PASSWORD, new: str = NEW) -> TestResponse:
    form = {"csrf_token": field(client.get("/account"), "csrf_token"), "current": current, "password": new}
    return client.post("/account", data=form)


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/manage").status_code == 200


def reset_link(app: Flask, name: str = OWNER) -> str:
    """The path of the link that the command prints."""
    printed = done(app, "reset-password", name)
    found = re.fullmatch(r"New password: http://127\.0\.0\.1:5000(/set-up/\S{32})\n", printed)
    assert found, printed
    return found[1]


def follow(app: Flask, link: str, **typed: str) -> tuple[FlaskClient, TestResponse]:
    client = app.test_client()
    token = field(client.get(link), "csrf_token")
    return client, client.post(link, data={"csrf_token": token, "password": NEW, **typed})


def grow_old(app: Flask, by: timedelta) -> None:
    with app.app_context(), write_transaction() as session:
        session.execute(update(SetUpLink).values(created_at=now() - by))


class TestChanging:
    def test_every_other_session_ends_and_this_one_goes_on(self, app: Flask, owner: FlaskClient) -> None:
        elsewhere, thief = app.test_client(), app.test_client()
        sign_in_by_page(elsewhere)
        cookie = owner.get_cookie("session")
        assert cookie
        thief.set_cookie("session", cookie.value)
        assert is_signed_in(elsewhere)
        assert is_signed_in(thief)
        reset = reset_link(app)
        changed = change(owner)
        assert changed.location == "/account"
        assert "Your password is changed." in owner.get("/account").text
        assert is_signed_in(owner)
        assert not is_signed_in(elsewhere)
        assert not is_signed_in(thief)
        assert sign_in_by_page(app.test_client()).status_code == 422
        assert sign_in_by_page(app.test_client(), password=NEW).status_code == 303
        assert app.test_client().get(reset).status_code == 404

    def test_another_owner_keeps_theirs(self, app: Flask, owner: FlaskClient) -> None:
        make_owner(app, "Otto")
        otto = app.test_client()
        sign_in_by_page(otto, "Otto")
        change(owner)
        assert is_signed_in(otto)
        assert sign_in_by_page(app.test_client(), "Otto").status_code == 303

    @pytest.mark.parametrize(
        ("current", "new", "message"),
        [
            ("not the password", NEW, "This is not your present password."),
            ("", NEW, "Write your present password."),
            (PASSWORD, "short", "Use 8 to 200 characters."),
            (PASSWORD, "x" * 201, "Use 8 to 200 characters."),
            (PASSWORD, "", "Choose a password."),
        ],
    )
    def test_a_refusal_says_why_and_changes_nothing(
        self, app: Flask, owner: FlaskClient, current: str, new: str, message: str
    ) -> None:
        refusal = change(owner, current, new)
        assert refusal.status_code == 422
        assert message in refusal.text
        assert is_signed_in(owner)
        assert sign_in_by_page(app.test_client()).status_code == 303

    def test_trying_is_slowed_also_by_the_right_password(self, owner: FlaskClient) -> None:
        most = signing_in.CONFIRMATIONS.max_hits
        assert [change(owner, "wrong").status_code for _ in range(most + 1)] == [422] * most + [429]
        slowed = change(owner)
        assert slowed.status_code == 429
        assert slowed.headers["Retry-After"] == "900"
        assert "There were too many tries. Wait 15 minutes" in slowed.text

    def test_tries_to_sign_in_from_outside_do_not_keep_the_owner_from_it(self, app: Flask, owner: FlaskClient) -> None:
        for _ in range(signing_in.TRIES.max_hits + 1):
            sign_in_by_page(app.test_client(), password="wrong")
        assert change(owner).status_code == 303

    def test_a_session_that_was_ended_meanwhile_changes_nothing(
        self, app: Flask, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def confirm(signed_in: access.SignedIn, password: str) -> bool:
            owners.end_sessions(signed_in.owner_id)
            return True

        monkeypatch.setattr(signing_in, "check_own_password", confirm)
        assert change(owner).location == "/sign-in"
        assert sign_in_by_page(app.test_client()).status_code == 303

    def test_the_page_is_reached_from_the_workshop(self, owner: FlaskClient) -> None:
        assert 'href="/account"' in owner.get("/manage").text
        assert OWNER in owner.get("/account").text


class TestResetLinks:
    @pytest.mark.both_databases
    def test_a_link_sets_the_password_once_and_ends_every_session(self, app: Flask, owner: FlaskClient) -> None:
        link = reset_link(app)
        client, response = follow(app, link)
        assert response.location == "/manage"
        assert is_signed_in(client)
        assert not is_signed_in(owner)
        assert app.test_client().get(link).status_code == 404
        assert sign_in_by_page(app.test_client()).status_code == 422
        assert sign_in_by_page(app.test_client(), password=NEW).status_code == 303
        with app.app_context():
            assert (db.session.query(Owner).count(), db.session.query(SetUpLink).count()) == (1, 0)

    def test_only_its_hash_is_kept(self, app: Flask, owner: FlaskClient) -> None:
        token = reset_link(app).rsplit("/", 1)[1]
        with app.app_context():
            assert token not in db.session.query(SetUpLink.token_hash).scalar()

    def test_using_one_ends_the_others_of_this_owner_alone(self, app: Flask, owner: FlaskClient) -> None:
        make_owner(app, "Otto")
        ottos = reset_link(app, "Otto")
        earlier = reset_link(app)
        link = reset_link(app)
        assert app.test_client().get(earlier).status_code == 404
        with app.app_context(), write_transaction() as session:  # as if both had been there
            owner_id = session.query(Owner.id).filter_by(name=OWNER).scalar()
            session.add(SetUpLink(token_hash="x" * 64, owner_id=owner_id))
        follow(app, link)
        with app.app_context():
            assert db.session.query(SetUpLink).count() == 1
        assert app.test_client().get(ottos).status_code == 200

    def test_it_makes_no_owner_whatever_is_sent(self, app: Flask, owner: FlaskClient) -> None:
        link = reset_link(app)
        assert 'name="name"' not in app.test_client().get(link).text
        follow(app, link, name="Mallory")
        with app.app_context():
            assert [row[0] for row in db.session.query(Owner.name)] == [OWNER]

    def test_a_link_that_makes_an_owner_sets_nobodys_password_and_the_other_way_round(
        self, app: Flask, owner: FlaskClient
    ) -> None:
        with app.app_context():
            sets_up = owners.new_set_up_token()
            resets = owners.new_reset_token(OWNER)
            with pytest.raises(owners.LinkUsed):
                owners.reset_password(sets_up, NEW)
            with pytest.raises(owners.LinkUsed):
                owners.set_up(resets, "Otto", NEW)
            assert owners.owner_of_link(sets_up) is None
            assert owners.owner_of_link(resets) is not None

    def test_a_new_set_up_link_leaves_reset_links_alone(self, app: Flask, owner: FlaskClient) -> None:
        link = reset_link(app)
        with app.app_context():
            owners.new_set_up_token()
            owners.new_set_up_token()
            assert db.session.query(SetUpLink).count() == 2
        assert app.test_client().get(link).status_code == 200

    def test_a_bad_password_says_why_and_the_link_still_works(self, app: Flask, owner: FlaskClient) -> None:
        link = reset_link(app)
        _, response = follow(app, link, password="short")
        assert response.status_code == 422
        assert "Use 8 to 200 characters." in response.text
        assert follow(app, link)[1].status_code == 303

    def test_a_name_that_is_nobodys_is_refused_in_one_sentence(self, app: Flask, owner: FlaskClient) -> None:
        assert "There is no owner called 'Nobody'. No link was made." in refused(app, "reset-password", "Nobody")
        with app.app_context():
            assert db.session.query(SetUpLink).count() == 0


class TestExpiry:
    @pytest.mark.parametrize("resets", [False, True])
    def test_a_link_ends_after_a_week(self, app: Flask, owner: FlaskClient, resets: bool) -> None:
        with app.app_context():
            token = owners.new_reset_token(OWNER) if resets else owners.new_set_up_token()
        link = f"/set-up/{token}"
        grow_old(app, LINK_LIFETIME - timedelta(minutes=1))
        client = app.test_client()
        form = {"csrf_token": field(client.get(link), "csrf_token"), "name": "Otto", "password": NEW}
        grow_old(app, LINK_LIFETIME + timedelta(minutes=1))
        for response in (client.get(link), client.post(link, data=form)):
            assert response.status_code == 404
            assert "It worked for 7 days, and they have passed." in response.text
            assert "Sign in" in response.text
        with app.app_context(), pytest.raises(owners.LinkUsed):  # as where it expires between the page and the write
            if resets:
                owners.reset_password(token, NEW)
            else:
                owners.set_up(token, "Otto", NEW)
        assert sign_in_by_page(app.test_client(), password=NEW).status_code == 422

    @pytest.mark.both_databases
    def test_expired_links_are_removed_and_others_stay(self, app: Flask, owner: FlaskClient) -> None:
        with app.app_context():
            owners.new_set_up_token()
            grow_old(app, LINK_LIFETIME + timedelta(minutes=1))
            owners.new_reset_token(OWNER)
            assert owners.forget_expired_links() == 1
            assert owners.forget_expired_links() == 0
            assert db.session.query(SetUpLink).count() == 1

    def test_the_worker_looks_for_them_once_a_day(self, sqlite_app: Flask) -> None:
        worker = Worker(sqlite_app)
        for left in (0, 1):
            with sqlite_app.app_context():
                owners.new_set_up_token()
            grow_old(sqlite_app, LINK_LIFETIME + timedelta(minutes=1))
            worker.sweep()
            with sqlite_app.app_context():
                assert db.session.query(SetUpLink).count() == left
