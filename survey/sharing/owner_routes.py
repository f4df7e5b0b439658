"""The owner's page about sharing: links, QR code, poster, embed code, and where answers came from."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from survey import preview, sharing, sources
from survey.access import outside_address, own_survey
from survey.themes import theme_page

blueprint = Blueprint("share_owner", __name__, url_prefix="/manage/<slug>/share")


@blueprint.get("")
def share(slug: str) -> ResponseReturnValue:
    """Everything that brings people to the question, and what it brought."""
    own = own_survey(slug)
    page = theme_page(own)
    rendered = render_template(
        "manage/share.html",
        survey=own,
        question=sharing.question_share(own),
        question_meta=sharing.question_meta(own, None),
        question_version=preview.version(sharing.question_card(own)),
        themes=sharing.themes_share(page) if own.is_published else None,
        themes_meta=sharing.themes_meta(page, None),
        themes_version=preview.version(sharing.themes_card(page)),
        embed_code=sharing.embed_code(own),
        sources=sources.by_time(own),
    )
    return rendered, {"Cache-Control": "no-store"}


@blueprint.get("/poster")
def poster(slug: str) -> ResponseReturnValue:
    """A sheet of paper to put up: the question and its QR code."""
    own = own_survey(slug)
    address = outside_address("respond.answer", slug=slug)
    return render_template("share/poster.html", survey=own, address=address.split("://", 1)[-1])
