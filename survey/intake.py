"""What a form may look like before any view reads it.

Werkzeug replaces bytes that are not UTF-8 and takes the first of two fields of one name; both would store
something nobody wrote.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from flask import Flask, Request, abort, request
from werkzeug.exceptions import HTTPException

from survey.languages import gettext

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
TELLS_ITSELF = ("respond.send", "share.embed_send")
"""The views that answer with their own page, because the typed text must be kept."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a form cannot be read: the status to answer with, and what to tell the visitor."""

    status: int
    message: str


def init_app(app: Flask) -> None:
    """Refuse a form that cannot be read, before any view."""

    @app.before_request
    def refuse_unreadable() -> None:
        if request.method == "POST" and request.endpoint not in (None, *TELLS_ITSELF):
            found = problem(request)
            if found is not None:
                abort(found.status, found.message)


def problem(request: Request, repeatable: Collection[str] = ()) -> Problem | None:
    """What is wrong with the form in this request, if anything. Reads the body (up to the site's limit)."""
    if request.mimetype not in FORM_TYPES or request.headers.get("Content-Encoding"):
        return Problem(415, gettext("This was not sent as a form. Open the page in a browser and send it from there."))
    try:
        body = request.get_data(cache=True, parse_form_data=False)
        if not request.files and not _is_utf8(body, request.mimetype):
            return Problem(
                400,
                gettext("Part of the text did not arrive as readable characters (UTF-8). Check it and send it again."),
            )
        form = request.form
    except HTTPException as refused:
        if refused.code == 413:
            return Problem(413, gettext("That is far more than fits here. Shorten it and send it again."))
        return Problem(400, gettext("The form did not arrive whole. Send it again."))
    if request.mimetype == "multipart/form-data" and b"--" not in body[-8:]:
        return Problem(400, gettext("The form did not arrive whole. Send it again."))
    twice = [name for name, values in form.lists() if len(values) > 1 and name not in repeatable]
    if twice:
        return Problem(400, gettext("One field of the form arrived twice. Reload the page and send it once more."))
    return None


def _is_utf8(body: bytes, mimetype: str) -> bool:
    if mimetype == "application/x-www-form-urlencoded":
        body = unquote_to_bytes(body)
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
