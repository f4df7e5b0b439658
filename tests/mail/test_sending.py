"""Mails reach a server that works, and outlive one that does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from survey.core.database import db, now, write_transaction
from survey.mail import sending, smtp
from survey.mail.models import OutgoingMail
from survey.mail.outbox import enqueue
from survey.mail.sending import Postman
from tests.support.saved_site import done, refused
from tests.support.site import migrated, quiet
from tests.support.smtp_server import MailServer, mail_server, mail_settings
from tests.support.tls_proxy import make_certificate

TEXT = "Hello Zoë,\n.\n..\nFrom here on: ✓\n"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def site(server: MailServer, tmp_path: Path) -> Iterator[Flask]:
    with migrated(quiet(tmp_path / "site", **mail_settings(server))) as app, app.app_context():
        yield app


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(smtp, "MOST_SECONDS", 1.0)


def put(key: str = "a", to: str = "zoe@example.org", **more: Any) -> bool:
    with write_transaction() as session:
        return enqueue(session, to, more.pop("subject", "News: 3 answers"), TEXT, key=key, **more)


def row(key: str = "a") -> OutgoingMail:
    db.session.rollback()
    return db.session.query(OutgoingMail).filter_by(key=key).one()


def wait_over(key: str = "a") -> None:
    """Let the pause before the next attempt be over."""
    with write_transaction() as session:
        session.query(OutgoingMail).filter_by(key=key).update({"not_before": now()})


def test_a_mail_is_sent_once_and_forgotten(site: Flask, server: MailServer) -> None:
    assert put(subject="Zoë’s\r\nBcc: all@example.org", unsubscribe="https://ask.example/u/" + "x" * 300)
    assert not put(subject="again"), "the same key"
    assert Postman().send_due() == 1
    assert Postman().send_due() == 0
    [mail] = server.mails
    assert (mail.sender, mail.recipient, mail.text) == ("threads@ask.example", "zoe@example.org", TEXT)
    head = mail.message
    assert head["From"] == "Common Threads <threads@ask.example>"
    assert head["Subject"] == "Zoë’s Bcc: all@example.org"
    assert "Bcc" not in head
    assert abs(parsedate_to_datetime(head["Date"]) - now()) < timedelta(minutes=1)
    assert head["Message-ID"].endswith("@ask.example>")
    assert head["Auto-Submitted"] == "auto-generated"
    assert head["List-Unsubscribe"] == f"<https://ask.example/u/{'x' * 300}>"
    assert head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    kept = row()
    assert kept.sent_at is not None
    assert (kept.recipient, kept.subject, kept.body, kept.unsubscribe, kept.error) == ("", "", "", "", None)


def test_many_mails_share_a_line(site: Flask, server: MailServer) -> None:
    for number in range(5):
        put(f"k{number}")
    assert Postman().send_due() == 5
    assert server.lines == 1
    assert len({mail.message["Message-ID"] for mail in server.mails}) == 5


@pytest.mark.parametrize("at", ["RCPT", "DATA", "END"])
def test_what_is_refused_for_good_is_not_tried_again(site: Flask, server: MailServer, at: str) -> None:
    put()
    put("b")
    server.replies[at] = ["550 zoe@example.org is no user here"]
    assert Postman().send_due() == 1, "the other"
    kept = row()
    assert kept.failed_at is not None
    assert kept.error is not None
    assert "550" in kept.error
    assert "zoe" not in kept.error
    assert kept.recipient == kept.body == ""
    wait_over()
    assert Postman().send_due() == 0


@pytest.mark.parametrize("at", ["RCPT", "DATA", "END"])
def test_what_is_put_off_is_tried_again_after_growing_pauses(site: Flask, server: MailServer, at: str) -> None:
    put()
    pauses = []
    for _ in range(12):
        server.replies[at] = ["450 later"]
        before = now()
        assert Postman().send_due() == 0
        pauses.append(round((row().not_before - before).total_seconds() / 60))
        assert Postman().send_due() == 0, "not yet"
        wait_over()
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]
    assert Postman().send_due() == 1
    assert row().attempts == 13


def test_after_two_days_it_is_given_up(site: Flask, server: MailServer) -> None:
    put()
    server.replies["RCPT"] = ["450 later"]
    with write_transaction() as session:
        session.query(OutgoingMail).update({"made_at": now() - timedelta(days=2)})
    Postman().send_due()
    kept = row()
    assert kept.failed_at is not None
    assert kept.recipient == ""


TROUBLES: dict[str, dict[str, Any]] = {
    "hangs at once": {"hangs": {"HELLO"}},
    "hangs at a command": {"hangs": {"RCPT"}},
    "hangs after the text": {"hangs": {"END"}},
    "drops the line at once": {"drops": {"HELLO"}},
    "drops it in the text": {"drops": {"TEXT"}},
    "drops it before it says whether it has the mail": {"drops": {"END"}},
    "answers a letter at a time": {"trickles": True},
    "is not ready": {"replies": {"HELLO": ["554 no service here"]}},
    "closes": {"replies": {"RCPT": ["421 closing"]}},
    "refuses the sender": {"replies": {"MAIL": ["550 not from you"]}},
    "speaks another language": {"replies": {"HELLO": ["HTTP/1.1 400 Bad Request"]}},
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("behaviour", TROUBLES.values(), ids=TROUBLES)
def test_a_server_in_trouble_is_left_alone_and_the_mail_waits(
    site: Flask, server: MailServer, behaviour: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    put()
    for name, value in behaviour.items():
        if name == "replies":
            server.replies.update(value)
        else:
            setattr(server, name, value)
    postman = Postman()
    begun = time.monotonic()
    assert postman.send_due() == 0
    assert time.monotonic() - begun < 9
    assert row().sent_at is row().failed_at is None
    assert row().claimed_at is None
    assert "zoe" not in caplog.text
    assert "Trying again in 1 minutes" in caplog.text
    lines = server.lines
    wait_over()
    assert postman.send_due() == 0
    assert server.lines == lines, "it rests"
    server.drops, server.hangs, server.trickles = set(), set(), False
    server.replies.clear()
    assert Postman().send_due() == 1
    assert len({mail.message["Message-ID"] for mail in server.mails}) == 1, "a copy is known as one"


def test_a_server_that_is_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with mail_server() as server:
        settings = quiet(tmp_path, **mail_settings(server))
    with migrated(settings) as app, app.app_context():
        put()
        assert Postman().send_due() == 0
        assert row().attempts == 0, "the mail was not even tried"
        assert "ConnectionRefusedError" in caplog.text


def test_a_worker_that_was_killed_leaves_the_mail_to_another(site: Flask, server: MailServer) -> None:
    put()
    claimed = sending._claim()
    assert claimed is not None
    assert Postman().send_due() == 0
    with write_transaction() as session:
        session.query(OutgoingMail).update({"claimed_at": now() - timedelta(minutes=11)})
    assert Postman().send_due() == 1


def test_two_workers_never_claim_the_same_mail(site: Flask) -> None:
    put()
    assert sending._claim() is not None
    assert sending._claim() is None


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_tls_needs_a_certificate_that_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, security: str
) -> None:
    made = make_certificate(tmp_path)
    if made is None:
        pytest.skip("openssl is needed to make a certificate")
    with mail_server(certificate=made, tls_first=security == "tls", login=("ask", "sesame")) as server:
        chosen = mail_settings(server) | {"smtp_security": security, "smtp_user": "ask", "smtp_password": "sesame"}
        with migrated(quiet(tmp_path / "site", **chosen)) as app, app.app_context():
            put()
            assert Postman().send_due() == 0
            assert "certificate of localhost is not valid" in caplog.text
            monkeypatch.setenv("SSL_CERT_FILE", str(made[0]))
            assert Postman().send_due() == 1
            app.config["SMTP_HOST"] = "127.0.0.1"
            put("b")
            assert Postman().send_due() == 0, "a certificate for another name"
            app.config.update(SMTP_HOST="localhost", SMTP_PASSWORD="wrong")
            assert Postman().send_due() == 0
            assert "refuses the user name or the password (535)" in caplog.text
            assert "wrong" not in caplog.text


def test_no_mail_goes_in_the_clear_where_tls_is_wanted(site: Flask, server: MailServer) -> None:
    put()
    site.config["SMTP_SECURITY"] = "starttls"
    assert Postman().send_due() == 0
    assert server.mails == []
    site.config.update(SMTP_SECURITY="none", SMTP_USER="ask", SMTP_PASSWORD="sesame")
    assert Postman().send_due() == 0, "it offers no signing in"


def test_old_mails_are_given_up_and_settled_ones_forgotten(site: Flask) -> None:
    for key, days in {"waits": 1, "late": 3, "long ago": 91}.items():
        put(key)
        with write_transaction() as session:
            session.query(OutgoingMail).filter_by(key=key).update({"made_at": now() - timedelta(days=days)})
    sending.tidy()
    db.session.rollback()
    left = {mail.key: (mail.recipient, mail.failed_at is None) for mail in db.session.query(OutgoingMail)}
    assert left == {"waits": ("zoe@example.org", True), "late": ("", False)}


def test_without_a_server_no_mail_is_taken(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        with pytest.raises(ValueError, match="no mail is sent"):
            put()
        assert Postman().send_due() == 0


@pytest.mark.parametrize(
    "address", ["", "a", "a@b", "a@b.c\nBcc: d@e.fr", "zoë@example.org", "a b@example.org", "\0@b.cc"]
)
def test_what_is_no_address_is_not_taken(site: Flask, address: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        put(to=address)


def test_hostile_text_becomes_a_mail(site: Flask, server: MailServer) -> None:
    with write_transaction() as session:
        enqueue(session, "zoe@Exämple.org", "\ud800\0 " + "é" * 500, "a\0b\ud800c\r\n.\r\nd", key="a")
    assert Postman().send_due() == 1
    [mail] = server.mails
    assert mail.recipient == "zoe@xn--exmple-cua.org"
    assert mail.message["Subject"] == ("? " + "é" * 500)[:200]
    assert mail.text == "ab?c\n.\nd\n" or mail.text == "ab?c\n.\nd"


def test_a_restored_backup_sends_nothing_again(site: Flask, server: MailServer, tmp_path: Path) -> None:
    put()
    done(site, "backup", tmp_path / "kept.sqlite3")
    assert Postman().send_due() == 1
    done(site, "restore", tmp_path / "kept.sqlite3", "--replace")
    assert Postman().send_due() == 0
    assert row().failed_at is not None


def test_the_operator_tries_it(site: Flask, server: MailServer) -> None:
    assert "has accepted a mail for op@example.org" in done(site, "send-test-mail", "op@example.org")
    assert "flask send-test-mail" in server.mails[0].text
    assert "is no e-mail address" in refused(site, "send-test-mail", "op")
    server.replies["RCPT"] = ["550 op@example.org who"]
    assert "refuses the address (550)" in refused(site, "send-test-mail", "op@example.org")
    site.config["SMTP_HOST"] = ""
    assert "sends no mail" in refused(site, "send-test-mail", "op@example.org")
