"""Where Chromium is on this machine, and how it is started.

As a script: exit status 0 where there is one, 1 where there is none.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The browser looks up its maker's servers all the same: it may find no name but this machine's own.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


def chromium() -> str | None:
    """The path of a Chromium: the system's, or the one playwright keeps; None where there is none."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    kept = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    return str(kept[-1]) if kept else None


if __name__ == "__main__":
    sys.exit(0 if chromium() else 1)
