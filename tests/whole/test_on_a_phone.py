"""Pages on a phone: names on the map, tables that fit, quotation marks that are whole, what is large enough to tap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Idea, Placement, ThemeResult
from tests.support.filled_survey import Says, fill
from tests.support.signed_in_page import signed_in_page
from tests.support.site import served
from tests.support.visitors import SLUG

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

PLACES = {
    "Que le prof explique moins vite": (0.33, 0.33, 0.14),
    "Moins de bruit en classe": (0.62, 0.40, 0.12),
    "Contrôles la même semaine": (0.42, 0.66, 0.11),
    "Dormir plus le matin": (0.72, 0.68, 0.10),
    "Interdire les téléphones": (0.22, 0.55, 0.07),
    "Des pizzas à la cantine": (0.55, 0.18, 0.07),
    "Plus d’expériences en sciences": (0.85, 0.50, 0.06),
}


def test_what_is_shown_fits_and_what_is_tapped_is_large(app: Flask, browser: Browser) -> None:
    said = [(f"{name.lower()} numéro {n}", name) for name in PLACES for n in range(4)]
    fill(app, [Says(f"Je veux {text}.", [(text, name)]) for text, name in said], is_owned=True)
    with app.app_context():
        by_id = {}
        for result in db.session.query(ThemeResult):
            by_id[result.theme_id] = result.x, result.y, result.radius = list(PLACES.values())[result.rank]
        for placement in db.session.query(Placement):
            idea, (x, y, radius) = db.session.get_one(Idea, placement.idea_id), by_id[placement.theme_id]
            turn = placement.idea_id // 10 % 4
            idea.x, idea.y = x + 0.5 * radius * (turn // 2 - 0.5), y + 0.5 * radius * (turn % 2 - 0.5)
        db.session.commit()
    with served(app) as base:
        page = signed_in_page(app, base, browser, 390, 844, locale="fr-FR", has_touch=True, is_mobile=True)
        page.goto(f"{base}/s/{SLUG}/map")
        names = [" ".join(name.split()) for name in page.locator(".names-narrow text").all_text_contents()]
        assert len(names) == len(PLACES), names
        assert page.locator("#map-table .scroll").evaluate("box => box.scrollWidth - box.clientWidth") <= 0
        assert not page.locator(".for-keys").is_visible()
        page.goto(f"{base}/s/{SLUG}/answers?q=je")
        mark = page.locator(".quote mark").first
        assert mark.evaluate("mark => getComputedStyle(mark).marginInlineStart") == "0px"
        page.goto(f"{base}/manage/{SLUG}/export")
        look, told = page.locator(".look").bounding_box(), page.locator(".look caption > span").bounding_box()
        assert look
        assert told
        assert told["x"] + told["width"] <= look["x"] + look["width"]
        page.goto(f"{base}/manage/{SLUG}/themes")
        assert not page.locator(".keys").is_visible()
        heights = page.locator(".pick .quick button").evaluate_all("all => all.map(one => one.offsetHeight)")
        assert heights
        assert min(heights) >= 40
