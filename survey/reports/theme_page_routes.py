"""The reader's page: the themes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.answers.lifecycle import SOURCES, known_source
from survey.core.database import now
from survey.reports import feed as result_feed
from survey.reports import sections
from survey.reports.routes import cache_headers, readable_survey
from survey.results.read_model import theme_page
from survey.sharing import links
from survey.web.access import get_survey, public
from survey.web.shared_pages import same_for_everybody

blueprint = Blueprint("results", __name__, url_prefix="/s/<slug>/themes")


@blueprint.get("")
@public
@same_for_everybody({"from": SOURCES})
def themes(slug: str) -> ResponseReturnValue:
    """The themes of a survey: for everybody once published, before that for its owner alone."""
    survey = readable_survey(slug)
    source = known_source(request.args.get("from"))
    tag: dict[str, Any] = {"from": source} if source else {}
    shown = theme_page(survey)
    page = render_template(
        "reports/themes.html",
        page=shown,
        preview=not survey.is_published,
        answer_url=url_for("respond.answer", slug=slug, **tag) if survey.takes_answers(now()) else None,
        meta=links.themes_meta(shown, source),
        share=links.themes_share(shown),
        **sections.sections(shown),
    )
    return page, cache_headers(survey)


@blueprint.get("/feed.atom")
@public
def feed(slug: str) -> ResponseReturnValue:
    """What happened to a published result, for feed readers: published, new themes, more people."""
    survey = get_survey(slug)
    if not survey.is_published:
        abort(404)
    written, changed_at = result_feed.feed(survey)
    response = Response(written, content_type="application/atom+xml; charset=utf-8")
    response.headers["Cache-Control"] = "public, no-cache"
    response.add_etag()
    response.last_modified = changed_at
    return response.make_conditional(request)
