"""In a browser: an owner gives an address, follows the link, and reads of the first answer; a webhook takes it too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from survey.mail.sending import Postman
from survey.webhooks import gather
from survey.webhooks.sending import Messenger
from tests.support.mail_site import MailSite, mail_site
from tests.support.receiver import receiver
from tests.support.site import served
from tests.support.visitors import OWNER, PASSWORD, SLUG, send_answer
from tests.whole.test_accessibility import violations
from tests.whole.test_journey import fits, watch

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def post(site: MailSite) -> str:
    """Send what waits; gives the text of the newest mail."""
    with site.app.app_context():
        Postman().send_due()
    return site.server.mails[-1].text


def looked_at(page: Page, name: str) -> None:
    """The page fits a phone, and axe finds nothing wrong with it."""
    assert fits(page), name
    assert violations(page) == [], name


def test_an_owner_is_told_by_mail_and_a_program_by_a_webhook(page: Page, tmp_path: Path) -> None:
    with mail_site(tmp_path, address="", webhook_private=True) as site, served(site.app) as base, receiver() as at:
        site.app.config["BASE_URL"] = base
        complaints = watch(page)
        page.goto(f"{base}/account/mail")
        page.get_by_label("Your name").fill(OWNER)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Mails to you").wait_for()
        looked_at(page, "own")
        page.get_by_role("textbox", name="Your address").fill("ruth@example.org")
        page.get_by_role("button", name="Mail me the link").click()
        page.get_by_text("A link is on its way to ruth@example.org").wait_for()
        [link] = re.findall(r"http\S+/mail/confirm/\S+", post(site))
        page.goto(link)
        looked_at(page, "confirm")
        page.get_by_role("button", name="Yes, use it").click()
        page.get_by_role("heading", name="Your address is confirmed.").wait_for()

        page.goto(f"{base}/manage/{SLUG}/webhooks")
        page.get_by_role("textbox", name="Address").fill(at.address)
        page.get_by_role("button", name="Add the address").click()
        page.get_by_role("heading", name="The secret of the new address").wait_for()
        looked_at(page, "webhooks")

        send_answer(site.app.test_client(), "Patience")
        with site.app.app_context():
            assert site.watch.look() == 1
            gather.gather()
            for future in Messenger(site.app).send_due():
                future.result(30)
        assert [told["type"] for told in at.told()] == ["answers.received"]
        mail = post(site)
        assert "Somebody has answered your question." in mail
        read, stop, _ = re.findall(rf"{base}\S+", mail)
        page.goto(read)
        page.get_by_text("Patience").first.wait_for()
        page.goto(f"{base}/manage/{SLUG}/mails")
        looked_at(page, "survey")
        assert page.get_by_label("The first answer has come").is_checked()
        page.goto(stop)
        looked_at(page, "stop")
        page.get_by_role("button", name="End them").click()
        page.get_by_role("heading", name="These mails have ended.").wait_for()
        page.goto(f"{base}/manage/{SLUG}/mails")
        assert not page.get_by_label("The first answer has come").is_checked()
        assert page.get_by_label("An analysis failed").is_checked()
        page.goto(f"{base}/manage/{SLUG}/webhooks")
        page.get_by_text("The last thing sent").click()
        page.get_by_text("answer 204").wait_for()
        looked_at(page, "log")
        assert complaints == []
