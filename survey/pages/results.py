"""The reader's page: the themes."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from survey.access import any_survey, is_own, public
from survey.themes import theme_page

blueprint = Blueprint("results", __name__, url_prefix="/s/<slug>/themes")


@blueprint.get("")
@public
def themes(slug: str) -> ResponseReturnValue:
    """The themes of a survey: for everybody once published, before that for its owner alone."""
    survey = any_survey(slug)
    if not survey.is_published and not is_own(survey):
        abort(404)
    page = render_template(
        "results/themes.html",
        page=theme_page(survey),
        preview=not survey.is_published,
        answer_url=url_for("respond.answer", slug=slug) if survey.is_open else None,
    )
    return page, {"Cache-Control": "private, no-cache"}
