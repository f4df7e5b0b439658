"""The owner's themes: rename, merge, hide, move an idea, undo."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey import edits, listing, themes
from survey.access import own_survey
from survey.database import db
from survey.models import Idea, Run, Survey, Theme
from survey.paging import Pages

blueprint = Blueprint("edit_themes", __name__, url_prefix="/manage/<slug>/themes")

IDEAS_A_PAGE = 50


@blueprint.get("")
def listed(slug: str) -> ResponseReturnValue:
    """Every theme with what can be done to it, and what was done."""
    own = own_survey(slug)
    run = _shown(own)
    rows = themes.theme_rows(own, run) if run else []
    page = render_template("manage/themes.html", survey=own, themes=rows, history=edits.history(own))
    return page, {"Cache-Control": "no-store"}


@blueprint.get("/<public_id>")
def theme(slug: str, public_id: str) -> ResponseReturnValue:
    """One theme with all its ideas."""
    own, shown = _own_theme(slug, public_id)
    run = _shown(own)
    pages = Pages.of(listing.count_ideas(run, shown), IDEAS_A_PAGE, request.args.get("page"))
    page = render_template(
        "manage/theme.html",
        survey=own,
        theme=shown,
        others=[row for row in themes.theme_rows(own, run) if row.public_id != public_id] if run else [],
        ideas=listing.idea_rows(run, shown, offset=pages.offset, limit=IDEAS_A_PAGE),
        pages=pages,
    )
    return page, {"Cache-Control": "no-store"}


@blueprint.post("/<public_id>/rename")
def rename(slug: str, public_id: str) -> ResponseReturnValue:
    """Give a theme another name."""
    _, shown = _own_theme(slug, public_id)
    name = request.form.get("name", "")
    return _done(slug, lambda: edits.rename(shown, name), "The name is kept in every later run.")


@blueprint.post("/<public_id>/merge")
def merge(slug: str, public_id: str) -> ResponseReturnValue:
    """Make a theme part of another."""
    _, shown = _own_theme(slug, public_id)
    _, target = _own_theme(slug, request.form.get("target", ""))
    return _done(slug, lambda: edits.merge(shown, target), "The two are one theme, and stay so.")


@blueprint.post("/<public_id>/hide")
def hide(slug: str, public_id: str) -> ResponseReturnValue:
    """Show a theme to nobody but the owner."""
    _, shown = _own_theme(slug, public_id)
    return _done(slug, lambda: edits.set_hidden(shown, True), "Readers do not see the theme any more.")


@blueprint.post("/<public_id>/show")
def show(slug: str, public_id: str) -> ResponseReturnValue:
    """Show a hidden theme again."""
    _, shown = _own_theme(slug, public_id)
    return _done(slug, lambda: edits.set_hidden(shown, False), "Readers see the theme again.")


@blueprint.post("/<public_id>/move")
def move(slug: str, public_id: str) -> ResponseReturnValue:
    """Put one of a theme's ideas in another theme."""
    own, source = _own_theme(slug, public_id)
    _, target = _own_theme(slug, request.form.get("target", ""))
    number = request.form.get("idea", "")
    idea = db.session.get(Idea, int(number)) if number.isascii() and number.isdigit() and len(number) < 19 else None
    if idea is None or idea.run_id != own.current_run_id:
        flash("Another run has finished meanwhile. Look at the theme again, and move the idea then.")
        return redirect(url_for("edit_themes.theme", slug=slug, public_id=public_id), 303)
    return _done(slug, lambda: edits.move(idea, source, target), "The idea was moved, and is an example from now on.")


@blueprint.post("/undo/<int:edit_id>")
def undo(slug: str, edit_id: int) -> ResponseReturnValue:
    """Take an edit back."""
    if edit_id >= 2**31 or not edits.undo(own_survey(slug), edit_id):
        abort(404)
    flash("It is taken back. A run puts everything in order.")
    return redirect(url_for("edit_themes.listed", slug=slug), 303)


def _own_theme(slug: str, public_id: str) -> tuple[Survey, Theme]:
    own = own_survey(slug)
    found = edits.own_theme(own, public_id)
    if found is None:
        abort(404)
    return own, found


def _shown(own: Survey) -> Run | None:
    return db.session.get(Run, own.current_run_id) if own.current_run_id else None


def _done(slug: str, edit: Callable[[], None], message: str) -> ResponseReturnValue:
    try:
        edit()
    except edits.EditRefused as refused:
        flash(str(refused))
    else:
        flash(message)
    return redirect(url_for("edit_themes.listed", slug=slug), 303)
