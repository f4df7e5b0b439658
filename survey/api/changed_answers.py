"""Answers that came or changed since a moment, for programs that keep a copy."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from survey.core.database import db
from survey.core.models import Answer, AnswerImport, Survey

MARGIN = timedelta(minutes=1)
"""An answer is stamped before its transaction ends, an import up to some 20 seconds before: what is told as the moment
of the latest change lies so long before it that nothing which was still being written then is missed"""


def changed_since(survey: Survey, moment: datetime) -> ColumnElement[bool]:
    """Return the condition that an answer came, was imported, was changed, or was shown, held or hidden since then."""
    imports = select(AnswerImport.id).where(AnswerImport.survey_id == survey.id, AnswerImport.made_at >= moment)
    return or_(Answer.received_at >= moment, Answer.changed_at >= moment, Answer.import_id.in_(imports))


def latest_change(survey: Survey) -> datetime | None:
    """Return a moment after which everything that is not yet in the answers changes; None without answers."""
    of_answers = select(func.max(Answer.received_at), func.max(Answer.changed_at)).where(Answer.survey_id == survey.id)
    of_imports = select(func.max(AnswerImport.made_at)).where(AnswerImport.survey_id == survey.id)
    found = [moment for moment in (*db.session.execute(of_answers).one(), db.session.scalar(of_imports)) if moment]
    return max(found) - MARGIN if found else None
