"""The list to read next, as the worker makes it: there from the first run on, made again after decisions."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Answer, Run, Survey, Theme
from survey.curation import idea_edits
from survey.edits.idea_spans import IdeaSpan
from survey.reading import reading_list
from tests.support.proposed import FIRST, Perform, add
from tests.support.visitors import SLUG, field, owned_survey, sign_in

pytestmark = pytest.mark.both_databases
PAGE = f"/manage/{SLUG}/read-next"


@pytest.mark.slow
def test_what_was_decided_leaves_the_list_and_is_counted(app: Flask, perform: Perform) -> None:
    survey_id = owned_survey(app, codebook="none")
    add(app, survey_id, FIRST)
    perform(app)
    owner = app.test_client()
    sign_in(owner)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        assert len(db.session.get_one(Run, survey.current_run_id).reading) == len(FIRST)
        assert db.session.get_one(Run, survey.current_run_id).remaining is None
    read = []
    for _ in range(3):
        page = owner.get(PAGE)
        shown = re.search(r"<mark>(.*?)</mark>", page.text)
        assert shown is not None
        read.append(shown[1])
        form = {name: field(page, name) for name in ("csrf_token", "idea", "source")}
        assert owner.post(PAGE, data=form | {"verdict": "right"}).status_code == 303
        perform(app)
    assert len(set(read)) == 3
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        run = db.session.get_one(Run, survey.current_run_id)
        assert len(run.reading) == len(FIRST) - 3
        assert run.remaining is not None
        assert (run.remaining["read"], run.remaining["enough"]) == (3, False)
        assert reading_list.gained(survey).read == 3
    assert "3 ideas decided by hand" in owner.get(PAGE).text


@pytest.mark.slow
def test_what_the_owner_picked_says_nothing_of_the_rest(app: Flask, perform: Perform) -> None:
    """Eight ideas that were moved because they were wrong are no sample of the others."""
    survey_id = owned_survey(app, codebook="none")
    add(app, survey_id, FIRST)
    perform(app)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        coffee, chairs = (
            db.session.query(Theme).filter(Theme.name.icontains(word)).filter_by(origin="discovered").first()
            for word in ("coffee", "chairs")
        )
        assert coffee is not None and chairs is not None
        for text in FIRST[5:9]:
            answer = db.session.query(Answer).filter_by(text=text).one()
            idea_edits.move(survey, [IdeaSpan(answer.public_id, 0, len(text))], coffee, chairs)
    perform(app)
    owner = app.test_client()
    sign_in(owner)
    page = owner.get(PAGE)
    assert "4 ideas decided by hand." in page.text
    assert "may be in the wrong theme (" not in page.text
    assert "Once you have read more here" in page.text
    with app.app_context():
        assert db.session.get_one(Run, db.session.get_one(Survey, survey_id).current_run_id).remaining is None
    form = {name: field(page, name) for name in ("csrf_token", "idea", "source")}
    assert owner.post(PAGE, data=form | {"verdict": "right"}).status_code == 303
    perform(app)
    with app.app_context():
        left = db.session.get_one(Run, db.session.get_one(Survey, survey_id).current_run_id).remaining
        assert left is not None
        assert left["read"] == 1
