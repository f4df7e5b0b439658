"""The owner's lists of advice: what others say, to be held against what people answered."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey import advice_shown, advising, kinds
from survey.access import own_survey
from survey.database import db
from survey.forms import AdviceForm
from survey.models import Advice, Run, Survey

blueprint = Blueprint("advice", __name__, url_prefix="/manage/<slug>/advice")


@blueprint.get("")
def listed(slug: str) -> ResponseReturnValue:
    """Every list with what the last run found of it, and room for a new one."""
    return _page(own_survey(slug), AdviceForm(formdata=None)), {"Cache-Control": "no-store"}


@blueprint.post("", endpoint="add")
def add(slug: str) -> ResponseReturnValue:
    """Keep a new list."""
    own = own_survey(slug)
    form = AdviceForm()
    if not form.validate():
        return _page(own, form), 422
    try:
        advising.add(own, form.title.data or "", kinds.lines(form.points.data))
    except advising.TooMany:
        form.title.errors = [f"There are {advising.LISTS_MOST} lists already. Delete one first."]
        return _page(own, form), 422
    return _back(slug, "The list is kept. A run holds it against the answers.")


@blueprint.route("/<public_id>", methods=["GET", "POST"])
def change(slug: str, public_id: str) -> ResponseReturnValue:
    """Change a list."""
    own, advice = _own_list(slug, public_id)
    form = AdviceForm(title=advice.title, points="\n".join(advice.points))
    status = 200
    if request.method == "POST":
        if form.validate():
            advising.change(advice, form.title.data or "", kinds.lines(form.points.data))
            return _back(slug, "The list is changed. A run holds it against the answers.")
        status = 422
    return render_template("manage/advice_change.html", survey=own, advice=advice, form=form), status


@blueprint.post("/<public_id>/delete")
def delete(slug: str, public_id: str) -> ResponseReturnValue:
    """Remove a list."""
    _, advice = _own_list(slug, public_id)
    advising.delete(advice)
    return _back(slug, "The list is deleted.")


def _own_list(slug: str, public_id: str) -> tuple[Survey, Advice]:
    own = own_survey(slug)
    advice = advising.own_list(own, public_id)
    if advice is None:
        abort(404)
    return own, advice


def _page(own: Survey, form: AdviceForm) -> str:
    run = db.session.get(Run, own.current_run_id) if own.current_run_id else None
    found = {shown.public_id: shown for shown in advice_shown.advice_shown(own, run)} if run else {}
    return render_template("manage/advice.html", survey=own, form=form, lists=advising.lists(own), found=found)


def _back(slug: str, message: str) -> ResponseReturnValue:
    flash(message)
    return redirect(url_for("advice.listed", slug=slug), 303)
