"""The owner's sharing page: links, QR code, poster, embed code, and the sources of answers."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from survey.core.i18n import in_language, language
from survey.results.read_model import theme_page
from survey.sharing import links, preview_image, traffic_sources
from survey.web.access import external_url, get_own_survey

blueprint = Blueprint("share_owner", __name__, url_prefix="/manage/<slug>/share")


@blueprint.get("")
def share(slug: str) -> ResponseReturnValue:
    """Show the links, QR code and embed code of a survey, and the sources of its answers."""
    own = get_own_survey(slug)
    page = theme_page(own)
    return render_template(
        "sharing/share.html",
        survey=own,
        question=links.question_share(own),
        question_meta=links.question_meta(own, None),
        question_version=preview_image.version(links.question_card(own)),
        themes=links.themes_share(page) if own.is_published else None,
        themes_meta=links.themes_meta(page, None),
        themes_version=preview_image.version(links.themes_card(page)),
        embed_code=links.embed_code(own),
        sources=traffic_sources.by_time(own),
    )


@blueprint.get("/poster")
def poster(slug: str) -> ResponseReturnValue:
    """Show a poster to print: the question and its QR code, and who asks, in the language of the survey."""
    own = get_own_survey(slug)
    address = external_url("respond.answer", slug=slug)
    with in_language(own.language.split("-")[0]):
        asks, asks_in = links.question_meta(own, None).description, language()
    return render_template(
        "sharing/poster.html", survey=own, asks=asks, asks_in=asks_in, address=address.split("://", 1)[-1]
    )
