"""The answers of a survey in an order and under marks that say nothing about where they stand in other files."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from flask import current_app
from sqlalchemy import ColumnElement, select

from survey.core.database import batches, db
from survey.core.models import Answer, Survey
from survey.tables.answer_query import as_text, idea_results

BATCH_ANSWERS = 500
MARK_CHARACTERS = 16

Purpose = Literal["publishing", "readers"]


@dataclass(frozen=True, slots=True)
class MarkedAnswer:
    """An answer with its mark. `results` is what survey.tables.answer_query.idea_results selects of it."""

    id: int
    mark: str
    text: str
    day: str
    results: str | None


def shuffled_answers(survey: Survey, purpose: Purpose) -> Iterator[MarkedAnswer]:
    """Yield the shown answers of a survey, ordered by their marks.

    A mark is a keyed hash of the answer's random id. Only this site has the key, and each purpose has its own, so that
    files for different readers have no mark in common; their rows may still be matched by day and themes. What is held
    in memory is a mark for each answer.
    """
    key = _key(survey, purpose)
    own = select(Answer.id, Answer.public_id).where(*_shown(survey))
    marks = sorted((_mark(key, public_id), answer_id) for answer_id, public_id in db.session.execute(own))
    for batch in batches(marks, BATCH_ANSWERS):
        query = select(Answer.id, Answer.text, as_text(Answer.received_at), idea_results(survey))
        ids = [answer_id for _, answer_id in batch]  # by the survey, SQLite would walk all its answers for each batch
        rows = db.session.execute(query.where(Answer.id.in_(ids), Answer.status == "shown"))
        found = {answer_id: (text, received_at, results) for answer_id, text, received_at, results in rows}
        for mark, answer_id in batch:
            if answer_id in found:  # it may have been deleted since
                text, received_at, results = found[answer_id]
                yield MarkedAnswer(answer_id, mark, text, str(received_at)[:10], results)


def _shown(survey: Survey) -> tuple[ColumnElement[bool], ...]:
    return Answer.survey_id == survey.id, Answer.status == "shown"


def _key(survey: Survey, purpose: Purpose) -> bytes:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.digest(secret, f"answers for {purpose} of {survey.deletion_id}".encode(), "sha256")


def _mark(key: bytes, public_id: str) -> str:
    return hmac.digest(key, public_id.encode(), "sha256").hex()[:MARK_CHARACTERS]
