"""The owner's page of what may be wrong with the themes: each finding with the one button that mends it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.core.i18n import gettext
from survey.curation import doctor, edit_history
from survey.curation.theme_edits import EditRefused
from survey.web.access import get_own_survey

blueprint = Blueprint("doctor", __name__, url_prefix="/manage/<slug>/themes/doctor")


@blueprint.get("")
def listed(slug: str) -> ResponseReturnValue:
    """Every finding in a sentence, with its figures and what people said."""
    own = get_own_survey(slug)
    findings = doctor.current_findings(own)
    return render_template(
        "curation/doctor.html", survey=own, findings=findings, evidence=doctor.evidence(own, findings.open)
    )


@blueprint.post("/mend")
def mend(slug: str) -> ResponseReturnValue:
    """Make the edit that mends a finding."""
    own, finding_id = get_own_survey(slug), request.form.get("finding", "")
    following = doctor.next_to(own, finding_id)
    try:
        message, edit_id = doctor.mend(own, finding_id, request.form.get("name", ""))
        flash(message, f"undo {edit_id}")
    except EditRefused as refused:
        flash(str(refused))
        following = finding_id if following else None
    return _back(slug, following)


@blueprint.post("/leave")
def leave(slug: str) -> ResponseReturnValue:
    """Leave a finding as it is."""
    own, finding_id = get_own_survey(slug), request.form.get("finding", "")
    following = doctor.next_to(own, finding_id)
    flash(gettext("It stays as it is.") if doctor.leave(own, finding_id) else gettext(doctor.GONE))
    return _back(slug, following)


@blueprint.post("/undo/<int:edit_id>")
def undo(slug: str, edit_id: int) -> ResponseReturnValue:
    """Take an edit back that was made here."""
    if edit_id >= 2**31 or not edit_history.undo(get_own_survey(slug), edit_id):
        abort(404)
    flash(gettext("It is taken back: everything is as it was."))
    return _back(slug)


@blueprint.post("/again")
def again(slug: str) -> ResponseReturnValue:
    """Show again what was left as it is."""
    doctor.look_again(get_own_survey(slug))
    return _back(slug)


def _back(slug: str, finding_id: str | None = None) -> ResponseReturnValue:
    """Return to the page where it was: at the finding that comes next."""
    return redirect(url_for("doctor.listed", slug=slug, _anchor=finding_id), 303)
