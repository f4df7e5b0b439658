"""The imports of a survey, as its owner lists them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from survey.answers.erasure import IS_IMPORT_BEING_DELETED
from survey.core.account_models import Owner
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
    made_by: str
    """The name of its owner; "" for the command line and for imports of earlier versions"""
    counts: dict[str, int]
    """Rows of its file by what became of them; empty for imports of earlier versions"""


def past_imports(survey: Survey) -> list[PastImport]:
    """Return the imports of a survey, newest first."""
    of_survey = select(AnswerImport.id).where(AnswerImport.survey_id == survey.id)
    counts = dict(
        db.session.execute(
            select(Answer.import_id, func.count()).where(Answer.import_id.in_(of_survey)).group_by(Answer.import_id)
        ).all()
    )
    rows = db.session.execute(
        select(AnswerImport, IS_IMPORT_BEING_DELETED, Owner.name)
        .outerjoin(Owner, Owner.id == AnswerImport.owner_id)
        .where(AnswerImport.survey_id == survey.id)
        .order_by(AnswerImport.made_at.desc(), AnswerImport.id.desc())
    )
    return [
        PastImport(
            past.public_id,
            past.name,
            past.made_at,
            counts.get(past.id, 0),
            is_being_deleted,
            made_by or "",
            past.counts,
        )
        for past, is_being_deleted, made_by in rows
    ]


def is_import_being_deleted(survey: Survey) -> bool:
    """Return whether an import of this survey is being deleted: until then its import keys still exist."""
    own = select(AnswerImport.id).where(AnswerImport.survey_id == survey.id, IS_IMPORT_BEING_DELETED)
    return db.session.scalar(own.limit(1)) is not None
