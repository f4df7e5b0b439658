"""The token that a request shows: whose it is, what it is for, and how often it may be used."""

from __future__ import annotations

from flask import abort, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import TooManyRequests, Unauthorized

from survey.accounts import api_tokens
from survey.core.account_models import ApiToken
from survey.core.database import db
from survey.core.models import Survey
from survey.web.rate_limits import API_CALLS, rate_limiter

MISSING = "Send a token as Authorization: Bearer TOKEN. The owner makes one on the Export page."
UNKNOWN = (
    "This token does not work: it was deleted, ended with its survey, or is mistyped. The owner makes another on the "
    "Export page."
)


def survey_to_read() -> Survey:
    """Return the survey that the token of this request reads; abort as `authorised` does."""
    return db.session.get_one(Survey, authorised(api_tokens.READ).survey_id)


def authorised(purpose: str) -> ApiToken:
    """Return the token of this request: 401 where none works, 403 where it is for another use, 429 after too many."""
    token = shown_token()
    if token is None:
        raise Unauthorized(
            UNKNOWN if _shown() else MISSING,
            www_authenticate=WWWAuthenticate("bearer", {"realm": "Common Threads"}),
        )
    if token.purpose != purpose:
        abort(
            403, "This token is for sending answers." if token.purpose == api_tokens.SEND else "This token only reads."
        )
    if not rate_limiter().hit(API_CALLS, str(token.id)):
        seconds = rate_limiter().seconds_left(API_CALLS, str(token.id))
        raise TooManyRequests(f"That was a lot at once. Wait {seconds} seconds.", retry_after=seconds)
    return token


def shown_token() -> ApiToken | None:
    """Return the token of this request, None where it shows none or one that does not work."""
    shown = _shown()
    return api_tokens.authenticate(shown) if shown else None


def _shown() -> str | None:
    """Return what this request shows as its token, whether it works or not."""
    shown = request.authorization
    return shown.token if shown is not None and shown.type == "bearer" else None
