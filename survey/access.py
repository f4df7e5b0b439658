"""Who may do what.

Every route is the owner's unless its view is marked `public`. A survey that is not yours and a survey that
does not exist look alike: both are 404.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import bindparam, delete, exists, select, update
from werkzeug.wrappers import Response

from survey.database import db, writing
from survey.hashing import TakingTurns
from survey.models import Owner, SetUpLink, Survey

View = TypeVar("View", bound=Callable[..., object])
PASSWORD_LEAST, PASSWORD_MOST = 8, 200
TOKEN_BYTES = 24
# Asked on every page of every visitor, so made once.
BY_ADDRESS = select(Survey).where(Survey.slug == bindparam("slug"))

hasher = TakingTurns()
# Verified where no owner has the name given, so that a wrong name takes as long as a wrong password.
_NOBODY = hasher.hash(secrets.token_urlsafe(TOKEN_BYTES))


class SignedIn(UserMixin):
    """The owner of this session, as Flask-Login sees them."""

    def __init__(self, owner: Owner) -> None:
        self.owner_id = owner.id
        self.name = owner.name
        self._session_key = owner.session_key

    def get_id(self) -> str:
        return self._session_key


class LinkUsed(Exception):
    """A set-up link that is unknown, or was used already."""


class NameTaken(Exception):
    """An owner with this name is there already."""


def public(view: View) -> View:
    """Mark a view as open to strangers. Reviewed by the test that walks the url_map."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Close every route to strangers but those marked public, and keep what it shows out of every cache."""
    manager = LoginManager(app)

    @manager.user_loader
    def load(session_key: str) -> SignedIn | None:
        owner = db.session.scalar(select(Owner).where(Owner.session_key == session_key))
        return None if owner is None else SignedIn(owner)

    @app.before_request
    def refuse_strangers() -> Response | None:
        view = app.view_functions.get(request.endpoint or "")
        if view is None or request.endpoint == "static" or getattr(view, "is_public", False):
            return None
        if current_user.is_authenticated:
            return None
        wanted = request.full_path if request.method == "GET" else None
        return redirect(url_for("account.sign_in", next=wanted))

    @app.after_request
    def keep_nothing(response: Response) -> Response:
        view = app.view_functions.get(request.endpoint or "")
        if view is not None and request.endpoint != "static" and not getattr(view, "is_public", False):
            response.headers["Cache-Control"] = "no-store"
        return response


def own_survey(slug: str) -> Survey:
    """The signed-in owner's survey at this address, or 404."""
    survey = db.session.scalar(select(Survey).where(Survey.slug == slug, Survey.owner_id == current_user.owner_id))
    if survey is None:
        abort(404)
    return survey


def is_own(survey: Survey) -> bool:
    """Whether the visitor is the owner of this survey."""
    return bool(current_user.is_authenticated and survey.owner_id == current_user.owner_id)


def any_survey(slug: str) -> Survey:
    """The survey at this address, whoever asks for it, or 404."""
    survey = db.session.scalar(BY_ADDRESS, {"slug": slug})
    if survey is None:
        abort(404)
    return survey


def has_owner() -> bool:
    """Whether anybody has set the site up."""
    return bool(db.session.scalar(select(exists().where(Owner.id.is_not(None)))))


def new_set_up_token() -> str:
    """A token for the one-time set-up link; an earlier one that was not used stops working."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with writing() as session:
        session.execute(delete(SetUpLink))
        session.add(SetUpLink(token_hash=_digest(token)))
    return token


def is_set_up_token(token: str) -> bool:
    """Whether this set-up link still works."""
    return db.session.get(SetUpLink, _digest(token)) is not None


def set_up(token: str, name: str, password: str) -> SignedIn:
    """Make the owner a set-up link is for. The first one takes over surveys that have none (the demo).

    Raises LinkUsed or NameTaken; the link still works after NameTaken.
    """
    password_hash = hasher.hash(password)
    with writing() as session:
        if session.execute(delete(SetUpLink).where(SetUpLink.token_hash == _digest(token))).rowcount != 1:  # type: ignore[attr-defined]
            raise LinkUsed
        if session.scalar(select(Owner.id).where(Owner.name == name)) is not None:
            raise NameTaken
        owner = Owner(name=name, password_hash=password_hash, session_key=_new_session_key())
        session.add(owner)
        session.flush()
        session.execute(update(Survey).where(Survey.owner_id.is_(None)).values(owner_id=owner.id))
        return SignedIn(owner)


def check_password(name: str, password: str) -> SignedIn | None:
    """The owner with this name and password. An unknown name takes as long as a wrong password."""
    owner = db.session.scalar(select(Owner).where(Owner.name == name))
    try:
        hasher.verify(owner.password_hash if owner else _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    return None if owner is None else SignedIn(owner)


def end_sessions(owner_id: int) -> None:
    """Sign the owner out everywhere: cookies that were copied stop working too."""
    with writing() as session:
        session.execute(update(Owner).where(Owner.id == owner_id).values(session_key=_new_session_key()))


def signer(purpose: str) -> URLSafeTimedSerializer:
    """What signs tokens of one purpose with the site's key, and the moment with them: one for another is none."""
    return _signer(current_app.config["SECRET_KEY"], purpose)


@cache
def _signer(key: str, purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt=purpose)


def local_path(target: str | None) -> str | None:
    """`target` where it stays on this site, else None: a sign-in must not send its visitor elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return None
    if any(ord(character) < 32 for character in target):
        return None
    return target


def outside_address(endpoint: str, **values: object) -> str:
    """The full address of a page as visitors see it."""
    base = str(current_app.config["BASE_URL"]).rstrip("/")
    if base:
        return base + url_for(endpoint, **values)  # type: ignore[arg-type]
    return url_for(endpoint, _external=True, **values)  # type: ignore[arg-type]


def _digest(token: str) -> str:
    return hashlib.sha256(b"set-up:" + token.encode()).hexdigest()


def _new_session_key() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)
