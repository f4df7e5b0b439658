"""The answer form inside other people's pages.

There it gets no cookie: a browser sends none that is SameSite=Lax to a frame of another site, and none is asked
for. So what a session would hold stands in signed tokens: the one that every form carries (survey/arrivals.py) says
that this site showed it, and when; the one in the thank-you's address names the answer. Forging a post for somebody
else, which a session token prevents, gains nothing here: no cookie, no right goes with the post.
"""

from __future__ import annotations

from itsdangerous import BadSignature

from survey import access
from survey.forms import RespondentForm
from survey.languages import N_

THANKS_SECONDS = 60 * 60
OPEN_TOO_LONG = N_("The page was open for too long. It is ready again now: send your answer once more.")


class EmbedForm(RespondentForm):
    """An answer from inside another page."""

    class Meta(RespondentForm.Meta):
        csrf = False


def thanks_token(survey_id: int, public_id: str, secret: str) -> str:
    """Names an answer in the address of its thank-you, and the link by which its writer may change it."""
    return access.signer("embed-thanks").dumps([survey_id, public_id, secret])


def thanked_answer(token: str, survey_id: int) -> tuple[str | None, str]:
    """The public id of the answer that a thank-you is for, and its secret; None where the token is not ours, or old."""
    try:
        named = access.signer("embed-thanks").loads(token, max_age=THANKS_SECONDS)
    except BadSignature:
        return None, ""
    match named:
        case [int(signed_for), str(public_id), str(secret)] if signed_for == survey_id:
            return public_id, secret
    return None, ""
