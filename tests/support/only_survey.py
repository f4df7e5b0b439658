"""The only survey of a site under test, and answers that are sent to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flask import Flask
from sqlalchemy import select

from survey.core.database import db, write_transaction
from survey.core.models import Answer, Survey, public_id
from survey.runs import lifecycle as runs
from tests.support.visitors import owned_survey


def send(texts: Iterable[str]) -> None:
    """Store answers and ask for a run, in an app context."""
    with write_transaction() as session:
        survey = session.scalars(select(Survey)).one()
        session.add_all(Answer(survey_id=survey.id, form_key=public_id(), text=text) for text in texts)
        runs.request_run(session, survey.id, "answers")


def own() -> Survey:
    """The survey as the database has it now, in an app context."""
    db.session.rollback()
    return db.session.scalars(select(Survey)).one()


def answered(app: Flask, perform: Callable[[Flask], None], *, answers: tuple[str, ...]) -> None:
    """Make a survey with an owner, send it answers, and find their themes."""
    owned_survey(app)
    with app.app_context():
        send(answers)
    perform(app)
