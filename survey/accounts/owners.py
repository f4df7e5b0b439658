"""Owners: set up by a one-time link, checked by a password, their sessions ended."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from survey.accounts.password_hashing import SerialPasswordHasher
from survey.core.account_models import Owner, SetUpLink
from survey.core.database import db, now, write_transaction
from survey.core.models import Survey
from survey.web.access import SessionEnded, SignedIn

MIN_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS = 8, 200
TOKEN_BYTES = 24
LINK_LIFETIME = timedelta(days=7)
"""How long a one-time link works unless it is used"""


hasher = SerialPasswordHasher()


# Verified where no owner has the name given, so that a wrong name takes as long as a wrong password.
_NOBODY = hasher.hash(secrets.token_urlsafe(TOKEN_BYTES))


class LinkUsed(Exception):
    """A one-time link that is unknown, or was used already."""


class LinkExpired(Exception):
    """A one-time link that nobody used in time."""


class NoSuchOwner(Exception):
    """No owner has this name."""


class NameTaken(Exception):
    """An owner with this name is there already."""


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
    if link.created_at < now() - LINK_LIFETIME:
        raise LinkExpired
    return link.owner_id


def forget_expired_links() -> int:
    """Delete the one-time links that nobody used in time; return how many."""
    expired = SetUpLink.created_at < now() - LINK_LIFETIME
    if db.session.scalar(select(SetUpLink.token_hash).where(expired).limit(1)) is None:
        return 0
    with write_transaction() as session:
        return int(session.execute(delete(SetUpLink).where(expired)).rowcount)  # type: ignore[attr-defined]


def set_up(token: str, name: str, password: str) -> SignedIn:
    """Make the owner a set-up link is for. The first one takes over surveys that have none (the demo).

    Raises LinkUsed or NameTaken; the link still works after NameTaken.
    """
    password_hash = hasher.hash(password)
    with write_transaction() as session:
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
    with write_transaction() as session:
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
    with write_transaction() as session:
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
    with write_transaction() as session:
        session.execute(update(Owner).where(Owner.id == owner_id).values(session_key=_new_session_key()))


def _new_link(owner_id: int | None) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with write_transaction() as session:
        session.execute(delete(SetUpLink).where(SetUpLink.owner_id == owner_id))
        session.add(SetUpLink(token_hash=_digest(token), owner_id=owner_id))
    return token


def _works(token: str) -> tuple[ColumnElement[bool], ...]:
    """The conditions on the row of a one-time link that may be used now."""
    return SetUpLink.token_hash == _digest(token), SetUpLink.created_at >= now() - LINK_LIFETIME


def _set_password(session: Session, owner: Owner, password_hash: str) -> SignedIn:
    owner.password_hash, owner.session_key = password_hash, _new_session_key()
    session.execute(delete(SetUpLink).where(SetUpLink.owner_id == owner.id))
    session.flush()
    return SignedIn(owner)


def _digest(token: str) -> str:
    return hashlib.sha256(b"set-up:" + token.encode()).hexdigest()


def _new_session_key() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)
