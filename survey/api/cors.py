"""Cross-origin requests: scripts in pages of the sites that the operator named may use the API, with a token alone.

No cookie ever counts in the API, so none is allowed: there is no Access-Control-Allow-Credentials. Source: the Fetch
standard, "CORS protocol".
"""

from __future__ import annotations

from flask import Flask, Response, current_app, request

PATHS = "/api/v1/"
ANY = "*"
PREFLIGHT_SECONDS = 600
SENT_HEADERS = "Authorization, Content-Type, If-None-Match"
READ_HEADERS = "ETag, Retry-After, WWW-Authenticate"


def init_app(app: Flask) -> None:
    """Answer preflight requests, and add what lets a browser hand a response to a script, for the origins named."""

    @app.after_request
    def allow(response: Response) -> Response:
        origins: list[str] = current_app.config["API_ORIGINS"]
        if not origins or not request.path.startswith(PATHS):
            return response
        if ANY not in origins:
            response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin is None or (ANY not in origins and origin not in origins):
            return response
        response.headers["Access-Control-Allow-Origin"] = ANY if ANY in origins else origin
        if is_preflight():
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
            response.headers["Access-Control-Allow-Headers"] = SENT_HEADERS
            response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        else:
            response.headers["Access-Control-Expose-Headers"] = READ_HEADERS
        return response


def is_preflight() -> bool:
    """Return whether a browser asks if a script may send a request."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
