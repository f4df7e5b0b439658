"""Owner accounts: created by a one-time link, authenticated by a password, signed out by a new session key."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.accounts.password_hashing import SerialPasswordHasher
from survey.core.account_models import Owner, SetUpLink
from survey.core.database import db, now, write_transaction
from survey.core.i18n import ENGLISH, WORKSHOP, language
from survey.core.models import Survey
from survey.web.access import SessionEnded, SignedIn

MIN_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS = 8, 200
TOKEN_BYTES = 24
LINK_LIFETIME = timedelta(days=7)
"""Lifetime of a one-time link"""


hasher = SerialPasswordHasher()


# Verified for unknown names, so that they take as long as a wrong password: the hash of a random text, not kept.
# It is made anew where the library's parameters are others by now, which takes each process .08 s at its start.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$9pIf3MVPya5mPOwXw4SMRg$aox/YOVXNGNQLLLngkHPUyeta0gDuIKpku4QGYEoz3c"
if hasher.check_needs_rehash(_NOBODY):
    _NOBODY = hasher.hash(secrets.token_urlsafe(TOKEN_BYTES))


class LinkUsed(Exception):
    """The one-time link is unknown or was used."""


class LinkExpired(Exception):
    """The one-time link has expired."""


class NoSuchOwner(Exception):
    """No owner has this name."""


class NameTaken(Exception):
    """Another owner has this name."""


class OwnerDisabled(Exception):
    """An operator has disabled this owner."""


def has_owner() -> bool:
    """Return whether there is any owner."""
    return bool(db.session.scalar(select(exists().where(Owner.id.is_not(None)))))


def new_set_up_token() -> str:
    """Return a token for a one-time link that creates an owner; earlier unused ones become invalid."""
    return _new_link(None)


def new_reset_token(name: str) -> str:
    """Return a token for a one-time link that resets the password of an owner; earlier ones become invalid.

    Raises NoSuchOwner or OwnerDisabled.
    """
    owner = db.session.scalar(select(Owner).where(Owner.name == name))
    if owner is None:
        raise NoSuchOwner
    if owner.disabled_at is not None:
        raise OwnerDisabled
    return _new_link(owner.id)


def owner_of_link(token: str) -> int | None:
    """Return the id of the owner whose password a link resets; None if it creates an owner.

    Raises LinkUsed or LinkExpired.
    """
    link = db.session.get(SetUpLink, _hash_token(token))
    if link is None:
        raise LinkUsed
    if link.created_at < now() - LINK_LIFETIME:
        raise LinkExpired
    return link.owner_id


def forget_expired_links() -> int:
    """Delete expired one-time links; return how many."""
    expired = SetUpLink.created_at < now() - LINK_LIFETIME
    if db.session.scalar(select(SetUpLink.token_hash).where(expired).limit(1)) is None:
        return 0
    with write_transaction() as session:
        return int(session.execute(delete(SetUpLink).where(expired)).rowcount)  # type: ignore[attr-defined]


def set_up(token: str, name: str, password: str) -> SignedIn:
    """Create an owner with a set-up link.

    Raises LinkUsed or NameTaken; the link is still valid after NameTaken.
    """
    raise_if_taken(db.session, name)
    password_hash = hasher.hash(password)
    with write_transaction() as session:
        made_for = delete(SetUpLink).where(SetUpLink.owner_id.is_(None), *_is_valid(token))
        if session.execute(made_for).rowcount != 1:  # type: ignore[attr-defined]
            raise LinkUsed
        return SignedIn(create(session, name, password_hash))


def create(session: Session, name: str, password_hash: str) -> Owner:
    """Add an owner who was not invited to a survey. The first one is an operator, and gets the surveys that have none.

    Raises NameTaken.
    """
    owner = add(session, name, password_hash)
    owner.is_operator = session.scalar(select(Owner.id).where(Owner.is_operator).limit(1)) is None
    session.execute(update(Survey).where(Survey.owner_id.is_(None)).values(owner_id=owner.id))
    return owner


def raise_if_taken(session: Session, name: str) -> None:
    """Raise NameTaken if another owner has this name; asked before a password is hashed, too, which costs much more."""
    if session.scalar(select(Owner.id).where(Owner.name == name)) is not None:
        raise NameTaken


def add(session: Session, name: str, password_hash: str) -> Owner:
    """Add an owner inside a write transaction. Raises NameTaken."""
    raise_if_taken(session, name)
    written = language() if language() in WORKSHOP.languages else ENGLISH
    owner = Owner(name=name, password_hash=password_hash, session_key=new_session_key(), mail_language=written)
    session.add(owner)
    try:
        session.flush()
    except IntegrityError:  # somebody else took it at this moment
        raise NameTaken from None
    return owner


def reset_password(token: str, password: str) -> SignedIn:
    """Set a new password with a reset link; all sessions and other links of the owner end.

    Raises LinkUsed.
    """
    password_hash = hasher.hash(password)
    with write_transaction() as session:
        made_for = delete(SetUpLink).where(SetUpLink.owner_id.is_not(None), *_is_valid(token))
        owner_id = session.scalar(made_for.returning(SetUpLink.owner_id))
        owner = session.get(Owner, owner_id) if owner_id is not None else None
        if owner is None or owner.disabled_at is not None:
            raise LinkUsed
        return _set_password(session, owner, password_hash)


def change_password(signed_in: SignedIn, password: str) -> SignedIn:
    """Set a new password for a signed-in owner; all sessions end except the one that continues with the result.

    Raises SessionEnded.
    """
    password_hash = hasher.hash(password)
    with write_transaction() as session:
        own = select(Owner).where(Owner.session_key == signed_in.get_id()).with_for_update()
        owner = session.scalar(own)
        if owner is None:
            raise SessionEnded
        return _set_password(session, owner, password_hash)


def check_password(name: str, password: str) -> SignedIn | None:
    """Return the owner with this name and password, or None. An unknown name takes as long as a wrong password.

    Raises OwnerDisabled, once the password was right.
    """
    owner = db.session.scalar(select(Owner).where(Owner.name == name))
    try:
        hasher.verify(owner.password_hash if owner else _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    if owner is None:
        return None
    if owner.disabled_at is not None:
        raise OwnerDisabled
    return SignedIn(owner)


def record_seen(owner_id: int) -> None:
    """Record that an owner was here today. Safe to call twice."""
    today = now().replace(hour=0, minute=0, second=0, microsecond=0)
    with write_transaction() as session:
        session.execute(update(Owner).where(Owner.id == owner_id).values(seen_on=today))


def set_time_zone(owner_id: int, name: str | None) -> None:
    """Set the time zone in which an owner reads and writes dates; None: UTC, until one is chosen."""
    with write_transaction() as session:
        session.execute(update(Owner).where(Owner.id == owner_id).values(time_zone=name))


def end_sessions(owner_id: int) -> None:
    """Sign the owner out everywhere, including copies of the cookie."""
    with write_transaction() as session:
        session.execute(update(Owner).where(Owner.id == owner_id).values(session_key=new_session_key()))


def _new_link(owner_id: int | None) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with write_transaction() as session:
        session.execute(delete(SetUpLink).where(SetUpLink.owner_id == owner_id))
        session.add(SetUpLink(token_hash=_hash_token(token), owner_id=owner_id))
    return token


def _is_valid(token: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on the row of a valid one-time link."""
    return SetUpLink.token_hash == _hash_token(token), SetUpLink.created_at >= now() - LINK_LIFETIME


def _set_password(session: Session, owner: Owner, password_hash: str) -> SignedIn:
    owner.password_hash, owner.session_key = password_hash, new_session_key()
    session.execute(delete(SetUpLink).where(SetUpLink.owner_id == owner.id))
    session.flush()
    return SignedIn(owner)


def _hash_token(token: str) -> str:
    return hashlib.sha256(b"set-up:" + token.encode()).hexdigest()


def new_session_key() -> str:
    """Return a new key of sessions: whoever has an older one is signed out."""
    return secrets.token_urlsafe(TOKEN_BYTES)
