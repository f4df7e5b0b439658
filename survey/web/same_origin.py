"""Reject POSTs from pages of other sites by their Origin and Sec-Fetch-Site headers, in addition to CSRF tokens.

Flask-WTF requires a Referer over https, which pages with `Referrer-Policy: no-referrer` do not send; their POSTs have
`Origin: null`. So this module checks Origin if it names a host, else Sec-Fetch-Site, which pages cannot set; browsers
without either are checked by the token alone. Source: OWASP, "Cross-Site Request Forgery Prevention Cheat Sheet".
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Request, abort, current_app, request

from survey.core.i18n import gettext
from survey.web.request_checks import HANDLED_BY_VIEW

OWN_PAGES = ("same-origin", "none")
"""Values of Sec-Fetch-Site for pages of this site, and for actions in the browser itself"""


def init_app(app: Flask) -> None:
    """Reject POSTs from other sites, except where a view relies on the token of its form."""
    app.config["WTF_CSRF_SSL_STRICT"] = False

    @app.before_request
    def refuse_other_sites() -> None:
        is_checked = request.endpoint is not None and request.endpoint not in HANDLED_BY_VIEW
        if request.method == "POST" and is_checked and not is_same_origin(request):
            abort(400, gettext("This was sent from a page of another site. Nothing was changed."))


def is_same_origin(sent: Request) -> bool:
    """Return whether a request comes from a page of this site, as far as its headers tell."""
    origin = sent.headers.get("Origin", "null")
    if origin == "null":
        return sent.headers.get("Sec-Fetch-Site", OWN_PAGES[0]) in OWN_PAGES
    # Without the port: a proxy may leave it out of the Host it passes on, and cookies do not tell ports apart either.
    return _host_name(origin) in {_host_name(sent.host_url), _host_name(str(current_app.config["BASE_URL"]))} - {None}


def _host_name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
