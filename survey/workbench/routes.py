"""The pages of the workbench: a theme, the ideas in none, what edits moved besides, what was changed."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from survey.core.models import Survey, Theme
from survey.curation import edit_history
from survey.curation.theme_edits import find_theme
from survey.runs.lookups import shown_run
from survey.web.access import get_own_survey
from survey.web.pagination import Pages
from survey.workbench import bench, besides, done
from survey.workbench.list_filter import ListFilter

blueprint = Blueprint("edit_themes", __name__, url_prefix="/manage/<slug>/themes")

EDITS_PER_PAGE = edit_history.MAX_HISTORY


@blueprint.get("")
def listed(slug: str) -> ResponseReturnValue:
    """The workbench: every theme, and the first with its ideas."""
    own = get_own_survey(slug)
    run = shown_run(own)
    themes = bench.listed_themes(own, run)
    first = themes.lines[0] if themes.lines else None
    if first is None:
        return render_template("workbench/none.html", **bench.frame(own, run, themes), at="")
    return bench.show(own, own_theme(own, first.theme.public_id), ListFilter.read(request.args))


@blueprint.get("/<public_id>")
def theme(slug: str, public_id: str) -> ResponseReturnValue:
    """One theme with its ideas, the least sure first."""
    own = get_own_survey(slug)
    return bench.show(own, own_theme(own, public_id), ListFilter.read(request.args))


@blueprint.get("/inbox")
def inbox(slug: str) -> ResponseReturnValue:
    """Ideas on no theme, each with the theme it is nearest to."""
    return bench.show(get_own_survey(slug), None, ListFilter.read(request.args))


@blueprint.get("/besides")
def moved_besides(slug: str) -> ResponseReturnValue:
    """The ideas that edits moved besides, each with the theme it came from."""
    own = get_own_survey(slug)
    run = shown_run(own)
    themes = bench.listed_themes(own, run)
    return render_template(
        "workbench/besides.html",
        **bench.frame(own, run, themes),
        at=bench.BESIDES,
        moved=besides.taught_ideas(own, run, themes.by_id()),
    )


@blueprint.get("/history")
def history(slug: str) -> ResponseReturnValue:
    """Who did what, the newest first, each edit with undo or redo; with `of=themes` the edits alone."""
    own = get_own_survey(slug)
    run = shown_run(own)
    only_themes = request.args.get("of") == "themes"
    edits, others = done.count(own)
    pages = Pages.of(edits if only_themes else edits + others, EDITS_PER_PAGE, request.args.get("page"))
    return render_template(
        "workbench/history.html",
        **bench.frame(own, run, bench.listed_themes(own, run)),
        at=bench.HISTORY,
        history=done.lines(own, only_themes=only_themes, offset=pages.offset, limit=EDITS_PER_PAGE),
        only_themes=only_themes,
        name_settings=done.name_settings,
        role_names=done.ROLE_NAMES,
        has_others=others > 0,
        pages=pages,
    )


def own_theme(own: Survey, public_id: str) -> Theme:
    """Return the theme of a survey with this id, or abort with 404."""
    found = find_theme(own, public_id)
    if found is None or found.origin == "part":
        abort(404)
    return found
