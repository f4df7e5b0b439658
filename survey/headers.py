"""The headers every answer of the site carries, and the size of what it takes in."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.wrappers import Response

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


def init_app(app: Flask, import_megabytes: int) -> None:
    """Set the policy on every response; let only the import page take a large body."""
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
