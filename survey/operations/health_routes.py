"""Health checks and metrics for the operator's monitoring."""

from __future__ import annotations

import shutil
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from survey.core.database import db, is_migrated, newer_tables
from survey.operations import metrics
from survey.runs import heartbeats
from survey.web.access import public

blueprint = Blueprint("operating", __name__)

FRESH = {"Cache-Control": "no-store"}
LEAST_FREE_BYTES = 1_000_000
"""Free space below which answers may be refused at any moment: SQLite writes whole pages, to two files"""


@blueprint.get("/healthz")
@public
def lives() -> ResponseReturnValue:
    """Return 200 while the process responds at all (liveness)."""
    return {"status": "ok"}, FRESH


@blueprint.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """200 while answers can be taken: the database is there, has room, and its tables are those of this version.

    Why not, and whether a worker lives, is for who shows the token of the metrics. A worker that is silent is no reason
    to send nobody here: answers are kept without it.
    """
    status, told = 200, {"status": "ok", "database": "ok"}
    try:
        db.session.execute(text("SELECT 1"))
        if _is_disk_full():
            status, told["database"] = 503, "has no room on its disk"
        elif is_migrated():
            told["worker"] = "ok" if heartbeats.count_live_workers() else "silent"
        else:
            older = "has the tables of an earlier version. Bring them to this one: flask --app app migrate"
            status, told["database"] = 503, newer_tables() or older
    except OperationalError:
        status, told["database"] = 503, "cannot be reached, or is busy"
    if status != 200:
        told["status"] = "not ready"
        current_app.logger.warning("Not ready for answers: the database %s.", told["database"])
    return told if _shows_token() else {"status": told["status"]}, status, FRESH


@blueprint.get("/metrics", endpoint="metrics")
@public
def read_metrics() -> ResponseReturnValue:
    """Return the metrics for Prometheus to callers with THREADS_METRICS_TOKEN."""
    if not _shows_token():
        abort(404)
    return Response(metrics.exposition(), content_type=CONTENT_TYPE_LATEST, headers=FRESH)


def _is_disk_full() -> bool:
    """Return whether the disk of a SQLite database has no room; only PostgreSQL's own machine knows of its disk."""
    file = db.engine.url.database
    if db.engine.dialect.name != "sqlite" or not file:
        return False
    return shutil.disk_usage(Path(file).parent).free < LEAST_FREE_BYTES


def _shows_token() -> bool:
    shown = request.authorization
    return metrics.is_token(shown.token if shown is not None and shown.type == "bearer" else None)
