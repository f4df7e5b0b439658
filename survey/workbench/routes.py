"""The pages of the workbench: a theme, the ideas in none, what edits moved besides, what was changed."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from survey.core.database import db
from survey.core.models import Survey, Theme
from survey.curation import edit_history
from survey.curation.theme_edits import find_theme
from survey.edits.models import Edit
from survey.runs.lookups import shown_run
from survey.web.access import get_own_survey
from survey.web.pagination import Pages
from survey.workbench import bench, besides
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
    """What the owner changed, the newest first, each edit with undo or redo."""
    own = get_own_survey(slug)
    run = shown_run(own)
    count = db.session.scalar(select(func.count()).where(Edit.survey_id == own.id)) or 0
    pages = Pages.of(count, EDITS_PER_PAGE, request.args.get("page"))
    return render_template(
        "workbench/history.html",
        **bench.frame(own, run, bench.listed_themes(own, run)),
        at=bench.HISTORY,
        history=edit_history.history(own, offset=pages.offset, limit=EDITS_PER_PAGE),
        pages=pages,
    )


def own_theme(own: Survey, public_id: str) -> Theme:
    """Return the theme of a survey with this id, or abort with 404."""
    found = find_theme(own, public_id)
    if found is None or found.origin == "part":
        abort(404)
    return found
