"""The owner's pages for editing themes, placing unplaced ideas, and undoing edits."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.core.models import Survey, Theme
from survey.curation import edit_history, idea_edits, idea_lists, theme_edits
from survey.edits.idea_spans import IdeaSpan
from survey.results import read_model
from survey.results.lookups import shown_run
from survey.web.access import get_own_survey
from survey.web.pagination import Pages

blueprint = Blueprint("edit_themes", __name__, url_prefix="/manage/<slug>/themes")

IDEAS_PER_PAGE = 50


@blueprint.get("")
def listed(slug: str) -> ResponseReturnValue:
    """Every theme with its edits, and the history."""
    own = get_own_survey(slug)
    run = shown_run(own)
    return render_template(
        "curation/themes.html",
        survey=own,
        themes=read_model.theme_rows(run),
        unplaced=idea_lists.count_unplaced(run),
        history=edit_history.history(own),
    )


@blueprint.get("/<public_id>")
def theme(slug: str, public_id: str) -> ResponseReturnValue:
    """One theme with all its ideas."""
    own, shown = _own_theme(slug, public_id)
    run = shown_run(own)
    pages = Pages.of(idea_lists.count_ideas(run, shown), IDEAS_PER_PAGE, request.args.get("page"))
    return render_template(
        "curation/theme.html",
        survey=own,
        theme=shown,
        others=[row for row in read_model.theme_rows(run) if row.public_id != public_id],
        ideas=idea_lists.idea_rows(run, shown, offset=pages.offset, limit=IDEAS_PER_PAGE),
        pages=pages,
    )


@blueprint.post("/<public_id>/rename")
def rename(slug: str, public_id: str) -> ResponseReturnValue:
    """Give a theme another name."""
    _, shown = _own_theme(slug, public_id)
    name = request.form.get("name", "")
    return _done(slug, lambda: theme_edits.rename(shown, name), "The name is kept in every later run.")


@blueprint.post("/<public_id>/merge")
def merge(slug: str, public_id: str) -> ResponseReturnValue:
    """Make a theme part of another."""
    _, shown = _own_theme(slug, public_id)
    _, target = _own_theme(slug, request.form.get("target", ""))
    return _done(slug, lambda: theme_edits.merge(shown, target), "The two are one theme, and stay so.")


@blueprint.post("/<public_id>/hide")
def hide(slug: str, public_id: str) -> ResponseReturnValue:
    """Show a theme to nobody but the owner."""
    _, shown = _own_theme(slug, public_id)
    return _done(slug, lambda: theme_edits.set_hidden(shown, True), "Readers do not see the theme any more.")


@blueprint.post("/<public_id>/show")
def show(slug: str, public_id: str) -> ResponseReturnValue:
    """Show a hidden theme again."""
    _, shown = _own_theme(slug, public_id)
    return _done(slug, lambda: theme_edits.set_hidden(shown, False), "Readers see the theme again.")


@blueprint.post("/<public_id>/move")
def move(slug: str, public_id: str) -> ResponseReturnValue:
    """Put one of a theme's ideas in another theme."""
    own, source = _own_theme(slug, public_id)
    _, target = _own_theme(slug, request.form.get("target", ""))
    return _done(slug, lambda: idea_edits.move(own, _ideas(), source, target), "It was moved, and stays there.")


@blueprint.post("/<public_id>/pin")
def pin(slug: str, public_id: str) -> ResponseReturnValue:
    """Show a theme before all others."""
    _, shown = _own_theme(slug, public_id)
    return _done(slug, lambda: theme_edits.set_pinned(shown, True), "It stands first now.")


@blueprint.post("/<public_id>/unpin")
def unpin(slug: str, public_id: str) -> ResponseReturnValue:
    """Show a theme in its place again."""
    _, shown = _own_theme(slug, public_id)
    return _done(slug, lambda: theme_edits.set_pinned(shown, False), "It stands where its people put it.")


@blueprint.post("/<public_id>/promote")
def promote(slug: str, public_id: str) -> ResponseReturnValue:
    """Make a discovered theme a known one."""
    _, shown = _own_theme(slug, public_id)
    return _done(
        slug, lambda: theme_edits.promote(shown), "It is a known theme now, and in the codebook you can take away."
    )


@blueprint.post("/<public_id>/example")
def example(slug: str, public_id: str) -> ResponseReturnValue:
    """Teach a theme one more way of saying it."""
    _, shown = _own_theme(slug, public_id)
    phrase = request.form.get("phrase", "")
    return _done(slug, lambda: theme_edits.add_example(shown, phrase), "The example is kept. A run finds who says so.")


@blueprint.post("/<public_id>/split")
def split(slug: str, public_id: str) -> ResponseReturnValue:
    """Split some of a theme's ideas, or one of its sub-themes, off into a new theme."""
    own, shown = _own_theme(slug, public_id)
    done = "There is a new theme, and it stays."
    if part_id := request.form.get("part"):
        _, part = _own_theme(slug, part_id)
        return _done(slug, lambda: idea_edits.split_part(shown, part), done)
    name = request.form.get("name", "")
    return _done(slug, lambda: idea_edits.split(own, _ideas(), shown, name), done)


@blueprint.get("/inbox")
def inbox(slug: str) -> ResponseReturnValue:
    """Ideas on no theme, each with the theme it is nearest to."""
    own = get_own_survey(slug)
    run = shown_run(own)
    pages = Pages.of(idea_lists.count_unplaced(run), IDEAS_PER_PAGE, request.args.get("page"))
    return render_template(
        "curation/inbox.html",
        survey=own,
        ideas=idea_lists.unplaced_rows(run, offset=pages.offset, limit=IDEAS_PER_PAGE),
        themes=read_model.theme_rows(run),
        pages=pages,
    )


@blueprint.post("/inbox")
def place(slug: str) -> ResponseReturnValue:
    """Put an idea on a theme that it was on none of."""
    own = get_own_survey(slug)
    _, target = _own_theme(slug, request.form.get("target", ""))
    here = url_for("edit_themes.inbox", slug=slug)
    return _done(slug, lambda: idea_edits.move(own, _ideas(), None, target), f"It is in {target.name} now.", here)


@blueprint.post("/undo/<int:edit_id>")
def undo(slug: str, edit_id: int) -> ResponseReturnValue:
    """Take an edit back."""
    if edit_id >= 2**31 or not edit_history.undo(get_own_survey(slug), edit_id):
        abort(404)
    flash("It is taken back, and all is as it was.")
    return redirect(url_for("edit_themes.listed", slug=slug), 303)


def _own_theme(slug: str, public_id: str) -> tuple[Survey, Theme]:
    own = get_own_survey(slug)
    found = theme_edits.find_theme(own, public_id)
    if found is None:
        abort(404)
    return own, found


def _ideas() -> list[IdeaSpan]:
    """Return the ideas ticked on the page."""
    return [span for value in request.form.getlist("idea") if (span := IdeaSpan.parse(value)) is not None]


def _done(slug: str, edit: Callable[[], object], message: str, to: str | None = None) -> ResponseReturnValue:
    try:
        edit()
    except theme_edits.EditRefused as refused:
        flash(str(refused))
    else:
        flash(message)
    return redirect(to or url_for("edit_themes.listed", slug=slug), 303)
