"""The owner's page for reading what teaches most: one idea, the machine's guess, and a key for each verdict."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from survey.core.i18n import gettext
from survey.core.models import Survey
from survey.curation import edit_history
from survey.curation.idea_edits import DecidedMeanwhile
from survey.curation.theme_edits import EditRefused
from survey.edits.idea_spans import IdeaSpan
from survey.edits.meanwhile import parse_version
from survey.reading import reading_list, verdicts
from survey.runs.lookups import shown_run
from survey.web.access import editors_only, get_own_survey

blueprint = Blueprint("read_next", __name__, url_prefix="/manage/<slug>/read-next")

SKIPPED = "skipped"
"""Key in the session: spans that were skipped, by survey"""
MAX_SKIPPED = 40


@blueprint.get("")
@editors_only
def read(slug: str) -> ResponseReturnValue:
    """One idea whose reading teaches much, and what can be said of it."""
    return _page(get_own_survey(slug))


@blueprint.post("")
def decide(slug: str) -> ResponseReturnValue:
    """Keep what was said of an idea, or skip it, and go on to the next."""
    own = get_own_survey(slug)
    span = IdeaSpan.parse(request.form.get("idea", ""))
    on = request.form.get("on") or None
    if span is None:
        flash(gettext(verdicts.GONE))
        return redirect(url_for("read_next.read", slug=slug, on=on), 303)
    verdict, target = request.form.get("verdict", ""), request.form.get("target", "")
    if verdict == "skip":
        _skip(slug, span)
        return redirect(url_for("read_next.read", slug=slug, on=on, skipped=str(span)), 303)
    themes, source = reading_list.themes_of(own), request.form.get("source", "")
    try:
        as_of = parse_version(request.form.get("as_of", ""))
        edit_id = verdicts.decide(own, verdict, span, source, target, themes, as_of=as_of)
    except DecidedMeanwhile as refused:
        return _page(own, span, str(refused), target, decided_too=True), 409
    except EditRefused as refused:
        return _page(own, span, str(refused), target), 409
    return redirect(url_for("read_next.read", slug=slug, on=on, did=edit_id), 303)


@blueprint.post("/undo/<int:edit_id>")
def undo(slug: str, edit_id: int) -> ResponseReturnValue:
    """Take the last decision back, and show its idea again."""
    own = get_own_survey(slug)
    if edit_id >= 2**31 or reading_list.last_decision(own, edit_id) is None:
        abort(404)
    span = reading_list.span_of(own, edit_id)
    edit_history.undo(own, edit_id)
    flash(gettext("It is taken back."))
    return redirect(url_for("read_next.read", slug=slug, idea=str(span) if span else None), 303)


def _page(
    own: Survey, wanted: IdeaSpan | None = None, problem: str = "", typed: str = "", *, decided_too: bool = False
) -> str:
    themes, run = reading_list.themes_of(own), shown_run(own)
    wanted = wanted or IdeaSpan.parse(request.args.get("idea", ""))
    idea = reading_list.next_idea(own, themes, wanted=wanted, skipped=_skipped(own.slug), decided_too=decided_too)
    did = request.args.get("did", "")
    return render_template(
        "reading/read_next.html",
        survey=own,
        idea=idea,
        has_result=run is not None,
        listed=bool(run and run.reading),
        themes=themes,
        numbered=themes[: reading_list.MAX_NUMBERED],
        gained=reading_list.gained(own),
        left=run.remaining if run else None,
        wrong=reading_list.wrong_among_others(run),
        last=reading_list.last_decision(own, int(did)) if _is_id(did) else None,
        skipped=IdeaSpan.parse(request.args.get(SKIPPED, "")),
        on=request.values.get("on", "")[:1],
        problem=problem,
        typed=typed,
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def _skipped(slug: str) -> list[str]:
    return list(session.get(SKIPPED, {}).get(slug, []))


def _skip(slug: str, span: IdeaSpan) -> None:
    """Remember that an idea was skipped, as long as the browser is open."""
    others = [text for text in _skipped(slug) if text != str(span)]
    session[SKIPPED] = {slug: [*others, str(span)][-MAX_SKIPPED:]}
