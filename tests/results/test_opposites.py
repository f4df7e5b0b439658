"""What is said against a theme: counted by people, quoted under a heading of its own, gone and back with an edit."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import update

from survey.charts.files import chart
from survey.core.database import db
from survey.core.models import Idea, Placement, Run, Survey, Theme
from survey.curation import edit_history, idea_edits
from survey.edits.idea_spans import IdeaSpan
from survey.publication.rows import theme_rows as published_themes
from survey.publication.tables import SHOWN_THEMES
from survey.results.quotes import MAX_OPPOSITE_QUOTES, opposites
from survey.results.read_model import theme_page
from survey.tables.data_dictionary import TABLES, THEMES
from survey.tables.rows import cluster_rows
from survey.tables.rows import theme_rows as rows_of_themes
from tests.support.filled_survey import Filled, Says, fill
from tests.support.visitors import SLUG

pytestmark = pytest.mark.both_databases

TREES = "Trees"


def with_opposites(app: Flask, against: int, others: int = 4) -> Filled:
    """A theme in which so many say the opposite."""
    said = [Says(f"plant trees {n}", [(f"plant trees {n}", TREES)]) for n in range(others)]
    said += [Says(f"fell the trees {n}", [(f"fell the trees {n}", TREES)]) for n in range(against)]
    filled = fill(app, [*said, Says("a bench", [("a bench", "Benches")])])
    with app.app_context():
        ids = db.session.query(Idea.id).filter(Idea.answer_id > others, Idea.answer_id <= others + against)
        db.session.execute(update(Placement).where(Placement.idea_id.in_(ids)).values(against=True))
        db.session.commit()
    return filled


def test_the_pages_say_how_many_say_the_opposite_and_what(app: Flask) -> None:
    filled = with_opposites(app, 5)
    with app.app_context():
        found = opposites(db.session.get_one(Run, filled.run_id))
        assert found.keys() == {filled.themes[TREES]}
        assert found[filled.themes[TREES]].people == 5
        assert len(found[filled.themes[TREES]].quotes) == MAX_OPPOSITE_QUOTES
    client = app.test_client()
    for page in (client.get(f"/s/{SLUG}/themes").text, client.get(filled.page(TREES)).text):
        assert "5 of 9 say the opposite" in page
        assert "<mark>fell the trees 0</mark>" in page
    listed = client.get(filled.page(TREES)).text
    assert listed.count("<span>Says the opposite</span>") == 5
    assert "opposite" not in client.get(filled.page("Benches")).text


def test_who_says_the_opposite_is_told_beside_the_count_wherever_it_stands(app: Flask) -> None:
    filled = with_opposites(app, 5)
    client = app.test_client()
    counted = re.search(r'<p class="counted">(.*?)</p>', client.get(filled.page(TREES)).text)
    assert counted
    assert counted[1] == "9 people said this. 5 of them say the opposite."
    assert "5 of 9 say the opposite" in client.get(f"/s/{SLUG}/embed/themes").text
    with app.app_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        made = chart(theme_page(survey), "themes")
        assert made
        assert "Trees: 5 of 9 say the opposite." in made.description


def test_the_files_of_themes_count_who_says_the_opposite(app: Flask) -> None:
    filled = with_opposites(app, 5)
    with app.app_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        for table, rows in ((THEMES, rows_of_themes(survey)), (SHOWN_THEMES, published_themes(survey))):
            names = [column.name for column in table.columns]
            found = [dict(zip(names, row, strict=True)) for row in rows]
            assert {row["theme"]: (row["people"], row["against"]) for row in found} == {
                TREES: (9, 5),
                "Benches": (1, 0),
            }


def test_nothing_is_said_where_all_are_of_one_opinion(app: Flask) -> None:
    filled = with_opposites(app, 0)
    assert "opposite" not in app.test_client().get(f"/s/{SLUG}/themes").text
    with app.app_context():
        assert opposites(db.session.get_one(Run, filled.run_id)) == {}


def test_an_export_has_the_mark(app: Flask) -> None:
    filled = with_opposites(app, 1)
    with app.app_context():
        rows = list(cluster_rows(db.session.get_one(Survey, filled.survey_id)))
    against = [column.name for column in TABLES["clusters"].columns].index("against")
    assert {row[2] for row in rows if row[against]} == {"fell the trees 0"}


def test_an_idea_that_is_moved_agrees_there_and_undone_says_the_opposite_again(app: Flask) -> None:
    filled = with_opposites(app, 1)
    span = IdeaSpan(f"{5:016x}", 0, len("fell the trees 0"))

    def marks() -> dict[str, bool]:
        placed = db.session.query(Theme.name, Placement.against).join(Theme, Theme.id == Placement.theme_id)
        return dict(placed.join(Idea, Idea.id == Placement.idea_id).filter(Idea.answer_id == 5).all())

    with app.app_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        trees, benches = (db.session.get_one(Theme, filled.themes[name]) for name in (TREES, "Benches"))
        edit = idea_edits.move(survey, [span], trees, benches)
    with app.app_context():
        assert marks() == {"Benches": False}
        edit_history.undo(db.session.get_one(Survey, filled.survey_id), edit)
    with app.app_context():
        assert marks() == {TREES: True}
