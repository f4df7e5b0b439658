"""Two thousand edits in one survey: pages, undoing and the next run stay quick."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import insert, select

from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Survey, Theme, ThemeResult
from survey.curation import edit_history, idea_edits
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import Edit, IdeaChange
from survey.runs import lifecycle as runs
from tests.support import toy_model
from tests.support.visitors import SLUG, owned_survey, sign_in

EDITS, ANSWERS = 2000, 400
SECONDS = 2.0

pytestmark = pytest.mark.slow


def test_two_thousand_edits(
    sqlite_app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toy_model, "DIMENSIONS", 128)
    app = sqlite_app
    owned_survey(app, codebook="none")
    texts = [f"{topic} {n}" for n in range(ANSWERS // 2) for topic in ("trains run fast", "boats float far")]
    with app.app_context(), write_transaction() as session:
        survey_id = session.scalars(select(Survey.id)).one()
        session.add_all(Answer(survey_id=survey_id, form_key=text, text=text) for text in texts)
        runs.request_run(session, survey_id, "answers")
    perform(app)
    with app.app_context():
        confirm_often(survey_id)
        survey = db.session.get_one(Survey, survey_id)
        answer = db.session.scalars(select(Answer).where(Answer.text == texts[0])).one()
        span = IdeaSpan(answer.public_id, 0, len(answer.text))
        placed = select(Placement.theme_id).join(Idea, Idea.id == Placement.idea_id)
        held = db.session.scalars(placed.where(Idea.answer_id == answer.id)).one()
        source = db.session.get_one(Theme, held)
        shown = select(ThemeResult.theme_id).where(ThemeResult.parent_id.is_(None), ThemeResult.theme_id != held)
        target = db.session.get_one(Theme, db.session.scalars(shown).first())
        started = time.process_time()
        edit_id = idea_edits.move(survey, [span], source, target)
        assert edit_history.undo(survey, edit_id)
        assert time.process_time() - started < SECONDS
    client = app.test_client()
    sign_in(client)
    for page in ("", "/history", "/besides"):
        started = time.process_time()
        assert client.get(f"/manage/{SLUG}/themes{page}", follow_redirects=True).status_code == 200
        assert time.process_time() - started < SECONDS
    perform(app)
    with app.app_context():
        assert db.session.query(IdeaChange).filter(~IdeaChange.taught).count() >= EDITS


def confirm_often(survey_id: int) -> None:
    """Record that the owner said of ideas, one after the other and again and again, that they are right."""
    ideas = db.session.execute(
        select(Idea.answer_id, Idea.starts, Idea.ends, Placement.theme_id)
        .join(Placement, Placement.idea_id == Idea.id)
        .order_by(Idea.id)
    ).all()
    with write_transaction() as session:
        for number in range(EDITS):
            answer_id, starts, ends, theme_id = ideas[number % len(ideas)]
            edit = Edit(survey_id=survey_id, action="confirm", theme_id=theme_id, target_id=theme_id, version=number)
            session.add(edit)
            session.flush()
            session.execute(
                insert(IdeaChange).values(
                    edit_id=edit.id,
                    answer_id=answer_id,
                    starts=starts,
                    ends=ends,
                    source_id=theme_id,
                    target_id=theme_id,
                    taught=False,
                )
            )
