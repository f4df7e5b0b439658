"""A theme that its owner hid is on no page that strangers can open: not by name, number, colour, quote or place."""

from __future__ import annotations

import re
import zlib
from math import hypot

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.core.database import db
from survey.core.models import Advice, Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.curation import theme_edits
from survey.respond import embed_routes
from survey.results import read_model
from survey.sharing import links, preview_image
from tests.support.filled_survey import Filled, Says, fill
from tests.support.own_cookie import know
from tests.support.stranger import plain, read_everything
from tests.support.visitors import SLUG, sign_in

pytestmark = pytest.mark.both_databases

SECRET, PART = "Hidden garden", "Roses of it"
VISITOR = 1
"""The id of an answer that is in the hidden theme alone"""
BOTH = 34
"""The id of one that is in a theme visitors see, too"""
WEAVE = re.compile(r'<div class="weave.*?</div>', re.DOTALL)
"""Threads of every colour, drawn for their looks"""


def answers() -> list[Says]:
    """57 people in three months: 33 in the hidden theme alone, 4 in it and in another, 6 in none."""
    secret = [Says(f"Secretly {n}", [(f"Secretly {n}", SECRET)], part=PART, days=n) for n in range(33)]
    both = [Says(f"Whisper {n}, hear", [(f"Whisper {n}", SECRET), ("hear", "Listening")], days=n) for n in range(4)]
    loose = [Says(f"Zebra {n}", [(f"Zebra {n}", None)], days=n) for n in range(6)]
    listening = [Says(f"Hear {n}", [(f"Hear {n}", "Listening")], days=9 * n) for n in range(9)]
    return [*secret, *both, *loose, *listening, *(Says(f"True {n}", [(f"True {n}", "Honesty")]) for n in range(5))]


