"""What a webhook says is what the API and the exports say; what its page says is what happened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from survey.accounts import api_tokens
from survey.core.database import db, now, write_transaction
from survey.core.models import Run, Survey
from survey.mail.webhook_models import Webhook
from survey.webhooks import addresses, listed
from tests.support.mail_site import MailSite, mail_site
from tests.support.receiver import Receiver, receiver
from tests.support.visitors import sign_in
from tests.webhooks.test_webhooks import PAGE, make, send

DOCS = Path(__file__).parents[2] / "docs" / "webhooks.md"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


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


def test_an_answer_is_told_in_the_words_of_the_api(site: MailSite, at: Receiver) -> None:
    with site.app.app_context(), write_transaction() as session:
        own = session.get_one(Survey, site.survey_id)
        own.own_kinds = [{"key": "own-27f97059", "label": "I live here", "asked": True}]
    make(site, at.address, with_text=True)
    for kind in ("own-27f97059", "friend", None):
        site.answer(kind=kind, source="email")
    send(site)
    [told] = at.told()
    with site.app.app_context():
        token = api_tokens.create(db.session.get_one(Survey, site.survey_id), "x", api_tokens.READ)
    read = site.app.test_client().get("/api/v1/answers", headers={"Authorization": f"Bearer {token}"}).get_json()
    of_both = ("answer_id", "answer", "received_at", "status", "kind", "source")
    assert told["data"]["answers"] == [{name: answer[name] for name in of_both} for answer in read["answers"]]
    assert [answer["kind"] for answer in told["data"]["answers"]] == ["I live here", "friend", None]
    assert MOMENT.fullmatch(told["timestamp"])


def test_a_run_is_named_as_the_result_of_the_api(site: MailSite, at: Receiver) -> None:
    make(site, at.address)
    with site.app.app_context(), write_transaction() as session:
        for state in ("finished", "failed"):
            session.add(Run(survey_id=site.survey_id, state=state, reason="answers", finished_at=now()))
        session.flush()
        session.get_one(Survey, site.survey_id).current_run_id = session.query(Run.id).order_by(Run.id).first()[0]  # type: ignore[index]
    send(site)
    with site.app.app_context():
        token = api_tokens.create(db.session.get_one(Survey, site.survey_id), "x", api_tokens.READ)
    read = site.app.test_client().get("/api/v1/survey", headers={"Authorization": f"Bearer {token}"}).get_json()
    finished, failed = (told["data"] for told in at.told())
    assert (finished["run"], finished["finished_at"]) == (read["result"], read["result_at"])
    assert isinstance(failed["run"], str)
    assert MOMENT.fullmatch(failed["finished_at"])


def test_the_page_says_that_the_receiver_is_gone(site: MailSite, at: Receiver, owner: FlaskClient) -> None:
    make(site, at.address)
    at.status = 410
    site.answer()
    site.told()
    send(site)
    with site.app.app_context():
        assert db.session.query(Webhook.paused_by).scalar() == "gone"
    page = owner.get(PAGE).text
    assert "Paused: it answered that it is gone for good (410)." in page
    assert "about a day" not in page
    [mail] = site.told()
    assert "said that it is gone" in " ".join(mail.text.split())
    spanish = owner.get(PAGE, headers={"Accept-Language": "es"}).text
    assert "En pausa: respondió que ya no existe (410)." in spanish


def test_one_attempt_is_told_as_one(site: MailSite, at: Receiver, owner: FlaskClient) -> None:
    make(site, at.address)
    at.status = 500
    site.answer()
    send(site)
    page = owner.get(PAGE).text
    assert "Tried once, again on" in page
    assert "1 times" not in page


@pytest.mark.parametrize(
    ("private", "said"),
    [
        (False, "It begins with https:// and answers from the open internet."),
        (True, "It begins with https:// or http://; addresses inside your own network are allowed here."),
    ],
)
def test_the_form_says_which_addresses_are_taken(tmp_path: Path, private: bool, said: str) -> None:
    with mail_site(tmp_path, webhook_private=private) as site:
        client = site.app.test_client()
        sign_in(client)
        assert said in client.get(PAGE).text


def test_the_docs_say_the_limits_and_the_form_of_times() -> None:
    page = DOCS.read_text(encoding="utf-8")
    assert f"up to {listed.MAX_WEBHOOKS} addresses" in page
    assert f"up to {addresses.MAX_CHARACTERS} characters" in page
    assert "+00:00" not in page
    assert len(MOMENT.findall(page)) == 2
