"""Things done with several answers at once: those ticked, or all that match the filter."""

from __future__ import annotations

import re

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from survey.answer_desk import list_page, selection
from survey.answer_desk.answer_filter import NO_THEME, SAYS_NOTHING, AnswerFilter
from survey.answer_desk.routes import blueprint
from survey.answer_desk.selection import Selection, SelectionRefused
from survey.answers import moderation
from survey.bulk_changes import changes as bulk_changes
from survey.bulk_changes import moves
from survey.bulk_changes.entries import Entry
from survey.bulk_changes.models import DELETE, MOVE, BulkChange
from survey.bulk_changes.moves import Ways
from survey.core.database import db
from survey.core.i18n import gettext
from survey.core.models import Answer, Survey, Theme
from survey.curation.theme_edits import EditRefused, find_theme
from survey.exports import sending
from survey.results.visible_themes import all_themes
from survey.runs.lookups import shown_run
from survey.tables import rows as export_rows
from survey.web.access import get_own_survey
from survey.workbench.theme_list import find_by_name

FILES = ("csv", "xlsx")
TYPED_FROM = 20
"""Answers from which on their number is typed before they are deleted"""
EXAMPLES = 3
MAX_EXAMPLE_CHARACTERS = 300
_KEY = re.compile(r"[0-9a-f]{32}")
_PUBLIC_ID = re.compile(r"[0-9a-f]{16}")


@blueprint.post("/many")
def many(slug: str) -> ResponseReturnValue:
    """Show, hold, hide, move, take away or (after a question) delete the answers that are selected."""
    own = get_own_survey(slug)
    what = request.form.get("do", "")
    if what not in (*moderation.STATUSES, DELETE, MOVE, "out", *FILES):
        abort(400)
    key = selection.request_key(request.form)
    if what in (*moderation.STATUSES, MOVE, "out"):
        done_before = bulk_changes.find(own, key)
        if done_before is not None and not done_before.is_taken_back:
            return _to_outcome(own, done_before)
    try:
        chosen = selection.read(own, request.form)
        if what in FILES:
            return _file(own, chosen, what)
        if what == DELETE:
            return _ask(own, chosen)
        if what in moderation.STATUSES:
            return _begin(own, chosen, key, what)
        return _move(own, chosen, key, None if what == "out" else _target(own))
    except (SelectionRefused, EditRefused) as refused:
        return list_page.show(own, _list_of_form(), refused=str(refused)), 409


@blueprint.get("/those.<form>")
def those(slug: str, form: str) -> ResponseReturnValue:
    """The answers that fit the filter, as a file: for readers as well."""
    own, wanted = get_own_survey(slug), AnswerFilter.read(request.args)
    if form not in FILES:
        abort(404)
    chosen = selection.all_now(own, wanted)
    return _file(own, chosen, form)


@blueprint.post("/many/delete")
def delete_many(slug: str) -> ResponseReturnValue:
    """Delete the answers that are selected for good, once their number was typed where they are many."""
    own = get_own_survey(slug)
    key = selection.request_key(request.form)
    done_before = bulk_changes.find(own, key)
    if done_before is not None:
        return _to_outcome(own, done_before)
    try:
        chosen = selection.read(own, request.form)
        typed = re.sub(r"[\s.,'’]", "", request.form.get("typed", ""))
        if chosen.count >= TYPED_FROM and typed != str(chosen.count):
            return _ask(own, chosen, wrong=True)
        return _begin(own, chosen, key, DELETE)
    except SelectionRefused as refused:
        return list_page.show(own, _list_of_form(), refused=str(refused)), 409


@blueprint.get("/changes/<key>")
def outcome(slug: str, key: str) -> ResponseReturnValue:
    """How far a change of many answers is."""
    own = get_own_survey(slug)
    change = bulk_changes.find(own, key) if _KEY.fullmatch(key) else None
    if change is None:
        abort(404)
    back = AnswerFilter.parse(request.args.get("list", "")).query()
    if change.is_finished:
        return redirect(_listed(own, back), 303)
    return render_template(
        "answer_desk/progress.html", survey=own, change=change, told=list_page.told(change), back=back
    )


