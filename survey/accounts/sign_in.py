"""Signing in, slowed where somebody guesses.

Tries are counted for a name from one address, for an address, and for a name from anywhere. The last would let anybody
lock an owner out, so a browser in which the owner signed in before is counted by itself alone: it keeps a signed
cookie that says so (OWASP's "device cookies").
"""

from __future__ import annotations

import secrets

from flask import current_app, request, url_for
from itsdangerous import BadSignature
from werkzeug.wrappers import Response

from survey.accounts import owners, password_hashing
from survey.web import access
from survey.web.access import SignedIn
from survey.web.rate_limits import Rule, client_address, rate_limiter

TRIES = Rule("sign-in", 10, 15)
TRIES_OF_ADDRESS = Rule("sign-in-address", 50, 15)
TRIES_OF_NAME = Rule("sign-in-name", 100, 15)
CONFIRMATIONS = Rule("confirm-password", TRIES.max_hits, TRIES.minutes)
"""Tries of somebody who is signed in to show that they know the password"""
COOKIE = "known_browser"
COOKIE_SECONDS = 365 * 24 * 60 * 60


class TooManyAttempts(Exception):
    """Too many tries to sign in, for now. Nothing was compared."""

    minutes = TRIES.minutes


def attempt(name: str, password: str) -> SignedIn | None:
    """The owner with this name and password. A name that is not there takes as long, and is slowed the same.

    Raises TooManyTries, or ServiceUnavailable where too many sign in at this moment.
    """
    password_hashing.refuse_where_busy()
    browser = _known_browser(name)
    who = (name, browser or client_address())
    if not rate_limiter().hit(TRIES, *who):
        raise TooManyAttempts
    if browser is None and not _free_elsewhere(name):
        raise TooManyAttempts
    owner = owners.check_password(name, password)
    if owner is not None:
        rate_limiter().clear(TRIES, *who)
    return owner


def check_own_password(owner: SignedIn, password: str) -> bool:
    """Whether somebody who is signed in knows their password, slowed like signing in. Raises TooManyTries.

    Counted by the owner alone: whoever guesses from outside cannot keep them from it.
    """
    who = str(owner.owner_id)
    if not rate_limiter().hit(CONFIRMATIONS, who):
        raise TooManyAttempts
    if owners.check_password(owner.name, password) is None:
        return False
    rate_limiter().clear(CONFIRMATIONS, who)
    return True


def remember_browser(response: Response, name: str) -> None:
    """Have this browser counted by itself when somebody signs in from it under this name again."""
    response.set_cookie(
        COOKIE,
        access.signer("known-browser").dumps([name, secrets.token_urlsafe(16)]),
        max_age=COOKIE_SECONDS,
        path=url_for("account.sign_in"),
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def _free_elsewhere(name: str) -> bool:
    """Count the try for the address and for the name; whether both are within their rules."""
    of_address = rate_limiter().hit(TRIES_OF_ADDRESS, client_address())
    of_name = rate_limiter().hit(TRIES_OF_NAME, name)
    return of_address and of_name


def _known_browser(name: str) -> str | None:
    """What tells this browser from others, where the owner of this name signed in from it before."""
    try:
        kept = access.signer("known-browser").loads(request.cookies.get(COOKIE, ""), max_age=COOKIE_SECONDS)
    except BadSignature:
        return None
    match kept:
        case [str(known_name), str(browser)] if known_name == name:
            return browser
    return None
