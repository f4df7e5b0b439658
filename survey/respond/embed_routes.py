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

from flask import current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature

from survey.core.database import now
from survey.core.i18n import N_, gettext
from survey.core.models import Survey
from survey.respond import bot_checks, embed_routes, submission
from survey.respond.forms import RespondentForm
from survey.results import read_model
from survey.sharing.routes import blueprint
from survey.web import access, survey_cache
from survey.web.access import any_survey, outside_address, public

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


@blueprint.get("/embed")
@public
def embed(slug: str) -> ResponseReturnValue:
    """The question and the box, inside another page."""
    survey = any_survey(slug)
    if not survey.takes_answers(now()):
        return _closed(survey, "")
    return _form_page(survey, EmbedForm(survey, formdata=None), 200)


@blueprint.post("/embed", endpoint="embed_send")
@public
def embed_send(slug: str) -> ResponseReturnValue:
    """Keep one answer that was given inside another page."""
    return survey_cache.judge(slug, _send)


@blueprint.get("/embed/thanks/<token>")
@public
def embed_thanks(slug: str, token: str) -> ResponseReturnValue:
    """The thank-you inside another page, for the answer that its token names."""
    survey = any_survey(slug)
    public_id, secret = embed_routes.thanked_answer(token, survey.id)
    own = submission.own_of(survey, public_id)
    if own is None:
        return redirect(url_for("share.embed", slug=slug))
    joined = read_model.joined(survey, own.id)
    look = submission.next_look(own, joined)
    page = render_template(
        "respond/embed_thanks.html",
        survey=survey,
        answer=own,
        joined=joined,
        own_url=outside_address("own_answer.read", slug=slug, secret=secret),
        look_again=url_for("share.embed_thanks", slug=slug, token=token, look=look) if look else None,
    )
    return page, {"Cache-Control": "no-store"}


def _send(survey: Survey) -> ResponseReturnValue:
    form = submission.sent_form(EmbedForm, survey)
    if not survey.takes_answers(now()):
        return _closed(survey_cache.confirmed(survey), form.text.data or "")
    nonce = embed_routes.new_nonce()
    try:
        taken = submission.take(
            survey, form, "embed", embed_routes.secret(nonce), lambda: _shown_elsewhere(form, survey.id)
        )
    except submission.NotTaken as not_taken:
        return _form_page(survey_cache.confirmed(survey), form, not_taken.status)
    token = embed_routes.thanks_token(survey.id, taken.public_id, nonce)
    return redirect(url_for("share.embed_thanks", slug=survey.slug, token=token), 303)


def _shown_elsewhere(form: EmbedForm, survey_id: int) -> bool:
    if bot_checks.is_form_token(form.token.data or "", survey_id, form.form_key.data or ""):
        return False
    form.token.errors = [gettext(embed_routes.OPEN_TOO_LONG)]
    return True


def _form_page(survey: Survey, form: EmbedForm, status: int) -> ResponseReturnValue:
    submission.make_ready(survey, form, anew=form.token.errors)
    del form.source
    page = render_template("respond/embed.html", survey=survey, form=form)
    return page, status, {"Cache-Control": "private, no-cache"}


def _closed(survey: Survey, text: str) -> ResponseReturnValue:
    draft = access.is_draft(survey, now())
    page = render_template("respond/embed_closed.html", survey=survey, text=text, draft=draft)
    return page, 410, {"Cache-Control": "private, no-cache"}
