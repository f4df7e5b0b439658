"""What readers of the theme page are told of the newest check, if its owner wants it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from analysis.evidence.agreement import Agreement
from survey.answers.check_models import Check, CheckReader
from survey.checks.outcome import outcome
from survey.checks.theme_changes import changed_at
from survey.core.account_models import OWNER
from survey.core.database import db
from survey.core.models import Survey
from survey.web.access import role_in

MAX_LOOKED_AT = 3
"""Checks that are looked at, because one in which too little was read tells nothing"""


@dataclass(frozen=True, slots=True)
class Statement:
    """The agreement of machine and reader, when it was checked, and when the themes changed after that."""

    found: Agreement
    checked_at: datetime
    changed_at: datetime | None
    """None while they are as they were"""
    by_owner: bool
    """Whether an owner of the survey read it, and not somebody else who works at it"""


def public_statement(survey: Survey) -> Statement | None:
    """Return what the newest finished check found; None if there is none, or the owner does not show it.

    Always the newest: an owner who could choose among checks would choose the best.
    """
    return newest_statement(survey) if survey.shows_check else None


def read_by_owner(survey: Survey, reader: CheckReader) -> bool:
    """Return whether the first reader of a check is an owner of the survey, as far as anybody knows."""
    return reader.is_first and reader.owner_id is not None and role_in(db.session, survey, reader.owner_id) == OWNER


def newest_statement(survey: Survey) -> Statement | None:
    """Return what the newest check found that its first reader finished; None if there is none with enough answers."""
    finished = db.session.execute(
        select(Check, CheckReader)
        .join(CheckReader, CheckReader.check_id == Check.id)
        .where(Check.survey_id == survey.id, CheckReader.name == "", CheckReader.finished_at.is_not(None))
        .order_by(Check.id.desc())
        .limit(MAX_LOOKED_AT)
    ).all()
    for check, reader in finished:
        found = outcome(check, reader).found
        if found is not None:
            return Statement(
                found, reader.finished_at or check.started_at, changed_at(survey, check), read_by_owner(survey, reader)
            )
    return None
