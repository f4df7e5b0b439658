"""The handbook for owners: its pictures, links and pages exist."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask
from PIL import Image

from tests.support.every_case import for_each

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "handbook.md").read_text(encoding="utf-8")
PICTURES = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", TEXT)
LINKS = re.findall(r"(?<!!)\[[^\]]+\]\(([^)]+)\)", TEXT)
ADDRESSES = re.findall(r"`(/[^`]*)`", TEXT)
MAX_BYTES = 80_000


def anchors() -> set[str]:
    """The anchors of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    return {"#" + re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_picture_is_there_and_small_and_shown() -> None:
    shown = {DOCS / path for path in PICTURES}
    assert shown == set((DOCS / "handbook").iterdir())
    for path in shown:
        assert path.stat().st_size <= MAX_BYTES, path
        with Image.open(path) as picture:
            assert picture.format == "PNG"


@for_each("link", sorted(set(LINKS)))
def test_every_link_leads_somewhere(link: str) -> None:
    assert link in anchors() if link.startswith("#") else (DOCS / link).exists()


def test_every_page_named_is_a_route(sqlite_app: Flask) -> None:
    routes = {rule.rule for rule in sqlite_app.url_map.iter_rules()}
    assert len(ADDRESSES) > 20
    assert set(ADDRESSES) - routes == set()
