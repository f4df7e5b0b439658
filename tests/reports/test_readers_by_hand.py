"""What readers see and reach in browsers: in forced colours, on phones in all languages, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from survey.core.i18n import PUBLIC
from tests.support.filled_survey import Says, fill
from tests.support.site import migrated, quiet, served
from tests.support.visitors import SLUG

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
THEMES = [
    "Protected lanes", "Showers and changing rooms", "Secure parking", "Cheaper trains for bicycles", "Repair stations",
    "Street lighting", "Snow clearing", "Insurance",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A published survey of eight themes and six days. (Before the browser, by `autouse`.)"""
    answers = [
        Says(f"{theme}, says {n}", [(f"{theme}, says {n}", theme)], days=n)
        for place, theme in enumerate(THEMES)
        for n in range(max(2, 8 - place))
    ]
    with migrated(quiet(tmp_path_factory.mktemp("readers"))) as app:
        fill(app, answers)
        with served(app) as address:
            yield f"{address}/s/{SLUG}"


def phone(browser: Browser, width: int, locale: str = "en") -> Page:
    """A new page of a phone that runs no scripts."""
    context = browser.new_context(viewport={"width": width, "height": 844}, locale=locale, java_script_enabled=False)
    return context.new_page()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_a_marked_quote_is_seen_in_forced_colours(base: str, browser: Browser, scheme: str) -> None:
    page = browser.new_context(forced_colors="active", color_scheme=scheme).new_page()  # type: ignore[arg-type]
    page.goto(base)
    page.evaluate("document.querySelector('main').append(document.createElement('mark'))")
    ink, ground = page.locator("mark").evaluate(
        "mark => [getComputedStyle(mark).color, getComputedStyle(mark).backgroundColor]"
    )
    assert (ink, ground) == ("rgb(0, 0, 0)", "rgb(255, 255, 0)")
    page.context.close()


def test_the_map_page_is_no_wider_than_a_phone_in_any_language(base: str, browser: Browser) -> None:
    wide = {}
    for locale in sorted(PUBLIC.languages):
        for width, size in ((320, "100%"), (390, "100%"), (390, "200%")):
            page = browser.new_context(viewport={"width": width, "height": 844}, locale=locale).new_page()
            page.goto(f"{base}/map")
            page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
            if (beyond := page.evaluate("document.documentElement.scrollWidth") - width) > 0:
                wide[locale, width, size] = beyond
            page.context.close()
    assert wide == {}


@pytest.mark.parametrize(("path", "goal"), [("map", "#map-table"), ("answers", "#answers"), ("themes", "#threads")])
def test_the_first_link_leads_where_it_says(base: str, browser: Browser, path: str, goal: str) -> None:
    page = phone(browser, 390)
    page.goto(f"{base}/{path}")
    for key in ("Tab", "Enter", "Tab"):
        page.keyboard.press(key)
    assert page.locator(f"{goal} :focus").count() == 1
    page.context.close()
