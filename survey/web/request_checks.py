"""Checks of a request body before any view reads it.

Werkzeug replaces bytes that are not UTF-8 and takes the first of two fields with the same name; both would store
something that nobody wrote.

POSTs from pages of other sites are rejected by their Origin and Sec-Fetch-Site headers, in addition to CSRF tokens.
Flask-WTF requires a Referer over https, which pages with `Referrer-Policy: no-referrer` do not send; their POSTs have
`Origin: null`. So Origin is checked if it names a host, else Sec-Fetch-Site, which pages cannot set; browsers without
either are checked by the token alone. Source: OWASP, "Cross-Site Request Forgery Prevention Cheat Sheet".
"""

from __future__ import annotations

import json
from codecs import getincrementaldecoder
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import IO, Any, TypeVar
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

from flask import Flask, Request, abort, current_app, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge

from survey.core.i18n import gettext

Result = TypeVar("Result")

try:
    from gunicorn.http.errors import ParseException
except ImportError:  # on Windows, where waitress reads the chunks before the site sees the request

    class ParseException(Exception):  # type: ignore[no-redef]
        """Is never raised."""


FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
MAX_FIELDS = 1000
"""Far more than any form of the site has"""
UNTYPED_FIELDS = (
    *("accept", "answer", "at", "before", "burst", "finding", "fits", "idea", "list", "missing", "once", "part"),
    *("proposal", "says", "seen", "source", "survey_id", "target", "to"),
)
"""Fields that pages fill in and nobody types: no form says what is wrong with one"""
OWN_PAGES = ("same-origin", "none")
"""Values of Sec-Fetch-Site for pages of this site, and for actions in the browser itself"""
WATCHED = "survey.watched"
"""Key in the WSGI environment of a multipart body that was read"""
REPLACEMENT = "\ufffd".encode()
"""What Werkzeug puts in place of bytes that are not UTF-8"""
BROKEN = "survey.broken"
"""Key in the WSGI environment that marks a body that cannot be read"""
REPEATABLE = {
    **{
        f"edit_themes.{edit}": ("idea",)
        for edit in ("place", "move", "also", "split", "confirm", "mark", "dismiss", "send_back", "keep")
    },
    **{f"looking_after.{action}": ("answer",) for action in ("many", "delete_many")},
    "checks.save": ("theme",),
    "checks.mend": ("belongs",),
    "proposals.decide": ("accept",),
    "publishing.offer": ("files",),
}
"""Fields that may occur several times, by endpoint"""
NEVER_SHOWN = ("csrf_token", "seen", "password", "current", "name", "key")
MIN_SHOWN_CHARACTERS = 20
"""Of a text that is worth being copied; hidden fields have no spaces in them"""
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
    """Reject unreadable forms and paths, and POSTs from other sites, before any view runs.

    Except where a view handles a bad body itself, or relies on the token of its form.
    """
    app.config["WTF_CSRF_SSL_STRICT"] = False

    @app.before_request
    def refuse_unreadable() -> None:
        if "\0" in request.path:  # PostgreSQL can look nothing up by it
            abort(404)
        if request.method == "POST" and request.endpoint not in (None, *HANDLED_BY_VIEW):
            found = form_problem(request, REPEATABLE.get(request.endpoint, ()))
            if found is not None:
                abort(found.status, found.message)
            if any("\0" in value for name in UNTYPED_FIELDS for value in request.form.getlist(name)):
                abort(400)
            if not is_same_origin(request):
                abort(400, gettext("This was sent from a page of another site. Nothing was changed."))


def is_same_origin(sent: Request) -> bool:
    """Return whether a request comes from a page of this site, as far as its headers tell."""
    origin = sent.headers.get("Origin", "null")
    if origin == "null":
        return sent.headers.get("Sec-Fetch-Site", OWN_PAGES[0]) in OWN_PAGES
    # Without the port: a proxy may leave it out of the Host it passes on, and cookies do not tell ports apart either.
    return _host_name(origin) in {_host_name(sent.host_url), _host_name(str(current_app.config["BASE_URL"]))} - {None}


def referring_page() -> str | None:
    """Return the path and query of the page of this site that a request comes from; None where that is not told."""
    said = request.referrer or ""
    if _host_name(said) is None or _host_name(said) != _host_name(request.host_url):
        return None
    parts = urlsplit(said)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def typed_texts() -> list[str]:
    """Return the longer texts of a form that was sent and not taken, to be copied; no password, no hidden field."""
    if request.mimetype != FORM_TYPES[0] or not is_same_origin(request) or form_problem(request) is not None:
        return []
    fields = ((name, text.strip()) for name, text in request.form.items())
    return [
        text
        for name, text in fields
        if name not in NEVER_SHOWN and len(text) >= MIN_SHOWN_CHARACTERS and any(map(str.isspace, text))
    ]


