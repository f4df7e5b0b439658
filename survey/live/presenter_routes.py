"""The presenter's page: what the screens show, and what passes by now. Made for a phone in one hand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from survey.answers import moderation
from survey.core import i18n
from survey.core.database import now
from survey.core.i18n import gettext, ngettext
from survey.live import recent, snapshot, state
from survey.live.snapshot import Snapshot
from survey.web.access import editors_only, external_url, get_own_survey, owners_only

blueprint = Blueprint("presenting", __name__, url_prefix="/manage/<slug>")

UNDO_KEY = "live_undo"
"""Of the session: the last answer that was hidden from this page, which the page offers to show again"""


@dataclass(frozen=True, slots=True)
class Hidden:
    """An answer that was hidden from the presenter's page, and what it was before."""

    public_id: str
    status: str


@blueprint.get("/live")
@editors_only
def page(slug: str) -> ResponseReturnValue:
    """Show what the screens show, and what can be changed about it."""
    own = get_own_survey(slug)
    shown = snapshot.take(own, now())
    spoken = i18n.public_language(own.language)
    return render_template(
        "live/presenter.html",
        survey=own,
        shown=shown,
        held=moderation.status_counts(own)["held"],
        hidden=_hidden(own.id),
        mark=_mark(shown),
        screen=url_for("live.screen", slug=slug, lang=spoken),
        screen_address=external_url("live.screen", slug=slug, lang=spoken),
    )


@blueprint.get("/live.json", endpoint="state")
@editors_only
def current(slug: str) -> ResponseReturnValue:
    """What the screens show now, as JSON for the presenter's page."""
    own = get_own_survey(slug)
    shown = snapshot.take(own, now())
    return jsonify(
        mark=_mark(shown),
        people=" ".join(filter(None, shown.count)),
        held=moderation.status_counts(own)["held"],
        counts={theme.public_id: theme.count for theme in shown.all_themes},
        quote=None
        if shown.quote is None
        else {
            "answer": shown.quote.answer_id,
            "text": shown.quote.text,
            "dir": shown.quote.direction,
            "by": shown.quote.by,
            "colour": shown.quote.colour,
        },
    )


@blueprint.post("/live/switch")
@owners_only
def switch(slug: str) -> ResponseReturnValue:
    """Switch the screen on for everybody with the link, or off."""
    own = get_own_survey(slug)
    wanted = _wanted("on", "off")
    (state.switch_on if wanted == "on" else state.switch_off)(own.id)
    return _back(slug)


@blueprint.post("/live/show")
def show(slug: str) -> ResponseReturnValue:
    """Show one theme on the screens, or all. To a script, tell which themes are beside it now."""
    own = get_own_survey(slug)
    if not state.show_theme(own.id, request.form.get("theme", "")):
        abort(404)
    if request.accept_mimetypes.best == "application/json":
        recent.forget(slug)
        shown = snapshot.take(get_own_survey(slug), now())
        return jsonify(next=shown.next_theme, previous=shown.previous_theme)
    return _back(slug)


@blueprint.post("/live/quotes")
def quotes(slug: str) -> ResponseReturnValue:
    """Let quotes pass by on the screens, or not."""
    own = get_own_survey(slug)
    state.show_quotes(own.id, _wanted("on", "off") == "on")
    return _back(slug)


@blueprint.post("/live/hide")
def hide(slug: str) -> ResponseReturnValue:
    """Hide the answer of a quote: from the screens at once, and everywhere else as hiding it under Answers does."""
    own = get_own_survey(slug)
    rows = moderation.find_answers(own, burst=None, public_id=request.form.get("answer", ""))
    if not rows:
        abort(404)
    [answer] = rows
    was, public_id = answer.status, answer.public_id
    if moderation.set_status(own, [answer.id], "hidden"):
        session[UNDO_KEY] = [own.id, public_id, was]
    return _back(slug)


@blueprint.post("/live/show-again")
def show_again(slug: str) -> ResponseReturnValue:
    """Take back that an answer was hidden from this page."""
    own = get_own_survey(slug)
    hidden = _hidden(own.id)
    session.pop(UNDO_KEY, None)
    if hidden is not None:
        rows = moderation.find_answers(own, burst=None, public_id=hidden.public_id)
        wanted = {row.id: hidden.status for row in rows}
        if moderation.set_statuses(own, wanted, dict.fromkeys(wanted, "hidden")):
            flash(gettext("It is as before. It passes by again once its theme is found, within seconds."))
        elif rows:
            flash(
                ngettext(
                    "%(n)s was changed by somebody meanwhile, and stays as it is.",
                    "%(n)s were changed by somebody meanwhile, and stay as they are.",
                    1,
                    n=1,
                )
            )
        else:
            flash(gettext("These answers are not there any more. Nothing was done."))
    return _back(slug)


def _wanted(*choices: str) -> str:
    wanted = request.form.get("to", "")
    if wanted not in choices:
        abort(400)
    return wanted


def _hidden(survey_id: int) -> Hidden | None:
    """Return the answer of this survey that was hidden last from this page, as long as the session knows it."""
    match session.get(UNDO_KEY):
        case [int(made_in), str(public_id), str(status)] if made_in == survey_id and status in moderation.STATUSES:
            return Hidden(public_id, status)
    return None


def _mark(shown: Snapshot) -> str:
    """Return what changes when a page that shows this state has to be made again."""
    parts = [shown.is_on, shown.chosen, shown.state.quotes, shown.notice]
    parts += [(theme.public_id, theme.name) for theme in shown.all_themes]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _back(slug: str) -> ResponseReturnValue:
    recent.forget(slug)
    to_screen = request.form.get("back") == "screen"
    return redirect(url_for("live.screen" if to_screen else "presenting.page", slug=slug), 303)
