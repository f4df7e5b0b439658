"""Descriptions that runs wrote quote answers: what is deleted, hidden, moved out or marked is quoted no more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from analysis.evidence.re_runs import NO_STABILITY
from analysis.naming.descriptions import describe_discovered, said_in
from analysis.results import Theme as FoundTheme
from survey.answers import erasure, moderation
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme
from survey.curation import idea_edits, theme_edits
from survey.findings.stale_theme_names import renew_descriptions
from survey.publication.rows import theme_rows
from survey.results.quotes import theme_quotes
from tests.support.filled_survey import Filled, Says, fill
from tests.support.large_survey import span_of

FIRST, SECOND = "Ears open", "Hear them out"
SAID = [
    *(Says(text, [(text, "Listening")]) for text in (FIRST, SECOND, "Be quiet")),
    Says("Trust", [("Trust", "Trust")]),
]


@pytest.fixture
def filled(app: Flask) -> Filled:
    filled = fill(app, SAID, is_owned=True)
    with app.app_context(), write_transaction() as session:
        theme = session.get_one(Theme, filled.themes["Listening"])
        theme.origin, theme.description = "discovered", describe_discovered([FIRST, SECOND])
    return filled


def the_answer(text: str) -> Answer:
    return db.session.scalars(select(Answer).where(Answer.text == text)).one()


def the_theme(filled: Filled) -> Theme:
    return db.session.get_one(Theme, filled.themes["Listening"], populate_existing=True)


def move_out(survey: Survey, filled: Filled) -> None:
    idea = db.session.scalars(select(Idea).where(Idea.answer_id == the_answer(FIRST).id)).one()
    idea_edits.move(survey, [span_of(idea)], the_theme(filled), None)


def mark(survey: Survey, filled: Filled) -> None:
    idea = db.session.scalars(select(Idea).where(Idea.answer_id == the_answer(FIRST).id)).one()
    idea_edits.mark(survey, [span_of(idea)], the_theme(filled), opposite=True)


def hide(survey: Survey, filled: Filled) -> None:
    moderation.set_status(survey, [the_answer(FIRST).id], "hidden")


def delete(survey: Survey, filled: Filled) -> None:
    erasure.delete_answer(survey, the_answer(FIRST))


@pytest.mark.both_databases
@pytest.mark.parametrize("change", [move_out, mark, hide, delete])
def test_what_is_gone_is_quoted_no_more(app: Flask, filled: Filled, change: Callable[[Survey, Filled], None]) -> None:
    with app.app_context():
        change(db.session.get_one(Survey, filled.survey_id), filled)
        assert said_in(the_theme(filled).description) == [SECOND]
        erasure.delete_answer(db.session.get_one(Survey, filled.survey_id), the_answer(SECOND))
        assert the_theme(filled).description == ""


def test_what_an_owner_wrote_stays(app: Flask, filled: Filled) -> None:
    with app.app_context():
        with write_transaction() as session:
            session.get_one(Theme, filled.themes["Listening"]).description = f"They said {FIRST}"
        erasure.delete_answer(db.session.get_one(Survey, filled.survey_id), the_answer(FIRST))
        assert the_theme(filled).description == f"They said {FIRST}"


def test_a_run_describes_found_themes_anew_and_not_what_their_owner_described(app: Flask, filled: Filled) -> None:
    with app.app_context():
        survey, key = db.session.get_one(Survey, filled.survey_id), the_theme(filled).key
        found = FoundTheme(key, "Listening", describe_discovered([SECOND]), "discovered", (), 3, 3, 3, (), NO_STABILITY)
        with write_transaction() as session:
            renew_descriptions(session, survey.id, [found])
        assert said_in(the_theme(filled).description) == [SECOND]
        theme_edits.describe(the_theme(filled), "Being heard")
        with write_transaction() as session:
            renew_descriptions(session, survey.id, [found])
        assert the_theme(filled).description == "Being heard"


def test_no_words_of_answers_are_in_the_file_of_themes(app: Flask, filled: Filled) -> None:
    with app.test_request_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        assert not any(FIRST in str(cell) for row in theme_rows(survey) for cell in row)
        with write_transaction() as session:
            session.get_one(Theme, filled.themes["Listening"]).description = "Being heard"
        assert any("Being heard" in row for row in theme_rows(survey))


def test_what_is_just_the_name_of_a_theme_is_not_quoted_first(app: Flask, filled: Filled) -> None:
    """As a run of an older version left it, or since the theme was renamed."""
    with app.app_context():
        with write_transaction() as session:
            placed = session.scalars(select(Placement).order_by(Placement.idea_id)).all()
            for rank, placement in enumerate(placed[:3]):
                placement.quote = rank
            placed[3].quote = 0
            session.get_one(Theme, filled.themes["Listening"]).name = "ears open"
        quoted = theme_quotes(db.session.get_one(Run, filled.run_id))
        assert [one.idea for one in quoted[filled.themes["Listening"]]] == [SECOND, "Be quiet", FIRST]
        assert [one.idea for one in quoted[filled.themes["Trust"]]] == ["Trust"]
