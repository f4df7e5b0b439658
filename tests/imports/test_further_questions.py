"""Further questions of a file go only into surveys in which who imports may edit, and that stay."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.core.account_models import Membership
from survey.core.database import db
from survey.core.models import DELETED_PREFIX, Answer, Survey
from tests.support.importing import take_in, words
from tests.support.visitors import SLUG, make_owner, make_survey, sign_in

WHY = b"answer,Why so?\nfine,Because it works\ngood,\nkind,It never rains\n"


def editor_of(app: Flask) -> FlaskClient:
    """Somebody who may edit the survey, and has no role in any other of its owner."""
    editor_id = make_owner(app, "Ed")
    with app.app_context():
        survey = db.session.query(Survey).filter_by(slug=SLUG).one()
        db.session.add(Membership(survey_id=survey.id, owner_id=editor_id, role="editor"))
        db.session.commit()
    client = app.test_client()
    sign_in(client, "Ed")
    return client


def answers_to(app: Flask, question: str) -> list[list[str]]:
    """The answers in each survey with this question, the oldest first."""
    with app.app_context():
        surveys = db.session.query(Survey).filter_by(question=question).order_by(Survey.id)
        return [
            [text for (text,) in db.session.query(Answer.text).filter_by(survey_id=survey.id)] for survey in surveys
        ]


@pytest.mark.both_databases
def test_who_may_edit_one_survey_adds_nothing_to_another(app: Flask, owner: FlaskClient) -> None:
    with app.app_context():
        owner_id = db.session.query(Survey.owner_id).filter_by(slug=SLUG).scalar()
    make_survey(app, owner_id, "other", question="Why so?")
    editor = editor_of(app)
    for _ in range(2):
        take_in(editor, WHY, **{"other-1": "yes"})
        assert answers_to(app, "Why so?") == [[], ["Because it works", "It never rains"]]
    assert "Why so?" in words(editor.get("/manage")), "the survey that the editor made is theirs to edit too"


def test_nothing_comes_into_a_survey_that_is_being_deleted(app: Flask, owner: FlaskClient) -> None:
    with app.app_context():
        owner_id = db.session.query(Survey.owner_id).filter_by(slug=SLUG).scalar()
    make_survey(app, owner_id, f"{DELETED_PREFIX}x", question="Why so?")
    take_in(owner, WHY, **{"other-1": "yes"})
    assert answers_to(app, "Why so?") == [[], ["Because it works", "It never rains"]]
