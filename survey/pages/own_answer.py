"""The respondent's own answer, by the secret link that was shown with the thank-you: read it, change it, delete it."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from survey import answers
from survey.access import any_survey, public
from survey.forms import AnswerForm
from survey.languages import gettext
from survey.models import Answer, Survey
from survey.pages import taking

blueprint = Blueprint("own_answer", __name__, url_prefix="/s/<slug>/mine/<secret>")

PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@blueprint.get("")
@public
def read(slug: str, secret: str) -> ResponseReturnValue:
    """The answer, ready to be changed."""
    survey, own = _found(slug, secret)
    form = AnswerForm(survey, formdata=None, text=own.text, kind=own.kind)
    return _page(survey, own, form, secret, 200)


@blueprint.post("", endpoint="change")
@public
def change(slug: str, secret: str) -> ResponseReturnValue:
    """Other words in place of the old ones."""
    survey, own = _found(slug, secret)
    form = AnswerForm(survey)
    form.form_key.data = answers.new_form_key()
    if not form.validate():
        return _page(survey, own, form, secret, 422)
    try:
        answers.change(survey, own, answers.check_text(form.text.data), taking.kind_of(survey, form))
    except OperationalError:
        form.text.errors = [gettext(taking.NOT_SAVED)]
        return _page(survey, own, form, secret, 503)
    session[f"answer:{survey.id}"] = own.public_id
    return redirect(url_for("respond.thanks", slug=slug), 303)


@blueprint.post("/delete")
@public
def delete(slug: str, secret: str) -> ResponseReturnValue:
    """The answer is gone for good."""
    survey, own = _found(slug, secret)
    answers.forget(survey, own)
    session.pop(f"answer:{survey.id}", None)
    session.pop(f"secret:{survey.id}", None)
    return redirect(url_for("respond.deleted", slug=slug), 303)


def _found(slug: str, secret: str) -> tuple[Survey, Answer]:
    survey = any_survey(slug)
    own = answers.by_secret(survey, secret)
    if own is None:
        abort(404)
    return survey, own


def _page(survey: Survey, own: Answer, form: AnswerForm, secret: str, status: int) -> ResponseReturnValue:
    page = render_template("respond/own_answer.html", survey=survey, answer=own, form=form, secret=secret)
    return page, status, PRIVATE
