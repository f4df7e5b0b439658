"""The languages of answers: stored as an analysis told them, never for a text that is another by now."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Answer
from survey.findings.save_languages import save_languages
from tests.support.filled_survey import Says, fill
from tests.support.only_survey import send
from tests.support.visitors import make_survey


def stored() -> dict[str, str | None]:
    db.session.rollback()
    return dict(db.session.query(Answer.text, Answer.language).order_by(Answer.id).tuples().all())


@pytest.mark.both_databases
def test_they_are_stored_once_and_taken_back_where_they_cannot_be_told(app: Flask) -> None:
    fill(app, [Says("Zuhören"), Says("Listening"), Says("Hm")])
    with app.app_context():
        ids, texts = [1, 2, 3], ["Zuhören", "Listening", "written anew since"]
        assert save_languages(ids, texts, {0: "de", 1: "en", 2: "fr"}) == 2
        assert stored() == {"Zuhören": "de", "Listening": "en", "Hm": None}
        assert save_languages(ids[:2], texts[:2], {0: "de", 1: "en"}) == 0
        assert save_languages(ids[:2], texts[:2], {1: "en"}) == 1
        assert stored()["Zuhören"] is None
        assert save_languages([], [], {}) == 0


def test_a_run_tells_the_language_of_each_answer(app: Flask, perform: Callable[[Flask], None]) -> None:
    make_survey(app, None)
    german = "Wir hören einander immer zu und lachen sehr viel zusammen"
    english = "We always listen to each other and we laugh a lot together"
    with app.app_context():
        send([german, english])
    perform(app)
    with app.app_context():
        assert stored() == {german: "de", english: "en"}
