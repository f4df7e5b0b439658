"""The whole way in a real browser: set-up link, create, answer on a phone, run, publish, read, export."""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.place import free_port
from tests.serve.test_launch import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

pytestmark = pytest.mark.browser

WAIT = 90_000
ANSWERS = [
    ("Listening, really listening, before I say a word", "Partner"),
    ("=Be honest, always tell the truth", "Friend"),
    ("Call each other often and stay in touch", "Family"),
    ("<b>Laugh</b> together every day", "Partner"),
    ("Hear them out and don't interrupt", "Colleague"),
    ("Tell the truth even when it is hard", None),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """A site without a demo; gives the lines it printed."""
    with running(tmp_path_factory.mktemp("journey"), free_port(), "--no-demo") as (_, lines):
        yield lines


def watch(page: Page) -> list[str]:
    """Everything the page complains of: a breach of the policy, a script that failed."""
    said: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def fits(page: Page) -> bool:
    """Whether a page, once it is loaded, is no wider than its window."""
    page.wait_for_load_state()
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_from_the_set_up_link_to_the_exported_file(site: list[str], browser: Browser, tmp_path: Path) -> None:
    base = site[0].removeprefix("Set up: ").split("/set-up/")[0]
    owner = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True).new_page()
    said = watch(owner)

    owner.goto(site[0].removeprefix("Set up: "))
    owner.get_by_label("Your name").fill("Ruth")
    owner.get_by_label("Password").fill("a long enough password")
    owner.get_by_role("button").last.click()
    owner.wait_for_url("**/manage/new")

    owner.goto(f"{base}/manage/new")
    assert owner.get_by_label("Your question").input_value() == "What's your secret to a lasting relationship?"
    owner.get_by_text("Language, address, dates").click()
    owner.get_by_label("The address").fill("together")
    owner.get_by_role("button", name="Create the survey").click()
    owner.wait_for_url("**/manage/together")
    assert owner.get_by_label("Address of the question").input_value() == f"{base}/s/together"

    respondent = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True).new_page()
    complaints = watch(respondent)
    for typed, kind in ANSWERS:
        respondent.context.clear_cookies()  # somebody else, who keeps nothing of the one before
        respondent.goto(f"{base}/s/together?from=whatsapp")
        assert fits(respondent)
        respondent.get_by_label("Your answer").fill(typed)
        if kind:
            respondent.get_by_label(kind, exact=True).check()
        respondent.get_by_role("button", name="Send my answer").click()
        respondent.wait_for_url("**/s/together/thanks")
        assert typed in respondent.get_by_role("main").inner_text()
        assert fits(respondent)
        assert complaints == []
    respondent.context.close()

    owner.reload()
    if owner.get_by_role("button", name="Find themes now").count():
        owner.get_by_role("button", name="Find themes now").click()
    owner.get_by_role("button", name="Publish the theme page").wait_for(timeout=WAIT)
    assert fits(owner)
    stranger = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False).new_page()
    assert (response := stranger.goto(f"{base}/s/together/themes"))
    assert response.status == 404
    owner.get_by_role("button", name="Publish the theme page").click()
    owner.get_by_role("button", name="Make the theme page private").wait_for()

    complaints = watch(stranger)
    stranger.goto(f"{base}/s/together/themes")
    text = stranger.get_by_role("main").inner_text()
    assert "6 people answered" in text
    assert "Listening" in text
    assert "Honesty" in text
    assert stranger.locator("html").bounding_box()["width"] <= 390  # type: ignore[index]
    strand = stranger.locator("details").first
    assert strand.get_attribute("open") is not None
    strand.locator("summary").click()
    assert strand.get_attribute("open") is None
    assert complaints == []

    owner.goto(f"{base}/manage/together/export")
    with owner.expect_download() as download:
        owner.get_by_role("link", name=re.compile("^CSV.*Ideas and their themes$")).click()
    saved = tmp_path / "clusters.csv"
    download.value.save_as(saved)
    content = saved.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    assert list(rows[0]) == [
        "answer_id", "answer", "idea", "theme_id", "theme", "origin", "strength", "kind", "source", "received_at",
        "status", "start", "end", "quote", "against", "response_id",
    ]  # fmt: skip
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    honest = next(row for row in rows if row["answer"] == "'=Be honest, always tell the truth" and row["theme"])
    assert (honest["theme"], honest["kind"], honest["source"]) == ("Honesty", "friend", "whatsapp")
    assert {row["theme"] for row in rows} >= {"Listening", "Honesty", "Staying in touch"}
    assert said == []


def test_back_and_sending_again_stay_one_answer(site: list[str], page: Page) -> None:
    base = site[0].removeprefix("Set up: ").split("/set-up/")[0]
    page.goto(f"{base}/s/together")
    key = page.locator("[name=form_key]").input_value()
    page.get_by_label("Your answer").fill("Patience, and then some more")
    page.get_by_role("button", name="Send my answer").click()
    page.wait_for_url("**/thanks")
    page.go_back()
    assert page.locator("[name=form_key]").input_value() == key
    page.get_by_label("Your answer").fill("Patience, and then even more")
    page.get_by_role("button", name="Send my answer").click()
    page.wait_for_url("**/thanks")
    assert "even more" in page.get_by_role("main").inner_text()


def test_it_works_without_scripts(site: list[str], browser: Browser) -> None:
    base = site[0].removeprefix("Set up: ").split("/set-up/")[0]
    page = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700}).new_page()
    page.goto(f"{base}/s/together")
    page.get_by_role("button", name="Send my answer").click()
    assert "Write an answer first" in page.get_by_role("main").inner_text()
    page.get_by_label("Your answer").fill("Kindness")
    page.get_by_role("button", name="Send my answer").click()
    page.wait_for_url("**/thanks")


def test_a_draft_is_kept_and_counted(site: list[str], page: Page) -> None:
    base = site[0].removeprefix("Set up: ").split("/set-up/")[0]
    page.goto(f"{base}/s/together")
    page.get_by_label("Your answer").fill("  Half a thought 😀 ")
    assert "16 of 5,000" in page.get_by_role("main").inner_text()
    page.reload()
    assert page.get_by_label("Your answer").input_value().strip() == "Half a thought 😀"


def test_the_answer_page_is_light(site: list[str], page: Page) -> None:
    base = site[0].removeprefix("Set up: ").split("/set-up/")[0]
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    page.goto(f"{base}/s/together", wait_until="networkidle")
    assert 2 <= len(sizes) < 10
    assert sum(sizes) < 50_000


def test_find_browser_tells_by_its_status() -> None:
    ended = subprocess.run(["python3", "tests/support/find_browser.py"], check=False)
    assert ended.returncode == 0
