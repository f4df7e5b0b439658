"""The asker's own answer: one a survey, written in the workshop, shown as theirs."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from survey.answers import erasure
from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.respond.forms import AnswerForm
from survey.web.access import own_survey

blueprint = Blueprint("my_answer", __name__, url_prefix="/manage/<slug>/my-answer")

FORM_KEY = "asker"
"""The same for every showing of the form, so that writing again changes the answer"""


@blueprint.route("", methods=["GET", "POST"])
def write(slug: str) -> ResponseReturnValue:
    """Write it, or change it. It is taken whether the survey is open or not."""
    own = own_survey(slug)
    kept = _kept(own)
    form = AnswerForm(own, text=kept.text, kind=kept.kind) if kept else AnswerForm(own)
    form.form_key.data = answers.new_form_key()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            text = answers.check_text(form.text.data)
            answers.receive(own, NewAnswer(text, FORM_KEY, form.kind_key(), "direct", is_askers=True))
            flash("Your own answer is kept, and marked as yours.")
            return redirect(url_for("manage.survey", slug=slug), 303)
    page = render_template("manage/my_answer.html", survey=own, form=form, kept=kept)
    return page, status, {"Cache-Control": "no-store"}


@blueprint.post("/delete")
def delete(slug: str) -> ResponseReturnValue:
    """Take it back: it is gone for good."""
    own = own_survey(slug)
    kept = _kept(own)
    if kept is not None:
        erasure.delete_answer(own, kept)
        flash("Your own answer is deleted.")
    return redirect(url_for("manage.survey", slug=slug), 303)


def _kept(own: Survey) -> Answer | None:
    return db.session.scalar(select(Answer).where(Answer.survey_id == own.id, Answer.form_key == FORM_KEY))
