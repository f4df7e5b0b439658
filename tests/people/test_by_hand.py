"""Two pairs of hands in browsers: an owner invites, an editor and a reader join, each sees and does what is theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.library import owned_library
from tests.support.site import migrated, quiet, served
from tests.support.visitors import OWNER, PASSWORD, SLUG
from tests.whole.test_accessibility import violations
from tests.whole.test_journey import fits, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with migrated(quiet(tmp_path_factory.mktemp("two-roles"))) as app:
        owned_library(app)
        with served(app) as address:
            yield address


def invite(owner: Page, base: str, label: str, role: str) -> str:
    """Make an invitation; gives its link."""
    owner.goto(f"{base}/manage/{SLUG}/people")
    owner.get_by_label("Who is it for?").fill(label)
    owner.get_by_label(role).check()
    owner.get_by_role("button", name="Make a link").click()
    return owner.get_by_label("The link of the invitation").input_value()


def join(page: Page, link: str, name: str) -> None:
    """Open an invitation and make an account."""
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("A password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account and accept").click()
    page.wait_for_url(f"**/manage/{SLUG}")


def test_an_owner_an_editor_and_a_reader_at_one_survey(base: str, browser: Browser) -> None:
    owner = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    editor = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark").new_page()
    reader = browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False).new_page()
    said = [watch(page) for page in (owner, editor)]

    owner.goto(f"{base}/sign-in")
    owner.get_by_label("Your name").fill(OWNER)
    owner.get_by_label("Your password").fill(PASSWORD)
    owner.get_by_role("button", name="Sign in").click()
    owner.wait_for_url("**/manage")
    for_editor = invite(owner, base, "Edda from the library", "Editor: also works on")
    assert violations(owner) == []
    for_reader = invite(owner, base, "Rolf, who reads along", "Reader: looks at everything")

    owner.goto(f"{base}/owners")
    assert violations(owner) == []
    editor.goto(for_editor)
    assert (violations(editor), fits(editor)) == ([], True)
    join(editor, for_editor, "Edda")
    editor.goto(for_reader)
    assert (violations(editor), fits(editor)) == ([], True)
    for path in ("/leave", "/themes/history", ""):
        editor.goto(f"{base}/manage/{SLUG}{path}")
        assert (violations(editor), fits(editor)) == ([], True)
    assert editor.get_by_role("link", name="Settings").count() == 0
    editor.get_by_role("link", name="Themes", exact=True).click()
    editor.locator("#name").fill("A place to be quiet")
    editor.locator("#name").press("Enter")
    editor.get_by_text("The name stays.").wait_for()
    assert fits(editor)

    join(reader, for_reader, "Rolf")
    tabs = reader.get_by_role("navigation", name="Survey").get_by_role("link").all_inner_texts()
    assert tabs == ["Today", "Answers", "Themes", "Advice", "Share", "Export", "Theme page"]
    for path in ("", "/answers", "/themes", "/themes/history", "/advice", "/export", "/leave"):
        reader.goto(f"{base}/manage/{SLUG}{path}")
        assert reader.evaluate("document.documentElement.scrollWidth") <= 320, path
        buttons = reader.locator("main form[method=post] button").all_inner_texts()
        assert buttons == (["Leave it"] if path == "/leave" else []), path
    reader.goto(f"{base}/manage/{SLUG}/themes/history")
    assert "is called A place to be quiet." in reader.locator("main").inner_text()
    assert "Edda, " in reader.locator("main").inner_text()
    reader.goto(for_editor)
    assert "This invitation was used already" in reader.locator("h1").inner_text()

    owner.goto(f"{base}/manage/{SLUG}/people")
    owner.get_by_label("Role of Rolf").select_option("editor")
    owner.get_by_role("button", name=re.compile("Change.*Rolf")).click()
    owner.get_by_text("Rolf: editor.").wait_for()
    reader.goto(f"{base}/manage/{SLUG}/themes")
    assert reader.locator("#name").count() == 1
    owner.locator("summary", has_text=re.compile("Remove.*Edda")).click()
    assert (violations(owner), fits(owner)) == ([], True)
    owner.get_by_role("button", name="Take Edda out").click()
    owner.get_by_text("Edda is not part of this survey any more.").wait_for()
    assert (editor.goto(f"{base}/manage/{SLUG}") or pytest.fail("no answer")).status == 404
    said[1].clear()  # a browser says that this page was not there
    assert said == [[], []]
