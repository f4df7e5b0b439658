"""The owner's sharing page: links, QR code, poster, embed code, and the sources of answers."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from survey.core.i18n import in_language, language
from survey.core.models import Survey
from survey.results.read_model import theme_page
from survey.sharing import links, preview_image, reach, traffic_sources
from survey.sharing.embed_assets import LOOKS
from survey.web.access import external_url, get_own_survey

blueprint = Blueprint("share_owner", __name__, url_prefix="/manage/<slug>/share")


@blueprint.get("")
def share(slug: str) -> ResponseReturnValue:
    """Show the links, QR code and embed code of a survey, and the sources of its answers."""
    own = get_own_survey(slug)
    page = theme_page(own)
    chosen = _embed_choice(own)
    return render_template(
        "sharing/share.html",
        survey=own,
        obstacle=reach.obstacle_here(external_url("respond.answer", slug=slug)),
        question=links.question_share(own),
        question_meta=links.question_meta(own, None),
        question_version=preview_image.version(links.question_card(own)),
        themes=links.themes_share(page, language_code=own.language) if own.is_published else None,
        themes_meta=links.themes_meta(page, None),
        themes_version=preview_image.version(links.themes_card(page)),
        embed=chosen,
        embed_code=links.embed_code(own, chosen),
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


def _embed_choice(own: Survey) -> links.EmbedChoice:
    """Return what the form of the embed code asks for; what it offers first where it was not sent."""
    if "embed" not in request.args:
        return links.EmbedChoice()
    look = request.args.get("look", "")
    return links.EmbedChoice(
        is_themes=request.args["embed"] == "themes" and own.is_published,
        introduction=request.args.get("introduction") == "1",
        look=look if look in LOOKS else "",
        follows=request.args.get("follows") == "1",
    )
