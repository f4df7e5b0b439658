"""The list to read next, as the worker makes it: there from the first run on, made again after decisions."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Run, Survey
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
    assert "3 ideas decided by you" in owner.get(PAGE).text
