"""Tokens: what a program shows to read one survey. Shown once when made; only a hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, func, select, update

from survey.database import db, now, writing
from survey.models import ApiToken, Survey

TOKEN_BYTES = 24
NAME_MOST = 80
TOKENS_MOST = 50
USED_EVERY = timedelta(minutes=1)


class TooMany(Exception):
    """A survey has as many tokens as it may have."""


def make(survey: Survey, name: str) -> str:
    """A new token that reads this survey. It cannot be shown again. Raises TooMany."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    survey_id = survey.id
    with writing() as session:
        if (session.scalar(select(func.count()).where(ApiToken.survey_id == survey_id)) or 0) >= TOKENS_MOST:
            raise TooMany
        session.add(ApiToken(survey_id=survey_id, name=name, token_hash=digest(token)))
    return token


def listed(survey: Survey) -> list[ApiToken]:
    """The tokens of a survey, newest first."""
    found = select(ApiToken).where(ApiToken.survey_id == survey.id).order_by(ApiToken.id.desc())
    return list(db.session.scalars(found))


def revoke(survey: Survey, token_id: int) -> bool:
    """End a token at once. False where the survey has none of this id."""
    survey_id = survey.id
    with writing() as session:
        gone = delete(ApiToken).where(ApiToken.id == token_id, ApiToken.survey_id == survey_id)
        return bool(session.execute(gone).rowcount == 1)  # type: ignore[attr-defined]


def survey_of(token: str) -> Survey | None:
    """The survey a token reads, None where there is no such token. Notes its use, once a minute at most."""
    found = db.session.execute(
        select(ApiToken.id, ApiToken.survey_id, ApiToken.used_at).where(ApiToken.token_hash == digest(token))
    ).one_or_none()
    if found is None:
        return None
    moment = now()
    if found.used_at is None or found.used_at < moment - USED_EVERY:
        with writing() as session:
            session.execute(update(ApiToken).where(ApiToken.id == found.id).values(used_at=moment))
    return db.session.get(Survey, found.survey_id)


def digest(token: str) -> str:
    """What is kept of a token: a hash that is bound to its purpose."""
    return hashlib.sha256(b"api:" + token.encode()).hexdigest()
