"""The script for pages of other sites that frame a page of this one, and the looks that such a page may choose."""

from __future__ import annotations

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from survey.web.access import public

blueprint = Blueprint("embedding", __name__)

LOOKS = ("light", "dark")
"""What a host may choose; else each visitor's own setting counts"""
CACHE_SECONDS = 60 * 60


@blueprint.get("/embed.js")
@public
def host_script() -> ResponseReturnValue:
    """The script by which frames on other sites' pages get the height of what is in them."""
    response = current_app.send_static_file("embed.js")
    response.cache_control.no_cache = None
    response.cache_control.public, response.cache_control.max_age = True, CACHE_SECONDS
    return response.make_conditional(request)
