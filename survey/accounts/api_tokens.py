"""Tokens: what a program shows to read one survey, or to send answers to it. Shown once; only a hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, func, select, update

from survey.core.account_models import ApiToken
from survey.core.database import db, now, write_transaction
from survey.core.models import Survey
from survey.runs.queue import JobQueue

TOKEN_BYTES = 24
MAX_NAME_CHARACTERS = 80
MAX_TOKENS = 50
USE_INTERVAL = timedelta(minutes=1)


READ, SEND = "read", "send"
PURPOSES = {READ: "Read", SEND: "Send answers"}


class TooManyTokens(Exception):
    """A survey has as many tokens as it may have."""


def create(survey: Survey, name: str, purpose: str = READ) -> str:
    """A new token for this survey and one purpose. It cannot be shown again. Raises TooMany."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    survey_id = survey.id
    with write_transaction() as session:
        if (session.scalar(select(func.count()).where(ApiToken.survey_id == survey_id)) or 0) >= MAX_TOKENS:
            raise TooManyTokens
        session.add(ApiToken(survey_id=survey_id, name=name, purpose=purpose, token_hash=hash_token(token)))
    return token


def of_survey(survey: Survey) -> list[ApiToken]:
    """The tokens of a survey, newest first."""
    found = select(ApiToken).where(ApiToken.survey_id == survey.id).order_by(ApiToken.id.desc())
    return list(db.session.scalars(found))


def revoke(survey: Survey, token_id: int) -> bool:
    """End a token at once. False where the survey has none of this id."""
    survey_id = survey.id
    with write_transaction() as session:
        gone = delete(ApiToken).where(ApiToken.id == token_id, ApiToken.survey_id == survey_id)
        return bool(session.execute(gone).rowcount == 1)  # type: ignore[attr-defined]


def authenticate(token: str) -> ApiToken | None:
    """The token that a program shows, None where there is none such. Has the worker note its use.

    (Not written here: a program that only reads changes nothing.)
    """
    found = db.session.scalar(select(ApiToken).where(ApiToken.token_hash == hash_token(token)))
    if found is not None and (found.used_at is None or found.used_at < now() - USE_INTERVAL):
        jobs: JobQueue = current_app.extensions["jobs"]
        jobs.enqueue_token_use(found.id)
    return found


def record_use(token_id: int) -> None:
    """Write down that a token was used just now. Safe to call twice, and for one that was ended since."""
    with write_transaction() as session:
        session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=now()))


def hash_token(token: str) -> str:
    """What is kept of a token: a hash that is bound to its purpose."""
    return hashlib.sha256(b"api:" + token.encode()).hexdigest()
