"""The answer form inside other people's pages.

There it gets no cookie: a browser sends none that is SameSite=Lax to a frame of another site, and none is asked
for. So what a session would hold stands in signed tokens: the one that every form carries
(survey/respond/bot_checks.py) says
that this site showed it, and when; the one in the thank-you's address names the answer. Forging a post for somebody
else, which a session token prevents, gains nothing here: no cookie, no right goes with the post.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from flask import current_app
from itsdangerous import BadSignature

from survey.core.i18n import N_
from survey.manage.forms import RespondentForm
from survey.web import access

SECRET_BYTES = 24
THANKS_SECONDS = 60 * 60
OPEN_TOO_LONG = N_("The page was open for too long. It is ready again now: send your answer once more.")


class EmbedForm(RespondentForm):
    """An answer from inside another page."""

    class Meta(RespondentForm.Meta):
        csrf = False


def new_nonce() -> str:
    """Return a random text from which the secret of one answer is made."""
    return secrets.token_urlsafe(18)


def secret(nonce: str) -> str:
    """Return the token of the link to one's own answer that belongs to a nonce.

    The thank-you has no session to keep the token in, and an address must not hold it: addresses stay in histories and
    logs. So its address holds the nonce, which this site makes the token of, and which is of no use after an hour.
    """
    key = current_app.config["SECRET_KEY"].encode()
    digest = hmac.new(key, b"own answer:" + nonce.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:SECRET_BYTES]).decode()


def thanks_token(survey_id: int, public_id: str, nonce: str) -> str:
    """Return the name of an answer for the address of its thank-you."""
    return access.signer("embed-thanks").dumps([survey_id, public_id, nonce])


def thanked_answer(token: str, survey_id: int) -> tuple[str | None, str]:
    """Return the public id of the answer that a thank-you is for, and its secret; None where the token is not ours, or
    old.
    """
    try:
        named = access.signer("embed-thanks").loads(token, max_age=THANKS_SECONDS)
    except BadSignature:
        return None, ""
    match named:
        case [int(signed_for), str(public_id), str(nonce)] if signed_for == survey_id:
            return public_id, secret(nonce)
    return None, ""
