"""The respondent's pages: the question and its form, the thank-you, what happens to an answer."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from survey.answers import lifecycle as answers
from survey.answers import own_link
from survey.answers.story import CHANGED, entries_of
from survey.core.database import now
from survey.core.i18n import N_, gettext
from survey.core.models import Survey
from survey.follow_up import registration
from survey.respond import bot_checks, returning, submission
from survey.respond.forms import RespondentForm
from survey.respond.joined_themes import is_silent, joined_themes
from survey.results import read_model
from survey.results.headline import in_words
from survey.sharing import links
from survey.web import access, survey_cache
from survey.web.access import external_url, get_survey, is_member, public
from survey.web.shared_pages import same_for_everybody, with_fresh

blueprint = Blueprint("respond", __name__, url_prefix="/s/<slug>")

ONLY_A_PREVIEW = N_("This is a preview, so nothing was sent. Open the survey first.")


def _fresh(survey_id: int) -> dict[str, str]:
    """Return what is another on each form that is shown, beside the token against forged forms."""
    key = answers.new_form_key()
    return {"form_key": key, "token": bot_checks.form_token(survey_id, key)}


@blueprint.get("")
@public
@same_for_everybody({"from": answers.SOURCES}, cookies=[returning.COOKIE], fresh=_fresh)
def answer(slug: str) -> ResponseReturnValue:
    """Show the question and the answer form."""
    survey = get_survey(slug)
    if not survey.takes_answers(now()) and not is_member(survey):
        return _closed(survey, "")
    form = RespondentForm(survey, formdata=None)
    form.source.data = answers.known_source(request.args.get("from"))
    return _form_page(survey, form, 200)


@blueprint.post("", endpoint="send")
@public
@survey_cache.with_cached_survey
def send(survey: Survey) -> ResponseReturnValue:
    """Store one answer and redirect to the thank-you page.

    The files an answer crosses from this POST to its INSERT, in order:

    1. survey/web/survey_cache.py `with_cached_survey`: the survey as this process last read it.
    2. survey/respond/submission.py `read_form`: the body, once survey/web/request_checks.py finds it readable.
    3. survey/respond/submission.py `accept`: all that follows, and the status where the answer is rejected.
    4. survey/respond/forms.py `RespondentForm.read`: the text, the kind and the CSRF token.
    5. survey/respond/bot_checks.py `reason_to_hold`: bots, and too many answers from one address.
    6. survey/answers/lifecycle.py `receive`: compared with recent answers (survey/answers/near_duplicates.py).
    7. survey/core/group_commit.py: one transaction for all answers that arrive at the same time.
    8. survey/answers/lifecycle.py `_store`: judged by survey/answers/moderation.py, then the INSERT.
    9. survey/runs/lifecycle.py `request_run`: the run that finds its themes; `notify_new_answers` wakes the worker.
    """
    sent = submission.read_form(RespondentForm, survey)
    if not survey.takes_answers(now()):
        form = sent.form
        survey = survey_cache.reload_survey(survey)
        if (twice := submission.sent_before(survey, form)) is not None:
            return _thanked(survey, twice)
        if not is_member(survey):
            return _closed(survey, form.text.data or "")
        form.text.errors = [gettext(ONLY_A_PREVIEW)]
        return _form_page(survey, form, 409)
    try:
        accepted = submission.accept(survey, sent)
    except submission.Rejected as rejected:
        return _form_page(survey_cache.reload_survey(survey), sent.form, rejected.status)
    return _thanked(survey, accepted)


def _thanked(survey: Survey, accepted: submission.Accepted) -> ResponseReturnValue:
    """Redirect to the thank-you page of an answer, which this browser is to know."""
    response = make_response(redirect(url_for("respond.thanks", slug=survey.slug), 303))
    returning.remember(response, survey.slug, own_link.secret_of(accepted.nonce))
    return response


@blueprint.get("/thanks")
@public
def thanks(slug: str) -> ResponseReturnValue:
    """Thank this visitor, and show the answer that was sent last from this browser, its themes and its link."""
    survey = get_survey(slug)
    sent = returning.own_answers(survey)
    if not sent:
        return redirect(url_for("respond.answer", slug=slug))
    own = sent[0].answer
    joined = joined_themes(survey, own.id)
    reload = submission.next_reload(own, joined)
    page = render_template(
        "respond/thanks.html",
        survey=survey,
        answer=own,
        changed=any(entry.what == CHANGED for entry in entries_of(own)),
        joined=joined,
        is_silent=joined == [] and is_silent(survey, own.id),
        nearest=read_model.nearest_quote(survey, own) if survey.is_published else None,
        own_url=external_url("own_answer.read", slug=slug, secret=sent[0].secret),
        kept_until=now() + returning.kept(),
        tells=registration.is_offered(survey),
        reload_url=url_for("respond.thanks", slug=slug, look=reload) if reload else None,
        themes_url=_themes_url(survey),
        share=links.question_share(survey),
    )
    return page, {"Cache-Control": "no-store"}


@blueprint.post("/forget")
@public
def forget(slug: str) -> ResponseReturnValue:
    """Have this browser forget the answers sent from it, for the next person at it; show the form."""
    response = make_response(redirect(url_for("respond.answer", slug=get_survey(slug).slug), 303))
    returning.forget(response, slug)
    return response


@blueprint.get("/deleted")
@public
def deleted(slug: str) -> ResponseReturnValue:
    """Confirm that an answer was deleted."""
    return render_template("respond/deleted.html", survey=get_survey(slug)), {"Cache-Control": "no-store"}


@blueprint.get("/what-happens")
@public
def what_happens(slug: str) -> ResponseReturnValue:
    """Explain what happens to an answer."""
    survey = get_survey(slug)
    if access.is_draft(survey, now()) and not is_member(survey):
        return _closed(survey, "")
    own = returning.own_answers(survey)
    return render_template(
        "respond/what_happens.html",
        survey=survey,
        own=own,
        kept_until=now() + returning.kept(),
        tells=registration.is_offered(survey),
    )


def _form_page(survey: Survey, form: RespondentForm, status: int) -> ResponseReturnValue:
    submission.issue_key(survey, form)
    with_fresh(form_key=form.form_key.data or "", token=form.token.data or "", csrf_token=generate_csrf())
    meta = links.question_meta(survey, form.source.data)
    preview = not survey.takes_answers(now()) and is_member(survey)
    # Not `no-store`: Back must show the page with the same form key, so that sending again stays one answer.
    return (
        render_template(
            "respond/answer.html",
            survey=survey,
            form=form,
            meta=meta,
            preview=preview,
            own=returning.own_answers(survey),
        ),
        status,
        {"Cache-Control": "private, no-cache"},
    )


def _closed(survey: Survey, text: str) -> ResponseReturnValue:
    later, draft = survey.opens_later(now()), access.is_draft(survey, now())
    if later or draft:
        meta = None if draft else links.question_meta(survey, None)
        page = render_template("respond/not_open_yet.html", survey=survey, text=text, meta=meta, draft=draft)
        status = 410 if not later else 409 if request.method == "POST" else 200
        return page, status, {"Cache-Control": "private, no-cache"}
    page = render_template(
        "respond/closed.html",
        survey=survey,
        text=text,
        themes_url=_themes_url(survey),
        own=returning.own_answers(survey),
        tells=registration.is_offered(survey),
        headline=in_words(read_model.theme_page(survey).headline) if survey.is_published else "",
    )
    return page, 410, {"Cache-Control": "private, no-cache"}


def _themes_url(survey: Survey) -> str | None:
    return url_for("results.themes", slug=survey.slug) if survey.is_published else None
