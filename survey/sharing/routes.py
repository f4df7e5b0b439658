"""What is shared of a survey: pictures for feeds, QR codes, the form inside other pages."""

from __future__ import annotations

from io import BytesIO

import segno
from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey.core.database import now
from survey.core.models import Survey
from survey.results import read_model
from survey.sharing import links, preview_image
from survey.sharing.preview_image import Card
from survey.web import access
from survey.web.access import any_survey, is_own, public

blueprint = Blueprint("share", __name__, url_prefix="/s/<slug>")

FOR_EVER = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600"
ASK_AGAIN = "public, no-cache"
"""May be kept, and is asked for each time: what is not public any more is nowhere then"""
NOWHERE = "private, no-store"
QR_INK, QR_PAPER = "#23201c", "#ffffff"
QR_SCALE = 24
"""Pixels of a module: about 900 to 1,100 in all, enough for a poster"""


@blueprint.get("/preview-<version>.png")
@public
def question_preview(slug: str, version: str) -> ResponseReturnValue:
    """The picture beside a link to the question."""
    survey = _asked(slug)
    caching = NOWHERE if access.is_draft(survey, now()) else FOR_EVER
    return _picture(links.question_card(survey), slug, version, caching)


@blueprint.get("/themes/preview-<version>.png")
@public
def themes_preview(slug: str, version: str) -> ResponseReturnValue:
    """The picture beside a link to the theme page: for those who may read the page."""
    survey = any_survey(slug)
    if not survey.is_published and not is_own(survey):
        abort(404)
    card = links.themes_card(read_model.theme_page(survey))
    return _picture(card, slug, version, ASK_AGAIN if survey.is_published else NOWHERE)


@blueprint.get("/qr.svg")
@public
def qr_svg(slug: str) -> ResponseReturnValue:
    """The QR code of the question, to be drawn at any size."""
    return _code(slug, "svg", "image/svg+xml")


@blueprint.get("/qr.png")
@public
def qr_png(slug: str) -> ResponseReturnValue:
    """The QR code of the question as pixels."""
    return _code(slug, "png", "image/png")


def _asked(slug: str) -> Survey:
    """The survey at this address, for whoever may read its question: 404 for strangers while it is a draft."""
    survey = any_survey(slug)
    if access.is_draft(survey, now()) and not is_own(survey):
        abort(404)
    return survey


def _picture(card: Card, slug: str, version: str, caching: str) -> ResponseReturnValue:
    newest = preview_image.version(card)
    if version != newest:
        address = url_for(request.endpoint or "", slug=slug, version=newest)
        return redirect(address), {"Cache-Control": NOWHERE if caching == NOWHERE else "no-cache"}
    response = Response(mimetype="image/png", headers={"Cache-Control": caching})
    response.set_etag(version)
    if response.make_conditional(request).status_code != 304:
        response.data = preview_image.draw(card)
    return response


def _code(slug: str, kind: str, mimetype: str) -> ResponseReturnValue:
    survey = _asked(slug)
    caching = NOWHERE if access.is_draft(survey, now()) else AN_HOUR
    file = BytesIO()
    code = segno.make(links.poster_address(survey), error="m", micro=False)
    size = {"scale": QR_SCALE} if kind == "png" else {"omitsize": True}
    code.save(file, kind=kind, dark=QR_INK, light=QR_PAPER, border=4, **size)
    return Response(file.getvalue(), mimetype=mimetype, headers={"Cache-Control": caching})
