"""An owner's words, colour and logo put in place by hand, and what a visitor with another clock then sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from tests.support.pictures import drawing, saved
from tests.support.signed_in_page import sign_in_browser
from tests.support.site import served
from tests.support.visitors import SLUG, owned_survey
from tests.whole.test_journey import fits, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def page(sqlite_app: Flask, browser: Browser) -> Iterator[Page]:
    owned_survey(sqlite_app)
    with served(sqlite_app) as base:
        context = browser.new_context(viewport={"width": 390, "height": 844}, timezone_id="Asia/Tokyo")
        page = context.new_page()
        sign_in_browser(sqlite_app, base, context)
        page.goto(f"{base}/manage")
        yield page
        context.close()


def colour_of(page: Page, selector: str) -> str:
    """The background of an element, as the browser paints it."""
    return str(page.locator(selector).evaluate("element => getComputedStyle(element).backgroundColor"))


def test_words_a_colour_and_a_logo_by_hand(page: Page) -> None:
    said = watch(page)
    base = page.url.removesuffix("/manage")
    page.goto(f"{base}/manage/{SLUG}/settings")
    page.get_by_role("link", name="Words and looks").click()
    page.get_by_label("The button that sends an answer").fill("Tell us")
    page.get_by_label("Your colour").fill("#ffd400")
    page.get_by_role("button", name="Save").click()
    refused = page.get_by_role("alert").inner_text()
    page.wait_for_load_state()
    said.clear()  # the browser notes that a form was refused
    assert "cannot be read on our light paper" in refused
    proposed = refused.split("The nearest that can be read is ")[1][:7]
    page.get_by_label("Your colour").fill(proposed)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Your words are kept.").wait_for()
    file = {"name": "logo.png", "mimeType": "image/png", "buffer": saved(drawing())}
    page.locator("#logo-file").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Put it in place").first.click()
    page.get_by_text("The picture is in its place.").wait_for()
    assert fits(page)
    red, green, blue = (int(proposed[place : place + 2], 16) for place in (1, 3, 5))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{base}/s/{SLUG}")
        button = colour_of(page, "form button[type=submit]")
        assert (button == f"rgb({red}, {green}, {blue})") or scheme == "dark"
        assert page.get_by_role("button", name="Tell us").is_visible()
        assert page.locator(".brand img").evaluate("image => image.naturalWidth") == 300
        assert fits(page)
    assert said == []


def test_a_date_is_read_by_the_visitors_clock(page: Page, browser: Browser) -> None:
    """A browser proposes its zone to an owner, who types a date in it; another one shows it in its own."""
    base = page.url.removesuffix("/manage")
    page.goto(f"{base}/account")
    assert page.get_by_label("The place whose clock is yours").input_value() == "Asia/Tokyo"
    page.get_by_role("button", name="Keep this time zone").click()
    page.get_by_text("Your time zone is kept.").wait_for()
    page.goto(f"{base}/manage/{SLUG}/settings")
    assert "Tokyo" in page.locator("#opens_at-hint").inner_text()
    page.locator("#opens_at").fill("2190-07-02T09:30")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Your changes are kept.").wait_for()
    for scripts, zone, shown in (
        (True, "America/New_York", "1 July 2190 at 20:30"),
        (False, "America/New_York", "2 July 2190 at 09:30 Japan Standard Time"),
    ):
        context = browser.new_context(java_script_enabled=scripts, timezone_id=zone, locale="en-GB")
        visitor = context.new_page()
        visitor.goto(f"{base}/s/{SLUG}")
        assert shown in visitor.locator("main").inner_text()
        context.close()
