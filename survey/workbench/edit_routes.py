"""The buttons of the workbench: each edit of a theme or of ideas, undo and redo.

After an edit the owner is back on the page it was made on, at the same place of the same list, with a message that
offers to undo it. An edit that is refused changes nothing: the page comes again with all that was typed and ticked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from survey.core.database import db
from survey.core.i18n import gettext
from survey.core.models import Survey, Theme
from survey.curation import edit_history, idea_edits, theme_edits
from survey.curation.edit_history import PastEdit
from survey.curation.theme_edits import EditRefused, ThemeMerged
from survey.edits.idea_spans import IdeaSpan
from survey.edits.meanwhile import parse_version
from survey.edits.models import MARKS, Edit
from survey.results.visible_themes import all_themes, described
from survey.runs.lookups import shown_run
from survey.web.access import get_own_survey
from survey.workbench import bench, besides, idea_list, sentences
from survey.workbench.list_filter import ListFilter
from survey.workbench.routes import blueprint, own_theme
from survey.workbench.theme_list import find_by_name

NO_THEME = "none"
PUBLIC_ID = re.compile(r"[0-9a-f]{16}")
UNDO, REDO = "undo", "redo"
"""With the id of an edit, the category of a message: what it offers"""


@blueprint.post("/<public_id>/rename")
def rename(slug: str, public_id: str) -> ResponseReturnValue:
    """Give a theme another name."""
    name = request.form.get("name", "")

    def edit(theme: Theme) -> int:
        return theme_edits.rename(theme, name, as_of=_as_of())

    return _of_theme(slug, public_id, edit, gettext("The name stays."), "name")


@blueprint.post("/<public_id>/describe")
def describe(slug: str, public_id: str) -> ResponseReturnValue:
    """Say in the owner's words what belongs in a theme."""
    about = request.form.get("about", "")

    def edit(theme: Theme) -> int:
        text = theme.description if about == described(theme.description) else about
        return theme_edits.describe(theme, text, as_of=_as_of())

    return _of_theme(slug, public_id, edit, gettext("The description stays."), "about")


@blueprint.post("/<public_id>/merge")
def merge(slug: str, public_id: str) -> ResponseReturnValue:
    """Make a theme part of another."""
    own = get_own_survey(slug)
    theme = own_theme(own, public_id)
    try:
        target = _target(own, request.form.get("target", ""), but=theme)
        names = {"theme": theme.name, "target": target.name}
        edit_id = theme_edits.merge(theme, target)
        return _done(slug, target.public_id, edit_id, gettext("%(theme)s is part of %(target)s.", **names))
    except EditRefused as refused:
        return _again(own, theme, refused, "into")


@blueprint.post("/<public_id>/hide")
def hide(slug: str, public_id: str) -> ResponseReturnValue:
    """Show a theme to nobody but the owner."""
    message = gettext("Readers do not see it any more.")
    return _of_theme(slug, public_id, lambda theme: theme_edits.set_hidden(theme, True), message)


@blueprint.post("/<public_id>/show")
def show(slug: str, public_id: str) -> ResponseReturnValue:
    """Show a hidden theme again."""
    message = gettext("Readers see it again.")
    return _of_theme(slug, public_id, lambda theme: theme_edits.set_hidden(theme, False), message)


@blueprint.post("/<public_id>/pin")
def pin(slug: str, public_id: str) -> ResponseReturnValue:
    """Show a theme before all others."""
    message = gettext("It stands first now.")
    return _of_theme(slug, public_id, lambda theme: theme_edits.set_pinned(theme, True), message)


@blueprint.post("/<public_id>/unpin")
def unpin(slug: str, public_id: str) -> ResponseReturnValue:
    """Show a theme in its place again."""
    message = gettext("It is back in its place.")
    return _of_theme(slug, public_id, lambda theme: theme_edits.set_pinned(theme, False), message)


