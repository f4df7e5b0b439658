"""Sign-in with rate limits against guessing.

Attempts are counted for a name from one address, for an address, and for a name from anywhere. The last would let
anybody lock an owner out, so a browser in which the owner signed in before is counted separately; it has a signed
cookie (OWASP's "device cookies").
"""

from __future__ import annotations

import secrets

from flask import current_app, redirect, request, session, url_for
from flask_login import login_user
from itsdangerous import BadSignature
from werkzeug.wrappers import Response

from survey.accounts import owners, password_hashing
from survey.core.i18n import N_
from survey.web import access
from survey.web.access import SignedIn
from survey.web.rate_limits import Rule, client_address, rate_limiter

TRIES = Rule("sign-in", 10, 15)
TRIES_OF_ADDRESS = Rule("sign-in-address", 50, 15)
TRIES_OF_NAME = Rule("sign-in-name", 100, 15)
TRIES_OF_LINK = Rule("by-link", TRIES.max_hits, TRIES.minutes)
TRIES_BY_LINKS = Rule("by-link-address", TRIES_OF_ADDRESS.max_hits, TRIES_OF_ADDRESS.minutes)
"""Names and passwords chosen with one link or invitation, and from one address"""
CONFIRMATIONS = Rule("confirm-password", TRIES.max_hits, TRIES.minutes)
"""Attempts of a signed-in owner to confirm the password"""
COOKIE = "known_browser"
COOKIE_SECONDS = 365 * 24 * 60 * 60


TOO_MANY_TRIES = N_("There were too many tries. Wait %(minutes)s minutes and try again.")


class TooManyAttempts(Exception):
    """Too many attempts for now; the password was not checked."""

    minutes = TRIES.minutes


def attempt(name: str, password: str) -> SignedIn | None:
    """Return the owner with this name and password, or None. Unknown names take as long and are limited the same.

    Raises TooManyAttempts, owners.OwnerDisabled, or ServiceUnavailable if too many people sign in at once.
    """
    password_hashing.raise_if_busy()
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
    """Return whether this is the password of the signed-in owner. Raises TooManyAttempts.

    Counted for the owner alone, so that attempts from outside cannot lock the owner out.
    """
    who = str(owner.owner_id)
    if not rate_limiter().hit(CONFIRMATIONS, who):
        raise TooManyAttempts
    try:
        is_right = owners.check_password(owner.name, password) is not None
    except owners.OwnerDisabled:  # at this moment
        is_right = False
    if not is_right:
        return False
    rate_limiter().clear(CONFIRMATIONS, who)
    return True


def count_by_link(token: str) -> None:
    """Count a name or password that is chosen with a link or an invitation that works.

    Raises TooManyAttempts, or ServiceUnavailable, uncounted, if too many people sign in at once.
    """
    password_hashing.raise_if_busy()
    of_link = rate_limiter().hit(TRIES_OF_LINK, token)
    if not rate_limiter().hit(TRIES_BY_LINKS, client_address()) or not of_link:
        raise TooManyAttempts


def begin_session(owner: SignedIn, target: str) -> Response:
    """Sign an owner in with a new session, and redirect to a page."""
    session.clear()
    login_user(owner)
    response = redirect(target, 303)
    remember_browser(response, owner.name)
    return response


def remember_browser(response: Response, name: str) -> None:
    """Set the cookie by which this browser is recognised at the next sign-in with this name."""
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
    """Count the attempt for the address and for the name; return whether both are within their limits."""
    of_address = rate_limiter().hit(TRIES_OF_ADDRESS, client_address())
    of_name = rate_limiter().hit(TRIES_OF_NAME, name)
    return of_address and of_name


def _known_browser(name: str) -> str | None:
    """Return the id of this browser if the owner of this name signed in from it before, else None."""
    try:
        kept = access.signer("known-browser").loads(request.cookies.get(COOKIE, ""), max_age=COOKIE_SECONDS)
    except BadSignature:
        return None
    match kept:
        case [str(known_name), str(browser)] if known_name == name:
            return browser
    return None
