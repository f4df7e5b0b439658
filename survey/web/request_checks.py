"""Checks of a request body before any view reads it.

Werkzeug replaces bytes that are not UTF-8 and takes the first of two fields with the same name; both would store
something that nobody wrote.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from flask import Flask, Request, abort, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge

from survey.core.i18n import gettext

try:
    from gunicorn.http.errors import ParseException
except ImportError:  # on Windows, where waitress reads the chunks before the site sees the request

    class ParseException(Exception):  # type: ignore[no-redef]
        """Is never raised."""


FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
MAX_FIELDS = 1000
"""Far more than any form of the site has"""
ID_FIELDS = ("answer", "burst", "idea", "part", "target")
"""Fields that contain an id and are never typed"""
BROKEN = "survey.broken"
"""Key in the WSGI environment that marks a body that cannot be read"""
REPEATABLE = {
    **{
        f"edit_themes.{edit}": ("idea",)
        for edit in ("place", "move", "split", "confirm", "dismiss", "send_back", "keep")
    },
    "checks.save": ("theme",),
    "proposals.decide": ("accept",),
    "publishing.offer": ("files",),
}
"""Fields that may occur several times, by endpoint"""
HANDLED_BY_VIEW = ("respond.send", "share.embed_send", "api.send")
"""Endpoints that handle a bad body themselves: with the typed text kept, or as JSON"""


@dataclass(frozen=True, slots=True)
class FormProblem:
    """Why a form is rejected: the response status and the message for the visitor."""

    status: int
    message: str


class InvalidJson(Exception):
    """The body is not valid JSON: the response status and the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def init_app(app: Flask) -> None:
    """Reject unreadable forms and paths before any view runs."""

    @app.before_request
    def refuse_unreadable() -> None:
        if "\0" in request.path:  # PostgreSQL can look nothing up by it
            abort(404)
        if request.method == "POST" and request.endpoint not in (None, *HANDLED_BY_VIEW):
            found = form_problem(request, REPEATABLE.get(request.endpoint, ()))
            if found is not None:
                abort(found.status, found.message)
            if any("\0" in request.form.get(name, "") for name in ID_FIELDS):
                abort(400)


def form_problem(request: Request, repeatable: Collection[str] = ()) -> FormProblem | None:
    """Return why the form of this request is rejected, or None. Reads the body, up to the size limit."""
    if request.mimetype not in FORM_TYPES or request.headers.get("Content-Encoding"):
        return FormProblem(
            415, gettext("This was not sent as a form. Open the page in a browser and send it from there.")
        )
    try:
        body = _whole(request)
        if not _is_readable(request, body):
            return FormProblem(
                400,
                gettext("Part of the text did not arrive as readable characters (UTF-8). Check it and send it again."),
            )
        form = request.form
    except HTTPException as refused:
        if refused.code == 413:
            return FormProblem(413, gettext("That is far more than fits here. Shorten it and send it again."))
        return FormProblem(400, gettext("The form did not arrive whole. Send it again."))
    if request.mimetype == "multipart/form-data" and _closing(request) not in body:
        return FormProblem(400, gettext("The form did not arrive whole. Send it again."))
    if sum(map(len, form.listvalues())) > MAX_FIELDS:
        return FormProblem(400, gettext("That is far more than fits here. Shorten it and send it again."))
    twice = [name for name, values in form.lists() if len(values) > 1 and name not in repeatable]
    if twice:
        return FormProblem(400, gettext("One field of the form arrived twice. Reload the page and send it once more."))
    return None


def raw_form(request: Request) -> MultiDict[str, str]:
    """Return the fields of a rejected form, to show them again; invalid bytes become U+FFFD."""
    if request.form or request.mimetype != FORM_TYPES[0]:
        return request.form
    return MultiDict(parse_qsl(request.get_data().decode(errors="replace"), keep_blank_values=True))


def json_object(request: Request) -> dict[str, Any]:
    """Parse the JSON object in the body, without duplicate names or NaN. Raises InvalidJson."""
    if request.mimetype != "application/json" or request.headers.get("Content-Encoding"):
        raise InvalidJson(415, "Send a JSON object as application/json, not compressed.")
    try:
        body = _whole(request)
    except RequestEntityTooLarge:
        raise InvalidJson(413, "That is far more than an answer. Nothing was kept.") from None
    except BadRequest:
        raise InvalidJson(400, "The body did not arrive whole. Nothing was kept.") from None
    try:
        read = json.loads(body.decode(), object_pairs_hook=_once_each, parse_constant=_not_a_number)
    except UnicodeDecodeError:
        raise InvalidJson(400, "The body is not UTF-8.") from None
    except RecursionError:
        raise InvalidJson(400, "The body is nested too deeply.") from None
    except ValueError as error:  # json.JSONDecodeError is one, and so is a number of too many digits
        raise InvalidJson(400, f"The body is not JSON that can be read: {str(error)[:120]}") from None
    if not isinstance(read, dict):
        raise InvalidJson(400, "Send one JSON object.")
    return read


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return dict(pairs)


def _not_a_number(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _whole(request: Request) -> bytes:
    """Return the whole body. Raises RequestEntityTooLarge, or BadRequest if it is cut off or its chunks are invalid."""
    if BROKEN in request.environ:
        raise BadRequest
    try:
        body = request.get_data(cache=True, parse_form_data=False)
    except ParseException:
        request.environ[BROKEN] = True  # read again, the rest of it would look like an empty body
        raise BadRequest from None
    most, most_typed = request.max_content_length, request.max_form_memory_size
    # Werkzeug cuts a body that comes in chunks, without its length, at the limit, and goes on with what it has.
    if request.content_length is None and most is not None and len(body) >= most:
        raise RequestEntityTooLarge
    # It counts what is typed in multipart forms alone.
    if request.mimetype == FORM_TYPES[0] and most_typed is not None and len(body) > most_typed:
        raise RequestEntityTooLarge
    # A connection that broke off is no error to it where the server marks the end of a body.
    if request.content_length not in (None, len(body)):
        raise BadRequest
    return body


def _is_readable(request: Request, body: bytes) -> bool:
    """Return whether the fields are valid UTF-8. With a file upload only the fields are checked, by comparing the
    number of U+FFFD in them with that in the body.
    """
    if not request.files:
        return _is_utf8(body, request.mimetype)
    replaced = sum("".join([name, *values]).count("\ufffd") for name, values in request.form.lists())
    return replaced <= body.count("\ufffd".encode())


def _closing(request: Request) -> bytes:
    """Return the closing delimiter of a complete multipart body."""
    return f"--{request.mimetype_params.get('boundary', '')}--".encode()


def _is_utf8(body: bytes, mimetype: str) -> bool:
    if mimetype == "application/x-www-form-urlencoded":
        body = unquote_to_bytes(body)
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