@blueprint.post("/<public_id>/order")
def order(slug: str, public_id: str) -> ResponseReturnValue:
    """Put a theme one place up or down in the owner's order, or first."""
    own = get_own_survey(slug)
    own_theme(own, public_id)
    shown = sorted(all_themes(shown_run(own)), key=lambda theme: not theme.pinned)
    here = next((place for place, theme in enumerate(shown) if theme.public_id == public_id), 0)
    places = {"first": 0, "up": max(0, here - 1), "down": here + 1, "last": len(shown)}
    place = places.get(request.form.get("to", ""))
    if place is None:
        abort(400)
    return _of_theme(slug, public_id, lambda theme: theme_edits.reorder(theme, place), gettext("The order stays."))


@blueprint.post("/<public_id>/promote")
def promote(slug: str, public_id: str) -> ResponseReturnValue:
    """Make a discovered theme a known one."""
    message = gettext("It is a known theme now, and in the codebook you can take away.")
    return _of_theme(slug, public_id, theme_edits.promote, message)


@blueprint.post("/<public_id>/example")
def example(slug: str, public_id: str) -> ResponseReturnValue:
    """Teach a theme one more way of saying it."""
    phrase = request.form.get("phrase", "")
    message = gettext("The example is kept. Who says so is found in a moment.")
    return _of_theme(slug, public_id, lambda theme: theme_edits.add_example(theme, phrase), message, "phrase")


@blueprint.post("/<public_id>/move")
def move(slug: str, public_id: str) -> ResponseReturnValue:
    """Put ideas of a theme, or of none, in another theme or in none."""
    own = get_own_survey(slug)
    source = _source(own, public_id)
    typed = NO_THEME if request.form.get("out") else request.form.get("target", "")
    try:
        target = None if typed == NO_THEME else _target(own, typed, but=source)
        return _moved(
            own,
            source,
            lambda ideas: idea_edits.move(own, ideas, source, target, as_of=_as_of()),
            lambda n: sentences.moved_to(source, target, n),
        )
    except EditRefused as refused:
        return _again(own, source, refused, "target")


@blueprint.post("/<public_id>/also")
def also(slug: str, public_id: str) -> ResponseReturnValue:
    """Put ideas of a theme, which stay there, in one more."""
    own = get_own_survey(slug)
    theme = own_theme(own, public_id)
    try:
        target = _target(own, request.form.get("target", ""), but=theme)
        return _moved(
            own,
            theme,
            lambda ideas: idea_edits.also(own, ideas, theme, target, as_of=_as_of()),
            lambda n: sentences.also_in(target, n),
            stays=True,
        )
    except EditRefused as refused:
        return _again(own, theme, refused, "target")


@blueprint.post("/<public_id>/split")
def split(slug: str, public_id: str) -> ResponseReturnValue:
    """Make a new theme of ideas of a theme or of none, or of one of a theme's parts."""
    own = get_own_survey(slug)
    source = _source(own, public_id)
    name = request.form.get("name") or request.form.get("target", "")
    try:
        if (part_id := request.form.get("part")) and source is not None:
            part = theme_edits.find_theme(own, part_id)
            if part is None:
                abort(404)
            message = gettext("%(theme)s is a theme of its own.", theme=part.name)
            return _done(slug, public_id, idea_edits.split_part(source, part), message)
        return _moved(
            own,
            source,
            lambda ideas: idea_edits.split(own, ideas, source, name, as_of=_as_of()),
            lambda n: sentences.moved_to_new(name, n),
        )
    except EditRefused as refused:
        return _again(own, source, refused, "target")


@blueprint.post("/<public_id>/confirm")
def confirm(slug: str, public_id: str) -> ResponseReturnValue:
    """Say that ideas are right in the theme they are in."""
    own = get_own_survey(slug)
    theme = own_theme(own, public_id)
    try:
        return _moved(
            own,
            theme,
            lambda ideas: idea_edits.confirm(own, ideas, theme, as_of=_as_of()),
            sentences.right_here,
            stays=True,
        )
    except EditRefused as refused:
        return _again(own, theme, refused)


