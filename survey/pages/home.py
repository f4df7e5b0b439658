"""The front door and the operator's look at whether the site is well."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from survey.access import public
from survey.database import db

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def front() -> ResponseReturnValue:
    """The owner's way in."""
    return redirect(url_for("manage.surveys"))


@blueprint.get("/health")
@public
def health() -> ResponseReturnValue:
    """200 while the site can read its database."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}, {"Cache-Control": "no-store"}
