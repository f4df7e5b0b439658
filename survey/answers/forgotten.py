"""Marks of imported answers that were deleted one by one, so that a newer file does not bring them back unnoticed.

A mark is a keyed hash: with the database alone nobody can find out what was written. After the site's secret key was
changed, earlier marks recognise nothing any more. Imports that were taken back as a whole leave no marks.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from flask import current_app
from sqlalchemy import ForeignKey, Index, String, exists, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from survey.core.database import Model
from survey.core.models import Answer, AnswerImport, Deletion

MARK_LENGTH = 24
"""Hexadecimal digits"""


class ForgottenAnswer(Model):
    """What tells that a row of a file is an imported answer that was deleted here."""

    __tablename__ = "forgotten_answer"
    __table_args__ = (Index("ix_forgotten_answer_survey_id_mark", "survey_id", "mark"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    mark: Mapped[str] = mapped_column(String(24))
    """Keyed hash; nobody can tell from it what was written"""


class Marks:
    """Makes the marks of one survey's answers."""

    def __init__(self, survey_id: int) -> None:
        key = current_app.config["SECRET_KEY"]
        self._key = key if isinstance(key, bytes) else str(key).encode()
        self._prefix = f"forgotten {survey_id} "

    def of_response(self, response_key: str) -> str:
        """Return the mark of a response id that was hashed already."""
        return self._mark(f"id {response_key}")

    def of_time(self, text: str, received_at: datetime) -> str:
        """Return the mark of a text given in a certain minute."""
        return self._mark(f"time {received_at.astimezone(UTC):%Y-%m-%dT%H:%M} {text}")

    def of_text(self, text: str) -> str:
        """Return the mark of a text."""
        return self._mark(f"text {text}")

    def _mark(self, content: str) -> str:
        return hmac.digest(self._key, (self._prefix + content).encode("utf-8", "surrogatepass"), "sha256").hex()[
            :MARK_LENGTH
        ]


def remember(session: Session, survey_id: int, answer_ids: Sequence[int]) -> None:
    """Store the marks of answers that are about to be deleted, of those that came with a file that is still here."""
    taken_back = exists().where(Deletion.answer_public_id == AnswerImport.public_id)
    answers = session.execute(
        select(Answer.text, Answer.received_at, Answer.response_key)
        .join(AnswerImport, AnswerImport.id == Answer.import_id)
        .where(Answer.id.in_(answer_ids), ~taken_back)
    )
    marks = Marks(survey_id)
    rows = []
    for text, received_at, response_key in answers:
        found = [marks.of_text(text), marks.of_time(text, received_at)]
        if response_key is not None:
            found.append(marks.of_response(response_key))
        rows += [{"survey_id": survey_id, "mark": mark} for mark in found]
    if rows:
        session.execute(insert(ForgottenAnswer), rows)


def stored_marks(session: Session, survey_id: int) -> Iterable[str]:
    """Return the marks of a survey, one as often as it was stored."""
    return session.scalars(select(ForgottenAnswer.mark).where(ForgottenAnswer.survey_id == survey_id)).all()
