"""One import by somebody who reads only the page: letters, column, what is too long, and the same file again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from tests.support.importing import texts
from tests.support.site import served
from tests.support.visitors import OWNER, PASSWORD, SLUG, owned_survey
from tests.whole.test_journey import fits, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

WISHES = ["Ławki przy źródle", "Więcej światła na ścieżce", "Żłobek bliżej domu", "Dłużej otwarta świetlica"]
REASONS = [
    "Bo chodzę z dziećmi i nie ma gdzie usiąść", "Wieczorem jest tam zupełnie ciemno", "Codziennie tracę godzinę",
    "Pracuję do szóstej, a potem jest zamknięta",
]  # fmt: skip
LONG = "Bardzo długa historia tego miejsca. " * 150
ROWS = [*zip(WISHES, REASONS, strict=True), ("Most", LONG)]
FILE = ("Życzenie;Dlaczego to jest dla ciebie ważne?\n" + "".join(f"{one};{why}\n" for one, why in ROWS)).encode(
    "windows-1250"
)


@pytest.fixture
def page(sqlite_app: Flask, browser: Browser) -> Iterator[Page]:
    owned_survey(sqlite_app)
    with served(sqlite_app) as base:
        context = browser.new_context(viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.goto(f"{base}/sign-in")
        page.get_by_label("Your name").fill(OWNER)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button").last.click()
        page.wait_for_url("**/manage")
        page.goto(f"{base}/manage/{SLUG}/import")
        yield page
        context.close()


def brings(page: Page) -> None:
    page.get_by_label("A file").set_input_files({"name": "zyczenia.csv", "mimeType": "text/csv", "buffer": FILE})
    page.get_by_role("button", name="Look at it").click()
    page.wait_for_url("**/import/*")


def test_one_import_by_hand(sqlite_app: Flask, page: Page) -> None:
    said = watch(page)
    brings(page)
    assert fits(page)
    if "Ławki" not in page.locator(".first-rows").inner_text():
        page.get_by_text("Something looks wrong").click()
        page.get_by_label("Central European (Windows)").first.check(force=True)
        page.get_by_role("button", name="Show it this way").first.click()
    page.get_by_label("The answers").select_option(label="Życzenie")
    page.get_by_role("button", name="Show it this way").last.click()
    assert "Ławki przy źródle" in page.locator("td.lit").first.inner_text()
    page.get_by_label("The answers").select_option(label="Dlaczego to jest dla ciebie ważne?")
    for box in page.locator("input[type=checkbox][name^=other]").all():
        box.uncheck(force=True)
    page.get_by_role("button", name="Show it this way").last.click()
    assert page.locator("h1").inner_text().replace("\n", " ") == "4 of 5 rows can be taken in"
    assert page.get_by_label("Leave it out").is_checked()
    assert fits(page)
    page.get_by_role("button", name="Take in 4 answers").first.click()
    page.get_by_text("4 answers added").first.wait_for()
    assert texts(sqlite_app) == REASONS
    assert "Left out: 1 is too long." in page.locator("main").inner_text()

    brings(page)
    page.get_by_label("The answers").select_option(label="Dlaczego to jest dla ciebie ważne?")
    page.get_by_role("button", name="Show it this way").last.click()
    assert "4 of 5 are here already" in page.locator("h1").inner_text()
    assert page.get_by_label("The answers").input_value() == "1"
    assert texts(sqlite_app) == REASONS
    assert said == []

    page.go_back()
    page.goto(page.url.split("/import")[0] + "/import")
    page.get_by_role("link", name="Take it back").click()
    page.get_by_role("button", name="Take it back for good").click()
    page.get_by_text("The import is taken back.").wait_for()
    assert texts(sqlite_app) == []
