"""The screen in the room, and what it asks for every few seconds."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.core import i18n
from survey.core.account_models import EDITOR
from survey.core.database import now
from survey.live import recent
from survey.live.snapshot import is_long
from survey.web.access import external_url, get_survey, is_member, lead_on, public, suffices, visitor_role

blueprint = Blueprint("live", __name__, url_prefix="/s/<slug>")

LOOKS = ("light", "dark")
LONG_QUESTION, VERY_LONG_QUESTION = 54, 100
"""Letters, from which a question is set smaller"""
ON = {"Cache-Control": "private, no-cache"}
OFF = {"Cache-Control": "no-store"}
"""Of a screen that is switched off, which its members see alone"""


@blueprint.get("/live")
@public
def screen(slug: str) -> ResponseReturnValue:
    """The screen in the room: for everybody with the link while it is switched on, else for those of the survey."""
    survey = get_survey(slug)
    role = visitor_role(survey)
    taken = recent.get(slug)
    if taken is None or not (role or taken.shown.state.is_on(now())):
        abort(404)
    look = request.args.get("look", "")
    page = render_template(
        "live/screen.html",
        survey=survey,
        shown=taken.shown,
        presents=suffices(role, EDITOR),
        look=look if look in LOOKS else "",
        size="very-long" if is_long(survey.question, VERY_LONG_QUESTION)
        else "long" if is_long(survey.question, LONG_QUESTION) else "",
        state_url=url_for("live.state", slug=slug, lang=i18n.language()),
        address=external_url("respond.answer", slug=slug).split("://", 1)[-1],
    )  # fmt: skip
    return page, OFF if role else ON


@blueprint.get("/live.json")
@public
def state(slug: str) -> ResponseReturnValue:
    """What the screen shows now, as JSON; 304 where that has not changed."""
    taken = recent.get(slug)
    if taken is None:
        lead_on(slug)
    is_on = taken is not None and taken.shown.state.is_on(now())
    if taken is None or not (is_on or is_member(get_survey(slug))):
        return jsonify(error="There is no screen at this address."), 404, OFF
    response = Response(taken.body, mimetype="application/json", headers=ON if is_on else OFF)
    response.set_etag(taken.etag)
    return response.make_conditional(request)
