"""What an owner turned down is not proposed again until new answers come."""

from __future__ import annotations

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Survey
from survey.curation import edit_history
from survey.edits import proposals
from survey.findings.turned_down import Change, is_turned_down
from tests.support.every_case import for_each
from tests.support.proposed import Perform, add, look_again, offered, waiting

PLACES = frozenset((answer, 0, 9) for answer in range(10))


@pytest.mark.slow
def test_turned_down_is_not_proposed_again_until_answers_come(app: Flask, perform: Perform) -> None:
    survey_id = offered(app, perform)
    with app.app_context():
        survey, proposal = db.session.get_one(Survey, survey_id), waiting(survey_id)
        assert [change["kind"] for change in proposal.changes] == ["new"]
        assert proposals.accept(survey, proposal.public_id, []) is None
    for _ in range(2):  # the look that found nothing is not what counts, but the decision
        look_again(app, perform, survey_id)
        with app.app_context():
            looked = proposals.last_looked(db.session.get_one(Survey, survey_id))
            assert looked is not None
            assert (looked.state, looked.changes) == ("same", [])
    add(app, survey_id, ["desk lamp please"])
    look_again(app, perform, survey_id)
    with app.app_context():
        assert [change["people"] for change in waiting(survey_id).changes] == [6]


def test_what_was_accepted_and_taken_back_may_be_proposed_again(app: Flask, perform: Perform) -> None:
    survey_id = offered(app, perform)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        edit_id = proposals.accept(survey, waiting(survey_id).public_id, [0])
        assert edit_id is not None
        assert edit_history.undo(survey, edit_id)
    look_again(app, perform, survey_id)
    with app.app_context():
        assert len(waiting(survey_id).changes) == 1


@for_each(
    ("change", "is_same"),
    [
        (Change("new", 7, None, PLACES), True),
        (Change("split", 8, 2, PLACES), True),  # a theme that begins has another id each time
        (Change("new", 7, None, frozenset(list(PLACES)[:4])), True),
        (Change("new", 7, None, frozenset((answer, 0, 9) for answer in range(5, 20))), False),
        (Change("merged", 7, 2, PLACES), False),
        (Change("moved", 1, 2, PLACES), False),
    ],
)
def test_a_change_is_the_same_by_its_ideas(change: Change, is_same: bool) -> None:
    assert is_turned_down(change, [Change("new", 5, None, PLACES)]) is is_same


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        (Change("gone", 1, None, PLACES), True),
        (Change("merged", 1, 3, PLACES), True),
        (Change("merged", 2, 3, PLACES), False),
    ],
)
def test_a_theme_that_ends_is_known_by_itself(change: Change, is_same: bool) -> None:
    assert is_turned_down(change, [Change("merged", 1, 2, PLACES)]) is is_same


def test_ideas_that_move_between_other_themes_are_another_change() -> None:
    before = [Change("moved", 1, 2, PLACES)]
    assert is_turned_down(Change("moved", 1, 2, PLACES), before)
    assert not is_turned_down(Change("moved", 1, None, PLACES), before)
