"""Who works at a survey: list them, change their role, remove them, leave, hand the survey over.

The owner who answers for a survey (`Survey.owner_id`) is never a row here, cannot be removed and cannot leave, so a
survey always has one. Whoever changes something is looked up again in the transaction that does it: somebody removed at
the same moment changes nothing any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey.core.account_models import OWNER, ROLES, ApiToken, Invitation, Membership, Owner
from survey.core.database import db, now, write_transaction
from survey.core.i18n import gettext
from survey.core.models import DELETED_PREFIX, Survey
from survey.edits import deeds
from survey.mail.webhook_models import Webhook
from survey.web.access import role_in

MAX_MEMBERS = 200
"""Of one survey"""


class PeopleRefused(Exception):
    """A change is refused; the message says why, in the language of the page."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works at a survey."""

    id: int | None
    """Of the membership; None for the owner who answers for the survey"""
    owner_id: int
    name: str
    role: str
    since: datetime
    is_disabled: bool


def list_members(survey: Survey) -> list[Member]:
    """Return who works at a survey: who answers for it, then the others by what they may do, then by name."""
    members: list[Member] = []
    keeper = db.session.get(Owner, survey.owner_id) if survey.owner_id is not None else None
    if keeper is not None:
        since, is_disabled = survey.created_at, keeper.disabled_at is not None
        members.append(Member(None, keeper.id, keeper.name, OWNER, since, is_disabled))
    others = db.session.execute(
        select(Membership, Owner)
        .join(Owner, Owner.id == Membership.owner_id)
        .where(Membership.survey_id == survey.id, Membership.owner_id.is_distinct_from(survey.owner_id))
        .order_by(Owner.name)
    ).all()
    for one, owner in sorted(others, key=lambda row: -ROLES.index(row[0].role)):
        members.append(Member(one.id, owner.id, owner.name, one.role, one.added_at, owner.disabled_at is not None))
    return members


@dataclass(frozen=True, slots=True)
class Ended:
    """Who was taken out or may do less, and how much of what programs read for them has ended with it."""

    name: str
    tokens: int = 0
    webhooks: int = 0
    """Paused"""
    unknown: bool = False
    """Whether tokens and webhooks go on of which nobody knows who made them"""


def set_role(survey: Survey, by: int, member_id: int, role: str) -> Ended:
    """Give a member another role. Who is an owner no more reads no more by programs, either.

    Raises PeopleRefused, or LookupError if there is no such member.
    """
    survey_id = survey.id
    with write_transaction() as session:
        locked_survey(session, survey_id, by)
        member, owner = _member(session, survey_id, member_id)
        if member.role != role:
            deeds.record(session, survey_id, "role", name=owner.name, role=role, before=member.role)
            member.role = role
            if role != OWNER:
                return end_what_was_made(session, owner, survey_id)
        return Ended(owner.name)


def remove(survey: Survey, by: int, member_id: int) -> Ended:
    """Take somebody out of a survey, and their programs. Raises as `set_role`."""
    survey_id = survey.id
    with write_transaction() as session:
        locked_survey(session, survey_id, by)
        member, owner = _member(session, survey_id, member_id)
        session.delete(member)
        deeds.record(session, survey_id, "removed", name=owner.name, role=member.role)
        return end_what_was_made(session, owner, survey_id)


def leave(survey: Survey, owner_id: int) -> None:
    """Leave a survey; safe to repeat. Raises PeopleRefused for the owner who answers for it."""
    survey_id = survey.id
    with write_transaction() as session:
        stored = session.get(Survey, survey_id, with_for_update=True)
        if stored is None:
            return
        if stored.owner_id == owner_id:
            raise PeopleRefused(gettext("You answer for this survey. Hand it over first, or delete it."))
        own = (Membership.survey_id == survey_id, Membership.owner_id == owner_id)
        member = session.scalar(select(Membership).where(*own))
        if member is not None:
            session.delete(member)
            deeds.record(session, survey_id, "left", role=member.role)
            end_what_was_made(session, session.get_one(Owner, owner_id), survey_id)