@pytest.fixture
def filled(app: Flask) -> Filled:
    """A published survey with a theme that is hidden, the largest and the first in everything."""
    filled = fill(app, answers(), is_owned=True, hidden=[SECRET])
    with app.app_context():
        session = db.session
        run = session.get_one(Run, filled.run_id)
        run.placed = 51
        theme_id = filled.themes[SECRET]
        session.get_one(Theme, theme_id).pinned = True
        session.get_one(Theme, theme_id).description = "Also said: roses of it"
        result = session.get_one(ThemeResult, (run.id, theme_id))
        result.came_back = result.re_runs = 8
        placed = session.query(Placement).filter_by(theme_id=theme_id).all()
        for number, placement in enumerate(placed):
            placement.quote = number if number < 3 else None
            idea = session.get_one(Idea, placement.idea_id)
            idea.x, idea.y = (result.x or 0) + 0.001 * (number % 7), (result.y or 0) + 0.001 * (number // 7)
        advice = Advice(survey_id=filled.survey_id, title="Two habits", points=["Plant", "Hear"])
        session.add(advice)
        session.flush()
        points = [
            {"heading": name, "body": "", "theme": theme, "people": people, "strength": 0.9}
            for name, theme, people in (("Plant", SECRET, 37), ("Hear", "Listening", 13))
        ]
        missing = [{"theme": SECRET, "people": 37}, {"theme": "Honesty", "people": 5}]
        run.advice = [{"public_id": advice.public_id, "title": "Two habits", "points": points, "missing": missing}]
        other = session.query(Answer).filter_by(text="Secretly 5").one()
        for own in (VISITOR, BOTH):
            checksum = zlib.crc32(b"Secretly 5")
            session.get_one(Answer, own).nearest = [other.public_id, 0, len("Secretly 5"), checksum]
        session.commit()
    return filled


def everything(app: Flask, filled: Filled) -> dict[str, str]:
    """Every page a stranger can open, the thank-yous of two answers, and the theme page as a file."""
    pages = read_everything(app.test_client(), SLUG).pages
    for number in (VISITOR, BOTH):
        client = app.test_client()
        with app.app_context():
            know(client, number)
            own = db.session.get_one(Answer, number)
            with app.test_request_context():
                token = embed_routes.thanks_token(filled.survey_id, own.public_id, "s" * 22)
        for address in (f"/s/{SLUG}/thanks", f"/s/{SLUG}/embed/thanks/{token}"):
            pages[f"{address} of {number}"] = got(client, address)
    owner = app.test_client()
    sign_in(owner)
    pages["the file"] = got(owner, f"/manage/{SLUG}/export/theme-page.html")
    return pages


def got(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.text


@pytest.mark.slow
def test_no_page_tells_of_a_hidden_theme(app: Flask, filled: Filled) -> None:
    pages = everything(app, filled)
    assert len(pages) > 15
    assert any("Zebra" in page for page in pages.values())
    with app.app_context():
        key = db.session.get_one(Theme, filled.themes[SECRET]).public_id
        part = db.session.get_one(Theme, filled.themes[PART]).public_id
    for address, page in pages.items():
        words = plain(page)
        for secret in (SECRET, PART, key, part):
            assert secret.lower() not in page.lower().replace(f"theme={key}", ""), f"{address} tells of {secret}"
        assert not re.search(r"(?<![\w:])(37|33)\b", words), f"{address} tells how many are in it"
        assert not re.search(r'class="(?:[^"]* )?t1[ "]', WEAVE.sub("", page)), f"{address} has its colour"
    for number in (VISITOR, BOTH):
        assert "Secretly 5" not in pages[f"/s/{SLUG}/thanks of {number}"]


@pytest.mark.slow
def test_an_answer_in_a_hidden_theme_looks_like_one_in_none(app: Flask, filled: Filled) -> None:
    client = app.test_client()
    page = got(client, f"/s/{SLUG}/themes")
    assert "18 of them follow at least one of the threads below." in page
    assert "39 answers follow no thread yet." in page
    assert "of 39 answers" not in page
    listed = got(client, f"/s/{SLUG}/answers?theme=none")
    assert "39 of 57 answers fit." in listed
    thanks = everything(app, filled)[f"/s/{SLUG}/thanks of {VISITOR}"]
    assert "It follows no thread yet." in thanks


def test_the_dots_of_a_hidden_theme_are_not_where_it_lies(app: Flask, filled: Filled) -> None:
    page = got(app.test_client(), f"/s/{SLUG}/map")
    dots = [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r', page)]
    patches = [(float(x), float(y)) for x, y in re.findall(r'class="patch" cx="([\d.]+)" cy="([\d.]+)"', page)]
    assert len(dots) > 50
    with app.app_context():
        result = db.session.get_one(ThemeResult, (filled.run_id, filled.themes[SECRET]))
        x, y = 1000 * (result.x or 0), 1000 * (result.y or 0)
    assert (x, y) not in patches
    assert sum(hypot(a - x, b - y) < 20 for a, b in dots) <= 1  # as close as all of them lie


def test_the_picture_of_the_themes_has_no_hidden_one(app: Flask, filled: Filled) -> None:
    with app.app_context(), app.test_request_context():
        card = links.themes_card(read_model.theme_page(db.session.get_one(Survey, filled.survey_id)))
        assert [(thread.name, thread.people) for thread in card.threads] == [("Listening", 13), ("Honesty", 5)]
        drawn, version = preview_image.draw(card), preview_image.version(card)
    client = app.test_client()
    assert client.get(f"/s/{SLUG}/themes/preview-{version}.png").data == drawn
    assert client.get(filled.page(SECRET)).status_code == 404
    assert client.get(filled.page(PART)).status_code == 404


def test_what_is_merged_into_a_hidden_theme_is_hidden(app: Flask, filled: Filled) -> None:
    with app.app_context():
        session = db.session
        theme_edits.merge(
            session.get_one(Theme, filled.themes["Listening"]), session.get_one(Theme, filled.themes[SECRET])
        )
    for address, page in everything(app, filled).items():
        assert "Listening" not in page, address
        assert SECRET not in page, address
    assert "5 of them follow" in got(app.test_client(), f"/s/{SLUG}/themes")


@pytest.mark.slow
def test_a_theme_that_is_shown_again_is_everywhere(app: Flask, filled: Filled) -> None:
    with app.app_context():
        theme_edits.set_hidden(db.session.get_one(Theme, filled.themes[SECRET]), False)
    pages = everything(app, filled)
    for address in (
        f"/s/{SLUG}/themes", f"/s/{SLUG}/answers", f"/s/{SLUG}/map", f"/s/{SLUG}/thanks of {VISITOR}", "the file",
        filled.page(SECRET),
    ):  # fmt: skip
        assert SECRET in pages[address], address
    assert "Secretly 5" in pages[f"/s/{SLUG}/thanks of {VISITOR}"]
