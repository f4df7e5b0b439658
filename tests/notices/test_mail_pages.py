"""The pages of an owner's mails: an address is confirmed, switches hold, links in mails end what they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.accounts import owners
from survey.core.account_models import Owner
from survey.core.database import db
from survey.core.models import Survey
from survey.mail.sending import Postman
from survey.notices import own_address, people
from survey.notices.events import EVENTS
from survey.notices.watch import Watch
from tests.support.mail_site import ADDRESS, MailSite, links, mail_site
from tests.support.visitors import PASSWORD, SLUG, field, make_owner, owned_survey, sign_in


@pytest.fixture
def site(tmp_path: Path) -> Iterator[MailSite]:
    with mail_site(tmp_path, address="") as site:
        yield site


@pytest.fixture
def owner(site: MailSite) -> FlaskClient:
    client = site.app.test_client()
    sign_in(client)
    return client


def send(client: FlaskClient, to: str, page: str = "/account/mail", **form: str) -> tuple[int, str]:
    token = field(client.get(page), "csrf_token")
    response = client.post(to, data={"csrf_token": token, **form})
    return response.status_code, response.text


def of_owner(site: MailSite) -> tuple[str, str]:
    with site.app.app_context():
        owner = db.session.get_one(Owner, site.owner_id)
        return owner.email, owner.email_asked


def post_mail(site: MailSite) -> list[str]:
    """Send what waits; gives the links of the last mail."""
    with site.app.app_context():
        Postman().send_due()
    return links(site.server.mails[-1])


def test_an_address_counts_once_its_link_was_followed(site: MailSite, owner: FlaskClient) -> None:
    assert send(owner, "/account/mail/address", address=" Ruth@Example.org ")[0] == 303
    assert of_owner(site) == ("", "Ruth@example.org")
    assert "A link was mailed to" in owner.get("/account/mail").text
    [link] = post_mail(site)
    assert "“Ruth”" in site.server.mails[-1].text
    stranger = site.app.test_client()
    page = stranger.get(link)
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert of_owner(site) == ("", "Ruth@example.org"), "a program that checks links confirms nothing"
    done = stranger.post(link, data={"csrf_token": field(page, "csrf_token")})
    assert "Your address is confirmed." in done.text
    assert of_owner(site) == ("Ruth@example.org", "")
    again = stranger.post(link, data={"csrf_token": field(page, "csrf_token")})
    assert again.status_code == 200
    assert send(owner, "/account/mail/remove")[0] == 303
    assert of_owner(site) == ("", "")
    assert stranger.post(link, data={"csrf_token": field(page, "csrf_token")}).status_code == 404, "it was taken away"


def test_a_new_address_is_used_only_after_its_own_link(site: MailSite, owner: FlaskClient) -> None:
    site.change(email=ADDRESS)
    send(owner, "/account/mail/address", address="first@example.org")
    [first] = post_mail(site)
    send(owner, "/account/mail/address", address="second@example.org")
    [second] = post_mail(site)
    assert of_owner(site) == (ADDRESS, "second@example.org")
    token = field(owner.get(second), "csrf_token")
    assert owner.post(first, data={"csrf_token": token}).status_code == 404
    assert of_owner(site)[0] == ADDRESS
    owner.post(second, data={"csrf_token": token})
    assert of_owner(site) == ("second@example.org", "")


def test_a_link_that_is_not_whole_confirms_nothing(site: MailSite, owner: FlaskClient) -> None:
    send(owner, "/account/mail/address", address=ADDRESS)
    [link] = post_mail(site)
    assert owner.get(link[:-1]).status_code == 404
    for other in {"x", "-"} - {link[-2]}:  # of the last character two bits say nothing
        assert owner.get(f"{link[:-2]}{other}{link[-1]}").status_code == 404
    assert owner.get("/mail/confirm/" + "x" * 3000).status_code == 404


def test_a_link_ends_after_its_days(site: MailSite, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    send(owner, "/account/mail/address", address=ADDRESS)
    [link] = post_mail(site)
    monkeypatch.setattr(own_address, "LIFETIME", timedelta(seconds=-1))
    assert owner.get(link).status_code == 404


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ruth",
        "a@b",
        "a@b.c\r\nBcc: d@example.org",
        "\0",
        "x" * 400 + "@example.org",
        "a@[127.0.0.1]",
        "é@example.org",
    ],
)
def test_what_is_no_address_is_said(site: MailSite, owner: FlaskClient, typed: str) -> None:
    status, page = send(owner, "/account/mail/address", address=typed)
    assert status == 422
    assert "No link was mailed" in page
    assert of_owner(site) == ("", "")


def test_nobody_floods_an_address(site: MailSite, owner: FlaskClient) -> None:
    statuses = [send(owner, "/account/mail/address", address=ADDRESS)[0] for _ in range(7)]
    assert statuses == [303] * 5 + [429] * 2
    with site.app.app_context():
        Postman().send_due()
    assert len(site.server.mails) == 5


def test_forgetting_an_address_calls_off_what_waits_for_it(site: MailSite, owner: FlaskClient) -> None:
    site.change(email=ADDRESS)
    site.answer()
    with site.app.app_context():
        assert Watch().look() == 1
    send(owner, "/account/mail/remove")
    with site.app.app_context():
        assert Postman().send_due() == 0
    assert b"ruth@example.org" not in b"".join(
        path.read_bytes() for path in Path(site.app.instance_path).glob("threads.sqlite3*")
    )


def test_switches_hold_for_all_and_for_one(site: MailSite, owner: FlaskClient) -> None:
    assert send(owner, "/account/mail", first="y", failed="y", language="es")[0] == 303
    with site.app.app_context():
        assert people.wanted_of(site.owner_id, site.survey_id) == {key: key in ("first", "failed") for key in EVENTS}
        assert db.session.get_one(Owner, site.owner_id).mail_language == "es"
    page = f"/manage/{SLUG}/mails"
    assert owner.get(page).text.count(" checked") == 2
    assert send(owner, page, page, daily="y")[0] == 303
    with site.app.app_context():
        assert people.wanted_of(site.owner_id, site.survey_id) == {key: key == "daily" for key in EVENTS}
        assert people.wanted_in_all(site.owner_id)["first"]
    assert send(owner, "/account/mail", language="klingon")[0] == 422


def test_the_link_in_a_mail_ends_that_switch_alone(site: MailSite) -> None:
    site.change(email=ADDRESS)
    site.answer()
    [mail] = site.told()
    stop = str(mail.message["List-Unsubscribe"]).strip("<>").removeprefix("https://ask.example")
    reader = site.app.test_client()
    assert "What keeps you together?" in reader.get(stop).text
    with site.app.app_context():
        assert people.wanted_of(site.owner_id, site.survey_id)["first"], "looking ends nothing"
    # As a mail program sends it, without a page, a cookie or a token (RFC 8058).
    ended = site.app.test_client().post(stop, data={"List-Unsubscribe": "One-Click"})
    assert ended.status_code == 200
    with site.app.app_context():
        wanted = people.wanted_of(site.owner_id, site.survey_id)
    assert not wanted["first"]
    assert wanted["waiting"]
    assert reader.post(stop, data={"a": "b"}).status_code == 200, "once more is the same"
    assert reader.post(stop[:-2], data={"a": "b"}).status_code == 404
    with site.app.app_context():
        db.session.query(Survey).delete()
        db.session.commit()
    assert reader.get(stop).status_code == 404
    assert reader.post(stop, data={"a": "b"}).status_code == 404


def test_a_link_of_another_purpose_ends_nothing(site: MailSite, owner: FlaskClient) -> None:
    send(owner, "/account/mail/address", address=ADDRESS)
    [link] = post_mail(site)
    assert owner.post(link.replace("confirm", "stop"), data={"a": "b"}).status_code == 404


def test_others_do_not_see_the_switches_of_a_survey(site: MailSite) -> None:
    make_owner(site.app, "Otto")
    client = site.app.test_client()
    sign_in(client, "Otto")
    assert client.get(f"/manage/{SLUG}/mails").status_code == 404


def test_without_a_server_no_page_offers_mail(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    for page in ("/account", f"/manage/{SLUG}"):
        assert not re.search('href="/[^"]*mails?"', client.get(page).text)
    for page in ("/account/mail", f"/manage/{SLUG}/mails"):
        assert client.get(page).status_code == 404


def test_with_one_they_lead_to_it(site: MailSite, owner: FlaskClient) -> None:
    assert 'href="/account/mail"' in owner.get("/account").text
    site.answer()
    assert f'href="/manage/{SLUG}/mails"' in owner.get(f"/manage/{SLUG}").text


def test_mails_are_in_the_language_in_which_an_account_was_made(app: Flask) -> None:
    made = {"es-MX,es;q=0.9": "es", "fr": "en", "en": "en"}
    for n, asked in enumerate(made):
        with app.app_context():
            link = owners.new_set_up_token()
        client = app.test_client()
        asks = {"Accept-Language": asked}
        page = client.get(f"/set-up/{link}", headers=asks)
        typed = {"csrf_token": field(page, "csrf_token"), "name": f"Owner {n}", "password": PASSWORD}
        assert client.post(f"/set-up/{link}", data=typed, headers=asks).status_code == 303
    with app.app_context():
        found = {row.name: row.mail_language for row in db.session.query(Owner)}
    assert found == {f"Owner {n}": language for n, language in enumerate(made.values())}
