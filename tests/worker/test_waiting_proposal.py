"""A proposal that waits takes in the answers that come meanwhile."""

from __future__ import annotations

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Idea, Placement, Survey, Theme
from survey.curation import theme_edits
from survey.edits import proposals
from survey.edits.models import ProposedMove
from tests.support.proposed import Perform, add, answer_id, offered, waiting
from tests.support.site import queries

pytestmark = pytest.mark.both_databases


@pytest.mark.slow
def test_an_answer_that_the_proposal_has_elsewhere_joins_it(app: Flask, perform: Perform) -> None:
    survey_id = offered(app, perform)
    add(app, survey_id, ["lamp desk", "soft chairs now"])
    perform(app)
    with app.app_context():
        proposal = waiting(survey_id)
        later = db.session.query(ProposedMove).filter_by(later=True).all()
        assert [move.answer_id for move in later] == [answer_id("lamp desk")]
        assert (later[0].proposal_id, later[0].change, later[0].target_id) == (
            proposal.id,
            0,
            proposal.changes[0]["theme"],
        )
        assert proposals.accept(db.session.get_one(Survey, survey_id), proposal.public_id, [0])
        theme_id = proposal.changes[0]["theme"]
        placed = db.session.query(Idea.answer_id).join(Placement, Placement.idea_id == Idea.id)
        members = {row[0] for row in placed.filter(Placement.theme_id == theme_id)}
        assert answer_id("lamp desk") in members
        assert len(members) == 6


def test_the_result_is_locked_before_the_proposal(app: Flask, perform: Perform) -> None:
    """A run that finishes locks them in this order too: the other way round, one of both would end in a deadlock."""
    survey_id = offered(app, perform)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            return
        with queries(app) as statements:
            assert proposals.accept(db.session.get_one(Survey, survey_id), waiting(survey_id).public_id, [0])
    locking = [statement for statement in statements if "FOR NO KEY UPDATE" in statement or "FOR UPDATE" in statement]
    assert "FROM survey" in locking[0]
    assert any("FROM proposal" in statement for statement in locking[1:])


def test_a_theme_that_was_merged_meanwhile_takes_what_was_meant_for_it(app: Flask, perform: Perform) -> None:
    survey_id = offered(app, perform)
    with app.app_context():
        proposal, survey = waiting(survey_id), db.session.get_one(Survey, survey_id)
        chairs, coffee = (db.session.query(Theme).filter_by(name=name).one() for name in ("Soft chairs", "Coffee"))
        for move in db.session.query(ProposedMove):
            move.target_id = chairs.id
        proposal.changes = [{"kind": "moved", "theme": None, "other": chairs.id, "people": 5, "ideas": 5}]
        db.session.commit()
        chairs_id, coffee_id = chairs.id, coffee.id
        theme_edits.merge(chairs, coffee)
        assert proposals.accept(survey, proposal.public_id, [0])
        assert db.session.query(Placement).filter_by(theme_id=chairs_id).count() == 0
        placed = db.session.query(Placement).join(Idea).filter(Idea.run_id == survey.current_run_id)
        assert placed.filter(Placement.theme_id == coffee_id).count() == 15
