"""A blind check in a browser: thirty answers by keyboard alone, and on a phone without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from tests.support.library import owned_library
from tests.support.signed_in_page import signed_in_page
from tests.support.site import migrated, quiet, served
from tests.support.visitors import SLUG
from tests.whole.test_accessibility import violations
from tests.whole.test_journey import fits, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    """A running site with a library's survey, and its address."""
    with migrated(quiet(tmp_path_factory.mktemp("check"))) as app:
        owned_library(app)
        with served(app) as address:
            yield app, address


def begun(site: tuple[Flask, str], browser: Browser, width: int, **options: Any) -> Page:
    """Sign in and start a check of thirty."""
    app, base = site
    page = signed_in_page(app, base, browser, width, **options)
    page.goto(f"{base}/manage/{SLUG}/themes")
    page.get_by_role("link", name="How right is it?").click()
    page.get_by_role("button", name="Start reading").click()
    return page


def at(page: Page, place: int) -> None:
    """Wait for an answer of the check."""
    page.get_by_text(f"Check {place} of 30. What the machine says").wait_for()


def ready(page: Page, place: int) -> None:
    """Wait for an answer and for the keys to work."""
    page.get_by_text(f"Check {place} of 30. What the machine says").wait_for()
    page.locator(".keys").wait_for()


def test_thirty_answers_by_keyboard_alone(site: tuple[Flask, str], browser: Browser) -> None:
    page = begun(site, browser, 1280)
    said = watch(page)
    ready(page, 1)
    assert violations(page) == []
    page.keyboard.press("ArrowRight")
    ready(page, 2)
    page.keyboard.press("ArrowLeft")
    ready(page, 1)
    names = page.locator(".picker bdi").all_inner_texts()
    assert names == sorted(names, key=str.casefold)
    first, second = names[:2]
    for name in (first, second):
        page.keyboard.type(name[:6].lower())
        page.keyboard.press("Enter")
    assert page.locator(".picker :checked").count() == 2
    page.keyboard.type("xyz")
    assert page.get_by_text("No theme begins so.").is_visible()
    page.keyboard.press("Enter")
    assert page.locator(".picker :checked").count() == 2, "what is not found is not chosen"
    assert page.locator(".picker .choice:visible").count() == 2, "what is ticked stays in sight"
    page.locator("#seek").fill("")
    page.keyboard.press("Enter")
    for place in range(2, 31):
        ready(page, place)
        if place % 5:
            page.keyboard.type(names[place % len(names)])
            page.keyboard.press("Enter")
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("0")
    page.get_by_role("heading", name="The machine agrees with you at").wait_for()
    page.locator("summary").first.click()
    assert page.get_by_role("columnheader", name="Precision").is_visible()
    assert violations(page) == []
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert fits(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    mend = page.get_by_role("button", name="Keep the machine’s").first
    listed = page.locator(".differ > li").first.get_attribute("id")
    mend.click()
    page.get_by_text("You kept the machine’s").first.wait_for()
    assert page.url.endswith(f"#{listed}")
    page.get_by_role("link", name="All checks").click()
    page.get_by_role("button", name="Tell them").click()
    page.goto(f"{site[1]}/s/{SLUG}/themes")
    assert page.get_by_text("The machine agrees with the owner at").is_visible()
    assert said == []


def test_a_phone_without_scripts(site: tuple[Flask, str], browser: Browser) -> None:
    page = begun(site, browser, 320, has_touch=True, java_script_enabled=False, color_scheme="dark")
    at(page, 1)
    assert not page.locator("#seek").is_visible()
    assert not page.locator(".keys").is_visible()
    page.get_by_role("button", name="Next").click()
    assert page.get_by_role("alert").inner_text().endswith("Tick a theme, or choose “None of these”.")
    for choice in page.locator(".picker .choice").all()[:2]:
        choice.click()
    page.get_by_text("Add a note").click()
    page.get_by_label("Your note about this answer").fill("Two things at once")
    page.get_by_role("button", name="Next").click()
    at(page, 2)
    page.get_by_role("link", name="Back to the one before").click()
    at(page, 1)
    assert page.locator(".picker :checked").count() == 2
    assert page.get_by_label("Your note about this answer").input_value() == "Two things at once"
    page.get_by_role("button", name="None of these").click()
    for place in range(2, 6):
        at(page, place)
        page.get_by_role("button", name="None of these").click()
    page.get_by_role("link", name="Stop here").click()
    page.get_by_role("button", name="See the result of these 5").click()
    page.get_by_role("heading", name="The machine agrees with you at").wait_for()
    page.get_by_label("Who is reading?").fill("Zoë")
    page.get_by_role("button", name="Start reading").click()
    at(page, 1)
    assert page.locator(".picker :checked").count() == 0
