"""A frame on another site's page, on a phone: what comes after an answer is sent can be seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.respond.test_embed import EMBED, other_site
from tests.support.site import migrated, quiet, served
from tests.support.visitors import SLUG, make_survey

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["other_site"]
pytestmark = pytest.mark.browser
TOP = "document.querySelector('iframe').getBoundingClientRect().top"
HOST = """<!doctype html><html style="scroll-behavior: smooth"><meta name="viewport" content="width=device-width">
<title>Another site</title><body style="margin: 0"><p style="height: 500px">Above.</p>
<iframe src="{address}" style="width: 100%; height: 700px; border: 0"></iframe>
<script src="{base}/embed.js" async></script><p style="height: 1500px">Below.</p>
<script>heard = []; addEventListener("message", event => heard.push(event.data))</script></body></html>"""


def test_what_comes_next_is_brought_into_view_and_nothing_else_is(
    browser: Browser, other_site: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, address = other_site
    with migrated(quiet(tmp_path_factory.mktemp("in-view"))) as app, served(app) as base:
        make_survey(app, None)
        (folder / "favicon.ico").write_bytes(b"")
        (folder / "index.html").write_text(HOST.format(base=base, address=base + EMBED), encoding="utf-8")
        page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
        page.goto(address)
        frame = page.frame_locator("iframe")
        button = frame.get_by_role("button", name="Send my answer")
        page.wait_for_function("document.querySelector('iframe').style.height !== '700px'")
        assert page.evaluate("scrollY") == 0  # not when the frame first shows its page
        for _ in range(2):  # each refusal is a page of its own
            page.evaluate("scrollTo({ top: 1000, behavior: 'instant' })")
            assert page.evaluate(TOP) < -100
            button.press("Enter")
            page.wait_for_function(f"Math.abs({TOP}) < 1")
            assert frame.get_by_role("alert").evaluate("summary => summary === document.activeElement")
        frame.get_by_label("Your answer").fill("Patience")
        page.evaluate("scrollTo({ top: 1000, behavior: 'instant' })")
        button.press("Enter")
        frame.get_by_role("heading", name="Thank you. Your answer is kept.").wait_for()
        page.wait_for_function(f"Math.abs({TOP}) < 1")
        page.evaluate("scrollTo({ top: 700, behavior: 'instant' })")
        page.wait_for_timeout(2500)  # the thank-you looks again whether the answer has its themes
        assert page.evaluate("scrollY") == 700
        _tells_nothing_of_the_answer(page)
        again = frame.get_by_role("link", name="Answer for another relationship")
        again.focus()
        page.evaluate("scrollTo({ top: 300, behavior: 'instant' })")
        again.press("Enter")
        frame.get_by_label("Your answer").wait_for()
        page.wait_for_timeout(300)
        assert page.evaluate("scrollY") == 300  # its top is on the screen
        page.context.close()


def _tells_nothing_of_the_answer(page: Page) -> None:
    """The page around hears of heights and whether another page came, never where a thank-you lies: that opens it."""
    own = page.frames[1].url.split("/thanks/")[1].split("?")[0]
    heard = page.evaluate("heard.map(said => JSON.stringify(said))")
    assert own
    assert heard
    assert [said for said in heard if own in said or SLUG in said or "/" in said] == []
    assert {name for said in page.evaluate("heard.map(Object.keys)") for name in said} == {"type", "height", "page"}
