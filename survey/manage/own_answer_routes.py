"""The owner's own answer: at most one per survey, shown as theirs."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from survey.answers import erasure
from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer
from survey.core.database import db
from survey.core.i18n import gettext
from survey.core.models import Answer, Survey
from survey.respond.forms import AnswerForm
from survey.web.access import get_own_survey, owners_only

blueprint = Blueprint("my_answer", __name__, url_prefix="/manage/<slug>/my-answer")

FORM_KEY = "asker"
"""The form key of every such answer, so that sending the form again changes the answer"""


@blueprint.route("", methods=["GET", "POST"])
@owners_only
def write(slug: str) -> ResponseReturnValue:
    """Write or change the owner's own answer, whether the survey is open or not."""
    own = get_own_survey(slug)
    stored = _find(own)
    form = AnswerForm(own, text=stored.text, kind=stored.kind) if stored else AnswerForm(own)
    form.form_key.data = answers.new_form_key()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            text = answers.check_text(form.text.data)
            answers.receive(own, NewAnswer(text, FORM_KEY, form.kind_key(), is_askers=True))
            flash(gettext("Your own answer is kept, and marked as yours."))
            return redirect(url_for("manage.survey", slug=slug), 303)
    page = render_template("manage/my_answer.html", survey=own, form=form, stored=stored)
    return page, status


@blueprint.post("/delete")
@owners_only
def delete(slug: str) -> ResponseReturnValue:
    """Delete the owner's own answer for good."""
    own = get_own_survey(slug)
    stored = _find(own)
    if stored is not None:
        erasure.delete_answer(own, stored)
        flash(gettext("Your own answer is deleted."))
    return redirect(url_for("manage.survey", slug=slug), 303)


def _find(own: Survey) -> Answer | None:
    return db.session.scalar(select(Answer).where(Answer.survey_id == own.id, Answer.form_key == FORM_KEY))
