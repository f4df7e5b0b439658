"""API tokens for one survey and one purpose (read, send). Shown once; only their hashes are stored."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, func, select, update

from survey.core.account_models import ApiToken
from survey.core.database import db, now, write_transaction
from survey.core.i18n import N_
from survey.core.models import Survey
from survey.edits import deeds
from survey.runs.queue import JobQueue
from survey.web.access import actor

TOKEN_BYTES = 24
MAX_NAME_CHARACTERS = 80
MAX_TOKENS = 50
USE_INTERVAL = timedelta(minutes=1)


READ, SEND = "read", "send"
PURPOSES = {READ: N_("Read"), SEND: N_("Send answers")}


class TooManyTokens(Exception):
    """The survey has MAX_TOKENS tokens."""


def create(survey: Survey, name: str, purpose: str = READ) -> str:
    """Create a token for a survey and one purpose, and return it; it cannot be shown again. Raises TooManyTokens."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    survey_id = survey.id
    with write_transaction(shown=False) as session:
        if (session.scalar(select(func.count()).where(ApiToken.survey_id == survey_id)) or 0) >= MAX_TOKENS:
            raise TooManyTokens
        made = {"survey_id": survey_id, "name": name, "purpose": purpose, "made_by": actor().owner_id}
        session.add(ApiToken(token_hash=hash_token(token), **made))
        deeds.record(session, survey_id, "token", name=name, purpose=purpose)
    return token


def of_survey(survey: Survey) -> list[ApiToken]:
    """Return the tokens of a survey, newest first."""
    found = select(ApiToken).where(ApiToken.survey_id == survey.id).order_by(ApiToken.id.desc())
    return list(db.session.scalars(found))


def revoke(survey: Survey, token_id: int) -> bool:
    """Delete a token. Return False if the survey has none with this id."""
    survey_id = survey.id
    with write_transaction(shown=False) as session:
        gone = delete(ApiToken).where(ApiToken.id == token_id, ApiToken.survey_id == survey_id)
        name = session.scalar(gone.returning(ApiToken.name))
        if name is not None:
            deeds.record(session, survey_id, "token_end", name=name)
        return name is not None


def authenticate(token: str) -> ApiToken | None:
    """Return the row of a token, or None, and queue an update of its last use.

    (Not written here: a GET writes nothing.)
    """
    found = db.session.scalar(select(ApiToken).where(ApiToken.token_hash == hash_token(token)))
    if found is not None and (found.used_at is None or found.used_at < now() - USE_INTERVAL):
        jobs: JobQueue = current_app.extensions["jobs"]
        jobs.enqueue_token_use(found.id)
    return found


def record_use(token_id: int) -> None:
    """Record that a token was used now. Safe to call twice, and for a deleted token."""
    with write_transaction(shown=False) as session:
        session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=now()))


def hash_token(token: str) -> str:
    """Return the stored hash of a token; the prefix separates it from hashes for other purposes."""
    return hashlib.sha256(b"api:" + token.encode()).hexdigest()
