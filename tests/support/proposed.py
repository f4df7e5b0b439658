"""A survey whose themes stand, with an edit, and a finding that proposes one theme more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Flask

from survey.core.database import db
from survey.core.models import Answer, Survey, Theme
from survey.curation import theme_edits
from survey.edits import proposals
from survey.edits.models import Proposal
from survey.imports import importer
from survey.runs import lifecycle as runs
from tests.support.visitors import owned_survey

FIRST = (
    "open the window at night", "a window left open", "open window in the room", "please open the window",
    "window open in summer", "better coffee machine", "coffee machine that works", "new coffee machine",
    "the coffee machine", "coffee machine on our floor", "softer office chairs", "chairs that are soft", "soft chairs",
    "soft chairs please", "new soft chairs",
)  # fmt: skip
LAMPS = ("brighter desk lamp", "desk lamp", "a desk lamp each", "desk lamp for everyone", "lamp for my desk")
Perform = Callable[[Flask], None]


def offered(app: Flask, perform: Perform) -> int:
    """Fifteen answers in three themes, one renamed "Coffee"; five more, for which a finding proposes a theme."""
    survey_id = owned_survey(app, codebook="none")
    add(app, survey_id, FIRST)
    perform(app)
    with app.app_context():
        theme_edits.rename(db.session.query(Theme).filter_by(name="Coffee machine").one(), "Coffee")
    add(app, survey_id, LAMPS)
    look_again(app, perform, survey_id)
    return survey_id


def add(app: Flask, survey_id: int, texts: Sequence[str]) -> None:
    """Import answers."""
    with app.app_context():
        content = "answer\n" + "\n".join(texts)
        importer.import_answers(db.session.get_one(Survey, survey_id), content.encode())


def look_again(app: Flask, perform: Perform, survey_id: int) -> None:
    """Find themes again, as the owner asks."""
    with app.app_context():
        runs.request_run_now(survey_id)
    perform(app)


def waiting(survey_id: int) -> Proposal:
    """The proposal that waits."""
    proposal = proposals.waiting(db.session.get_one(Survey, survey_id))
    assert proposal is not None
    return proposal


def answer_id(text: str) -> int:
    """The id of an answer."""
    return db.session.query(Answer.id).filter_by(text=text).scalar() or 0
