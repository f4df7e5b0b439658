"""The Answers page in a browser, as owners use it: with a mouse, with keys, without scripts, on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from survey.bulk_changes import changes as bulk_changes
from survey.bulk_changes.entries import Entry
from survey.core.database import db
from survey.core.models import Answer, Survey
from tests.support.filled_survey import Filled, Says, fill
from tests.support.signed_in_page import sign_in_browser
from tests.support.site import served
from tests.support.visitors import SLUG
from tests.whole.test_accessibility import violations
from tests.whole.test_journey import watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CALM, LOUD = "Calm", "Loud"
ANSWERS = [
    *(Says(f"Quiet evening {n}", [(f"Quiet evening {n}", CALM)], kind="friend") for n in range(60)),
    *(Says(f"Singing {n}", [(f"Singing {n}", LOUD)]) for n in range(25)),
]


@pytest.fixture
def filled(sqlite_app: Flask) -> Filled:
    return fill(sqlite_app, ANSWERS, is_owned=True)


@pytest.fixture
def address(sqlite_app: Flask, filled: Filled) -> Iterator[str]:
    with served(sqlite_app) as base:
        yield f"{base}/manage/{SLUG}/answers"


@pytest.fixture
def enter(sqlite_app: Flask, address: str) -> Callable[[Page], None]:
    """Open the list as the owner."""

    def enter(page: Page) -> None:
        sign_in_browser(sqlite_app, address, page.context)
        page.goto(address)

    return enter


def test_filter_select_all_that_match_move_undo(address: str, enter: Callable[[Page], None], page: Page) -> None:
    complaints = watch(page)
    enter(page)
    page.get_by_label("Find words in these answers").fill("evening")
    page.get_by_role("button", name="Find").click()
    page.get_by_text("60 of 85 answers fit.").wait_for()
    page.get_by_text("Narrow the list").click()
    page.get_by_label("Theme", exact=True).select_option(CALM)
    page.get_by_role("button", name="Show these").click()
    page.get_by_role("link", name="Theme: Calm").wait_for()
    page.get_by_label("Select all 60 that fit").check()
    bar = page.locator("#many")
    assert bar.get_by_text("All 60 that fit").is_visible()
    assert violations(page) == []
    bar.get_by_label("Put what they say in").fill(LOUD)
    page.locator("#to-offered li").click()
    page.get_by_text("60 ideas are in Loud now.").wait_for()
    page.get_by_text("No answer fits.").wait_for()  # of Calm there is none left
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("60 ideas are back where they were.").wait_for()
    page.get_by_text("60 of 85 answers fit.").wait_for()
    page.get_by_role("link", name="Theme: Calm").click()
    assert "theme=" not in page.url and "q=evening" in page.url
    assert complaints == []


def test_thirty_are_ticked_with_shift_hidden_and_back(address: str, enter: Callable[[Page], None], page: Page) -> None:
    enter(page)
    ticks = page.locator("#picks input[type=checkbox]")
    assert not page.locator("#many").is_visible()
    ticks.nth(0).check()
    ticks.nth(29).click(modifiers=["Shift"])
    assert page.locator("#count-said").text_content() == "30 ticked"
    assert page.locator("#many").get_by_text("ticked").is_visible()
    page.locator("#many").get_by_role("button", name="Hide").click()
    page.get_by_text("30 answers are hidden.").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("30 answers are back as before.").wait_for()


def test_twenty_five_are_deleted_after_their_number_is_typed(
    address: str, enter: Callable[[Page], None], page: Page
) -> None:
    enter(page)
    page.goto(f"{address}?q=singing")
    page.get_by_role("button", name="Tick all 25 on this page").press("Space")
    page.locator("#many summary").click()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("heading", name="Delete these 25 answers?").wait_for()
    assert page.locator("blockquote").count() == 3
    assert violations(page) == []
    page.get_by_role("button", name="Delete for good").click()
    page.get_by_text("That is not the number of answers.").wait_for()
    assert violations(page) == []
    page.get_by_label("type how many they are").fill("25")
    page.get_by_role("button", name="Delete for good").click()
    page.get_by_text("25 answers are deleted for good.").wait_for()
    page.goto(address)
    page.get_by_role("heading", name="60 answers").wait_for()


def test_without_a_mouse(address: str, enter: Callable[[Page], None], page: Page) -> None:
    """What is ticked is said; the bar is reached by Tab after the list, and Enter in its field moves."""
    enter(page)
    first = page.locator("#picks input[type=checkbox]").first
    assert re.match(
        r"Tick this answer: Singing \d+",
        first.evaluate("e => e.ariaLabelledByElements.map(x => x.textContent).join(' ')"),
    )
    first.focus()
    page.keyboard.press("Space")
    assert first.is_checked()
    page.get_by_label("Put what they say in").focus()
    page.keyboard.type("calm")
    page.keyboard.press("Enter")
    page.get_by_text("1 idea is in Calm now.").wait_for()


def test_without_scripts_and_with_the_smallest_screen(
    address: str, enter: Callable[[Page], None], browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    enter(page)
    page.goto(f"{address}?q=evening")
    page.get_by_label("Select all 60 that fit").check()
    page.locator("#many input[name=target]").fill(LOUD)
    page.locator("#many").get_by_role("button", name="Move").click()
    page.get_by_text("60 ideas are in Loud now.").wait_for()
    page.get_by_role("link", name="Tick all 50 on this page").click()
    page.locator("#many").get_by_role("button", name="Hide").click()
    page.get_by_text("50 answers are hidden.").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("50 answers are back as before.").wait_for()
    context.close()


def test_what_goes_on_by_itself(sqlite_app: Flask, address: str, enter: Callable[[Page], None], page: Page) -> None:
    enter(page)
    with sqlite_app.app_context():
        survey = db.session.query(Survey).one()
        chosen = [Entry(public_id, "shown") for (public_id,) in db.session.query(Answer.public_id)]
        bulk_changes.begin(survey, "a" * 32, "hidden", chosen, None)
    page.goto(f"{address}/changes/{'a' * 32}")
    page.get_by_text("0 of 85 are hidden.").wait_for()
    assert violations(page) == []
