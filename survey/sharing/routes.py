"""Public images of a survey: link previews and QR codes.

survey/respond/embed_routes.py adds the embedded answer form to this blueprint.
"""

from __future__ import annotations

from io import BytesIO

import segno
from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey.core.database import now
from survey.core.models import Survey
from survey.looks import pictures
from survey.looks.models import LOGO
from survey.results import read_model
from survey.sharing import links, preview_image
from survey.sharing.preview_image import Card
from survey.web import access
from survey.web.access import get_survey, is_member, public

blueprint = Blueprint("share", __name__, url_prefix="/s/<slug>")

CACHE_FOR_EVER = "public, max-age=31536000, immutable"
CACHE_ONE_HOUR = "public, max-age=3600"
CACHE_REVALIDATE = "public, no-cache"
"""Caches must ask before each use, so that a page which is made private disappears from them"""
NO_CACHE = "private, no-store"
QR_INK, QR_PAPER = "#23201c", "#ffffff"
QR_SCALE = 24
"""Pixels per module: 900 to 1,100 pixels in all, enough for a poster"""


@blueprint.get("/preview-<version>.png")
@public
def question_preview(slug: str, version: str) -> ResponseReturnValue:
    """Return the preview image of the question."""
    survey = _readable_survey(slug)
    caching = NO_CACHE if access.is_draft(survey, now()) else CACHE_FOR_EVER
    return _image(links.question_card(survey), survey, version, caching)


@blueprint.get("/themes/preview-<version>.png")
@public
def themes_preview(slug: str, version: str) -> ResponseReturnValue:
    """Return the preview image of the theme page, for those who may read the page."""
    survey = get_survey(slug)
    if not survey.is_published and not is_member(survey):
        abort(404)
    card = links.themes_card(read_model.theme_page(survey))
    return _image(card, survey, version, CACHE_REVALIDATE if survey.is_published else NO_CACHE)


@blueprint.get("/qr.svg")
@public
def qr_svg(slug: str) -> ResponseReturnValue:
    """Return the QR code of the question as SVG."""
    return _qr_code(slug, "svg", "image/svg+xml")


@blueprint.get("/qr.png")
@public
def qr_png(slug: str) -> ResponseReturnValue:
    """Return the QR code of the question as PNG."""
    return _qr_code(slug, "png", "image/png")


def _readable_survey(slug: str) -> Survey:
    """Return the survey for visitors who may read its question; abort with 404 for others, while it is a draft."""
    survey = get_survey(slug)
    if access.is_draft(survey, now()) and not is_member(survey):
        abort(404)
    return survey


def _image(card: Card, survey: Survey, version: str, caching: str) -> ResponseReturnValue:
    newest = preview_image.version(card)
    if version != newest:
        address = url_for(request.endpoint or "", slug=survey.slug, version=newest)
        return redirect(address), {"Cache-Control": NO_CACHE if caching == NO_CACHE else "no-cache"}
    response = Response(mimetype="image/png", headers={"Cache-Control": caching})
    response.set_etag(version)
    if response.make_conditional(request).status_code != 304:
        response.data = preview_image.draw(card, pictures.content(survey.id, LOGO, card.logo) if card.logo else None)
    return response


def _qr_code(slug: str, kind: str, mimetype: str) -> ResponseReturnValue:
    survey = _readable_survey(slug)
    caching = NO_CACHE if access.is_draft(survey, now()) else CACHE_ONE_HOUR
    file = BytesIO()
    code = segno.make(links.poster_address(survey), error="m", micro=False)
    size = {"scale": QR_SCALE} if kind == "png" else {"omitsize": True}
    code.save(file, kind=kind, dark=QR_INK, light=QR_PAPER, border=4, **size)
    return Response(file.getvalue(), mimetype=mimetype, headers={"Cache-Control": caching})
