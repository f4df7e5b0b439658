"""What the operator's programs look at: whether the site lives, whether it is ready, how it does."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from survey import metrics
from survey.access import public
from survey.database import db, is_migrated

blueprint = Blueprint("operating", __name__)

FRESH = {"Cache-Control": "no-store"}


@blueprint.get("/healthz")
@public
def lives() -> ResponseReturnValue:
    """200 while the process answers at all."""
    return {"status": "ok"}, FRESH


@blueprint.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """200 while answers can be taken: the database is there, and its tables are those of this version.

    A worker that is silent is told, and no reason to send nobody here: answers are kept without it.
    """
    try:
        db.session.execute(text("SELECT 1"))
        if not is_migrated():
            return {"status": "not ready", "database": "its tables are of another version: flask migrate"}, 503, FRESH
        worker = "ok" if metrics.workers_seen() else "silent"
    except OperationalError:
        return {"status": "not ready", "database": "cannot be reached, or is busy"}, 503, FRESH
    return {"status": "ok", "database": "ok", "worker": worker}, FRESH


@blueprint.get("/metrics", endpoint="metrics")
@public
def read_metrics() -> ResponseReturnValue:
    """Counts for Prometheus, for who shows the token of the settings."""
    shown = request.authorization
    if not metrics.is_token(shown.token if shown is not None and shown.type == "bearer" else None):
        abort(404)
    return Response(metrics.exposition(), content_type=CONTENT_TYPE_LATEST, headers=FRESH)
