"""Asking to be told: an address that no answer leads to, confirmed once, mailed once, and gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from survey.answers import erasure
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Survey
from survey.core.settings import Settings
from survey.follow_up import registration, telling
from survey.follow_up.models import FollowUp
from survey.mail.models import OutgoingMail
from survey.mail.sending import Postman
from survey.manage import surveys
from survey.web import rate_limits
from tests.support.saved_site import done
from tests.support.site import quiet
from tests.support.smtp_server import MailServer, mail_server, mail_settings
from tests.support.visitors import SLUG, field, make_survey, owned_survey, send_answer, sign_in

ASK = f"/s/{SLUG}/tell-me"
LINK = re.compile(r"https://ask\.example(/tell-me/[\w-]{32})\n")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as found:
        yield found


@pytest.fixture
def settings(server: MailServer, database_url: str, tmp_path: Path) -> Settings:
    return quiet(tmp_path, database_url=database_url, **mail_settings(server))


@pytest.fixture(autouse=True)
def survey_id(app: Flask) -> int:
    return owned_survey(app)


def ask(client: FlaskClient, address: str, **changes: str) -> TestResponse:
    token = field(client.get(ASK), "csrf_token")
    return client.post(ASK, data={"csrf_token": token, "address": address, **changes})


def rows(app: Flask) -> list[tuple[str, bool]]:
    with app.app_context():
        return [(row.address, row.confirmed) for row in db.session.scalars(select(FollowUp))]


def deliver(app: Flask) -> int:
    with app.app_context():
        return Postman().send_due()


def link_for(app: Flask, server: MailServer, address: str) -> str:
    deliver(app)
    found = LINK.search(server.to(address)[-1].text)
    assert found
    return found[1]


def press(client: FlaskClient, link: str, address: str) -> TestResponse:
    """Press a button of the page at a mailed link."""
    return client.post(address, data={"csrf_token": field(client.get(link), "csrf_token")}, follow_redirects=True)


def publish(app: Flask, survey_id: int, ago: timedelta = telling.GRACE) -> None:
    with app.app_context():
        surveys.set_published(survey_id, True)
        with write_transaction() as session:
            session.get_one(Survey, survey_id).published_at = now() - ago


def tell(app: Flask) -> int:
    with app.app_context():
        return telling.tell_due()


@pytest.mark.both_databases
def test_from_the_thank_you_to_the_only_mail(app: Flask, survey_id: int, server: MailServer) -> None:
    client = app.test_client()
    send_answer(client, "Honesty")
    assert f'action="{ASK}"' in client.get(f"/s/{SLUG}/thanks").text
    assert "Look at your mail." in client.get(ask(client, "Jo@Example.org ").location).text
    link = link_for(app, server, "jo@example.org")
    assert "What keeps you together?" in server.mails[0].text
    assert rows(app) == [("jo@example.org", False)]
    other = app.test_client()
    assert "Shall we tell you" in other.get(link).text
    assert rows(app) == [("jo@example.org", False)]  # a program that looks through mails opened it
    for _ in range(2):
        assert "We will tell you" in press(other, link, link).text
    assert rows(app) == [("jo@example.org", True)]
    assert tell(app) == 0
    publish(app, survey_id, telling.GRACE - timedelta(minutes=1))
    assert tell(app) == 0
    publish(app, survey_id)
    assert [tell(app), tell(app)] == [1, 0]
    assert rows(app) == []
    deliver(app)
    last = server.mails[-1]
    assert len(server.to("jo@example.org")) == 2
    assert last.message["Subject"] == "The result is out: What keeps you together?"
    assert f"https://ask.example/s/{SLUG}/themes" in last.text
    gone = other.get(link)
    assert gone.status_code == 404
    assert "We have no address here." in gone.text
    with app.app_context():
        assert "jo@example.org" not in str(db.session.execute(select(OutgoingMail.__table__)).all())
        surveys.set_published(survey_id, False)
        surveys.set_published(survey_id, True)
    assert tell(app) == 0


def test_who_published_by_mistake_takes_it_back_and_nobody_is_told(
    app: Flask, survey_id: int, server: MailServer
) -> None:
    client = app.test_client()
    ask(client, "jo@example.org")
    link = link_for(app, server, "jo@example.org")
    press(client, link, link)
    publish(app, survey_id, timedelta(minutes=2))
    with app.app_context():
        surveys.set_published(survey_id, False)
    assert tell(app) == 0
    assert rows(app) == [("jo@example.org", True)]


def test_nobody_learns_whether_an_address_is_there(app: Flask, server: MailServer) -> None:
    client = app.test_client()
    ask(client, "jo@example.org")
    link = link_for(app, server, "jo@example.org")
    press(client, link, link)
    seen = set()
    for address in ("jo@example.org", "JO@example.org", "somebody.else@example.org"):
        sent = ask(app.test_client(), address)
        page = app.test_client().get(sent.location)
        seen.add((sent.status_code, sent.location, page.text))
    assert len(seen) == 1


def test_nobody_is_flooded(app: Flask, server: MailServer) -> None:
    make_survey(app, None, slug="other")
    for address in ("jo@example.org", "JO@EXAMPLE.ORG", "jo+more@example.org", "jo@example.org"):
        assert ask(app.test_client(), address).status_code == 303
    client = app.test_client()
    token = field(client.get("/s/other/tell-me"), "csrf_token")
    client.post("/s/other/tell-me", data={"csrf_token": token, "address": "jo@example.org"})
    deliver(app)
    assert len(server.mails) == 1
    assert rows(app) == [("jo@example.org", False)]


def test_the_next_day_it_may_be_asked_again_and_the_old_link_is_over(
    app: Flask, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    ask(client, "jo@example.org")
    first = link_for(app, server, "jo@example.org")
    tomorrow = now() + timedelta(days=1)
    for module in (registration, rate_limits):
        monkeypatch.setattr(module, "now", lambda: tomorrow)
    ask(client, "jo@example.org")
    second = link_for(app, server, "jo@example.org")
    assert second != first
    assert client.get(first).status_code == 404
    assert "Shall we tell you" in client.get(second).text
    assert len(rows(app)) == 1


def test_a_flood_from_one_network_is_put_off_and_the_address_stays_typed(app: Flask) -> None:
    client = app.test_client()
    pages = [ask(client, f"jo{number}@example.org") for number in range(registration.PER_NETWORK.max_hits + 1)]
    assert [page.status_code for page in pages] == [303] * registration.PER_NETWORK.max_hits + [429]
    assert f'value="jo{registration.PER_NETWORK.max_hits}@example.org"' in pages[-1].text
    assert "try again in an hour" in pages[-1].text
    assert len(rows(app)) == registration.PER_NETWORK.max_hits


def test_a_survey_has_a_limit_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "PER_SURVEY", rate_limits.Rule("follow-up-survey", 2, 60))
    networks = ["203.0.113.1", "203.0.113.2", "203.0.113.3"]
    statuses = []
    for network in networks:
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = network
        statuses.append(ask(client, f"jo{network[-1]}@example.org").status_code)
    assert statuses == [303, 303, 429]
    monkeypatch.setattr(registration, "PER_SURVEY", rate_limits.Rule("another", 100, 60))
    monkeypatch.setattr(registration, "MAX_WAITING", 2)
    assert ask(app.test_client(), "jo9@example.org").status_code == 429


@pytest.mark.both_databases
def test_who_could_not_be_kept_may_send_it_again_the_same_day(
    app: Flask, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_busy(*, shown: bool) -> None:
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    client = app.test_client()
    with monkeypatch.context() as patch:
        patch.setattr(registration, "write_transaction", is_busy)
        page = ask(client, "jo@example.org")
    assert (page.status_code, "send it again" in page.text) == (503, True)
    with monkeypatch.context() as patch:
        patch.setattr(registration, "MAX_WAITING", 0)
        assert ask(client, "jo@example.org").status_code == 429
    assert rows(app) == []
    for _ in range(3):
        assert ask(client, "jo@example.org").status_code == 303
    deliver(app)
    assert len(server.to("jo@example.org")) == 1
    assert rows(app) == [("jo@example.org", False)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Write your e-mail address first."),
        ("  ", "Write your e-mail address first."),
        ("jo", "That is no e-mail address"),
        ("jo@example", "That is no e-mail address"),
        ("jo@@example.org", "That is no e-mail address"),
        ("jo@example.org, sam@example.org", "That is no e-mail address"),
        ("jo@example.org\nBcc: sam@example.org", "That is no e-mail address"),
        ("jo@example.org\r\nSubject: bought", "That is no e-mail address"),
        ("jo%0d%0aBcc:sam@example.org", "That is no e-mail address"),
        ("Jo <jo@example.org>", "That is no e-mail address"),
        ("<script>alert(1)</script>@example.org", "That is no e-mail address"),
        ("jo\0@example.org", "That is no e-mail address"),
        ("jö@example.org", "That is no e-mail address"),
        ("jo@[127.0.0.1]", "That is no e-mail address"),
        ("jo@127.0.0.1", "That is no e-mail address"),
        (f"{'j' * 65}@example.org", "That is no e-mail address"),
        (f"jo@{'e' * 320}.org", "longer than an e-mail address can be"),
        ("x" * 100_000, "longer than an e-mail address can be"),
    ],
)
def test_what_is_no_address_is_refused_and_stays_typed(app: Flask, typed: str, said: str) -> None:
    page = ask(app.test_client(), typed)
    assert page.status_code == 422
    assert said in page.text
    assert rows(app) == []


def test_a_domain_in_other_letters_is_written_as_mail_writes_it(app: Flask) -> None:
    assert ask(app.test_client(), "jo@Bücher.example").status_code == 303
    assert rows(app) == [("jo@xn--bcher-kva.example", False)]


@pytest.mark.parametrize("body", [b"address=\xed\xa0\x80@example.org", b"address=%ED%A0%80%40example.org", b"\xff"])
def test_half_characters_break_nothing(app: Flask, body: bytes) -> None:
    client = app.test_client()
    token = field(client.get(ASK), "csrf_token")
    sent = client.post(
        ASK, data=body + b"&csrf_token=" + token.encode(), content_type="application/x-www-form-urlencoded"
    )
    assert sent.status_code in (400, 422)
    assert rows(app) == []


@pytest.mark.parametrize("token", ["x", "a" * 32, "a" * 33, "%00", "%ED%A0%80", "..", "é" * 32])
def test_a_link_that_is_none_says_so(app: Flask, token: str) -> None:
    client = app.test_client()
    assert client.get(f"/tell-me/{token}").status_code == 404
    csrf = field(client.get(ASK), "csrf_token")
    for way in ("", "/take-back"):
        sent = client.post(f"/tell-me/{token}{way}", data={"csrf_token": csrf})
        assert sent.status_code in (303, 404)


@pytest.mark.both_databases
def test_it_is_taken_back_before_and_after_it_was_confirmed(app: Flask, server: MailServer) -> None:
    client = app.test_client()
    for address, first in (("jo@example.org", False), ("sam@example.org", True)):
        ask(client, address)
        link = link_for(app, server, address)
        if first:
            press(client, link, link)
        assert "We have no address here." in press(client, link, f"{link}/take-back").text
        assert rows(app) == []


def test_links_and_addresses_expire(app: Flask, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    links = {}
    for address in ("jo@example.org", "sam@example.org"):
        ask(client, address)
        links[address] = link_for(app, server, address)
    press(client, links["sam@example.org"], links["sam@example.org"])
    for days, left in ((7, 2), (8, 1), (registration.KEEP_DAYS, 1), (registration.KEEP_DAYS + 1, 0)):
        later = datetime.now(UTC) + timedelta(days=days)
        monkeypatch.setattr(registration, "now", lambda later=later: later)
        assert client.get(links["jo@example.org"]).status_code == (200 if days == 7 else 404)
        if days == 8:
            with app.app_context():
                assert registration.confirm(links["jo@example.org"].rsplit("/", 1)[1]) == "gone"
        with app.app_context():
            telling.delete_expired(later.date())
        assert len(rows(app)) == left


def test_they_go_with_their_survey_at_once(app: Flask, survey_id: int, server: MailServer) -> None:
    client = app.test_client()
    ask(client, "jo@example.org")
    link = link_for(app, server, "jo@example.org")
    with app.app_context():
        erasure.delete_survey(db.session.get_one(Survey, survey_id))
    assert rows(app) == []
    assert client.get(link).status_code == 404


def test_after_the_result_is_out_nothing_is_asked(app: Flask, survey_id: int, server: MailServer) -> None:
    client = app.test_client()
    send_answer(client, "Honesty")
    ask(client, "jo@example.org")
    link = link_for(app, server, "jo@example.org")
    token = field(client.get(ASK), "csrf_token")
    publish(app, survey_id)
    assert "Hear what comes of it" not in client.get(f"/s/{SLUG}/thanks").text
    assert client.get(ASK).location == f"/s/{SLUG}/themes"
    assert client.post(ASK, data={"csrf_token": token, "address": "sam@example.org"}).status_code == 303
    assert "The result is out." in client.get(link).text
    assert "The result is out." in press(client, link, link).text
    assert rows(app) == [("jo@example.org", False)]
    assert tell(app) == 0


def test_the_owner_sees_how_many_wait_and_no_address(app: Flask, server: MailServer) -> None:
    client = app.test_client()
    for address in ("jo@example.org", "sam@example.org", "kim@example.org"):
        ask(client, address)
        link = link_for(app, server, address)
        if address != "kim@example.org":
            press(client, link, link)
    owner = app.test_client()
    sign_in(owner)
    make_survey(app, 1, slug="unheard")
    assert "asked to be told" not in owner.get("/manage/unheard/publish").text
    page = owner.get(f"/manage/{SLUG}/publish").text
    assert "2 people asked to be told by e-mail" in page
    assert "example.org" not in page


@pytest.mark.both_databases
def test_nothing_in_it_leads_to_an_answer(app: Flask, survey_id: int) -> None:
    client = app.test_client()
    for number in range(6):
        send_answer(client, f"Honesty {number}")
        ask(client, f"jo{number}@example.org")
    columns = {column.name for column in FollowUp.__table__.columns}
    assert columns == {"token_hash", "survey_id", "address", "language", "confirmed", "day"}
    with app.app_context():
        found = db.session.execute(select(FollowUp.__table__)).mappings().all()
        marks = [
            str(mark)
            for answer in db.session.scalars(select(Answer))
            for mark in (answer.public_id, answer.form_key, answer.secret_hash)
        ]
        assert all(mark not in str(found) for mark in marks)
        if db.engine.dialect.name == "sqlite":  # and the rows lie in the order of their hashes
            stored = [row["token_hash"] for row in found]
            assert stored == sorted(stored)
            with pytest.raises(OperationalError, match="rowid"):
                db.session.execute(text("SELECT rowid FROM follow_up"))


class TestWithoutMail:
    @pytest.fixture
    def settings(self, database_url: str, tmp_path: Path) -> Settings:
        return quiet(tmp_path, database_url=database_url)

    def test_it_is_not_offered(self, app: Flask) -> None:
        client = app.test_client()
        send_answer(client, "Honesty")
        for address in (f"/s/{SLUG}/thanks", f"/s/{SLUG}/what-happens"):
            page = client.get(address).text
            assert "e-mail" not in page
            assert ASK not in page
        assert client.get(ASK).status_code == 404


def test_what_was_used_does_not_come_back_with_a_backup(app: Flask, server: MailServer, tmp_path: Path) -> None:
    client = app.test_client()
    links = {}
    for address in ("jo@example.org", "sam@example.org"):
        ask(client, address)
        links[address] = link_for(app, server, address)
    done(app, "backup", tmp_path / "kept.sqlite3")
    press(client, links["jo@example.org"], links["jo@example.org"] + "/take-back")
    done(app, "restore", tmp_path / "kept.sqlite3", "--replace")
    assert rows(app) == [("sam@example.org", False)]
