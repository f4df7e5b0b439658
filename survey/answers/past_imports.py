"""The imports of a survey, as its owner lists them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from survey.answers.erasure import IS_IMPORT_BEING_DELETED
from survey.core.database import db
from survey.core.models import Answer, AnswerImport, Survey


@dataclass(frozen=True, slots=True)
class PastImport:
    """An import in its owner's list: how many of its answers are still there, and whether it is being deleted."""

    public_id: str
    name: str
    made_at: datetime
    answers: int
    is_being_deleted: bool


def past_imports(survey: Survey) -> list[PastImport]:
    """Return the imports of a survey, newest first."""
    of_survey = select(AnswerImport.id).where(AnswerImport.survey_id == survey.id)
    counts = dict(
        db.session.execute(
            select(Answer.import_id, func.count()).where(Answer.import_id.in_(of_survey)).group_by(Answer.import_id)
        ).all()
    )
    rows = db.session.execute(
        select(AnswerImport, IS_IMPORT_BEING_DELETED)
        .where(AnswerImport.survey_id == survey.id)
        .order_by(AnswerImport.made_at.desc(), AnswerImport.id.desc())
    )
    return [
        PastImport(past.public_id, past.name, past.made_at, counts.get(past.id, 0), is_being_deleted)
        for past, is_being_deleted in rows
    ]


def is_import_being_deleted(survey: Survey) -> bool:
    """Return whether an import of this survey is being deleted: until then its import keys still exist."""
    own = select(AnswerImport.id).where(AnswerImport.survey_id == survey.id, IS_IMPORT_BEING_DELETED)
    return db.session.scalar(own.limit(1)) is not None
