"""The answer form inside other sites' pages.

A frame of another site gets no cookie (ours are SameSite=Lax), so what a session would hold is in signed tokens: the
one of the form (survey/respond/bot_checks.py) proves that this site showed it, and when; the one in the address of the
thank-you page names the answer. CSRF protection is not needed: without a cookie a forged post has no more rights than
any other.
"""

from __future__ import annotations

from flask import abort, has_request_context, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature

from survey.answers import lifecycle as answers
from survey.answers import own_link
from survey.core.database import now
from survey.core.models import Survey
from survey.respond import submission
from survey.respond.forms import EmbedForm
from survey.respond.joined_themes import is_silent, joined_themes
from survey.results import read_model
from survey.sharing.embed_assets import LOOKS
from survey.sharing.routes import blueprint
from survey.web import access, survey_cache
from survey.web.access import external_url, get_survey, public

THANKS_SECONDS = 5 * 60
"""How long the address of a thank-you page is valid: whoever has it from elsewhere reads the answer and its link"""


MAX_CHOICE_LENGTH = 10
KEPT = ("look", "introduction")
"""What a host chooses in the address of its frame, kept from page to page in it"""


@blueprint.get("/embed")
@public
def embed(slug: str) -> ResponseReturnValue:
    """Show the question and the answer form, inside another site's page."""
    survey = get_survey(slug)
    if not survey.takes_answers(now()):
        return _closed(survey, "")
    return _form_page(survey, EmbedForm(survey, formdata=None), 200)


@blueprint.post("/embed", endpoint="embed_send")
@public
@survey_cache.with_cached_survey
def embed_send(survey: Survey) -> ResponseReturnValue:
    """Store one answer sent from inside another site's page.

    It crosses the same files as `survey.respond.routes.send`.
    """
    sent = submission.read_form(EmbedForm, survey)
    if not survey.takes_answers(now()):
        form = sent.form
        if (twice := submission.sent_before(survey, form)) is not None:
            return _thanked(survey, twice)
        return _closed(survey_cache.reload_survey(survey), form.text.data or "")
    try:
        accepted = submission.accept(survey, sent, "embed")
    except submission.Rejected as rejected:
        return _form_page(survey_cache.reload_survey(survey), sent.form, rejected.status)
    return _thanked(survey, accepted)


def _thanked(survey: Survey, accepted: submission.Accepted) -> ResponseReturnValue:
    """Redirect to the thank-you page of an answer."""
    token = thanks_token(survey.id, accepted.public_id, accepted.nonce)
    return redirect(url_for("share.embed_thanks", slug=survey.slug, token=token), 303)


@blueprint.get("/embed/thanks/<token>")
@public
def embed_thanks(slug: str, token: str) -> ResponseReturnValue:
    """Thank for the answer that the token names, inside another site's page."""
    survey = get_survey(slug)
    public_id, secret = answer_of_thanks_token(token, survey.id)
    own = answers.find(survey, public_id)
    if own is None:
        return redirect(url_for("share.embed", slug=slug))
    joined = joined_themes(survey, own.id)
    reload = submission.next_reload(own, joined, "reload")
    page = render_template(
        "respond/embed_thanks.html",
        survey=survey,
        answer=own,
        joined=joined,
        is_silent=joined == [] and is_silent(survey, own.id),
        own_url=external_url("own_answer.read", slug=slug, secret=secret),
        reload_url=url_for("share.embed_thanks", slug=slug, token=token, reload=reload) if reload else None,
        chosen_look=_look(),
    )
    return page, {"Cache-Control": "no-store"}


@blueprint.get("/embed/themes")
@public
def embed_themes(slug: str) -> ResponseReturnValue:
    """Show the headline and the largest themes of a published survey, inside another site's page."""
    survey = get_survey(slug)
    if not survey.is_published:
        abort(404)
    page = render_template("respond/embed_themes.html", page=read_model.theme_page(survey), chosen_look=_look())
    return page, {"Cache-Control": "private, no-cache"}


@blueprint.app_url_defaults
def keep_choices(endpoint: str, values: dict[str, object]) -> None:
    """Keep what the host chose in the addresses from one page inside its frame to the next."""
    if not has_request_context() or not endpoint.startswith("share.embed"):
        return
    if (request.endpoint or "").startswith("share.embed"):
        for name in KEPT:
            if name in request.args and name not in values:
                values[name] = request.args[name][:MAX_CHOICE_LENGTH]


def _look() -> str:
    """Return the look that the host chose, "" where the visitor's own setting counts."""
    wanted = request.args.get("look", "")
    return wanted if wanted in LOOKS else ""


def thanks_token(survey_id: int, public_id: str, nonce: str) -> str:
    """Return the signed token that names an answer in the address of its thank-you page.

    There is no session to keep the secret of its link in, and an address must not contain it: addresses stay in
    histories and logs. So this one contains the nonce, which alone is of no use after some minutes.
    """
    return access.signer("embed-thanks").dumps([survey_id, public_id, nonce])


def answer_of_thanks_token(token: str, survey_id: int) -> tuple[str | None, str]:
    """Return the public id of the answer a thank-you page is for, and the secret of its link.

    (None, "") where the token is not valid for this survey, or expired.
    """
    try:
        signed = access.signer("embed-thanks").loads(token, max_age=THANKS_SECONDS)
    except BadSignature:
        return None, ""
    match signed:
        case [int(signed_for), str(public_id), str(nonce)] if signed_for == survey_id:
            return public_id, own_link.secret_of(nonce)
    return None, ""


def _form_page(survey: Survey, form: EmbedForm, status: int) -> ResponseReturnValue:
    submission.issue_key(survey, form, renew=bool(form.token.errors))
    del form.source
    page = render_template(
        "respond/embed.html",
        survey=survey,
        form=form,
        chosen_look=_look(),
        introduces=request.args.get("introduction") == "1",
    )
    return page, status, {"Cache-Control": "private, no-cache"}


def _closed(survey: Survey, text: str) -> ResponseReturnValue:
    draft = access.is_draft(survey, now())
    page = render_template("respond/embed_closed.html", survey=survey, text=text, draft=draft, chosen_look=_look())
    return page, 410, {"Cache-Control": "private, no-cache"}
