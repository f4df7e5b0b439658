"""Takes the picture in the README from a running demo.

python docs/screenshot.py http://127.0.0.1:5000/s/demo/themes docs/themes.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.support.find_browser import ARGUMENTS, chromium


def main(address: str, path: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 1240}, color_scheme="light")
        page.goto(address)
        page.screenshot(path=path)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