@blueprint.post("/<public_id>/mark")
def mark(slug: str, public_id: str) -> ResponseReturnValue:
    """Say that ideas say the opposite of the theme they are in, or that they do not."""
    own = get_own_survey(slug)
    theme = own_theme(own, public_id)
    says = request.form.get("says", "")
    if says not in MARKS:
        abort(400)
    opposite = MARKS[says]
    message = sentences.says_the_opposite if opposite else sentences.says_the_same
    try:
        return _moved(
            own,
            theme,
            lambda ideas: idea_edits.mark(own, ideas, theme, opposite=opposite, as_of=_as_of()),
            lambda n: message(theme, n),
            stays=True,
        )
    except EditRefused as refused:
        return _again(own, theme, refused)


@blueprint.post("/inbox/dismiss")
def dismiss(slug: str) -> ResponseReturnValue:
    """Leave ideas in no theme, and out of the inbox."""
    own = get_own_survey(slug)
    try:
        return _moved(own, None, lambda ideas: idea_edits.dismiss(own, ideas, as_of=_as_of()), sentences.left_out)
    except EditRefused as refused:
        return _again(own, None, refused)


@blueprint.post("/inbox")
def place(slug: str) -> ResponseReturnValue:
    """Put ideas on a theme that they were on none of."""
    return move(slug, bench.INBOX)


@blueprint.post("/besides/back")
def send_back(slug: str) -> ResponseReturnValue:
    """Send what edits moved besides, all or what is ticked, back to where it came from."""
    return _each_way(
        slug, lambda own, ideas, source, target: idea_edits.move(own, ideas, target, source), sentences.sent_back
    )


@blueprint.post("/besides/keep")
def keep(slug: str) -> ResponseReturnValue:
    """Say that what edits moved besides, all or what is ticked, is right where it is."""

    def right(own: Survey, ideas: Sequence[IdeaSpan], source: Theme | None, target: Theme | None) -> int:
        return idea_edits.confirm(own, ideas, target) if target else idea_edits.dismiss(own, ideas)

    return _each_way(slug, right, sentences.right)


@blueprint.post("/undo/<int:edit_id>")
def undo(slug: str, edit_id: int) -> ResponseReturnValue:
    """Take an edit back."""
    return _toggled(slug, edit_id, edit_history.undo, sentences.taken_back, gettext("It was taken back already."), REDO)


@blueprint.post("/redo/<int:edit_id>")
def redo(slug: str, edit_id: int) -> ResponseReturnValue:
    """Make an edit again that was taken back."""
    return _toggled(slug, edit_id, edit_history.redo, sentences.holds_again, gettext("It holds already."), UNDO)


def _toggled(
    slug: str,
    edit_id: int,
    toggle: Callable[[Survey, int], bool],
    done: Callable[[PastEdit], str],
    known: str,
    offer: str,
) -> ResponseReturnValue:
    own = get_own_survey(slug)
    if not _is_own(own, edit_id):
        abort(404)
    (edit,) = edit_history.history(own, ids=[edit_id])
    if toggle(own, edit_id):
        flash(done(edit), f"{offer} {edit_id}")
    else:
        flash(known)
    return redirect(_where_from(own), 303)


def _is_own(own: Survey, edit_id: int) -> bool:
    made = select(Edit.id).where(Edit.id == edit_id, Edit.survey_id == own.id)
    return edit_id < 2**31 and db.session.scalar(made) is not None


def _source(own: Survey, public_id: str) -> Theme | None:
    return None if public_id == bench.INBOX else own_theme(own, public_id)


def _target(own: Survey, typed: str, *, but: Theme | None) -> Theme:
    """Return the theme with this id or name. Raises EditRefused if no name, or more than one, fits; 404 for an id."""
    if PUBLIC_ID.fullmatch(typed):
        return own_theme(own, typed)
    others = [theme for theme in all_themes(shown_run(own)) if but is None or theme.id != but.id]
    return own_theme(own, find_by_name(others, typed).public_id)