def hand_over(survey: Survey, by: int, member_id: int) -> str:
    """Let another owner of a survey answer for it, and return their name; `by` stays one of its owners.

    Raises as `set_role`.
    """
    survey_id = survey.id
    with write_transaction() as session:
        stored = locked_survey(session, survey_id, by)
        member, owner = _member(session, survey_id, member_id)
        if stored.owner_id != by:
            raise PeopleRefused(gettext("Only who answers for the survey can hand it over."))
        if member.role != OWNER or owner.disabled_at is not None:
            raise PeopleRefused(gettext("It can be handed over to another owner of it who can sign in."))
        give(session, stored, owner)
        return owner.name


def give(session: Session, survey: Survey, owner: Owner) -> None:
    """Let an owner answer for a survey, inside a write transaction; who did before stays one of its owners."""
    before = session.get(Owner, survey.owner_id) if survey.owner_id is not None else None
    own = select(Membership).where(Membership.survey_id == survey.id)
    member = session.scalar(own.where(Membership.owner_id == owner.id))
    if member is not None:
        session.delete(member)
    if before is not None:
        session.add(Membership(survey_id=survey.id, owner_id=before.id, role=OWNER, added_by=owner.id))
    survey.owner_id = owner.id
    deeds.record(session, survey.id, "handed_over", name=owner.name, before=before.name if before else "")


def locked_survey(session: Session, survey_id: int, by: int) -> Survey:
    """Return a survey, locked until the transaction ends. Raises PeopleRefused if it is gone or `by` no owner of it."""
    stored = session.get(Survey, survey_id, with_for_update=True, populate_existing=True)
    if stored is None or stored.slug.startswith(DELETED_PREFIX):
        raise PeopleRefused(gettext("The survey was deleted meanwhile."))
    if role_in(session, stored, by) != OWNER:
        raise PeopleRefused(gettext("You are no owner of this survey any more. Nothing was changed."))
    return stored


def revoke_invitations(session: Session, owner_id: int, survey_id: int | None = None) -> None:
    """Revoke what somebody who may not any more invited others with: to one survey, or to all."""
    waiting = update(Invitation).where(Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))
    waiting = waiting.where(Invitation.made_by == owner_id)
    if survey_id is not None:
        waiting = waiting.where(Invitation.survey_id == survey_id)
    session.execute(waiting.values(revoked_at=now()).execution_options(synchronize_session=False))


def end_what_was_made(session: Session, owner: Owner, survey_id: int) -> Ended:
    """End what an owner of a survey who is none any more made in it: invitations, tokens and webhooks, which pause."""
    revoke_invitations(session, owner.id, survey_id)
    theirs = delete(ApiToken).where(ApiToken.survey_id == survey_id, ApiToken.made_by == owner.id)
    ended = session.scalars(theirs.returning(ApiToken.name)).all()
    for name in ended:
        deeds.record(session, survey_id, "token_end", name=name)
    told = select(Webhook).where(Webhook.survey_id == survey_id, Webhook.paused_at.is_(None))
    paused = session.scalars(told.where(Webhook.made_by == owner.id)).all()
    for webhook in paused:
        webhook.paused_at, webhook.paused_by = now(), "left"
    read = select(ApiToken.id).where(ApiToken.survey_id == survey_id, ApiToken.made_by.is_(None))
    unknown = session.scalar(read.limit(1)) or session.scalar(told.where(Webhook.made_by.is_(None)).limit(1))
    return Ended(owner.name, len(ended), len(paused), unknown is not None)


def _member(session: Session, survey_id: int, member_id: int) -> tuple[Membership, Owner]:
    found = session.execute(
        select(Membership, Owner)
        .join(Owner, Owner.id == Membership.owner_id)
        .where(Membership.id == member_id, Membership.survey_id == survey_id)
    ).one_or_none()
    if found is None:
        raise LookupError
    return found[0], found[1]
