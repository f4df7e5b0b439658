"""The reader's page: the themes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey import report, sharing
from survey.access import public
from survey.answers import known_source
from survey.database import now
from survey.pages.reading import caching, readable
from survey.themes import theme_page

blueprint = Blueprint("results", __name__, url_prefix="/s/<slug>/themes")


@blueprint.get("")
@public
def themes(slug: str) -> ResponseReturnValue:
    """The themes of a survey: for everybody once published, before that for its owner alone."""
    survey = readable(slug)
    source = known_source(request.args.get("from"))
    tag: dict[str, Any] = {"from": source} if source else {}
    shown = theme_page(survey)
    page = render_template(
        "results/themes.html",
        page=shown,
        preview=not survey.is_published,
        answer_url=url_for("respond.answer", slug=slug, **tag) if survey.takes_answers(now()) else None,
        meta=sharing.themes_meta(shown, source),
        share=sharing.themes_share(shown),
        **report.sections(shown),
    )
    return page, caching(survey)
