"""The reader's further pages: one theme, all answers, the map."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.core.database import now
from survey.core.models import Survey
from survey.reports import map_page, one_theme, search
from survey.web.access import get_survey, is_member, public
from survey.web.shared_pages import same_for_everybody

blueprint = Blueprint("reading", __name__, url_prefix="/s/<slug>")

REVALIDATE = {"Cache-Control": "private, no-cache"}
NO_STORE = {"Cache-Control": "no-store"}


def readable_survey(slug: str) -> Survey:
    """Return the survey if the visitor may read its themes: everybody once published, before that its owner.

    Else abort with 404.
    """
    survey = get_survey(slug)
    if not survey.is_published and not is_member(survey):
        abort(404)
    return survey


def cache_headers(survey: Survey) -> dict[str, str]:
    """Return the caching header of a theme page: browsers do not store one that only its owner sees."""
    return REVALIDATE if survey.is_published else NO_STORE


@blueprint.get("/themes/<public_id>")
@public
@same_for_everybody()
def theme(slug: str, public_id: str) -> ResponseReturnValue:
    """One theme with all its answers."""
    survey = readable_survey(slug)
    shown = one_theme.one_theme(survey, public_id, request.args)
    if shown is None:
        abort(404)
    return render_template("reports/theme.html", page=shown, **_frame(survey)), cache_headers(survey)


@blueprint.get("/answers")
@public
def answers(slug: str) -> ResponseReturnValue:
    """All answers, to search in."""
    survey = readable_survey(slug)
    return render_template(
        "reports/answers.html", page=search.search(survey, request.args), **_frame(survey)
    ), cache_headers(survey)


@blueprint.get("/map", endpoint="map")
@public
@same_for_everybody()
def map_of(slug: str) -> ResponseReturnValue:
    """The map of the ideas; with `q`, what that finds is marked."""
    survey = readable_survey(slug)
    shown = map_page.map_page(survey, request.args.get("q", ""))
    return render_template("reports/map.html", page=shown, **_frame(survey)), cache_headers(survey)


@blueprint.get("/map/words.json")
@public
def words(slug: str) -> ResponseReturnValue:
    """The words of each idea on the map, by its place there."""
    survey = readable_survey(slug)
    return jsonify(map_page.ideas_by_place(survey)), cache_headers(survey)


def _frame(survey: Survey) -> dict[str, Any]:
    """Return the template values that these pages share."""
    open_now = survey.takes_answers(now())
    return {
        "survey": survey,
        "preview": not survey.is_published,
        "answer_url": url_for("respond.answer", slug=survey.slug) if open_now else None,
    }
