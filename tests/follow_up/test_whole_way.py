"""In a real browser: answer, send again, come back, ask to be told, confirm by the mail, and hear of the result."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from sqlalchemy import select

from survey.core.database import db, now, write_transaction
from survey.core.models import Survey
from survey.core.settings import Settings
from survey.follow_up import telling
from survey.follow_up.models import FollowUp
from survey.mail.models import OutgoingMail
from survey.mail.sending import Postman
from tests.support.site import quiet, served
from tests.support.smtp_server import MailServer, mail_server, mail_settings
from tests.support.visitors import OWNER, PASSWORD, SLUG, owned_survey, send_answer
from tests.whole.test_accessibility import violations
from tests.whole.test_journey import fits, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
SITE = "https://ask.example"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as found:
        yield found


@pytest.fixture
def settings(server: MailServer, database_url: str, tmp_path: Path) -> Settings:
    return quiet(tmp_path, database_url=database_url, **mail_settings(server))


def deliver(app: Flask) -> None:
    with app.app_context():
        telling.tell_due()
        Postman().send_due()


def waiting(app: Flask) -> list[tuple[str, bool]]:
    with app.app_context():
        return [(row.address, row.confirmed) for row in db.session.scalars(select(FollowUp))]


def look_with_axe(page: Page, wrong: list[str]) -> None:
    """Note what axe finds wrong with the page as it is, and whether it is wider than the window."""
    wrong += [f"{page.url}: {text}" for text in violations(page)]
    if not fits(page):
        wrong.append(f"{page.url}: too wide")


def look_without_scripts(page: Page, wrong: list[str]) -> None:
    """The same where axe, which is a script, cannot run."""
    box = page.locator("main").bounding_box()
    if box is None or box["x"] + box["width"] > 320:
        wrong.append(f"{page.url}: too wide")


@pytest.mark.parametrize(("width", "scheme", "scripts"), [(320, "dark", False), (1280, "light", True)])
def test_from_the_question_to_the_mail_with_its_result(
    app: Flask,
    server: MailServer,
    browser: Browser,
    perform: Callable[[Flask], None],
    width: int,
    scheme: str,
    scripts: bool,
) -> None:
    survey_id = owned_survey(app)
    for typed in ("Honesty", "Honesty, always", "Patience"):
        send_answer(app.test_client(), typed)
    wrong: list[str] = []
    look = look_with_axe if scripts else look_without_scripts
    with served(app) as base:
        context = browser.new_context(
            viewport={"width": width, "height": 844},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
        )
        page = context.new_page()
        said = watch(page)
        page.goto(f"{base}/s/{SLUG}")
        page.get_by_label("Your answer").fill("Honesty")
        page.get_by_role("button", name="Send my answer").click()
        page.wait_for_url("**/thanks*")
        copied = page.get_by_label("The address of your answer").input_value().replace(SITE, base)
        page.go_back()
        page.get_by_label("Your answer").fill("Honesty, and patience")
        page.get_by_role("button", name="Send my answer").click()
        page.wait_for_url("**/thanks*")
        page.goto(f"{base}/s/{SLUG}/thanks?look=9")
        look(page, wrong)
        perform(app)
        page.goto(f"{base}/s/{SLUG}")
        look(page, wrong)
        page.get_by_role("link", name="See or change it").click()
        page.wait_for_url(copied)
        assert "Honesty, and patience" in page.get_by_role("main").inner_text()
        assert "You changed it." in page.get_by_role("main").inner_text()
        assert "It joined" in page.get_by_role("main").inner_text()
        look(page, wrong)

        page.get_by_label("Your e-mail address").fill("jo at home")
        page.get_by_role("button", name="Tell me when the result is out").click()
        assert "That is no e-mail address we can write to" in page.get_by_role("alert").inner_text()
        look(page, wrong)
        page.get_by_label("Your e-mail address").fill("jo@example.org")
        page.get_by_role("button", name="Tell me when the result is out").click()
        page.get_by_role("heading", name="Look at your mail.").wait_for()
        look(page, wrong)
        deliver(app)
        found = re.search(rf"{SITE}(/tell-me/[\w-]+)", server.to("jo@example.org")[0].text)
        assert found
        page.goto(base + found[1])
        look(page, wrong)
        page.get_by_role("button", name="Yes, tell me").click()
        page.get_by_role("heading", name="We will tell you").wait_for()
        look(page, wrong)
        assert waiting(app) == [("jo@example.org", True)]

        owner = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme).new_page()  # type: ignore[arg-type]
        owner.goto(f"{base}/manage/{SLUG}/publish")
        owner.get_by_label("Your name").fill(OWNER)
        owner.get_by_label("Password").fill(PASSWORD)
        owner.get_by_role("button", name="Sign in").click()
        owner.get_by_text("1 person asked to be told").wait_for()
        assert "jo@example.org" not in owner.content()
        owner.get_by_label("What came of it").fill("We talk on Sundays now.")
        owner.get_by_role("button", name="Keep these words").click()
        owner.get_by_text("What came of it is kept.").wait_for()
        look_with_axe(owner, wrong)
        owner.get_by_role("button", name="Publish the theme page").click()
        owner.get_by_text("The theme page is public.").first.wait_for()
        deliver(app)
        assert len(server.mails) == 1  # there are ten minutes to take it back
        with app.app_context(), write_transaction() as session:
            session.get_one(Survey, survey_id).published_at = now() - timedelta(minutes=11)
        deliver(app)
        last = server.to("jo@example.org")[-1]
        assert len(server.mails) == 2
        assert last.message["Subject"].startswith("The result is out")
        assert waiting(app) == []
        with app.app_context():
            assert "jo@example.org" not in str(db.session.execute(select(OutgoingMail.__table__)).all())

        page.goto(re.findall(rf"{SITE}\S+", last.text)[0].replace(SITE, base))
        assert "We talk on Sundays now." in page.get_by_role("main").inner_text()
        look(page, wrong)
        page.goto(copied)
        story = page.get_by_role("main").inner_text()
        assert "The result was published." in story
        assert "We talk on Sundays now." in story
        assert page.get_by_label("Your e-mail address").count() == 0
        look(page, wrong)
        page.goto(base + found[1])
        page.get_by_role("heading", name="We have no address here.").wait_for()
        look(page, wrong)
        page.goto(copied)
        page.locator("summary", has_text="Delete my answer").click()
        page.get_by_role("button", name="Delete it").click()
        page.wait_for_url("**/deleted")
        page.goto(copied)
        page.get_by_role("heading", name="There is no answer here.").wait_for()
        look(page, wrong)
        assert [line for line in said if "404" not in line and "422" not in line] == []
        context.close()
        owner.context.close()
    assert wrong == []
