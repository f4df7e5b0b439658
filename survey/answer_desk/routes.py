"""The owner's list of answers; one answer, or all of a burst, is shown, held, hidden or deleted for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from survey.answer_desk import list_page
from survey.answer_desk.answer_filter import AnswerFilter
from survey.answer_desk.list_page import UNDO_KEY
from survey.answers import bursts, erasure, moderation
from survey.answers import lifecycle as answers
from survey.core.i18n import ngettext
from survey.core.models import Answer, Survey
from survey.web.access import editors_only, get_own_survey
from survey.web.formatting import number

blueprint = Blueprint("looking_after", __name__, url_prefix="/manage/<slug>/answers")


@blueprint.get("")
def listed(slug: str) -> ResponseReturnValue:
    """List the answers that match the filter, newest first, with their themes."""
    own, wanted = get_own_survey(slug), AnswerFilter.read(request.args)
    if wanted.state not in ("", *moderation.STATUSES):
        abort(404)
    return list_page.show(own, wanted)


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
    wanted, became = dict.fromkeys((row.id for row in rows), status), status
    only_from: dict[int, str] | None = None
    if before is not None:
        wanted, only_from = _taken_back(rows, before, request.form.get("became", ""))
        became = before
    was = moderation.describe_statuses(rows, wanted)
    changed = moderation.set_statuses(own, wanted, only_from)
    if changed:
        session[UNDO_KEY] = [own.id, burst, public_id, became, changed, was]
    elif before is not None:
        flash(list_page.left_alone(len(wanted)))
    return redirect(_back_to_list(slug, state), 303)


def _taken_back(rows: Sequence[Answer], before: str, became: str) -> tuple[dict[int, str], dict[int, str]]:
    """Return what answers had before a decision and what they became, by id: others decided about some since."""
    try:
        wanted = moderation.described_statuses(rows, before)
        if became in moderation.STATUSES:
            return wanted, dict.fromkeys(wanted, became)
        return wanted, moderation.described_statuses(rows, became)
    except ValueError:
        abort(400)


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
        "answer_desk/answer_delete.html",
        survey=own,
        state=state,
        counts=counts,
        text=text,
        status=status,
        named=named,
    )


def _back_to_list(slug: str, state: str) -> str:
    """Return the address of the list that a form came from: with its filter, or of all with a status."""
    query = AnswerFilter.parse(request.form.get("list", "")).query() or (f"?state={state}" if state else "")
    return url_for("looking_after.listed", slug=slug) + query


def _state_of_list() -> str:
    """Return the status whose list the owner came from, "" for the list of all."""
    state = request.args.get("state", "")
    return state if state in moderation.STATUSES else ""


def _deleted(slug: str, state: str, count: int) -> ResponseReturnValue:
    flash(ngettext("The answer is deleted for good.", "%(n)s answers are deleted for good.", count, n=number(count)))
    return redirect(url_for("looking_after.listed", slug=slug, state=state or None), 303)
