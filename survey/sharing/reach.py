"""Who can open an address: everybody, or only this machine or this network. Judged from the address alone."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import current_app, request

MACHINE, NETWORK, NAME, HTTP = "machine", "network", "name", "http"
LOCAL_ENDINGS = (".local", ".localhost", ".lan", ".home", ".internal", ".home.arpa", ".test", ".localdomain")


def obstacle(address: str, *, https_expected: bool = False) -> str | None:
    """Return what keeps others from an address, None where nothing is known to.

    machine: it names this machine itself; network: an address of a private network; name: a name that only a private
    network knows; http: it begins with http though visitors come by https.
    """
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".").lower()
    try:
        number = ip_address(host.split("%")[0])
    except ValueError:
        if host == "localhost" or host.endswith(".localhost"):
            return MACHINE
        if "." not in host or host.endswith(LOCAL_ENDINGS):
            return NAME
    else:
        if number.is_loopback or number.is_unspecified:
            return MACHINE
        if not number.is_global:
            return NETWORK
    return HTTP if https_expected and parts.scheme == "http" else None


def obstacle_here(address: str) -> str | None:
    """Return what keeps others from an address of this site, as the present request shows it."""
    forwarded = request.headers.get("X-Forwarded-Proto", "").split(",")[0].strip().lower() == "https"
    expected = request.is_secure or forwarded or bool(current_app.config["SESSION_COOKIE_SECURE"])
    return obstacle(address, https_expected=expected)
