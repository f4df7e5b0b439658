"""What is shared of a survey: pictures for feeds, QR codes, the form inside other pages."""

from __future__ import annotations

from io import BytesIO

import segno
from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.core.database import now
from survey.core.i18n import gettext
from survey.core.models import Survey
from survey.manage import surveys
from survey.respond import bot_checks, embed_routes, submission
from survey.respond.embed_routes import EmbedForm
from survey.results import read_model
from survey.sharing import links, preview_image
from survey.sharing.preview_image import Card
from survey.web import survey_cache
from survey.web.access import any_survey, is_own, outside_address, public

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
    caching = NOWHERE if surveys.is_draft(survey, now()) else FOR_EVER
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


@blueprint.get("/embed")
@public
def embed(slug: str) -> ResponseReturnValue:
    """The question and the box, inside another page."""
    survey = any_survey(slug)
    if not survey.takes_answers(now()):
        return _closed(survey, "")
    return _form_page(survey, EmbedForm(survey, formdata=None), 200)


@blueprint.post("/embed", endpoint="embed_send")
@public
def embed_send(slug: str) -> ResponseReturnValue:
    """Keep one answer that was given inside another page."""
    return survey_cache.judge(slug, _send)


@blueprint.get("/embed/thanks/<token>")
@public
def embed_thanks(slug: str, token: str) -> ResponseReturnValue:
    """The thank-you inside another page, for the answer that its token names."""
    survey = any_survey(slug)
    public_id, secret = embed_routes.thanked_answer(token, survey.id)
    own = submission.own_of(survey, public_id)
    if own is None:
        return redirect(url_for("share.embed", slug=slug))
    joined = read_model.joined(survey, own.id)
    look = submission.next_look(own, joined)
    page = render_template(
        "respond/embed_thanks.html",
        survey=survey,
        answer=own,
        joined=joined,
        own_url=outside_address("own_answer.read", slug=slug, secret=secret),
        look_again=url_for("share.embed_thanks", slug=slug, token=token, look=look) if look else None,
    )
    return page, {"Cache-Control": "no-store"}


def _send(survey: Survey) -> ResponseReturnValue:
    form = submission.sent_form(EmbedForm, survey)
    if not survey.takes_answers(now()):
        return _closed(survey_cache.confirmed(survey), form.text.data or "")
    nonce = embed_routes.new_nonce()
    try:
        taken = submission.take(
            survey, form, "embed", embed_routes.secret(nonce), lambda: _shown_elsewhere(form, survey.id)
        )
    except submission.NotTaken as not_taken:
        return _form_page(survey_cache.confirmed(survey), form, not_taken.status)
    token = embed_routes.thanks_token(survey.id, taken.public_id, nonce)
    return redirect(url_for("share.embed_thanks", slug=survey.slug, token=token), 303)


def _shown_elsewhere(form: EmbedForm, survey_id: int) -> bool:
    if bot_checks.is_form_token(form.token.data or "", survey_id, form.form_key.data or ""):
        return False
    form.token.errors = [gettext(embed_routes.OPEN_TOO_LONG)]
    return True


def _form_page(survey: Survey, form: EmbedForm, status: int) -> ResponseReturnValue:
    submission.make_ready(survey, form, anew=form.token.errors)
    del form.source
    page = render_template("respond/embed.html", survey=survey, form=form)
    return page, status, {"Cache-Control": "private, no-cache"}


def _closed(survey: Survey, text: str) -> ResponseReturnValue:
    draft = surveys.is_draft(survey, now())
    page = render_template("respond/embed_closed.html", survey=survey, text=text, draft=draft)
    return page, 410, {"Cache-Control": "private, no-cache"}


def _asked(slug: str) -> Survey:
    """The survey at this address, for whoever may read its question: 404 for strangers while it is a draft."""
    survey = any_survey(slug)
    if surveys.is_draft(survey, now()) and not is_own(survey):
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
    caching = NOWHERE if surveys.is_draft(survey, now()) else AN_HOUR
    file = BytesIO()
    code = segno.make(links.poster_address(survey), error="m", micro=False)
    size = {"scale": QR_SCALE} if kind == "png" else {"omitsize": True}
    code.save(file, kind=kind, dark=QR_INK, light=QR_PAPER, border=4, **size)
    return Response(file.getvalue(), mimetype=mimetype, headers={"Cache-Control": caching})
