"""What pages of a survey load besides: its stylesheet and its pictures, each at an address with a version in it."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, abort, redirect, url_for
from flask.typing import ResponseReturnValue

from survey.core.database import now
from survey.core.models import Survey
from survey.looks import colours, pictures, words
from survey.looks.look import look
from survey.looks.models import ROLES
from survey.web import access
from survey.web.access import get_survey, is_member, public

blueprint = Blueprint("look", __name__, url_prefix="/s/<slug>")

CACHE = "public, max-age=604800, immutable"
"""A week: what an owner removes is gone from everywhere within it, and nothing is asked for twice in a visit"""
NO_CACHE = "private, no-store"


@blueprint.get("/look-<version>.css")
@public
def style(slug: str, version: str) -> ResponseReturnValue:
    """Return the stylesheet of a survey's own colour."""
    survey = _readable(slug)
    accent = words.of(survey, "accent")
    if not accent:
        abort(404)
    if version != colours.version(accent):
        address = url_for("look.style", slug=slug, version=colours.version(accent))
        return redirect(address), {"Cache-Control": "no-cache"}
    return Response(colours.stylesheet(accent), mimetype="text/css", headers={"Cache-Control": _caching(survey)})


@blueprint.get("/picture/<role>-<version>.webp")
@public
def picture(slug: str, role: str, version: str) -> ResponseReturnValue:
    """Return a picture of a survey."""
    survey = _readable(slug)
    if role not in ROLES:
        abort(404)
    content = pictures.content(survey.id, role, version)
    if content is not None:
        return Response(content, mimetype="image/webp", headers={"Cache-Control": _caching(survey)})
    newest = pictures.of(survey).get(role)
    if newest is None:
        abort(404)
    address = url_for("look.picture", slug=slug, role=role, version=newest.version)
    return redirect(address), {"Cache-Control": "no-cache"}


def _readable(slug: str) -> Survey:
    """Return the survey for visitors who may see its pages; abort with 404 for others, while it is a draft."""
    survey = get_survey(slug)
    if access.is_draft(survey, now()) and not is_member(survey):
        abort(404)
    return survey


def _caching(survey: Survey) -> str:
    return NO_CACHE if access.is_draft(survey, now()) else CACHE


def init_app(app: Flask) -> None:
    """Let templates ask for the looks of a survey, and for its own words."""
    app.jinja_env.globals |= {
        "look": look,
        "own_words": words.of,
        "contact_address": words.contact_address,
        "dark_partner": lambda accent: colours.schemes(accent)[1].action,
    }
    app.jinja_env.filters |= {"linked": words.linked}
