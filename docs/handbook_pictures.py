"""Takes the pictures of docs/handbook.md from a site of its own, which it starts, fills by its pages, and stops.

python docs/handbook_pictures.py [PORT]

The answers are docs/handbook_answers.csv, made up for this. What a picture shows is chosen below, in PICTURES.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from tests.support.find_browser import ARGUMENTS, chromium  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = HERE / "handbook"
ANSWERS = HERE / "handbook_answers.csv"
SLUG = "our-street"
MANAGE = f"/manage/{SLUG}"
QUESTION = "What would make our street a better place to live?"
WIDTH, PHONE_WIDTH = 960, 390
MAX_BYTES = 80_000
COLOURS = 48
"""Colours of a picture: text and threads need no more, and a picture has a fifth of the bytes"""
SETTINGS = {
    "THREADS_BASE_URL": "https://ask.example",
    "THREADS_SMTP_HOST": "127.0.0.1",
    "THREADS_SMTP_PORT": "9",  # nobody listens there: pages offer mail, and none is sent
    "THREADS_SMTP_SECURITY": "none",
    "THREADS_MAIL_FROM": "ask@ask.example",
    "THREADS_LEAST_SECONDS": "0",
    "THREADS_RUN_DELAY": "0",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A page of the site as a picture: `name` of the file, its address, height in pixels, what stands at the top."""

    name: str
    address: str
    height: int = 640
    top: str = ""
    """A selector of what stands at the top of the picture; empty: the top of the page"""
    width: int = WIDTH


PICTURES = (
    Picture("share", f"{MANAGE}/share", 560),
    Picture("today", MANAGE, 720),
    Picture("answers", f"{MANAGE}/answers", 760),
    Picture("held", f"{MANAGE}/answers?state=held", 560),
    Picture("themes", f"{MANAGE}/themes", 780),
    Picture("inbox", f"{MANAGE}/themes/inbox", 600),
    Picture("doctor", f"{MANAGE}/themes/doctor", 680),
    Picture("read-next", f"{MANAGE}/read-next", 700),
    Picture("check", f"{MANAGE}/check", 560),
    Picture("history", f"{MANAGE}/themes/history", 460),
    Picture("words", f"{MANAGE}/words", 760),
    Picture("people", f"{MANAGE}/people", 640),
    Picture("mails", f"{MANAGE}/mails", 560),
    Picture("webhooks", f"{MANAGE}/webhooks", 560),
    Picture("publish", f"{MANAGE}/publish", 620),
    Picture("export", f"{MANAGE}/export", 640),
    Picture("presenter", f"{MANAGE}/live", 760),
    Picture("screen", f"/s/{SLUG}/live", 720, width=1280),
    Picture("theme-page", f"/s/{SLUG}/themes", 900),
)
"""Taken one after the other, once there are themes"""


def main(port: int) -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="threads-handbook-") as folder:
        site = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(port), "--instance", folder],
            cwd=HERE.parent, env={**os.environ, **SETTINGS}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            token = _token(site)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
                _take_all(browser, f"http://127.0.0.1:{port}", token)
                browser.close()
        finally:
            site.terminate()
            site.wait(60)


def _token(site: subprocess.Popen[str]) -> str:
    """Return the token of the set-up link that the site prints once it is ready."""
    assert site.stdout is not None
    for line in site.stdout:
        if found := re.search(r"/set-up/(\S+)", line):
            return found[1]
    raise SystemExit("The site did not start.")


def _take_all(browser: Browser, base: str, token: str) -> None:
    owner = browser.new_context(base_url=base, viewport={"width": WIDTH, "height": 800}, timezone_id="Europe/Berlin")
    page = owner.new_page()
    page.set_default_timeout(10_000)
    _ask(page, token)
    _bring_answers(page)
    _answer(browser, base)
    _wait_for_themes(page)
    for picture in PICTURES:
        if picture.name == "publish":
            page.goto(MANAGE)
            with page.expect_navigation():
                page.get_by_role("button", name="Publish the theme page").click()
        if picture.name == "screen":
            with page.expect_navigation():
                page.get_by_role("button", name="Switch the screen on").click()
        _take(page, picture)
    owner.close()


def _ask(page: Page, token: str) -> None:
    """Set the site up and ask the question, with pictures of what the owner sees on the way."""
    page.goto(f"/set-up/{token}")
    page.get_by_label("Your name").fill("Nora Lindqvist")
    _save(page, "set-up", 560, PHONE_WIDTH)
    page.get_by_label("A password").fill("four words in a row")
    page.get_by_role("button", name="Set up").click()
    _save(page, "ask", 900)
    page.goto("/manage/new?start=town")
    page.get_by_label("Your question").fill(QUESTION)
    page.locator("summary", has_text="Language, address").click()
    page.get_by_label("The address").fill(SLUG)
    page.get_by_role("button", name="Create the survey").click()
    page.get_by_text("First steps").wait_for()
    _save(page, "first-steps", 720)


def _bring_answers(page: Page) -> None:
    page.goto(f"{MANAGE}/import")
    _save(page, "import", 560)
    page.locator("input[type=file]").first.set_input_files(str(ANSWERS))
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name=re.compile("Take in")).first.click()
    page.get_by_role("status").get_by_text("answers").first.wait_for()


def _answer(browser: Browser, base: str) -> None:
    """Answer as two respondents do on a phone, one of them with a link, which is held until the owner has read it."""
    said = ("A bench under a tree, half way up the hill.", "Look at https://example.com and https://example.org first")
    for number, text in enumerate(said):
        visitor = browser.new_context(base_url=base, viewport={"width": PHONE_WIDTH, "height": 800})
        page = visitor.new_page()
        page.goto(f"/s/{SLUG}?from=whatsapp")
        page.locator("textarea").first.fill(text)
        if not number:
            _save(page, "answer", 760, PHONE_WIDTH)
        page.locator("form button[type=submit]").last.click()
        page.wait_for_url("**/thanks*")
        if not number:
            page.wait_for_timeout(12_000)  # placed within seconds
            page.reload()
            _save(page, "thanks", 1000, PHONE_WIDTH)
            page.goto(page.locator("a[href*='/mine/'], input[value*='/mine/']").first.evaluate(
                "element => new URL(element.href || element.value).pathname"
            ))  # fmt: skip
            _save(page, "story", 1000, PHONE_WIDTH)
        visitor.close()


def _wait_for_themes(page: Page) -> None:
    """Wait until no run is left."""
    for _ in range(120):
        time.sleep(2)
        page.goto(MANAGE)
        if page.locator("[data-progress]").count() == 0 and page.locator(".theme-list li").count():
            return
    raise SystemExit("No themes were found.")


def _take(page: Page, picture: Picture) -> None:
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    page.goto(picture.address)
    if picture.top:
        page.locator(picture.top).first.evaluate("element => element.scrollIntoView()")
    page.wait_for_timeout(600)  # what a script puts in its place
    _save(page, picture.name, picture.height, picture.width)


def _save(page: Page, name: str, height: int, width: int = WIDTH) -> None:
    """Save what the window shows as a small PNG. Raises SystemExit where it is larger than a picture may be."""
    page.set_viewport_size({"width": width, "height": height})
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    path = FOLDER / f"{name}.png"
    picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > MAX_BYTES:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes, more than {MAX_BYTES}.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5098)
