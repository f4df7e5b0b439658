"""What a page counts, and what it leaves out, is said where it stands."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from flask import Flask

from survey.charts.files import chart
from survey.core.database import db, write_transaction
from survey.core.models import Run, Survey, Theme, ThemeResult
from survey.curation import theme_edits
from survey.results.read_model import MAX_COMPARED_THEMES, ThemePage, theme_page
from survey.sharing import links
from tests.support.filled_survey import Filled, Says, fill
from tests.support.visitors import SLUG

NAMES = [f"Theme {letter}" for letter in "ABCDEFGHIJK"]


def many(app: Flask, names: list[str] = NAMES) -> Filled:
    """Themes of fewer and fewer people, over some days, that one kind of people said."""
    said = [
        Says(f"{name} {n}", [(f"{name} {n}", name)], "partner", days=n)
        for place, name in enumerate(names)
        for n in range(15 - place)
    ]
    published = {name: {"partner": 9} for name in names}
    filled = fill(app, said, is_owned=True, groups={"partner": len(said)}, published=published)
    with app.app_context(), write_transaction() as session:
        run = session.get_one(Run, filled.run_id)
        run.comparison = {**(run.comparison or {}), "needed": 40}
    return filled


def text(app: Flask, address: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", app.test_client().get(address).text).split())


def page_of(filled: Filled) -> ThemePage:
    return theme_page(db.session.get_one(Survey, filled.survey_id))


def description(filled: Filled, name: str) -> str:
    made = chart(page_of(filled), name)
    assert made
    return made.description


def pin(app: Flask, filled: Filled, name: str) -> None:
    with app.app_context(), write_transaction() as session:
        session.get_one(Theme, filled.themes[name]).pinned = True


@pytest.mark.parametrize(("count", "is_said"), [(8, False), (11, True)])
def test_that_only_the_largest_themes_are_drawn_over_time(sqlite_app: Flask, count: int, is_said: bool) -> None:
    filled = many(sqlite_app, NAMES[:count])
    told = "Drawn are the 8 largest of 11 themes."
    shown = text(sqlite_app, f"/s/{SLUG}/themes")
    assert (told in shown[shown.index("Over time") :]) is is_said
    with sqlite_app.app_context():
        assert (told in description(filled, "time")) is is_said


@pytest.mark.parametrize(("count", "is_said"), [(MAX_COMPARED_THEMES, False), (11, True)])
def test_that_only_the_first_themes_are_compared_by_kind(sqlite_app: Flask, count: int, is_said: bool) -> None:
    filled = many(sqlite_app, NAMES[:count])
    told = "Compared here are the first 9 of 11 themes."
    shown = text(sqlite_app, f"/s/{SLUG}/themes")
    assert (told in shown[shown.index("Is it universal?") :]) is is_said
    with sqlite_app.app_context():
        assert (told in description(filled, "kinds")) is is_said


def test_how_many_more_themes_are_in_the_same_answers(sqlite_app: Flask) -> None:
    words = [f"{one} and {other}" for one, other in combinations(NAMES[:7], 2)]
    fill_with = [Says(each, [(name, name) for name in each.split(" and ")]) for each in words]
    filled = fill(sqlite_app, fill_with)
    shown = text(sqlite_app, filled.page(NAMES[0]))
    same = shown[shown.index("Said in the same answers") :]
    assert same.index("Theme F") < same.index("and 1 more") < same.index("How sure")
    assert "Theme G" not in same[: same.index("How sure")]


def test_the_order_of_the_themes_is_not_called_what_it_is_not(sqlite_app: Flask) -> None:
    pin(sqlite_app, many(sqlite_app, NAMES[:3]), "Theme C")
    assert "most people first" not in sqlite_app.test_client().get(f"/s/{SLUG}/themes").text


def test_the_picture_of_the_themes_shows_those_of_the_most_people(sqlite_app: Flask) -> None:
    filled = many(sqlite_app, NAMES[:5])
    pin(sqlite_app, filled, "Theme E")
    with sqlite_app.app_context():
        page = page_of(filled)
        assert [thread.name for thread in links.themes_card(page).threads] == NAMES[:3]
    shown = sqlite_app.test_client().get(f"/s/{SLUG}/themes").text
    assert "Theme A (15), Theme B (14), Theme C (13)" in shown


def test_in_how_many_answers_the_themes_were_found(sqlite_app: Flask) -> None:
    filled = many(sqlite_app, NAMES[:1])
    told = "The themes were found in 10 answers; those that came later are placed in them, and counted, as they come."
    assert "The themes were found in" not in text(sqlite_app, f"/s/{SLUG}/themes")
    with sqlite_app.app_context(), write_transaction() as session:
        session.get_one(Run, filled.run_id).found_answers = 10
    assert told in text(sqlite_app, f"/s/{SLUG}/themes")


def test_what_the_asker_put_together_was_neither_known_nor_found(sqlite_app: Flask) -> None:
    filled = many(sqlite_app, NAMES[:5])
    with sqlite_app.app_context():
        for name in ("Theme C", "Theme D", "Theme E"):
            db.session.get_one(Theme, filled.themes[name]).origin = "discovered"
        db.session.commit()
        theme_edits.merge(*(db.session.get_one(Theme, filled.themes[f"Theme {letter}"]) for letter in "EC"))
        made = page_of(filled).run_details
    assert made
    assert (made.known_themes, made.found_themes, made.own_themes) == (2, 1, 1)
    shown = text(sqlite_app, f"/s/{SLUG}/themes")
    assert "Themes known before 2 Themes found in the answers 1 Themes put together by the asker 1" in shown


def test_a_chart_says_of_a_tentative_theme_what_makes_it_one(sqlite_app: Flask) -> None:
    filled = many(sqlite_app, NAMES[:2])
    with sqlite_app.app_context():
        session = db.session
        session.query(ThemeResult).update({"came_back": 18, "re_runs": 20})
        session.get_one(ThemeResult, (filled.run_id, filled.themes["Theme B"])).tentative = True
        session.commit()
        assert (
            "A stitched line is a tentative theme: it came back in less than nine tenths of its re-runs, or had fewer "
            "than five, or some of its answers may not belong." in description(filled, "themes")
        )
