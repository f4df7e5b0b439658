"""In a real browser: Back and send again, a double click, a reload and two tabs, and coming back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Answer
from tests.support.site import served
from tests.support.visitors import SLUG, owned_survey
from tests.whole.test_journey import watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
SECOND = "Keep that answer, and add this as a second one"


@pytest.fixture
def question(app: Flask) -> Iterator[str]:
    owned_survey(app)
    with served(app) as base:
        yield f"{base}/s/{SLUG}"


def stored(app: Flask) -> list[str]:
    with app.app_context():
        return [text for (text,) in db.session.query(Answer.text).order_by(Answer.id)]


def send(page: Page, typed: str) -> str:
    """Send an answer from the form that is open; gives its link."""
    page.get_by_label("Your answer").fill(typed)
    page.get_by_role("button", name="Send my answer").click()
    page.wait_for_url("**/thanks*")
    page.goto(page.url.split("?")[0] + "?look=9")
    return page.get_by_label("The address of your answer").input_value()


def back(page: Page, question: str) -> None:
    for _ in range(2):  # over the two thank-yous
        page.go_back()
    page.wait_for_url(question)


def test_back_and_send_again_change_the_answer_at_the_same_link(app: Flask, question: str, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    said = watch(page)
    page.goto(question)
    assert page.get_by_label(SECOND).is_hidden()
    link = send(page, "Honesty")
    back(page, question)
    assert page.get_by_label(SECOND).is_visible()
    assert send(page, "Honesty, and patience") == link
    assert stored(app) == ["Honesty, and patience"]
    back(page, question)
    page.get_by_label(SECOND).check()
    second = send(page, "Laughter")
    assert second != link
    assert stored(app) == ["Honesty, and patience", "Laughter"]
    page.reload()
    assert page.get_by_label("The address of your answer").input_value() == second
    page.goto(link)
    assert page.get_by_label("Your answer").input_value() == "Honesty, and patience"
    assert said == []
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_double_click_a_reload_and_two_tabs(app: Flask, question: str, browser: Browser, scripts: bool) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    one, two = context.new_page(), context.new_page()
    for tab in (one, two):
        tab.goto(question)
    one.get_by_label("Your answer").fill("Honesty")
    one.get_by_role("button", name="Send my answer").dblclick()
    one.wait_for_url("**/thanks*")
    one.reload()
    assert stored(app) == ["Honesty"]
    link = one.get_by_label("The address of your answer").input_value()
    assert send(two, "Patience") != link
    assert stored(app) == ["Honesty", "Patience"]
    one.goto(question)
    assert one.get_by_text("You answered on").count() == 2
    one.get_by_role("link", name="See or change it").last.click()
    one.wait_for_url(link)
    one.goto(question)
    one.get_by_role("button", name="Answer as somebody else").click()
    one.wait_for_url(question)
    assert one.get_by_text("You answered on").count() == 0
    context.close()