def _as_of() -> int | None:
    """Return the version of the log that the page showed; None if it does not say."""
    return parse_version(request.form.get("as_of", ""))


def _ticked() -> list[IdeaSpan]:
    return [span for value in request.form.getlist("idea") if (span := IdeaSpan.parse(value)) is not None]


def _of_theme(
    slug: str, public_id: str, edit: Callable[[Theme], int], message: str, field: str = ""
) -> ResponseReturnValue:
    """Make an edit of a whole theme; `field` is what was typed into, if it was."""
    own = get_own_survey(slug)
    theme = own_theme(own, public_id)
    try:
        return _done(slug, public_id, edit(theme), message)
    except EditRefused as refused:
        return _again(own, theme, refused, field)


def _moved(
    own: Survey,
    source: Theme | None,
    edit: Callable[[Sequence[IdeaSpan]], int],
    message: Callable[[int], str],
    *,
    stays: bool = False,
) -> ResponseReturnValue:
    """Make an edit of the ideas that were ticked; `message` says of their number what was done. Raises EditRefused."""
    ideas = list(dict.fromkeys(_ticked()))
    if request.form.get("all"):
        wanted_all = ListFilter.parse(request.form.get("list", ""))
        ideas = idea_list.all_spans(shown_run(own), source.id if source else None, wanted_all)
    at, wanted = request.form.get("at") or _at(source), request.form.get("list", "")
    leaving = () if stays else ideas
    anchor = "ideas" if at == bench.BESIDES else bench.next_anchor(own, source, wanted, leaving)
    return _done(own.slug, _checked(own, at), edit(ideas), message(len(ideas)), anchor)


def _each_way(
    slug: str,
    edit: Callable[[Survey, Sequence[IdeaSpan], Theme | None, Theme | None], int],
    message: Callable[[int], str],
) -> ResponseReturnValue:
    """Make an edit for each two themes between which ideas were moved besides."""
    own = get_own_survey(slug)
    count, made = 0, []
    themes = {theme.id: theme for theme in db.session.scalars(select(Theme).where(Theme.survey_id == own.id))}
    try:
        for (source_id, target_id), ideas in besides.ways(own, shown_run(own), set(_ticked())).items():
            source, target = themes.get(source_id or 0), themes.get(target_id or 0)
            made.append(edit(own, ideas, source, target))
            count += len(ideas)
    except EditRefused as refused:
        flash(str(refused))
    if count:
        category = f"{UNDO} {made[0]}" if len(made) == 1 else "message"
        flash(message(count), category)
    return redirect(bench.address(slug, bench.BESIDES), 303)


def _done(slug: str, at: str, edit_id: int, message: str, anchor: str = "open") -> ResponseReturnValue:
    flash(message, f"{UNDO} {edit_id}")
    return redirect(bench.address(slug, at, request.form.get("list", ""), anchor), 303)


def _again(own: Survey, theme: Theme | None, refused: EditRefused, field: str = "") -> ResponseReturnValue:
    """Show the page again as it was sent, with the reason why nothing was changed."""
    typed = request.form.get("target" if field in ("target", "into") else field, "")
    merged = refused if isinstance(refused, ThemeMerged) else None
    kept = bench.Refused(str(refused), set(request.form.getlist("idea")), typed, field, merged)
    return bench.show(own, theme, ListFilter.parse(request.form.get("list", "")), kept), 409


def _at(theme: Theme | None) -> str:
    return theme.public_id if theme else bench.INBOX


def _checked(own: Survey, at: str) -> str:
    """Return the page that a form came from if there is one."""
    return at if at in bench.PAGES or theme_edits.find_theme(own, at) else bench.INBOX


def _where_from(own: Survey) -> str:
    at = request.form.get("at", bench.HISTORY)
    return bench.address(own.slug, _checked(own, at or bench.HISTORY), request.form.get("list", ""), "ideas")
