"""The respondent's pages: the question, the thank-you, what happens to an answer."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from survey.answers import lifecycle as answers
from survey.core.database import now
from survey.core.i18n import N_, gettext
from survey.core.models import Survey
from survey.respond import submission
from survey.respond.forms import RespondentForm
from survey.results import read_model
from survey.sharing import links
from survey.web import access, survey_cache
from survey.web.access import any_survey, is_own, outside_address, public

blueprint = Blueprint("respond", __name__, url_prefix="/s/<slug>")

ONLY_A_PREVIEW = N_("This is a preview, so nothing was sent. Open the survey first.")
NO_COOKIE = N_(
    "Your browser did not send back the small cookie that protects this form. Allow cookies for this site and send "
    "it again."
)


@blueprint.get("")
@public
def answer(slug: str) -> ResponseReturnValue:
    """The question and the box."""
    survey = any_survey(slug)
    if not survey.takes_answers(now()) and not is_own(survey):
        return _closed(survey, "")
    form = RespondentForm(survey, formdata=None)
    form.source.data = answers.known_source(request.args.get("from"))
    return _form_page(survey, form, 200)


@blueprint.post("", endpoint="send")
@public
def send(slug: str) -> ResponseReturnValue:
    """Keep one answer, and go on to the thank-you."""
    return survey_cache.judge(slug, _send)


@blueprint.get("/thanks")
@public
def thanks(slug: str) -> ResponseReturnValue:
    """The thank-you, with what this visitor wrote."""
    survey = any_survey(slug)
    own = submission.own_of(survey, session.get(f"answer:{survey.id}"))
    if own is None:
        return redirect(url_for("respond.answer", slug=slug))
    joined = read_model.joined(survey, own.id)
    look = submission.next_look(own, joined)
    secret = session.get(f"secret:{survey.id}")
    if secret is not None and look is None:
        session.pop(f"secret:{survey.id}")  # shown once: what a browser keeps, the next one at it could read
    page = render_template(
        "respond/thanks.html",
        survey=survey,
        answer=own,
        joined=joined,
        nearest=read_model.nearest_voice(survey, own) if survey.is_published else None,
        own_url=outside_address("own_answer.read", slug=slug, secret=secret) if secret else None,
        look_again=url_for("respond.thanks", slug=slug, look=look) if look else None,
        themes_url=_themes_url(survey),
        share=links.question_share(survey),
    )
    return page, {"Cache-Control": "no-store"}


@blueprint.get("/deleted")
@public
def deleted(slug: str) -> ResponseReturnValue:
    """After an answer was deleted."""
    return render_template("respond/deleted.html", survey=any_survey(slug)), {"Cache-Control": "no-store"}


@blueprint.get("/what-happens")
@public
def what_happens(slug: str) -> ResponseReturnValue:
    """What happens to an answer, in plain words."""
    survey = any_survey(slug)
    if access.is_draft(survey, now()) and not is_own(survey):
        return _closed(survey, "")
    return render_template("respond/what_happens.html", survey=survey)


def _send(survey: Survey) -> ResponseReturnValue:
    form = submission.sent_form(RespondentForm, survey)
    if not survey.takes_answers(now()):
        survey = survey_cache.confirmed(survey)
        if not is_own(survey):
            return _closed(survey, form.text.data or "")
        form.text.errors = [gettext(ONLY_A_PREVIEW)]
        return _form_page(survey, form, 409)
    try:
        source = answers.known_source(form.source.data) or "direct"
        taken = submission.take(survey, form, source, answers.new_secret(), lambda: _without_cookie(form))
    except submission.NotTaken as not_taken:
        return _form_page(survey_cache.confirmed(survey), form, not_taken.status)
    session[f"answer:{survey.id}"] = taken.public_id
    session[f"secret:{survey.id}"] = taken.secret
    return redirect(url_for("respond.thanks", slug=survey.slug), 303)


def _without_cookie(form: RespondentForm) -> bool:
    if not form.csrf_token.errors:
        return False
    form.csrf_token.errors = [gettext(NO_COOKIE)]
    return True


def _form_page(survey: Survey, form: RespondentForm, status: int) -> ResponseReturnValue:
    submission.make_ready(survey, form)
    meta = links.question_meta(survey, form.source.data)
    preview = not survey.takes_answers(now()) and is_own(survey)
    # Not `no-store`: Back must bring the page with its form key, so that sending again stays one answer.
    return (
        render_template("respond/answer.html", survey=survey, form=form, meta=meta, preview=preview),
        status,
        {"Cache-Control": "private, no-cache"},
    )


def _closed(survey: Survey, text: str) -> ResponseReturnValue:
    later, draft = survey.opens_later(now()), access.is_draft(survey, now())
    if later or draft:
        meta = None if draft else links.question_meta(survey, None)
        page = render_template("respond/not_yet.html", survey=survey, text=text, meta=meta, draft=draft)
        status = 410 if not later else 409 if request.method == "POST" else 200
        return page, status, {"Cache-Control": "private, no-cache"}
    page = render_template("respond/closed.html", survey=survey, text=text, themes_url=_themes_url(survey))
    return page, 410, {"Cache-Control": "private, no-cache"}


def _themes_url(survey: Survey) -> str | None:
    return url_for("results.themes", slug=survey.slug) if survey.is_published else None
