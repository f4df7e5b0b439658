"""The respondent's pages: the question, the thank-you, what happens to an answer."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from survey import answers, intake, themes
from survey.access import any_survey, public
from survey.answers import NewAnswer
from survey.database import db
from survey.forms import AnswerForm
from survey.models import Answer, Survey

blueprint = Blueprint("respond", __name__, url_prefix="/s/<slug>")

LOOKS_MOST = 5
"""How often the thank-you page looks again, every two seconds, until the answer is placed."""
NOT_SAVED = "The site is too busy to save it just now. Wait a moment and send it again."
NO_COOKIE = (
    "Your browser did not send back the small cookie that protects this form. Allow cookies for this site and send "
    "it again."
)


@blueprint.get("")
@public
def answer(slug: str) -> ResponseReturnValue:
    """The question and the box."""
    survey = any_survey(slug)
    if not survey.is_open:
        return _closed(survey, "")
    form = AnswerForm(formdata=None)
    form.source.data = answers.known_source(request.args.get("from"))
    return _form_page(survey, form, 200)


@blueprint.post("", endpoint="send")
@public
def send(slug: str) -> ResponseReturnValue:
    """Keep one answer, and go on to the thank-you."""
    survey = any_survey(slug)
    problem = intake.problem(request)
    if problem is not None and problem.status in (413, 415):
        form = AnswerForm(formdata=None)
        form.text.errors = [problem.message]
        return _form_page(survey, form, problem.status)
    form = AnswerForm()
    if not survey.is_open:
        return _closed(survey, form.text.data or "")
    valid = form.validate()
    if form.csrf_token.errors:
        form.csrf_token.errors = [NO_COOKIE]
    if problem is not None:
        form.text.errors = [problem.message]
        return _form_page(survey, form, problem.status)
    if form.csrf_token.errors:
        return _form_page(survey, form, 400)
    if not valid:
        return _form_page(survey, form, 422)
    kept = NewAnswer(
        text=answers.check_text(form.text.data),
        form_key=form.form_key.data or "",
        kind=answers.check_kind(form.kind.data) if survey.kinds_asked else None,
        source=answers.known_source(form.source.data) or "direct",
    )
    try:
        public_id = answers.receive(survey, kept)
    except OperationalError:
        form.text.errors = [NOT_SAVED]
        return _form_page(survey, form, 503)
    session[f"answer:{survey.id}"] = public_id
    return redirect(url_for("respond.thanks", slug=slug), 303)


@blueprint.get("/thanks")
@public
def thanks(slug: str) -> ResponseReturnValue:
    """The thank-you, with what this visitor wrote."""
    survey = any_survey(slug)
    public_id = session.get(f"answer:{survey.id}")
    own = None
    if isinstance(public_id, str):
        own = db.session.scalar(select(Answer).where(Answer.survey_id == survey.id, Answer.public_id == public_id))
    if own is None:
        return redirect(url_for("respond.answer", slug=slug))
    joined = themes.joined(survey, own.id)
    tried = request.args.get("look", "0")
    look = int(tried) + 1 if tried.isascii() and tried.isdigit() and len(tried) < 3 else 1
    page = render_template(
        "respond/thanks.html",
        survey=survey,
        answer=own,
        joined=joined,
        look_again=url_for("respond.thanks", slug=slug, look=look) if joined is None and look <= LOOKS_MOST else None,
        themes_url=_themes_url(survey),
    )
    return page, {"Cache-Control": "no-store"}


@blueprint.get("/what-happens")
@public
def what_happens(slug: str) -> ResponseReturnValue:
    """What happens to an answer, in plain words."""
    return render_template("respond/what_happens.html", survey=any_survey(slug))


def _form_page(survey: Survey, form: AnswerForm, status: int) -> ResponseReturnValue:
    if not answers.FORM_KEY.fullmatch(form.form_key.data or ""):
        form.form_key.data = answers.new_form_key()
    if not survey.kinds_asked:
        del form.kind
    # Not `no-store`: Back must bring the page with its form key, so that sending again stays one answer.
    return (
        render_template("respond/answer.html", survey=survey, form=form),
        status,
        {"Cache-Control": "private, no-cache"},
    )


def _closed(survey: Survey, text: str) -> ResponseReturnValue:
    page = render_template("respond/closed.html", survey=survey, text=text, themes_url=_themes_url(survey))
    return page, 410, {"Cache-Control": "private, no-cache"}


def _themes_url(survey: Survey) -> str | None:
    return url_for("results.themes", slug=survey.slug) if survey.is_published else None