def _host_name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def form_problem(request: Request, repeatable: Collection[str] = ()) -> FormProblem | None:
    """Return why the form of this request is rejected, or None. Reads the body, up to the size limit."""
    if request.mimetype not in FORM_TYPES or request.headers.get("Content-Encoding"):
        return FormProblem(
            415, gettext("This was not sent as a form. Open the page in a browser and send it from there.")
        )
    try:
        body = _read_multipart(request) if request.mimetype == "multipart/form-data" else None
        is_readable = _is_utf8(_whole(request)) if body is None else body.is_readable(request)
        form = request.form
    except HTTPException as refused:
        if refused.code == 413:
            return FormProblem(413, gettext("That is far more than fits here. Shorten it and send it again."))
        return FormProblem(400, gettext("The form did not arrive whole. Send it again."))
    if body is not None and not body.is_closed:
        return FormProblem(400, gettext("The form did not arrive whole. Send it again."))
    if not is_readable:
        return FormProblem(
            400,
            gettext("Part of the text did not arrive as readable characters (UTF-8). Check it and send it again."),
        )
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
    body = _raise_if_broken(request, lambda: request.get_data(cache=True, parse_form_data=False))
    _check_length(request, len(body))
    # Werkzeug counts what is typed in multipart forms alone.
    most_typed = request.max_form_memory_size
    if request.mimetype == FORM_TYPES[0] and most_typed is not None and len(body) > most_typed:
        raise RequestEntityTooLarge
    return body


def _raise_if_broken(request: Request, read: Callable[[], Result]) -> Result:
    """Return what reading a body returns. Raises BadRequest if its chunks are invalid."""
    if BROKEN in request.environ:
        raise BadRequest
    try:
        return read()
    except ParseException:
        request.environ[BROKEN] = True  # read again, the rest of it would look like an empty body
        raise BadRequest from None


def _check_length(request: Request, length: int) -> None:
    """Raise RequestEntityTooLarge or BadRequest where a body was not read to its end."""
    # Werkzeug cuts a body that comes in chunks, without its length, at the limit, and goes on with what it has.
    most = request.max_content_length
    if request.content_length is None and most is not None and length >= most:
        raise RequestEntityTooLarge
    # A connection that broke off is no error to it where the server marks the end of a body.
    if request.content_length not in (None, length):
        raise BadRequest


class _WatchedBody:
    """A multipart body as it is read, of which nothing is kept: a file of 60 MB took twice that in memory."""

    def __init__(self, stream: IO[bytes], closing: bytes) -> None:
        self.length = 0
        self.is_closed = False
        """Whether the closing delimiter has come"""
        self.refused: HTTPException | None = None
        self._stream, self._closing = stream, closing
        self._end = b""
        self._replaced = 0
        self._decoder = getincrementaldecoder("utf-8")()
        self._is_utf8 = True

    def read(self, size: int = -1) -> bytes:
        """Read on, and look at what came."""
        piece = self._stream.read(size)
        self.length += len(piece)
        joined = self._end + piece
        self.is_closed = self.is_closed or self._closing in joined
        self._replaced += joined.count(REPLACEMENT) - self._end.count(REPLACEMENT)
        self._end = joined[-max(len(self._closing), len(REPLACEMENT)) + 1 :]
        if self._is_utf8:
            try:
                self._decoder.decode(piece, final=not piece)
            except UnicodeDecodeError:
                self._is_utf8 = False
        return piece

    def is_readable(self, request: Request) -> bool:
        """Return whether the fields are valid UTF-8. With a file upload only the fields are checked, by comparing the
        number of U+FFFD in them with that in the body.
        """
        if not request.files:
            return self._is_utf8
        replaced = sum("".join([name, *values]).count("\ufffd") for name, values in request.form.lists())
        return replaced <= self._replaced


def _read_multipart(request: Request) -> _WatchedBody:
    """Read the fields and files of a multipart body, once. Raises what _whole does."""
    body: _WatchedBody | None = request.environ.get(WATCHED)
    if body is None:
        closing = f"--{request.mimetype_params.get('boundary', '')}--".encode()
        body = request.environ[WATCHED] = request.__dict__["stream"] = _WatchedBody(request.stream, closing)
        try:
            _raise_if_broken(request, lambda: request.form)
            _check_length(request, body.length)
        except HTTPException as refused:
            body.refused = refused
    if body.refused is not None:
        raise body.refused
    return body


def _is_utf8(body: bytes) -> bool:
    try:
        unquote_to_bytes(body).decode()
    except UnicodeDecodeError:
        return False
    return True
