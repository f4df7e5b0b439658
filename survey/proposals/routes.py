"""The owner's page of a proposal: accept all, some or none of it, take that back, and the switch for new findings."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.core.database import db
from survey.core.i18n import N_, gettext
from survey.core.models import Survey
from survey.curation import edit_history
from survey.edits import proposals
from survey.edits.models import Edit
from survey.edits.proposals import ProposalGone
from survey.proposals import strands
from survey.proposals.proposal_page import proposal_page
from survey.runs import lifecycle as runs
from survey.runs.lookups import shown_run
from survey.web.access import get_own_survey

blueprint = Blueprint("proposals", __name__, url_prefix="/manage/<slug>/proposal")

MAX_CHANGES = 10_000
NONE_TICKED = N_("Nothing is ticked. Tick at least one change, or choose “Accept none”.")


@blueprint.get("")
def proposal(slug: str) -> ResponseReturnValue:
    """What a finding would change beside what stands, or what became of the last one."""
    own = get_own_survey(slug)
    waits = proposals.waiting(own)
    run = runs.latest(own.id)
    shared = {"survey": own, "finding": run is not None and run.finds and run.state in ("asked", "running")}
    if waits is None:
        looked = proposals.last_looked(own)
        edit = proposals.edit_of(own, looked) if looked is not None else None
        has_result = shown_run(own) is not None
        return render_template("proposals/none.html", looked=looked, edit=edit, has_result=has_result, **shared)
    page = proposal_page(own, waits)
    pictures = [strands.draw(page, layout) for layout in (strands.WIDE, strands.NARROW)] if page.turns else []
    ticked = request.args.get("ticked") != "none"
    return render_template("proposals/proposal.html", page=page, pictures=pictures, ticked=ticked, **shared)


@blueprint.post("")
def decide(slug: str) -> ResponseReturnValue:
    """Accept the changes that are ticked, or none of them."""
    own = get_own_survey(slug)
    chosen = [] if "none" in request.form else _chosen()
    if not chosen and "none" not in request.form:
        flash(gettext(NONE_TICKED))
        return redirect(url_for("proposals.proposal", slug=slug, ticked="none"), 303)
    try:
        edit_id = proposals.accept(own, request.form.get("proposal", ""), chosen)
    except ProposalGone:
        flash(_gone_message(own))
    else:
        flash(
            gettext("It is done. Your page shows it now.")
            if edit_id
            else gettext("Nothing is changed. Your page stays as it is.")
        )
    return redirect(url_for("proposals.proposal", slug=slug), 303)


@blueprint.post("/undo/<int:edit_id>")
def undo(slug: str, edit_id: int) -> ResponseReturnValue:
    """Take back, as a whole, what was accepted or what a finding changed by itself."""
    own = get_own_survey(slug)
    edit = _edit(own, edit_id)
    if not edit_history.undo(own, edit.id):
        flash(gettext("It was taken back already."))
    elif edit.action == "found":
        said = edit_history.said_of_undoing(own, edit.id, edit.made_at)
        flash(said + " " + gettext("From now on new findings wait until you accept them."))
        return redirect(url_for("manage.survey", slug=slug), 303)
    else:
        flash(edit_history.said_of_undoing(own, edit.id, edit.made_at))
    return redirect(url_for("proposals.proposal", slug=slug), 303)


@blueprint.post("/redo/<int:edit_id>")
def redo(slug: str, edit_id: int) -> ResponseReturnValue:
    """Make the changes again that were taken back."""
    own = get_own_survey(slug)
    done = edit_history.redo(own, _edit(own, edit_id).id)
    flash(gettext("The changes are made again.") if done else gettext("They were made again already."))
    return redirect(url_for("proposals.proposal", slug=slug), 303)


@blueprint.post("/switch")
def switch(slug: str) -> ResponseReturnValue:
    """Switch whether new findings are taken by themselves."""
    own = get_own_survey(slug)
    takes = request.form.get("takes") == "1"
    proposals.set_takes_findings(own, takes)
    flash(
        gettext("New findings are taken by themselves from now on.")
        if takes
        else gettext("New findings wait until you accept them.")
    )
    to = "manage.edit" if request.form.get("at") == "settings" else "proposals.proposal"
    return redirect(url_for(to, slug=slug), 303)


def _chosen() -> list[int]:
    """Return the numbers of the changes that are ticked; a tick may stand for several."""
    values = [value for tick in request.form.getlist("accept") for value in tick.split("-")][:MAX_CHANGES]
    return [int(value) for value in values if value.isascii() and value.isdigit() and len(value) <= 9]


def _gone_message(own: Survey) -> str:
    newer = proposals.waiting(own)
    if newer is None:
        return gettext("This proposal was decided about meanwhile, in another window. Nothing was changed now.")
    return gettext("Themes were found again meanwhile, so nothing was accepted. This is the newer proposal.")


def _edit(own: Survey, edit_id: int) -> Edit:
    edit = db.session.get(Edit, edit_id) if edit_id < 2**31 else None
    if edit is None or edit.survey_id != own.id or edit.action not in ("accept", "found"):
        abort(404)
    return edit
