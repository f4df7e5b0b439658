"""Who may do what.

Every route is the owner's unless its view is marked `public`. A survey that is not yours and a survey that
does not exist look alike: both are 404.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import TypeVar

from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import ColumnElement, bindparam, delete, exists, select, update
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from survey.accounts.password_hashing import TakingTurns
from survey.core.account_models import Owner, SetUpLink
from survey.core.database import db, now, writing
from survey.core.models import Survey

View = TypeVar("View", bound=Callable[..., object])
PASSWORD_LEAST, PASSWORD_MOST = 8, 200
TOKEN_BYTES = 24
LINK_LASTS = timedelta(days=7)
"""How long a one-time link works unless it is used"""
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
    """A one-time link that is unknown, or was used already."""


class LinkExpired(Exception):
    """A one-time link that nobody used in time."""


class NoSuchOwner(Exception):
    """No owner has this name."""


class SessionEnded(Exception):
    """The session was ended meanwhile: nothing was changed."""


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
    """A token for the one-time link that makes an owner; an earlier one that was not used stops working."""
    return _new_link(None)


def new_reset_token(name: str) -> str:
    """A token for the one-time link by which an owner chooses a new password; an earlier one stops working.

    Raises NoSuchOwner.
    """
    owner_id = db.session.scalar(select(Owner.id).where(Owner.name == name))
    if owner_id is None:
        raise NoSuchOwner
    return _new_link(owner_id)


def owner_of_link(token: str) -> int | None:
    """The owner whose password a one-time link sets; None where it makes a new owner.

    Raises LinkUsed or LinkExpired.
    """
    link = db.session.get(SetUpLink, _digest(token))
    if link is None:
        raise LinkUsed
    if link.created_at < now() - LINK_LASTS:
        raise LinkExpired
    return link.owner_id


def forget_expired_links() -> int:
    """Delete the one-time links that nobody used in time; return how many."""
    expired = SetUpLink.created_at < now() - LINK_LASTS
    if db.session.scalar(select(SetUpLink.token_hash).where(expired).limit(1)) is None:
        return 0
    with writing() as session:
        return int(session.execute(delete(SetUpLink).where(expired)).rowcount)  # type: ignore[attr-defined]


def set_up(token: str, name: str, password: str) -> SignedIn:
    """Make the owner a set-up link is for. The first one takes over surveys that have none (the demo).

    Raises LinkUsed or NameTaken; the link still works after NameTaken.
    """
    password_hash = hasher.hash(password)
    with writing() as session:
        made_for = delete(SetUpLink).where(SetUpLink.owner_id.is_(None), *_works(token))
        if session.execute(made_for).rowcount != 1:  # type: ignore[attr-defined]
            raise LinkUsed
        if session.scalar(select(Owner.id).where(Owner.name == name)) is not None:
            raise NameTaken
        owner = Owner(name=name, password_hash=password_hash, session_key=_new_session_key())
        session.add(owner)
        session.flush()
        session.execute(update(Survey).where(Survey.owner_id.is_(None)).values(owner_id=owner.id))
        return SignedIn(owner)


def reset_password(token: str, password: str) -> SignedIn:
    """Give the owner of a one-time link a new password. Every session ends, and every other such link of theirs.

    Raises LinkUsed.
    """
    password_hash = hasher.hash(password)
    with writing() as session:
        made_for = delete(SetUpLink).where(SetUpLink.owner_id.is_not(None), *_works(token))
        owner_id = session.scalar(made_for.returning(SetUpLink.owner_id))
        owner = session.get(Owner, owner_id) if owner_id is not None else None
        if owner is None:
            raise LinkUsed
        return _set_password(session, owner, password_hash)


def change_password(signed_in: SignedIn, password: str) -> SignedIn:
    """Give a signed-in owner a new password. Every session ends but the one that goes on with what this returns.

    Raises SessionEnded.
    """
    password_hash = hasher.hash(password)
    with writing() as session:
        own = select(Owner).where(Owner.session_key == signed_in.get_id()).with_for_update()
        owner = session.scalar(own)
        if owner is None:
            raise SessionEnded
        return _set_password(session, owner, password_hash)


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


def _new_link(owner_id: int | None) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with writing() as session:
        session.execute(delete(SetUpLink).where(SetUpLink.owner_id == owner_id))
        session.add(SetUpLink(token_hash=_digest(token), owner_id=owner_id))
    return token


def _works(token: str) -> tuple[ColumnElement[bool], ...]:
    """The conditions on the row of a one-time link that may be used now."""
    return SetUpLink.token_hash == _digest(token), SetUpLink.created_at >= now() - LINK_LASTS


def _set_password(session: Session, owner: Owner, password_hash: str) -> SignedIn:
    owner.password_hash, owner.session_key = password_hash, _new_session_key()
    session.execute(delete(SetUpLink).where(SetUpLink.owner_id == owner.id))
    session.flush()
    return SignedIn(owner)


def _digest(token: str) -> str:
    return hashlib.sha256(b"set-up:" + token.encode()).hexdigest()


def _new_session_key() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)
