"""One address for each page of a survey: what people and messengers make of its link leads there.

`/s/Demo`, `/s/demo/`, `/S/demo` and `/s/demo.` lead to `/s/demo`, and `/s/Demo/themes)` to `/s/demo/themes`. A redirect
only leads to a page that this site has, of a survey that exists; anything else stays what it was, a 404.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Flask, current_app, request
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from survey.core.database import db
from survey.core.models import Survey
from survey.core.survey_model import survey_formerly_at

CANONICAL = re.compile(r"/s/[a-z0-9-]+(/.*[A-Za-z0-9_-])?", re.DOTALL)
OF_A_SURVEY = re.compile(r"/[sS]/([^/]+)(/.*)?", re.DOTALL)
ADDED = re.compile(r"(?<![^A-Za-z0-9_-])[^A-Za-z0-9_-]+\Z")
"""What no address ends with, and messengers take along: a full stop, a bracket, a quote, a space"""
AROUND_SLUG = re.compile(r"\A[^A-Za-z0-9]+|(?<![^A-Za-z0-9-])[^A-Za-z0-9-]+\Z")


def init_app(app: Flask) -> None:
    """Redirect from other ways of writing the address of a survey, or of a page of it, before any view runs."""

    @app.before_request
    def lead_to_the_one_address() -> Response | None:
        path = canonical_path(request.path)
        if path is None or not _is_page(path):
            return None
        query = request.query_string.decode("latin-1")
        location = quote(f"{request.root_path}{path}") + (f"?{query}" if query else "")
        # 308 and not 301, which turns a POST into a GET and loses what was typed.
        return Response(status=301 if request.method in ("GET", "HEAD") else 308, headers={"Location": location})


def canonical_path(path: str) -> str | None:
    """Return the one path that a path of a survey stands for, None where it is that path or no path of a survey."""
    if CANONICAL.fullmatch(path):
        return None
    found = OF_A_SURVEY.fullmatch(path)
    if found is None:
        return None
    slug, rest = AROUND_SLUG.sub("", found[1]).lower(), ADDED.sub("", found[2] or "")
    wanted = f"/s/{slug}{rest}"
    return wanted if wanted != path and CANONICAL.fullmatch(wanted) else None


def _is_page(path: str) -> bool:
    """Return whether this site has such a page for this method, of a survey that exists."""
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    try:
        _, values = adapter.match(path, request.method)
    except (HTTPException, RequestRedirect):
        return False
    slug = str(values.get("slug"))
    has = db.session.scalar(select(Survey.id).where(Survey.slug == slug)) is not None
    return has or survey_formerly_at(db.session, slug) is not None
