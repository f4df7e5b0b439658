"""The headers every answer of the site carries, and the size of what it takes in."""

from __future__ import annotations

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

POLICY = "; ".join(
    (
        "default-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
FORM_BYTES_MOST = 512 * 1024


class PrivateSessions(SecureCookieSessionInterface):
    """Flask's sessions, without `Vary: Cookie` on private responses.

    No shared cache may keep a private response, so there is nothing for it to vary. The browser's own cache
    would vary, though: after a form was sent the cookie is another, and Back would fetch the form anew, with a
    new form key, and the same answer sent again would be a second one.
    """

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        super().save_session(app, session, response)
        if response.cache_control.private:
            response.vary.discard("Cookie")


def init_app(app: Flask, import_megabytes: int) -> None:
    """Set the policy on every response; let only the import page take a large body."""
    app.session_interface = PrivateSessions()
    app.config["MAX_CONTENT_LENGTH"] = FORM_BYTES_MOST
    app.config["MAX_FORM_MEMORY_SIZE"] = FORM_BYTES_MOST
    app.config["MAX_FORM_PARTS"] = 100

    @app.before_request
    def widen_for_imports() -> None:
        if request.endpoint == "manage.importing":
            request.max_content_length = import_megabytes * 1024 * 1024

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response
