"""Invitations to a survey: a link that works once, for a week, for one role."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from survey.accounts import owners
from survey.core.account_models import Invitation, Membership, Owner
from survey.core.database import db, now, write_transaction
from survey.core.i18n import gettext
from survey.core.models import DELETED_PREFIX, Survey
from survey.edits import deeds
from survey.people.memberships import MAX_MEMBERS, PeopleRefused, locked_survey
from survey.web.access import Actor, SignedIn, role_in, suffices

LIFETIME = timedelta(days=7)
REMEMBERED = timedelta(days=30)
"""How long a link can still say what became of it"""
MAX_WAITING = 50
"""Unused invitations of one survey"""
TOKEN_BYTES = 24
UNKNOWN, USED, EXPIRED, REVOKED, GONE = "unknown", "used", "expired", "revoked", "gone"


class InvitationOver(Exception):
    """An invitation does not work (any more); its argument is UNKNOWN, USED, EXPIRED, REVOKED or GONE."""


class AlreadyIn(Exception):
    """Whoever would accept an invitation may do as much in the survey already; the invitation still waits."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation that works offers."""

    slug: str
    question: str
    role: str
    invited_by: str
    expires_at: datetime
    present_role: str | None
    """The role of who asked, if they have one"""


def invite(survey: Survey, by: int, role: str, label: str, key: str | None = None) -> str:
    """Make an invitation and return its token, which nobody can find out later. Raises PeopleRefused.

    A form that is sent twice has the same `key`, and makes one invitation.
    """
    survey_id = survey.id
    token = _token(survey_id, by, role, label, key) if key else secrets.token_urlsafe(TOKEN_BYTES)
    with write_transaction() as session:
        locked_survey(session, survey_id, by)
        made = session.scalar(select(Invitation.id).where(Invitation.token_hash == _hash_token(token)))
        if made is not None:
            if session.scalar(select(Invitation.id).where(Invitation.id == made, *_waits())) is None:
                raise PeopleRefused(gettext("That invitation was made already, and is over. Make another one."))
            return token
        waiting = select(func.count()).where(Invitation.survey_id == survey_id, *_waits())
        if (session.scalar(waiting) or 0) >= MAX_WAITING:
            raise PeopleRefused(
                gettext("%(most)s invitations wait already. Take one back that nobody needs.", most=MAX_WAITING)
            )
        values = {"survey_id": survey_id, "role": role, "label": label, "made_by": by}
        session.add(Invitation(token_hash=_hash_token(token), **values))
        deeds.record(session, survey_id, "invited", role=role, label=label)
    return token


def waiting_of(survey: Survey) -> list[Invitation]:
    """Return the invitations of a survey that can still be accepted, newest first."""
    waiting = select(Invitation).where(Invitation.survey_id == survey.id, *_waits())
    return list(db.session.scalars(waiting.order_by(Invitation.id.desc())))


def revoke(survey: Survey, by: int, invitation_id: int) -> bool:
    """Take an invitation back. Return False if the survey has none with this id that waits. Raises PeopleRefused."""
    survey_id = survey.id
    with write_transaction() as session:
        locked_survey(session, survey_id, by)
        own = (Invitation.id == invitation_id, Invitation.survey_id == survey_id)
        invitation = session.scalar(select(Invitation).where(*own, *_waits()))
        if invitation is None:
            return False
        invitation.revoked_at = now()
        deeds.record(session, survey_id, "revoked", role=invitation.role, label=invitation.label)
        return True


def look(token: str, owner_id: int | None) -> Offer:
    """Return what an invitation offers an owner, or None: somebody without an account. Raises InvitationOver."""
    invitation, survey = _found(db.session, token)
    inviter = db.session.scalar(select(Owner.name).where(Owner.id == invitation.made_by)) or ""
    present = role_in(db.session, survey, owner_id) if owner_id is not None else None
    expires_at = invitation.made_at + LIFETIME
    return Offer(survey.slug, survey.question, invitation.role, inviter, expires_at, present)


def accept(token: str, signed_in: SignedIn) -> Offer:
    """Let an owner into the survey of an invitation; a role is never lowered by it.

    Raises InvitationOver, AlreadyIn, PeopleRefused.
    """
    offer = look(token, signed_in.owner_id)
    with write_transaction() as session:
        _take(session, token, signed_in.owner_id, signed_in.name)
    return offer


