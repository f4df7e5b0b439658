"""The read model of the theme page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Survey
from survey.imports import importer
from survey.manage import surveys
from survey.results import quotes
from survey.results.headline import headline, in_words
from survey.results.read_model import ThemeRow
from tests.support.every_case import for_each
from tests.support.site import queries
from tests.support.visitors import SLUG, make_owner, make_survey, sign_in

pytestmark = pytest.mark.both_databases

LEVEL = "come first, about level with each other."
NONE = "No theme stands out:"
EQUALLY = "are named about equally often."


def row(name: str, people: int, colour: int = 1) -> ThemeRow:
    return ThemeRow("id", name, "", colour, people, 0.1, people, 10, "codebook", [])


@for_each(
    ("found", "sentence"),
    [
        ([], ""),
        ([("Listening", 9)], "Listening comes first."),
        ([("Listening", 9), ("Honesty", 5)], "Listening comes first. Honesty follows."),
        ([("Listening", 9), ("Honesty", 5), ("Art", 4), ("Rest", 1)], "Listening comes first. Honesty and art follow."),
        ([("Listening", 9), ("Honesty", 9), ("Space", 4)], f"Listening and honesty {LEVEL} Space follows."),
        ([("Listening", 9), ("Honesty", 6), ("Space", 1)], f"Listening and honesty {LEVEL} Space follows."),
        ([("Listening", 60), ("Honesty", 40), ("Space", 35)], "Listening comes first. Honesty and space follow."),
        ([("Listening", 6), ("Honesty", 5), ("Art", 4), ("C", 3)], f"{NONE} listening, honesty and 2 more {EQUALLY}"),
        ([(name, 9 if name < "E" else 2) for name in "ABCDEFGH"], f"A, b and 2 more {LEVEL}"),
        ([("A b", 19), ("B c", 19), ("NHS care", 19), ("D e", 8)], f"A b, b c and NHS care {LEVEL}"),
        ([("Listening", 9), ("Honesty", 5), ("Art", 4), ("Rest", 4)], "Listening comes first."),
    ],
)  # fmt: skip
def test_the_finding_is_a_sentence(found: list[tuple[str, int]], sentence: str) -> None:
    assert "".join(part for part, _ in headline([row(*theme) for theme in found], "en")) == sentence


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "ja",
            "「もっと長く開けてほしい」、「本を増やす」が、ほぼ同じくらいで最も多く挙げられています。次は「静かさ」です。",
        ),
        ("zh", "排在最前、不相上下的是“もっと長く開けてほしい”和“本を増やす”。其次是“静かさ”。"),
        ("nl", "もっと長く開けてほしい en 本を増やす staan bovenaan, vrijwel gelijk. Daarna volgt 静かさ."),
    ],
)
def test_names_have_quotation_marks_where_nothing_else_sets_them_apart(
    sqlite_app: Flask, language: str, sentence: str
) -> None:
    found = [row("もっと長く開けてほしい", 9), row("本を増やす", 9), row("静かさ", 4)]
    with sqlite_app.test_request_context("/s/x/themes", headers={"Accept-Language": language}):
        assert in_words(headline(found, "ja")) == sentence


@for_each(
    ("found", "sentence"),
    [
        ([("Tickets", 29, 2), ("Trains", 19, 0)], "Tickets comes first. Trains follows."),
        ([("Tickets", 27, 2), ("Trains", 20, 0)], f"Tickets and trains {LEVEL}"),
        ([("Tickets", 27, 20), ("Trains", 20, 0)], "Trains comes first. Tickets follows."),
        ([("Tickets", 9, 9)], "Tickets comes first."),
    ],
)
def test_who_says_the_opposite_of_a_theme_does_not_make_it_the_first(
    found: list[tuple[str, int, int]], sentence: str
) -> None:
    themes = [
        replace(row(name, people), opposite=quotes.Opposite(against, []) if against else None)
        for name, people, against in found
    ]
    assert "".join(part for part, _ in headline(themes, "en")) == sentence


@for_each(
    ("name", "quoted", "language", "shown"),
    [
        ("Bäume am Bach", [], "de", "Bäume am Bach"),
        ("Bäume am Bach", [], "de-AT", "Bäume am Bach"),
        ("Bäume am Bach", ["Mehr Bäume am Bach"], "en", "Bäume am Bach"),
        ("London buses", ["Cheaper London buses"], "en", "London buses"),
        ("Buses", ["Buses are late. Buses are full", "more buses"], "en", "buses"),
        ("Árboles", ["Más árboles"], "es", "árboles"),
        ("Işık", [], "tr", "Işık"),
        ("iPhone", [], "en", "iPhone"),
        ("図書館", [], "ja", "図書館"),
    ],
)
def test_a_second_name_keeps_the_capital_that_its_people_write(
    name: str, quoted: list[str], language: str, shown: str
) -> None:
    second = replace(row(name, 5), quotes=[quotes.quote(text, 0, len(text)) for text in quoted])
    assert "".join(part for part, _ in headline([row("A", 9), second], language)) == f"A comes first. {name} follows."
    both = headline([row("A", 9), replace(second, people=9)], language)
    assert "".join(part for part, _ in both) == f"A and {shown} {LEVEL}"


def test_a_short_answer_is_quoted_whole_and_a_long_one_around_its_idea() -> None:
    short = quotes.quote("We laugh. Then we listen.", 10, 25)
    assert (short.before, short.idea, short.after) == ("We laugh. ", "Then we listen.", "")
    text = "before " * 100 + "the idea itself " + "after " * 100
    start = text.index("the idea")
    long = quotes.quote(text, start, start + 15)
    assert long.idea == "the idea itself"
    assert long.before.startswith("… ")
    assert long.after.endswith(" …")
    assert len(long.before) + len(long.after) < 240
    assert quotes.quote("x" * 5000, 0, 5000).idea == "x" * quotes.MAX_WHOLE_CHARACTERS + "…"


def fill(app: Flask, owner_id: int | None, lines: list[str]) -> Survey:
    survey_id = make_survey(app, owner_id)
    with app.app_context():
        content = "answer,kind\n" + "\n".join(lines)
        importer.import_answers(db.session.get_one(Survey, survey_id), content.encode())
        return db.session.get_one(Survey, survey_id)


def test_the_theme_page_is_private_until_published(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey = fill(app, make_owner(app), [f"Listening number{n}," for n in range(14)] + ["Zebra crossing,"])
    perform(app)
    stranger, owner = app.test_client(), app.test_client()
    sign_in(owner)
    address = f"/s/{SLUG}/themes"
    assert stranger.get(address).status_code == 404
    assert "Only those who work on this survey can see this page" in owner.get(address).text
    with app.app_context():
        surveys.set_published(survey.id, True)
    page = stranger.get(address)
    assert page.status_code == 200
    assert "Listening" in page.text
    assert "15 people answered" in page.text
    assert "Zebra crossing" in page.text
    with app.app_context():
        surveys.set_published(survey.id, False)
    assert stranger.get(address).status_code == 404


@pytest.mark.slow
@pytest.mark.usefixtures("axes")
def test_the_page_makes_the_same_queries_for_few_and_for_many(
    sqlite_app: Flask, perform: Callable[[Flask], None]
) -> None:
    counted = []
    for slug, size in (("few", 20), ("many", 200)):
        survey_id = make_survey(sqlite_app, None, slug)
        with sqlite_app.app_context():
            content = "answer\n" + "".join(f"Listening to number{n % 50} word{n}\n" for n in range(size))
            importer.import_answers(db.session.get_one(Survey, survey_id), content.encode())
            surveys.set_published(survey_id, True)
        perform(sqlite_app)
        with queries(sqlite_app) as statements:
            assert sqlite_app.test_client().get(f"/s/{slug}/themes").status_code == 200
        counted.append(len(statements))
    assert counted[0] == counted[1] < 13


def test_a_page_without_answers_and_without_a_run(sqlite_app: Flask) -> None:
    survey_id = make_survey(sqlite_app, None)
    with sqlite_app.app_context():
        surveys.set_published(survey_id, True)
    assert sqlite_app.test_client().get(f"/s/{SLUG}/themes").status_code == 200
