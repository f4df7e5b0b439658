"""The start page."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def front() -> ResponseReturnValue:
    """Redirect to the list of surveys."""
    return redirect(url_for("manage.surveys"))
