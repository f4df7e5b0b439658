"""Security headers, caching headers and the session cookie of all responses, and limits of request bodies."""

from __future__ import annotations

import re
import secrets
from functools import cache
from typing import NamedTuple

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer
from werkzeug.exceptions import SecurityError

from survey.web import access

EMBEDDED = re.compile(r"/s/[^/]+/embed(/|$)")
"""Paths of the embedded form, which may be framed by other sites and has no session"""
POLICY = "; ".join(
    (
        "default-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
FRAMED = (
    ("Content-Security-Policy", POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
)
PROTECTION = (("Content-Security-Policy", POLICY), ("X-Frame-Options", "DENY"), *FRAMED[1:])
"""Default headers of a response; those of the embedded form are FRAMED"""
NEEDS_NO_VARY = ("private", "public", "no-store")
"""What in a Cache-Control header makes a response nobody else's, or everybody's"""
CSRF_FIELD, CSRF_SALT = "csrf_token", "wtf-csrf-token"
"""Flask-WTF's default field of forms and of the session, and what it signs its tokens with; they never expire here"""
MAX_FORM_BYTES = 512 * 1024
MAX_PICTURE_BYTES = 13 * 1024 * 1024
"""A form with a picture of survey.looks.redraw.MAX_UPLOAD_BYTES, so that one a little larger is refused in words"""
MAX_PASTED_BYTES = 24 * 1024 * 1024
"""100,000 answers of 200 letters, or rows of eight columns"""


class PrivateSessions(SecureCookieSessionInterface):
    """Flask's sessions, without `Vary: Cookie` on responses marked private or public.

    A public response is the same for everybody, and no shared cache may store a private one, so Vary is not needed. It
    would harm in the browser's own cache: submitting a form changes the cookie, Back would load the form again with a
    new form key, and sending the same answer again would create a second one.

    A page embedded in another site has no session: no cookie is read or set.
    """

    @cache  # noqa: B019 - there is one of it
    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the serializer of the cookie, which is the same for all requests."""
        return super().get_signing_serializer(app)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if EMBEDDED.match(request.path) else super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        caching = response.headers.get("Cache-Control", "")
        if not session.modified and not session.permanent and any(word in caching for word in NEEDS_NO_VARY):
            return
        super().save_session(app, session, response)
        if response.cache_control.private or response.cache_control.public:
            response.vary.discard("cookie")  # lower case, or Werkzeug keeps it in a list of several


class NewSession(NamedTuple):
    """The token of a form against forged ones, and the value of the session's cookie that it is valid with."""

    csrf_token: str
    cookie: str


def begin_session(app: Flask) -> NewSession:
    """Return the session that begins when a stranger is shown a form, as Flask and Flask-WTF sign it.

    Needs an app context.
    """
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    secret = secrets.token_hex(20)
    return NewSession(access.signer(CSRF_SALT).dumps(secret), serializer.dumps({CSRF_FIELD: secret}))


def init_app(app: Flask, import_megabytes: int) -> None:
    """Set the headers of every response and the limits of bodies; only imports accept large ones."""
    app.session_interface = PrivateSessions()
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM_BYTES
    app.config["MAX_FORM_PARTS"] = 100

    @app.before_request
    def refuse_without_host() -> None:
        # Werkzeug would use this machine's name instead. HTTP/1.0 clients may leave it out.
        if "Host" not in request.headers and request.environ.get("SERVER_PROTOCOL") == "HTTP/1.1":
            raise SecurityError

    @app.before_request
    def widen_for_imports() -> None:
        if request.endpoint in ("importing.upload", "coded.upload", "archives.bring"):
            request.max_content_length = import_megabytes * 1024 * 1024
            request.max_form_memory_size = MAX_PASTED_BYTES
        elif request.endpoint == "looks.put_picture":
            request.max_content_length = MAX_PICTURE_BYTES

    @app.after_request
    def protect(response: Response) -> Response:
        if "Cache-Control" not in response.headers and request.endpoint != "static":
            # Without this header, proxies may cache a 404 or a redirect.
            response.headers["Cache-Control"] = "private, no-cache" if response.status_code == 200 else "no-store"
        present = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - it iterates over pairs
        for name, value in FRAMED if EMBEDDED.match(request.path) else PROTECTION:
            if name.lower() not in present:
                response.headers.add(name, value)
        return response