@blueprint.post("/changes/<key>/undo")
def undo(slug: str, key: str) -> ResponseReturnValue:
    """Take a change of many answers back."""
    own = get_own_survey(slug)
    change = bulk_changes.find(own, key) if _KEY.fullmatch(key) else None
    if change is None or change.action == DELETE:
        abort(404)
    if bulk_changes.take_back(own, key) is not None:
        bulk_changes.go_on(change.id, bulk_changes.REQUEST_SECONDS)
    return _to_outcome(get_own_survey(slug), change)


def _file(own: Survey, chosen: Selection, form: str) -> ResponseReturnValue:
    rows = export_rows.answer_rows(own, wanted=chosen.conditions)
    name = f"{own.slug}-answers-{chosen.count}.{form}"
    return sending.table("answers", export_rows.columns_of(own, "answers"), rows, form, name)


def _ask(own: Survey, chosen: Selection, *, wrong: bool = False) -> ResponseReturnValue:
    """Ask before deleting: how many, and some of them."""
    newest = (Answer.received_at.desc(), Answer.id.desc())
    some = select(Answer.text).where(Answer.survey_id == own.id, *chosen.conditions).order_by(*newest).limit(EXAMPLES)
    page = render_template(
        "answer_desk/delete_many.html",
        survey=own,
        chosen=chosen,
        examples=[text[:MAX_EXAMPLE_CHARACTERS] for text in db.session.scalars(some)],
        must_type=chosen.count >= TYPED_FROM,
        wrong=wrong,
        form=request.form,
    )
    return page, 422 if wrong else 200


def _begin(own: Survey, chosen: Selection, key: str, action: str, ways: Ways | None = None) -> ResponseReturnValue:
    """Record a change of the answers that are selected, do as much of it as a request may, and say how far it is.

    Raises EditRefused where there is nothing to move, or the theme is gone.
    """
    rows = db.session.execute(
        select(Answer.public_id, Answer.status).where(Answer.survey_id == own.id, *chosen.conditions)
    )
    entries = [Entry(public_id, status) for public_id, status in rows]
    if ways is not None:
        moves.refuse_nothing(own, [entry.public_id for entry in entries], ways)
    change_id = bulk_changes.begin(own, key, action, entries, current_user.owner_id, ways)
    bulk_changes.go_on(change_id, bulk_changes.REQUEST_SECONDS)
    return _to_outcome(get_own_survey(own.slug), db.session.get_one(BulkChange, change_id), chosen.came_since)


def _target(own: Survey) -> Theme:
    """Return the theme with the id or name that was sent. Raises EditRefused if none fits, or more than one."""
    typed = request.form.get("target", "").replace("\0", " ")
    public_id = typed if _PUBLIC_ID.fullmatch(typed) else find_by_name(all_themes(shown_run(own)), typed).public_id
    theme = find_theme(own, public_id)
    if theme is None:
        raise EditRefused(gettext("That theme is not there any more."))
    return theme


def _move(own: Survey, chosen: Selection, key: str, target: Theme | None) -> ResponseReturnValue:
    """Move what the selected answers say. Raises EditRefused."""
    source = find_theme(own, chosen.wanted.theme) if chosen.wanted.theme else None
    from_all = source is None and chosen.wanted.theme in ("", SAYS_NOTHING)
    if source is not None and target is not None and source.id == target.id:
        raise EditRefused(gettext("They are in that theme already."))
    if target is None and chosen.wanted.theme == NO_THEME:
        raise EditRefused(gettext("They are in no theme already."))
    ways = Ways(source.id if source else None, target.id if target else None, from_all)
    return _begin(own, chosen, key, MOVE, ways)


def _list_of_form() -> AnswerFilter:
    return AnswerFilter.parse(request.form.get("list", ""))


def _to_outcome(own: Survey, change: BulkChange, came_since: int = 0) -> ResponseReturnValue:
    """Lead to the list, which says what was done, or to the page that says how far it is."""
    query = _list_of_form().query()
    list_page.remember(own, change.key, came_since)
    if change.is_finished:
        return redirect(_listed(own, query), 303)
    return redirect(url_for("looking_after.outcome", slug=own.slug, key=change.key, list=query or None), 303)


def _listed(own: Survey, query: str = "") -> str:
    return url_for("looking_after.listed", slug=own.slug) + query