def accept_as_new(token: str, name: str, password: str) -> tuple[SignedIn, Offer]:
    """Make an account and let it into the survey of an invitation.

    Raises InvitationOver or PeopleRefused, or owners.NameTaken: then the invitation still waits.
    """
    offer = look(token, None)
    owners.raise_if_taken(db.session, name)
    password_hash = owners.hasher.hash(password)
    with write_transaction() as session:
        owner = owners.add(session, name, password_hash)
        _take(session, token, owner.id, owner.name)
        return SignedIn(owner), offer


def joined_with(token: str, owner_id: int) -> str | None:
    """Return the address of the survey that an owner joined with an invitation before; None if they did not."""
    used = select(Survey).join(Invitation, Invitation.survey_id == Survey.id)
    own = (Invitation.token_hash == _hash_token(token), Invitation.used_by == owner_id)
    survey = db.session.scalar(used.where(*own))
    return survey.slug if survey is not None and role_in(db.session, survey, owner_id) is not None else None


def forget_old() -> int:
    """Delete invitations whose links need to say nothing any more; return how many."""
    old = Invitation.made_at < now() - REMEMBERED
    if db.session.scalar(select(Invitation.id).where(old).limit(1)) is None:
        return 0
    with write_transaction() as session:
        return int(session.execute(delete(Invitation).where(old)).rowcount)  # type: ignore[attr-defined]


def _take(session: Session, token: str, owner_id: int, name: str) -> None:
    """Use an invitation up and add a member. The survey is locked first, as when it is deleted."""
    found = session.scalar(select(Invitation).where(Invitation.token_hash == _hash_token(token)))
    if found is not None and found.survey_id is not None:
        session.get(Survey, found.survey_id, with_for_update=True, populate_existing=True)
    invitation, survey = _found(session, token)
    present = role_in(session, survey, owner_id)
    if suffices(present, invitation.role):
        raise AlreadyIn
    used = update(Invitation).where(Invitation.id == invitation.id, *_waits())
    used = used.values(used_at=now(), used_by=owner_id).execution_options(synchronize_session=False)
    if session.execute(used).rowcount != 1:  # type: ignore[attr-defined]
        raise InvitationOver(USED)
    if present is None:
        if (session.scalar(select(func.count()).where(Membership.survey_id == survey.id)) or 0) >= MAX_MEMBERS:
            raise PeopleRefused(gettext("So many people work at this survey that nobody can be added."))
        joins = {"survey_id": survey.id, "owner_id": owner_id, "added_by": invitation.made_by}
        session.add(Membership(role=invitation.role, **joins))
    else:
        own = (Membership.survey_id == survey.id, Membership.owner_id == owner_id)
        session.execute(update(Membership).where(*own).values(role=invitation.role))
    deeds.record(session, survey.id, "joined", by=Actor(owner_id, name), role=invitation.role)


def _found(session: Session, token: str) -> tuple[Invitation, Survey]:
    """Return an invitation that works, and its survey. Raises InvitationOver."""
    row = session.execute(
        select(Invitation, Survey, Owner.disabled_at)
        .outerjoin(Survey, Survey.id == Invitation.survey_id)
        .outerjoin(Owner, Owner.id == Invitation.made_by)
        .where(Invitation.token_hash == _hash_token(token))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise InvitationOver(UNKNOWN)
    invitation, survey, maker_disabled_at = row
    if invitation.used_at is not None:
        raise InvitationOver(USED)
    if survey is None or survey.slug.startswith(DELETED_PREFIX):
        raise InvitationOver(GONE)
    if invitation.revoked_at is not None or maker_disabled_at is not None:
        raise InvitationOver(REVOKED)
    if invitation.made_at < now() - LIFETIME:
        raise InvitationOver(EXPIRED)
    return invitation, survey


def _waits() -> tuple[ColumnElement[bool], ...]:
    return (
        Invitation.used_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.made_at >= now() - LIFETIME,
    )


def _token(survey_id: int, by: int, role: str, label: str, key: str) -> str:
    """Return the token that a form with this key makes. Without the key of the site nobody can tell it."""
    source = json.dumps(["invitation", survey_id, by, role, label, key]).encode()
    digest = hmac.digest(str(current_app.config["SECRET_KEY"]).encode(), source, "sha256")
    return base64.urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()


def _hash_token(token: str) -> str:
    return hashlib.sha256(b"join:" + token.encode()).hexdigest()
