"""The headers every answer of the site carries, and the size of what it takes in."""

from __future__ import annotations

import re

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from werkzeug.exceptions import SecurityError

EMBEDDED = re.compile(r"/s/[^/]+/embed(/|$)")
"""The addresses of the form inside other people's pages: these may be framed, and have no session"""
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
"""What each response carries that a view did not decide for itself; those that may be framed carry FRAMED"""
MAX_FORM_BYTES = 512 * 1024
MAX_PASTED_BYTES = 4 * 1024 * 1024


class PrivateSessions(SecureCookieSessionInterface):
    """Flask's sessions, without `Vary: Cookie` on responses that are marked private, or public.

    A public one (a picture for feeds) is the same for everybody. No shared cache may keep a private one, so there
    is nothing for it to vary. The browser's own cache would vary, though: after a form was sent the cookie is
    another, and Back would fetch the form anew, with a new form key, and the same answer sent again would be a
    second one.

    A page inside another site's page has no session at all: no cookie is read there, and none is set.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if EMBEDDED.match(request.path) else super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        super().save_session(app, session, response)
        if response.cache_control.private or response.cache_control.public:
            response.vary.discard("cookie")  # small: Werkzeug leaves a capital one where it is not alone


def init_app(app: Flask, import_megabytes: int) -> None:
    """Set the policy on every response; let only the import page take a large body."""
    app.session_interface = PrivateSessions()
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM_BYTES
    app.config["MAX_FORM_PARTS"] = 100

    @app.before_request
    def refuse_without_host() -> None:
        # Werkzeug would take this machine's own name for it; HTTP/1.0 knows no Host, and its programs may leave it out.
        if "Host" not in request.headers and request.environ.get("SERVER_PROTOCOL") == "HTTP/1.1":
            raise SecurityError

    @app.before_request
    def widen_for_imports() -> None:
        if request.endpoint == "importing.upload":
            request.max_content_length = import_megabytes * 1024 * 1024
            request.max_form_memory_size = MAX_PASTED_BYTES

    @app.after_request
    def protect(response: Response) -> Response:
        if "Cache-Control" not in response.headers and request.endpoint != "static":
            # Caches in front keep a 404 or a redirect by themselves, and it may be another one in a minute.
            response.headers["Cache-Control"] = "private, no-cache" if response.status_code == 200 else "no-store"
        present = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - it iterates over pairs
        for name, value in FRAMED if EMBEDDED.match(request.path) else PROTECTION:
            if name.lower() not in present:
                response.headers.add(name, value)
        return response
