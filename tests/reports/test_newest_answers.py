"""Readers' lists and the search by word of a large survey are of its newest answers, and say so."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Idea, Run
from survey.reports.newest_answers import first_listed
from tests.support.filled_survey import Filled, Says, fill
from tests.support.visitors import SLUG

pytestmark = pytest.mark.both_databases

ADDRESS = f"/s/{SLUG}/answers"
SAID = [
    Says("Trust of old", [("Trust of old", "Trust")], part="Faith"),
    Says("Patience of old and trust", [("Patience of old", "Patience"), ("trust", "Trust")]),
    Says("Nothing of old", is_silent=True),
    Says("Held", [("Held", "Trust")], status="held"),
    Says("New patience, new trust", [("New patience", "Patience"), ("new trust", "Trust")]),
    Says("New trust alone", [("New trust alone", "Trust")], part="Faith"),
    Says("New, and in no theme", [("New, and in no theme", None)]),
    Says("New nothing", is_silent=True),
]
NEWEST = 4


@pytest.fixture
def filled(app: Flask) -> Filled:
    return fill(app, SAID)


@pytest.fixture
def large(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> Filled:
    monkeypatch.setattr("survey.reports.newest_answers.MAX_LISTED", NEWEST)
    for module in ("search", "one_theme"):
        monkeypatch.setattr(f"survey.reports.{module}.MAX_LISTED", NEWEST)
    return filled


def listed(app: Flask, address: str, **asked: str) -> tuple[list[str], str]:
    """The answers on a page in their order, and the page in words."""
    page = app.test_client().get(address, query_string=asked)
    assert page.status_code == 200
    quotes = re.findall(r'<blockquote class="quote">(.*?)(?:<footer|</blockquote>)', page.text, re.DOTALL)
    plain = [" ".join(html.unescape(re.sub("<[^>]+>", "", quote)).split()).strip("“”") for quote in quotes]
    return plain, html.unescape(page.text)


def test_all_are_listed_of_a_survey_that_is_not_large(app: Flask, filled: Filled) -> None:
    answers, page = listed(app, ADDRESS)
    assert len(answers) == 5 and "very many answers" not in page
    answers, page = listed(app, filled.page("Trust"))
    assert len(answers) == 4 and "very many answers" not in page


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({}, ["New, and in no theme", "New trust alone", "New patience, new trust"]),
        ({"q": "trust"}, ["New trust alone", "New patience, new trust"]),
        ({"q": "old"}, []),
        ({"theme": "Patience"}, ["New patience, new trust"]),
        ({"theme": "none"}, ["New, and in no theme"]),
    ],
)
def test_the_newest_are_listed_and_searched(
    app: Flask, large: Filled, asked: dict[str, str], wanted: list[str]
) -> None:
    if asked.get("theme") in large.public:
        asked = asked | {"theme": large.public[asked["theme"]]}
    answers, page = listed(app, ADDRESS, **asked)
    assert answers == wanted
    assert "There are very many answers: the newest 4 are listed here and searched word by word." in page
    assert "<h1>5 answers</h1>" in page


def test_the_page_of_a_theme_lists_the_newest_and_counts_all(app: Flask, large: Filled) -> None:
    answers, page = listed(app, large.page("Trust"))
    assert {*answers} == {"New patience, new trust", "New trust alone"}
    assert "this list, and what is said in the same answers, are of the newest 4 of all." in page
    assert "5 people" in page
    related = page[page.index("Said in the same answers") :]
    assert re.search(r'<bdi>Patience</bdi></a> <span class="num quiet">1</span>', related)
    answers, _ = listed(app, large.page("Trust"), part=large.public["Faith"])
    assert answers == ["New trust alone"]


def test_what_is_drawn_on_the_map_is_found_however_old(app: Flask, large: Filled) -> None:
    with app.app_context():  # what says nothing has no place on a map
        db.session.query(Idea).filter_by(status="nonanswer").update({"x": None, "y": None})
        db.session.commit()
    _, page = listed(app, f"/s/{SLUG}/map", q="old")
    told = re.search(r"(\d) of (\d) answers have", page)
    assert told is not None and told.groups() == ("2", "5")


def test_the_newest_are_those_of_the_survey_itself(app: Flask, large: Filled) -> None:
    with app.app_context():
        run = db.session.get_one(Run, large.run_id)
        assert first_listed(run) == 5
        run.answers = NEWEST
        assert first_listed(run) is None
        assert first_listed(None) is None
