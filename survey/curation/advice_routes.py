"""The owner's pages for lists of advice, which are compared with the answers."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.core import respondent_kinds
from survey.core.models import Advice, Survey
from survey.curation import advice_comparison, advice_lists
from survey.curation.forms import AdviceForm
from survey.results.lookups import shown_run
from survey.web.access import get_own_survey

blueprint = Blueprint("advice", __name__, url_prefix="/manage/<slug>/advice")


@blueprint.get("")
def listed(slug: str) -> ResponseReturnValue:
    """Every list with what the last run found about it, and the form for a new one."""
    return _page(get_own_survey(slug), AdviceForm(formdata=None))


@blueprint.post("", endpoint="add")
def add(slug: str) -> ResponseReturnValue:
    """Keep a new list."""
    own = get_own_survey(slug)
    form = AdviceForm()
    if not form.validate():
        return _page(own, form), 422
    try:
        advice_lists.add(own, form.title.data or "", respondent_kinds.split_lines(form.points.data))
    except advice_lists.TooManyLists:
        form.title.errors = [f"There are {advice_lists.MAX_LISTS} lists already. Delete one first."]
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
            advice_lists.change(advice, form.title.data or "", respondent_kinds.split_lines(form.points.data))
            return _back(slug, "The list is changed. A run holds it against the answers.")
        status = 422
    return render_template("curation/advice_change.html", survey=own, advice=advice, form=form), status


@blueprint.post("/<public_id>/delete")
def delete(slug: str, public_id: str) -> ResponseReturnValue:
    """Remove a list."""
    _, advice = _own_list(slug, public_id)
    advice_lists.delete(advice)
    return _back(slug, "The list is deleted.")


def _own_list(slug: str, public_id: str) -> tuple[Survey, Advice]:
    own = get_own_survey(slug)
    advice = advice_lists.find_list(own, public_id)
    if advice is None:
        abort(404)
    return own, advice


def _page(own: Survey, form: AdviceForm) -> str:
    run = shown_run(own)
    found = {shown.public_id: shown for shown in advice_comparison.compared_advice(own, run)} if run else {}
    return render_template(
        "curation/advice.html", survey=own, form=form, lists=advice_lists.all_lists(own), found=found
    )


def _back(slug: str, message: str) -> ResponseReturnValue:
    flash(message)
    return redirect(url_for("advice.listed", slug=slug), 303)
