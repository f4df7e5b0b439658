"""No two themes that are shown have one name, however they come by it, and every name can be seen and read."""

from __future__ import annotations

import threading

import pytest
from flask import Flask

from survey.core.database import db, write_transaction
from survey.core.models import Answer, Survey, Theme
from survey.core.respondent_kinds import split_lines
from survey.curation import edit_history, idea_edits, theme_edits
from survey.curation.theme_edits import EditRefused
from survey.edits.idea_spans import IdeaSpan
from survey.results.result_counts import lock_results
from tests.support.every_case import every_case
from tests.support.filled_survey import Filled, Says, fill

NAMES = ("Trust", "Time", "Humour")


@pytest.fixture
def filled(app: Flask) -> Filled:
    return fill(app, [Says(f"{name} and more", [(name, name), ("more", name)]) for name in NAMES])


def theme(filled: Filled, name: str) -> Theme:
    return db.session.get_one(Theme, filled.themes[name])


def own(filled: Filled) -> Survey:
    return db.session.get_one(Survey, filled.survey_id)


def names(filled: Filled) -> list[str]:
    """The names of the themes, those that were split off last."""
    db.session.rollback()
    return [theme.name for theme in db.session.query(Theme).order_by(Theme.id)]


@pytest.mark.both_databases
def test_a_name_is_taken_in_any_case_and_any_script(app: Flask, filled: Filled) -> None:
    with app.app_context(), every_case() as case:
        for name, other in (
            ("Ärger", "ärger"),
            ("Доверие", "ДОВЕРИЕ"),
            ("Straße", "STRASSE"),
            ("Anger", "An\u200bgeR"),
        ):
            for same in (name, other):
                with case(f"{name} {same!r}"):
                    theme_edits.rename(theme(filled, "Trust"), name)
                    with pytest.raises(EditRefused):
                        theme_edits.rename(theme(filled, "Time"), same)
                    assert names(filled)[1] == "Time"


def test_a_name_that_undo_brings_back_is_numbered_where_another_theme_has_it(app: Flask, filled: Filled) -> None:
    with app.app_context():
        theme_edits.rename(theme(filled, "Trust"), "A1")
        second = theme_edits.rename(theme(filled, "Trust"), "A2")
        theme_edits.rename(theme(filled, "Time"), "A1")
        assert edit_history.undo(own(filled), second)
        assert names(filled) == ["A1 (2)", "A1", "Humour"]
        assert edit_history.redo(own(filled), second)
        assert names(filled) == ["A2", "A1", "Humour"]


def test_a_theme_that_undo_or_redo_brings_back_has_a_name_of_its_own(app: Flask, filled: Filled) -> None:
    with app.app_context():
        merged = theme_edits.merge(theme(filled, "Trust"), theme(filled, "Humour"))
        theme_edits.rename(theme(filled, "Time"), "TRUST")
        assert edit_history.undo(own(filled), merged)
        assert names(filled) == ["Trust (2)", "TRUST", "Humour"]
        answer = db.session.query(Answer.public_id).order_by(Answer.id).limit(1).scalar()
        split = idea_edits.split(own(filled), [IdeaSpan(answer, 0, 5)], theme(filled, "Trust"), "Faith")
        assert edit_history.undo(own(filled), split)
        theme_edits.rename(theme(filled, "Time"), "Faith")
        assert edit_history.redo(own(filled), split)
        assert names(filled) == ["Trust (2)", "Faith", "Humour", "Faith (2)"]


@pytest.mark.both_databases
def test_of_two_who_give_a_name_at_once_the_second_is_refused(app: Flask, filled: Filled) -> None:
    refused: list[str] = []

    def rename_too() -> None:
        with app.app_context():
            try:
                theme_edits.rename(theme(filled, "Time"), "Same")
            except EditRefused as why:
                refused.append(str(why))

    with app.app_context():
        with write_transaction() as session:
            lock_results(session, filled.survey_id)
            session.get_one(Theme, filled.themes["Trust"]).name = "Same"
            other = threading.Thread(target=rename_too)
            other.start()
            other.join(0.5)  # it waits for this transaction
        other.join()
        assert (len(refused), names(filled)) == (1, ["Same", "Time", "Humour"])


def test_a_name_can_be_seen_and_is_read_as_it_was_typed(app: Flask, filled: Filled) -> None:
    with app.app_context(), every_case() as case:
        for name in ("\u200b", "\u202e", "\u2067 \u2069", "\u3164", "\u2800"):
            with case(repr(name)), pytest.raises(EditRefused, match="A name has 1 to 60 characters"):
                theme_edits.rename(theme(filled, "Trust"), name)
        assert names(filled)[0] == "Trust"
        theme_edits.rename(theme(filled, "Trust"), "\u202egnihton\u202c")
        assert names(filled)[0] == "gnihton"


def test_kinds_and_points_of_advice_can_be_seen() -> None:
    assert split_lines("\u200b\nNurse\u202e\n\u3164\n \n") == ["Nurse"]
