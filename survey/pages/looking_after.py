"""The owner looks after the answers: reads them, and decides which are shown."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from survey import bursts, listing, moderation
from survey.access import own_survey
from survey.paging import Pages

blueprint = Blueprint("looking_after", __name__, url_prefix="/manage/<slug>/answers")

ANSWERS_A_PAGE = 50
UNDO = "undo"


@blueprint.get("")
def listed(slug: str) -> ResponseReturnValue:
    """The answers, all or those of one state, and where each was placed."""
    own = own_survey(slug)
    counts = listing.status_counts(own)
    state = request.args.get("state", "")
    if state not in ("", *moderation.STATUSES):
        abort(404)
    total = counts[state] if state else sum(counts.values())
    pages = Pages.of(total, ANSWERS_A_PAGE, request.args.get("page"))
    page = render_template(
        "manage/answers.html",
        survey=own,
        state=state,
        counts=counts,
        rows=listing.answer_rows(own, state=state, offset=pages.offset, limit=ANSWERS_A_PAGE),
        bursts=bursts.listed(own, state) if state else [],
        pages=pages,
        reasons=moderation.REASONS,
        undo=_undo_of(own.id),
    )
    return page, {"Cache-Control": "no-store"}


@blueprint.post("/decide")
def decide(slug: str) -> ResponseReturnValue:
    """Show, hold or hide one answer, or all of a burst."""
    own = own_survey(slug)
    status = request.form.get("status", "")
    state = request.form.get("state", "")
    if status not in moderation.STATUSES or state not in ("", *moderation.STATUSES):
        abort(400)
    burst, public_id = request.form.get("burst"), request.form.get("answer")
    rows = moderation.chosen(own, burst=burst, public_id=public_id)
    if not rows:
        abort(404)
    before = rows[0].status
    changed = moderation.set_status(own, [row.id for row in rows], status)
    if changed:
        session[UNDO] = [own.id, burst, public_id, before, moderation.TOLD[status], changed]
    return redirect(url_for("looking_after.listed", slug=slug, state=state or None), 303)


def _undo_of(survey_id: int) -> moderation.Undo | None:
    """What was just decided in this survey, said once."""
    match session.pop(UNDO, None):
        case [int(made_in), burst, public_id, str(before), str(told), int(changed)] if made_in == survey_id:
            return moderation.Undo(burst, public_id, before, told, changed)
    return None
