"""What a browser keeps of the answers sent from it: their secrets, in one cookie for the pages of that survey alone.

The cookie holds what the links hold, names nobody, and is sent to no page of another survey. It is there so that who
comes back finds their answer; who shares a computer has it forgotten by a button.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Response, current_app, request, url_for
from sqlalchemy import select

from survey.answers import own_link
from survey.core.database import db
from survey.core.models import Answer, Survey

COOKIE = "own-answers"
MAX_ANSWERS = 5
MAX_DAYS = 180


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """An answer that this browser sent, and the secret of its link."""

    answer: Answer
    secret: str


def own_answers(survey: Survey) -> list[OwnAnswer]:
    """Return the answers of a survey that this browser knows and that are still there, the last sent first."""
    secrets = _secrets()
    if not secrets:
        return []
    hashes = {own_link.hash_of(secret): secret for secret in secrets}
    rows = db.session.scalars(select(Answer).where(Answer.survey_id == survey.id, Answer.secret_hash.in_(hashes)))
    found = {hashes[row.secret_hash or ""]: row for row in rows}
    return [OwnAnswer(found[secret], secret) for secret in secrets if secret in found]


def remember(response: Response, slug: str, secret: str) -> None:
    """Have this browser keep the secret of an answer that it has just sent."""
    _keep(response, slug, [secret, *(known for known in _secrets() if known != secret)][:MAX_ANSWERS])


def forget(response: Response, slug: str, secret: str | None = None) -> None:
    """Have this browser forget the secret of an answer, or all of this survey."""
    _keep(response, slug, [known for known in _secrets() if secret is not None and known != secret])


def kept() -> timedelta:
    """Return for how long a browser keeps it: not longer than answers are kept."""
    return timedelta(days=min(MAX_DAYS, current_app.config["RETENTION_DAYS"] or MAX_DAYS))


def _secrets() -> list[str]:
    """Return what looks like secrets in the cookie that was sent, without repetition."""
    sent = request.cookies.get(COOKIE, "").split(".")[:MAX_ANSWERS]
    return list(dict.fromkeys(secret for secret in sent if own_link.SECRET.fullmatch(secret)))


def _keep(response: Response, slug: str, secrets: list[str]) -> None:
    path = url_for("respond.answer", slug=slug)
    if not secrets:
        response.delete_cookie(COOKIE, path)
        return
    response.set_cookie(
        COOKIE,
        ".".join(secrets),
        max_age=kept(),
        path=path,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )
