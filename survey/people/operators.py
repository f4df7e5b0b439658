"""What an operator does for the owners of a site: list them, disable and enable them, hand a survey over.

An operator sees of a survey its address and how many answers it has; to read it takes a role in it, as for anybody.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from survey.accounts import owners
from survey.core.account_models import Owner, SetUpLink
from survey.core.database import db, now, write_transaction
from survey.core.i18n import gettext
from survey.core.models import DELETED_PREFIX, Answer, Survey
from survey.people.memberships import PeopleRefused, give, revoke_invitations


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """An owner in the operator's list, with the addresses of the surveys they answer for and their answers."""

    id: int
    name: str
    created_at: datetime
    seen_on: datetime | None
    disabled_at: datetime | None
    is_operator: bool
    surveys: list[tuple[str, int]] = field(default_factory=list)


def list_owners() -> list[OwnerRow]:
    """Return all owners in the order they came. Two queries."""
    surveys: dict[int, list[tuple[str, int]]] = defaultdict(list)
    counted = db.session.execute(
        select(Survey.owner_id, Survey.slug, func.count(Answer.id))
        .outerjoin(Answer, Answer.survey_id == Survey.id)
        .where(Survey.owner_id.is_not(None), ~Survey.slug.startswith(DELETED_PREFIX))
        .group_by(Survey.id)
        .order_by(Survey.id)
    )
    for owner_id, slug, answers in counted:
        surveys[owner_id or 0].append((slug, answers))
    return [
        OwnerRow(
            owner.id,
            owner.name,
            owner.created_at,
            owner.seen_on,
            owner.disabled_at,
            owner.is_operator,
            surveys.get(owner.id, []),
        )
        for owner in db.session.scalars(select(Owner).order_by(Owner.id))
    ]


def disable(by: int, owner_id: int) -> str:
    """End an owner's sessions and let them sign in no more, and return their name. Surveys and API tokens stay.

    Invitations that they made and nobody used are revoked: with one they could come in by another name.
    Raises PeopleRefused, or LookupError if there is no such owner.
    """
    with write_transaction() as session:
        owner = _owner(session, by, owner_id)
        if owner.id == by:
            raise PeopleRefused(gettext("You cannot switch your own account off."))
        owner.disabled_at, owner.session_key = owner.disabled_at or now(), owners.new_session_key()
        session.execute(delete(SetUpLink).where(SetUpLink.owner_id == owner.id))
        revoke_invitations(session, owner.id)
        return owner.name


def enable(by: int, owner_id: int) -> str:
    """Let an owner sign in again, and return their name. Raises as `disable`."""
    with write_transaction() as session:
        owner = _owner(session, by, owner_id)
        owner.disabled_at = None
        return owner.name


def hand_over(by: int, slug: str, name: str) -> None:
    """Let another owner answer for a survey; who did before stays one of its owners. Raises PeopleRefused."""
    with write_transaction() as session:
        _refuse_unless_operator(session, by)
        survey = session.scalar(select(Survey).where(Survey.slug == slug).with_for_update())
        if survey is None or slug.startswith(DELETED_PREFIX):
            raise PeopleRefused(gettext("There is no survey at this address. It may have been deleted meanwhile."))
        owner = session.scalar(select(Owner).where(Owner.name == name).with_for_update())
        if owner is None:
            raise PeopleRefused(gettext("Nobody signs in with this name. Check how it is written in the list."))
        if owner.disabled_at is not None:
            raise PeopleRefused(gettext("This account is switched off, so it cannot answer for a survey."))
        if survey.owner_id == owner.id:
            raise PeopleRefused(gettext("%(name)s answers for this survey already.", name=owner.name))
        give(session, survey, owner)


def make_operator(name: str) -> None:
    """Make an owner an operator. Raises owners.NoSuchOwner, or owners.OwnerDisabled."""
    with write_transaction() as session:
        owner = session.scalar(select(Owner).where(Owner.name == name))
        if owner is None:
            raise owners.NoSuchOwner
        if owner.disabled_at is not None:
            raise owners.OwnerDisabled
        owner.is_operator = True


def _owner(session: Session, by: int, owner_id: int) -> Owner:
    _refuse_unless_operator(session, by)
    owner = session.get(Owner, owner_id, populate_existing=True)
    if owner is None:
        raise LookupError
    return owner


def _refuse_unless_operator(session: Session, by: int) -> None:
    """Lock the operators who can sign in: of two who disable each other at once, the second is refused."""
    able = select(Owner.id).where(Owner.is_operator, Owner.disabled_at.is_(None)).order_by(Owner.id).with_for_update()
    if by not in session.scalars(able).all():
        raise PeopleRefused(gettext("You do not look after this site any more. Nothing was changed."))
