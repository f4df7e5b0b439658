"""The answer form inside other people's pages.

There it gets no cookie: a browser sends none that is SameSite=Lax to a frame of another site, and none is asked
for. So what a session would hold stands in signed tokens: the one in the form says that this site showed it, to
whom it belongs and when; the one in the thank-you's address names the answer. Forging a post for somebody else,
which a session token prevents, gains nothing here: no cookie, no right goes with the post.
"""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer
from wtforms import HiddenField

from survey.forms import AnswerForm
from survey.languages import N_

FORM_SECONDS = 12 * 60 * 60
THANKS_SECONDS = 60 * 60
OPEN_TOO_LONG = N_("The page was open for too long. It is ready again now: send your answer once more.")


class EmbedForm(AnswerForm):
    """An answer from inside another page."""

    class Meta(AnswerForm.Meta):  # type: ignore[misc, name-defined]
        csrf = False

    token = HiddenField()


def form_token(survey_id: int, form_key: str) -> str:
    """What one showing of the form carries instead of a session's token."""
    return _signer("embed-form").dumps([survey_id, form_key])


def is_form_token(token: str | None, survey_id: int, form_key: str | None) -> bool:
    """Whether this site showed this form of this survey, not too long ago."""
    return _opened("embed-form", token, FORM_SECONDS) == [survey_id, form_key]


def thanks_token(survey_id: int, public_id: str, secret: str) -> str:
    """Names an answer in the address of its thank-you, and the link by which its writer may change it."""
    return _signer("embed-thanks").dumps([survey_id, public_id, secret])


def thanked_answer(token: str, survey_id: int) -> tuple[str | None, str]:
    """The public id of the answer that a thank-you is for, and its secret; None where the token is not ours, or old."""
    match _opened("embed-thanks", token, THANKS_SECONDS):
        case [int(signed_for), str(public_id), str(secret)] if signed_for == survey_id:
            return public_id, secret
    return None, ""


def _signer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=purpose)


def _opened(purpose: str, token: str | None, seconds: int) -> object:
    try:
        return _signer(purpose).loads(token or "", max_age=seconds)
    except BadSignature:
        return None
