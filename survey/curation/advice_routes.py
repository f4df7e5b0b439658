"""The owner's pages for lists of advice, which are compared with the answers."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.core import respondent_kinds
from survey.core.i18n import N_, gettext
from survey.core.models import Advice, Survey
from survey.curation import advice_comparison, advice_lists
from survey.curation.forms import AdviceForm
from survey.results.visible_themes import FoundTheme, all_themes
from survey.runs import counted_people
from survey.runs.lookups import shown_run
from survey.web.access import editors_only, get_own_survey
from survey.web.form_fields import ChangedMeanwhile

blueprint = Blueprint("advice", __name__, url_prefix="/manage/<slug>/advice")

CHANGED_MEANWHILE = N_(
    "These words were changed in another window, or by somebody else, since you opened this page. What you typed is "
    "still here: save it again to put it in place of theirs."
)

NO_THEME, FOUND = "none", "found"
"""What an owner may choose for a point besides a theme: that it matches none, or what the run found"""


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
        form.title.errors = [gettext("There are %(n)s lists already. Delete one first.", n=advice_lists.MAX_LISTS)]
        return _page(own, form), 422
    return _back(slug, gettext("The list is kept. A run holds it against the answers."))


@blueprint.route("/<public_id>", methods=["GET", "POST"])
@editors_only
def change(slug: str, public_id: str) -> ResponseReturnValue:
    """Change a list."""
    own, advice = _own_list(slug, public_id)
    form = AdviceForm(title=advice.title, points="\n".join(advice.points), seen=advice_lists.state(advice))
    status = 200
    if request.method == "POST":
        if form.validate():
            points = respondent_kinds.split_lines(form.points.data)
            try:
                advice_lists.change(advice, form.title.data or "", points, form.seen.data)
            except ChangedMeanwhile:
                own, advice = _own_list(slug, public_id)
                form.seen.data = advice_lists.state(advice)
                form.form_errors = [gettext(CHANGED_MEANWHILE)]
                return render_template("curation/advice_change.html", survey=own, advice=advice, form=form), 409
            return _back(slug, gettext("The list is changed. A run holds it against the answers."))
        status = 422
    return render_template("curation/advice_change.html", survey=own, advice=advice, form=form), status


@blueprint.get("/<public_id>/match")
@editors_only
def choose(slug: str, public_id: str) -> ResponseReturnValue:
    """Choose the theme that a point matches: the one with the number in the query, from 1."""
    own, advice = _own_list(slug, public_id)
    number = request.args.get("point", 0, type=int)
    if not 1 <= number <= len(advice.points):
        abort(404)
    return render_template(
        "curation/advice_match.html",
        survey=own,
        advice=advice,
        number=number,
        point=advice.points[number - 1],
        themes=_shown_themes(own),
        people=counted_people.people(own),
    )


@blueprint.post("/<public_id>/match")
def match(slug: str, public_id: str) -> ResponseReturnValue:
    """Decide which theme a point matches, that none does, or take such a decision back."""
    own, advice = _own_list(slug, public_id)
    point, chosen = request.form.get("point", ""), request.form.get("theme", "")
    theme = next((theme for theme in _shown_themes(own) if theme.public_id == chosen), None)
    try:
        if chosen == FOUND:
            advice_lists.undecide(advice, point)
        elif theme or chosen == NO_THEME:
            advice_lists.decide(advice, point, theme.id if theme else None)
        else:
            return _back(slug, gettext("That theme is not there any more. Nothing is changed."))
    except advice_lists.PointGone:
        return _back(slug, gettext("That point is not on the list any more. Nothing is changed."))
    return redirect(url_for("advice.listed", slug=slug, _anchor=f"{public_id}-{advice.points.index(point) + 1}"), 303)


@blueprint.post("/<public_id>/delete")
def delete(slug: str, public_id: str) -> ResponseReturnValue:
    """Remove a list."""
    _, advice = _own_list(slug, public_id)
    advice_lists.delete(advice)
    return _back(slug, gettext("The list is deleted."))


def _own_list(slug: str, public_id: str) -> tuple[Survey, Advice]:
    own = get_own_survey(slug)
    advice = advice_lists.find_list(own, public_id)
    if advice is None:
        abort(404)
    return own, advice


def _shown_themes(own: Survey) -> list[FoundTheme]:
    """Return the themes that readers see, most people first, under their own names."""
    return [theme for theme in all_themes(shown_run(own)) if not theme.hidden]


def _page(own: Survey, form: AdviceForm) -> str:
    run = shown_run(own)
    found = {shown.public_id: shown for shown in advice_comparison.compared_advice(own, run)} if run else {}
    return render_template(
        "curation/advice.html", survey=own, form=form, lists=advice_lists.all_lists(own), found=found
    )


def _back(slug: str, message: str) -> ResponseReturnValue:
    flash(message)
    return redirect(url_for("advice.listed", slug=slug), 303)
