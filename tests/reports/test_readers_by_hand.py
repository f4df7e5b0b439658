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


def test_the_numbers_over_time_are_told_apart_from_the_table_that_scrolls(base: str, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{base}/themes")
    page.get_by_text("Show the numbers as a table").click()
    region = page.get_by_role("region", name="People over time")
    told = page.locator("#trend-note")
    assert "Days begin at midnight UTC." in told.inner_text()
    assert told.evaluate("note => note.scrollWidth") <= region.evaluate("box => box.clientWidth")
    assert region.locator("caption, #trend-note").count() == 0
    page.context.close()


@pytest.mark.parametrize("locale", sorted(PUBLIC.languages))
def test_what_a_search_field_is_for_is_read_whole_on_a_phone(base: str, browser: Browser, locale: str) -> None:
    page = browser.new_context(viewport={"width": 320, "height": 844}, locale=locale).new_page()
    for path in ("themes", "map"):
        page.goto(f"{base}/{path}")
        room, wanted = page.locator("#q").evaluate(
            """field => {
                const style = getComputedStyle(field), pen = document.createElement("canvas").getContext("2d");
                pen.font = getComputedStyle(field, "::placeholder").font;
                const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
                return [room, pen.measureText(field.placeholder).width];
            }"""
        )
        assert wanted <= room
    page.context.close()


def test_an_empty_search_field_runs_as_its_page_does(base: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    for path in ("themes", "map"):
        page.goto(f"{base}/{path}?lang=ar")
        field = page.locator("#q")
        assert field.evaluate("field => getComputedStyle(field).direction") == "rtl"
        field.fill("bench")
        assert field.evaluate("field => getComputedStyle(field).direction") == "ltr"
    page.context.close()
