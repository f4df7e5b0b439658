"""From an answer to a receiver that checks the signature: what is sent, tried again, listed, paused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from survey.answers import erasure
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Run, Survey
from survey.mail.webhook_models import Delivery, Webhook
from survey.webhooks import gather, listed, sending
from survey.webhooks.events import EVENTS
from survey.webhooks.sending import Messenger
from tests.support.mail_site import WORDS, MailSite, mail_site
from tests.support.receiver import Receiver, receiver
from tests.support.saved_site import done
from tests.support.visitors import SLUG, field, make_owner, send_answer, sign_in

PAGE = f"/manage/{SLUG}/webhooks"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[MailSite]:
    with mail_site(tmp_path / "site", webhook_private=True) as site:
        yield site


@pytest.fixture
def at() -> Iterator[Receiver]:
    with receiver() as at:
        yield at


@pytest.fixture
def owner(site: MailSite) -> FlaskClient:
    client = site.app.test_client()
    sign_in(client)
    return client


def make(site: MailSite, address: str, events: list[str] | None = None, *, with_text: bool = False) -> str:
    with site.app.app_context():
        own = db.session.get_one(Survey, site.survey_id)
        return listed.make(own, address, events or [*EVENTS], with_text=with_text)


def send(site: MailSite) -> None:
    """Gather and send until nothing is due."""
    with site.app.app_context():
        gather.gather()
        messenger = Messenger(site.app)
        while futures := messenger.send_due():
            for future in futures:
                future.result(30)


def due_now(site: MailSite) -> None:
    with site.app.app_context(), write_transaction() as session:
        session.query(Delivery).filter(Delivery.done_at.is_(None)).update({"not_before": now()})


def log(site: MailSite) -> list[Delivery]:
    with site.app.app_context():
        return db.session.query(Delivery).order_by(Delivery.id).all()


def post(client: FlaskClient, path: str, **form: str) -> tuple[int, str]:
    token = field(client.get(PAGE), "csrf_token")
    response = client.post(path, data={"csrf_token": token, **form})
    return response.status_code, response.text


def test_an_answer_is_told_signed_and_without_its_words(site: MailSite, at: Receiver) -> None:
    site.answer()
    secret = make(site, at.address)
    send_answer(site.app.test_client(), WORDS)
    site.answer(2, import_id=1)
    send(site)
    send(site)
    [(headers, body)] = at.got
    assert b"xylophone" not in body
    [told] = at.told()
    assert told["type"] == "answers.received"
    assert told["data"]["survey"] == SLUG
    assert len(told["data"]["answers"]) == 1, "from now on, and not what was imported"
    assert re.fullmatch("[0-9a-f]{16}", told["data"]["answers"][0]["answer_id"])
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    # As the receiver in docs/webhooks.md does.
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(made).decode()
    [row] = log(site)
    assert (row.was_taken, row.status, row.attempts) == (True, 204, 1)


def test_the_example_in_the_docs_checks_a_real_delivery(site: MailSite, at: Receiver) -> None:
    page = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert example
    known: dict[str, object] = {}
    exec(example[1], known)
    is_genuine = known["is_genuine"]
    assert callable(is_genuine)
    secret = make(site, at.address)
    site.answer()
    send(site)
    [(headers, body)] = at.got
    assert is_genuine(secret, headers, body)
    assert not is_genuine(secret, headers, body + b" ")
    assert not is_genuine("whsec_" + base64.b64encode(b"x" * 32).decode(), headers, body)
    assert not is_genuine(secret, headers | {"webhook-timestamp": str(int(time.time()) - 3600)}, body)


def test_words_are_sent_where_wanted_and_only_of_shown_answers(site: MailSite, at: Receiver) -> None:
    make(site, at.address, with_text=True)
    site.answer()
    site.answer(status="held", reason="link")
    send(site)
    [told] = at.told()
    shown, held = told["data"]["answers"]
    assert shown["answer"].startswith(WORDS)
    assert "answer" not in held
    assert held["status"] == "held"


def test_a_receiver_that_fails_and_recovers_gets_it_once_more_under_the_same_id(site: MailSite, at: Receiver) -> None:
    make(site, at.address)
    at.status = 500
    site.answer()
    pauses = []
    for _ in range(3):
        before = now()
        send(site)
        [row] = log(site)
        pauses.append(round((row.not_before - before).total_seconds() / 60))
        due_now(site)
    assert pauses == [1, 5, 30]
    at.status = 200
    send(site)
    [row] = log(site)
    assert (row.was_taken, row.attempts, row.error) == (True, 4, "")
    assert len({headers["webhook-id"] for headers, _ in at.got}) == 1
    assert len({headers["webhook-signature"] for headers, _ in at.got}) >= 1


def test_who_fails_for_a_day_is_paused_and_the_owner_told(site: MailSite, at: Receiver, owner: FlaskClient) -> None:
    make(site, at.address)
    at.status = 500
    site.answer()
    site.told()
    for _ in range(len(sending.PAUSES) + 1):
        send(site)
        due_now(site)
    [row] = log(site)
    assert row.done_at is not None
    assert not row.was_taken
    with site.app.app_context():
        hook = db.session.query(Webhook).one()
        assert (hook.paused_by, hook.paused_at is not None) == ("failures", True)
    [mail] = site.told()
    assert mail.message["Subject"] == "An address does not answer: What keeps you together?"
    assert at.address not in mail.text
    assert "Paused: it did not take what was sent" in owner.get(PAGE).text
    site.answer(2)
    send(site)
    assert len(log(site)) == 1
    at.status = 200
    assert post(owner, f"{PAGE}/1/resume")[0] == 303
    send(site)
    assert len(at.told()[-1]["data"]["answers"]) == 2, "what it has missed is told"


def test_who_is_gone_is_paused_at_once(site: MailSite, at: Receiver) -> None:
    make(site, at.address)
    at.status = 410
    site.answer()
    send(site)
    with site.app.app_context():
        assert db.session.query(Webhook.paused_by).scalar() == "gone"


BUSY = OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))


@pytest.mark.parametrize(("error", "said"), [(BUSY, "is busy"), (ValueError("a fault"), "ValueError: a fault")])
def test_an_attempt_whose_end_is_not_stored_is_logged_and_counts(
    site: MailSite,
    at: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    said: str,
) -> None:
    make(site, at.address)
    site.answer()

    def fail(*args: object) -> None:
        raise error

    monkeypatch.setattr(sending, "settle", fail)
    for _ in range(len(sending.PAUSES) + 4):
        send(site)
        with site.app.app_context(), write_transaction() as session:
            session.query(Delivery).update({"claimed_at": now() - 2 * sending.CLAIM})
    assert said in caplog.text
    assert at.address not in caplog.text
    assert len(at.got) == len(sending.PAUSES) + 1
    [row] = log(site)
    assert (row.done_at is not None, row.was_taken, row.attempts) == (True, False, len(sending.PAUSES) + 1)
    monkeypatch.undo()
    site.answer()
    send(site)
    assert log(site)[1].was_taken, "and what comes after it is sent"


def test_a_slow_receiver_holds_no_other(site: MailSite, at: Receiver) -> None:
    with receiver(hangs=True) as slow:
        make(site, slow.address)
        make(site, at.address)
        site.answer()
        with site.app.app_context():
            gather.gather()
            futures = Messenger(site.app).send_due()
            deadline = time.monotonic() + 5
            while not at.got and time.monotonic() < deadline:
                time.sleep(0.02)
            assert at.got, "while the other hangs"
            assert not all(future.done() for future in futures)
            slow.stopped.set()
            for future in futures:
                future.result(30)


def test_answers_that_are_gone_are_not_sent(site: MailSite, at: Receiver) -> None:
    make(site, at.address, with_text=True)
    site.answer(2)
    with site.app.app_context():
        gather.gather()
        own = db.session.get_one(Survey, site.survey_id)
        erasure.delete_answer(own, db.session.query(Answer).filter_by(form_key="f0").one())
    send(site)
    [told] = at.told()
    assert [answer["answer"] for answer in told["data"]["answers"]] == [f"{WORDS} 0"[:-1] + "1"]


def test_a_survey_that_is_gone_tells_nothing(site: MailSite, at: Receiver) -> None:
    make(site, at.address)
    site.answer()
    with site.app.app_context():
        gather.gather()
        claimed = sending.claim(1)
        assert claimed is not None
        erasure.delete_survey(db.session.get_one(Survey, site.survey_id))
        sending.settle(claimed, sending._post(claimed))
        assert db.session.query(Delivery).count() == 0
    send(site)
    assert len(at.got) == 1, "only what was under way"


def test_runs_are_told_as_chosen(site: MailSite, at: Receiver) -> None:
    make(site, at.address, ["run.failed"])
    with site.app.app_context(), write_transaction() as session:
        for state in ("finished", "failed", "asked"):
            ended = None if state == "asked" else now()
            session.add(Run(survey_id=site.survey_id, state=state, reason="answers", finished_at=ended, error=WORDS))
    site.answer()
    send(site)
    [told] = at.told()
    assert told["type"] == "run.failed"
    assert b"xylophone" not in at.got[0][1]


def test_no_more_wait_than_may(site: MailSite, at: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "MAX_ANSWERS", 2)
    monkeypatch.setattr(gather, "MAX_WAITING", 3)
    make(site, at.address)
    site.answer(20)
    with site.app.app_context():
        for _ in range(9):
            gather.gather()
        assert db.session.query(Delivery).count() == 3
    for _ in range(9):
        send(site)
    assert sum(len(told["data"]["answers"]) for told in at.told()) == 20, "nothing is lost"


def test_the_log_is_kept_thirty_days_and_two_hundred(site: MailSite, at: Receiver) -> None:
    make(site, at.address)
    with site.app.app_context():
        with write_transaction() as session:
            session.add_all(
                Delivery(webhook_id=1, event="test", data={}, done_at=now(), made_at=now() - timedelta(days=n // 10))
                for n in range(400)
            )
        gather.tidy()
        kept = db.session.query(Delivery.made_at).all()
    assert len(kept) == 200
    assert min(made for (made,) in kept) > now() - timedelta(days=40)


def test_the_page(site: MailSite, at: Receiver, owner: FlaskClient) -> None:
    status, page = post(owner, PAGE, address=at.address, answers_received="y")
    assert status == 200
    [secret] = re.findall(r"whsec_[\w+/=]+", page)
    assert len(base64.b64decode(secret[6:])) == 32
    assert "whsec_" not in owner.get(PAGE).text, "shown once"
    database = b"".join(path.read_bytes() for path in Path(site.app.instance_path).glob("threads.sqlite3*"))
    assert secret.encode() not in database
    assert post(owner, f"{PAGE}/1/test")[0] == 303
    send(site)
    assert at.told()[0]["type"] == "test"
    assert "answer 204" in owner.get(PAGE).text
    assert post(owner, f"{PAGE}/deliveries/1/again")[0] == 303
    send(site)
    assert [headers["webhook-id"] for headers, _ in at.got] == [at.got[0][0]["webhook-id"]] * 2
    assert post(owner, f"{PAGE}/1/pause")[0] == 303
    assert post(owner, f"{PAGE}/1/test")[0] == 404
    assert post(owner, f"{PAGE}/1/delete")[0] == 303
    assert post(owner, f"{PAGE}/1/delete")[0] == 404
    assert log(site) == []


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"address": "", "answers_received": "y"}, "Write the address"),
        ({"address": "x" * 501, "answers_received": "y"}, "500 characters"),
        ({"address": "hook", "answers_received": "y"}, "https://name/path"),
        ({"address": "https://hook.example/"}, "at least one thing"),
        ({"address": "https://a\0.example/", "answers_received": "y"}, "NUL"),
    ],
)
def test_what_cannot_be_kept_is_said(site: MailSite, owner: FlaskClient, form: dict[str, str], said: str) -> None:
    status, page = post(owner, PAGE, **form)
    assert status == 422
    assert said in page


def test_inside_addresses_need_the_operators_word(tmp_path: Path) -> None:
    with mail_site(tmp_path) as site, receiver() as at:
        client = site.app.test_client()
        sign_in(client)
        for address, said in {
            at.address: "must begin with https",
            f"https://127.0.0.1:{at.port}/": "inside a private network",
            "https://[::ffff:169.254.169.254]/": "inside a private network",
        }.items():
            status, page = post(client, PAGE, address=address, answers_received="y")
            assert (status, said in page) == (422, True)
        with site.app.app_context(), write_transaction() as session:
            session.add(Webhook(survey_id=site.survey_id, address=f"https://localhost:{at.port}/", events=[*EVENTS]))
        site.answer()
        send(site)
        assert log(site)[0].error == "private"
        assert at.got == []


def test_no_more_addresses_than_may(site: MailSite, owner: FlaskClient) -> None:
    for number in range(listed.MAX_WEBHOOKS):
        make(site, f"https://hook.example/{number}")
    status, page = post(owner, PAGE, address="https://hook.example/", answers_received="y")
    assert status == 422
    assert "Delete one first" in page


def test_other_owners_reach_none(site: MailSite, at: Receiver, owner: FlaskClient) -> None:
    make(site, at.address)
    make_owner(site.app, "Otto")
    other = site.app.test_client()
    sign_in(other, "Otto")
    token = field(other.get("/account"), "csrf_token")
    for path in ("", "/1/pause", "/1/resume", "/1/delete", "/1/test", "/deliveries/1/again"):
        assert other.post(PAGE + path, data={"csrf_token": token}).status_code == 404


def test_a_restored_backup_tells_nobody(site: MailSite, at: Receiver, tmp_path: Path) -> None:
    make(site, at.address)
    site.answer()
    with site.app.app_context():
        gather.gather()
    done(site.app, "backup", tmp_path / "kept.sqlite3")
    done(site.app, "restore", tmp_path / "kept.sqlite3", "--replace")
    site.answer()
    send(site)
    assert at.got == []
    with site.app.app_context():
        assert db.session.query(Webhook.paused_by).scalar() == "restore"
