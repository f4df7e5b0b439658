"""The owner moderates answers: lists them, decides which are shown, deletes them for good."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from survey.answers import bursts, erasure, moderation
from survey.answers import lifecycle as answers
from survey.core.i18n import ngettext
from survey.core.models import Survey
from survey.manage import answer_list
from survey.web.access import editors_only, get_own_survey
from survey.web.formatting import number
from survey.web.pagination import Pages

blueprint = Blueprint("looking_after", __name__, url_prefix="/manage/<slug>/answers")

ANSWERS_PER_PAGE = 50
UNDO_KEY = "undo"
"""Of the session: the last decision, which the next page offers to undo"""


@blueprint.get("")
def listed(slug: str) -> ResponseReturnValue:
    """List the answers, all or those of one status, with their themes."""
    own = get_own_survey(slug)
    counts = moderation.status_counts(own)
    state = request.args.get("state", "")
    if state not in ("", *moderation.STATUSES):
        abort(404)
    total = counts[state] if state else sum(counts.values())
    pages = Pages.of(total, ANSWERS_PER_PAGE, request.args.get("page"))
    return render_template(
        "manage/answers.html",
        survey=own,
        state=state,
        counts=counts,
        rows=answer_list.answer_rows(own, state=state, offset=pages.offset, limit=ANSWERS_PER_PAGE),
        bursts=bursts.list_bursts(own, state) if state else [],
        pages=pages,
        reasons=answer_list.HOLD_REASONS,
        undo=_pop_undo(own.id),
    )


@blueprint.post("/decide")
def decide(slug: str) -> ResponseReturnValue:
    """Show, hold or hide one answer, or all of a burst; or take such a decision back."""
    own = get_own_survey(slug)
    status, before = request.form.get("status", ""), request.form.get("before")
    state = request.form.get("state", "")
    if (before is None and status not in moderation.STATUSES) or state not in ("", *moderation.STATUSES):
        abort(400)
    burst, public_id = request.form.get("burst"), request.form.get("answer")
    rows = moderation.find_answers(own, burst=burst, public_id=public_id)
    if not rows:
        abort(404)
    try:
        wanted = dict.fromkeys((row.id for row in rows), status)
        wanted = wanted if before is None else moderation.described_statuses(rows, before)
    except ValueError:
        abort(400)
    was = moderation.describe_statuses(rows, wanted)
    changed = moderation.set_statuses(own, wanted)
    if changed:
        session[UNDO_KEY] = [own.id, burst, public_id, status if before is None else "", changed, was]
    return redirect(url_for("looking_after.listed", slug=slug, state=state or None), 303)


@blueprint.route("/<public_id>/delete", methods=["GET", "POST"])
@editors_only
def delete(slug: str, public_id: str) -> ResponseReturnValue:
    """Delete one answer for good, after confirmation."""
    own = get_own_survey(slug)
    answer = answers.find(own, public_id)
    if answer is None:
        abort(404)
    if request.method == "POST":
        erasure.delete_answer(own, answer)
        return _deleted(slug, _state_of_list(), 1)
    return _confirm(own, _state_of_list(), {answer.status: 1}, answer.text, answer.status, {"answer": public_id})


@blueprint.route("/floods/<burst>/<status>/delete", methods=["GET", "POST"])
@editors_only
def delete_flood(slug: str, burst: str, status: str) -> ResponseReturnValue:
    """Delete for good the answers of a burst that have one status, after confirmation."""
    own = get_own_survey(slug)
    counts, text = bursts.counts_and_example(own, burst, status)
    if not counts.get(status):
        abort(404)
    if request.method == "POST":
        return _deleted(slug, status, erasure.delete_burst(own, burst, status))
    return _confirm(own, status, counts, text, status, {"burst": burst})


def _confirm(
    own: Survey, state: str, counts: Mapping[str, int], text: str, status: str, named: Mapping[str, str]
) -> ResponseReturnValue:
    """Ask before deleting what has this status; `counts` has the others of its burst too, by status."""
    return render_template(
        "manage/answer_delete.html",
        survey=own,
        state=state,
        counts=counts,
        text=text,
        status=status,
        named=named,
    )


def _state_of_list() -> str:
    """Return the status whose list the owner came from, "" for the list of all."""
    state = request.args.get("state", "")
    return state if state in moderation.STATUSES else ""


def _deleted(slug: str, state: str, count: int) -> ResponseReturnValue:
    flash(ngettext("The answer is deleted for good.", "%(n)s answers are deleted for good.", count, n=number(count)))
    return redirect(url_for("looking_after.listed", slug=slug, state=state or None), 303)


def _pop_undo(survey_id: int) -> moderation.Undo | None:
    """Return the last decision if it was about this survey, and remove it from the session."""
    match session.pop(UNDO_KEY, None):
        case [int(made_in), burst, public_id, str(status), int(changed), str(before)] if made_in == survey_id:
            return moderation.Undo(burst, public_id, status, changed, before)
    return None
