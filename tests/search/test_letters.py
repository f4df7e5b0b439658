"""Letters with accents, which keyboards and files write in two ways: as one character, or as two."""

from __future__ import annotations

import pytest
from flask import Flask

from survey.answer_desk import matching
from survey.answer_desk.answer_filter import AnswerFilter
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.runs.lookups import shown_run
from survey.search.by_word import Scope, matching_ids, spans_of
from survey.workbench import idea_list
from survey.workbench.list_filter import ListFilter
from tests.support.filled_survey import Says, fill

ONE, TWO = "caf\u00e9", "cafe\u0301"


@pytest.mark.both_databases
@pytest.mark.parametrize("typed", [ONE, TWO, "CAF\u00c9", "Cafe\u0301"])
def test_both_ways_are_found_by_both(app: Flask, typed: str) -> None:
    texts = (f"{ONE} au lait", f"A {TWO} with you", "Tea", "cafeteria")
    filled = fill(app, [Says(text, [(text, "Drinks")]) for text in texts])
    with app.app_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        scope = Scope((Answer.survey_id == survey.id,))
        assert sorted(matching_ids([typed], scope)) == [1, 2]
        page = matching.page(survey, AnswerFilter(words=typed), 9, after=None, before=None)
        assert sorted(answer.id for answer in page.answers) == [1, 2]
        listed = ListFilter(words=typed)
        rows = idea_list.ideas_of_theme(shown_run(survey), filled.themes["Drinks"], listed, {}).rows
        assert len(rows) == 2
    assert spans_of([typed], texts[0]) == [(0, 4)]
    assert spans_of([typed], texts[1]) == [(2, 7)]
