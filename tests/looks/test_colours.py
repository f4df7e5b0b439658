"""The accent colour: what can be read is taken, the nearest that can is proposed, and its partners can be read too."""

from __future__ import annotations

import re

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.core.database import db
from survey.core.models import Survey
from survey.looks import colours
from survey.looks.colours import DARK, LETTERS, LIGHT, PARTS, Accent
from tests.support.every_case import for_each
from tests.support.examples import examples
from tests.support.visitors import SLUG, make_survey
from tests.whole import test_palette as palette

COLOURS = st.integers(0, 2**24 - 1).map(lambda number: f"#{number:06x}")


def test_the_grounds_are_those_of_the_stylesheet() -> None:
    own = palette.palettes()
    for scheme, grounds in (("light", LIGHT), ("dark", DARK)):
        assert {name: own[scheme][name] for name in grounds} == grounds


@settings(max_examples=examples(40), deadline=None, derandomize=True, database=None)
@given(colour=COLOURS)
def test_whatever_is_wished_what_comes_of_it_can_be_read(colour: str) -> None:
    accent = colours.nearest_readable(colour)
    assert colours.is_readable(accent)
    assert (accent == colour) == colours.is_readable(colour)
    for made, grounds in zip(colours.schemes(accent), (LIGHT, DARK), strict=True):
        _check(made, grounds)


def _check(made: Accent, grounds: dict[str, str]) -> None:
    for letters in (made.action, made.action_strong):
        assert min(palette.contrast(letters, grounds[on]) for on in ("paper", "sheet")) >= LETTERS
    for button in (made.button, made.button_strong):
        assert palette.contrast(button, grounds["on-button"]) >= LETTERS
    assert palette.contrast(made.button, grounds["paper"]) >= PARTS
    assert palette.contrast(made.action_tint, grounds["ink"]) >= LETTERS
    assert palette.contrast(made.action_tint, made.action) >= PARTS


def test_the_nearest_has_the_same_hue_and_is_just_as_dark_as_it_must_be() -> None:
    proposed = colours.nearest_readable("#ffd400")
    red, green, blue = (int(proposed[place : place + 2], 16) for place in (1, 3, 5))
    assert red > green > blue  # still a yellow
    assert LETTERS <= colours.on_light_paper(proposed) < LETTERS + 0.1


@for_each(
    ("typed", "colour"),
    [
        ("#A4382A", "#a4382a"),
        (" a4382a ", "#a4382a"),
        ("#abc", "#aabbcc"),
        ("", None),
        ("red", None),
        ("#12345", None),
        ("#1234567", None),
        ("#ggg", None),
        ("rgb(1,2,3)", None),
        ("#a4382a;}body{display:none", None),
        ("#é12345", None),
        ("１２３", None),
    ],
)
def test_what_is_a_colour(typed: str, colour: str | None) -> None:
    assert colours.parsed(typed) == colour


def test_its_stylesheet_has_an_address_of_its_own_and_nothing_else_in_it(sqlite_app: Flask) -> None:
    survey_id = make_survey(sqlite_app, None)
    client = sqlite_app.test_client()
    assert "/look-" not in client.get(f"/s/{SLUG}").text
    assert client.get(f"/s/{SLUG}/look-x.css").status_code == 404
    with sqlite_app.app_context():
        db.session.get_one(Survey, survey_id).words = {"accent": "#1c6e5a"}
        db.session.commit()
    for path in ("", "/embed", "/what-happens"):
        page = client.get(f"/s/{SLUG}{path}")
        assert "style=" not in page.text and "<style" not in page.text
        address = page.text.split('href="/s/lasting/look-')[1].split('"')[0]
    served = client.get(f"/s/{SLUG}/look-{address}")
    assert (served.status_code, served.mimetype) == (200, "text/css")
    assert served.headers["Cache-Control"].startswith("public, max-age=")
    assert re.fullmatch(r"[a-z0-9#:;{}()@\[\]=\"\s-]+", served.text)
    assert "--action:#1c6e5a" in served.text
    assert served.text.count("--action:#1c6e5a") == 1 and served.text.count("--action:#") == 3
    assert client.get(f"/s/{SLUG}/look-000000000000.css").location == f"/s/{SLUG}/look-{address}"
