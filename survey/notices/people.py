"""Who may be told of a survey, and what they want to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from survey.core.account_models import Membership, Owner
from survey.core.database import db, write_transaction
from survey.core.models import DELETED_PREFIX, Survey
from survey.mail.notice_models import MailChoice
from survey.notices.events import EVENTS
from survey.web import time_zones


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a confirmed address who works at a survey, and what they want to be told of it."""

    owner_id: int
    name: str
    address: str
    language: str
    zone: ZoneInfo
    wanted: Mapping[str, bool]
    """By the key of each event"""


def people_by_survey(survey_id: int | None = None) -> dict[int, list[Person]]:
    """Return by survey who may be told of it: whoever works at it and has confirmed an address. Two queries."""
    shown = (Owner.email != "") & Owner.disabled_at.is_(None) & ~Survey.slug.startswith(DELETED_PREFIX)
    takes_part = exists().where(Membership.survey_id == Survey.id, Membership.owner_id == Owner.id)
    works = or_(Owner.id == Survey.owner_id, takes_part)
    statement = select(Survey.id, Owner).join(Owner, works).where(shown)
    chosen = select(MailChoice)
    if survey_id is not None:
        statement = statement.where(Survey.id == survey_id)
        chosen = chosen.where(MailChoice.survey_id == survey_id)
    choices = {(row.survey_id, row.owner_id): row.switches for row in db.session.scalars(chosen)}
    found: dict[int, list[Person]] = {}
    for of_survey, owner in db.session.execute(statement.order_by(Survey.id, Owner.id)):
        wanted = switches(owner.mail_switches, choices.get((of_survey, owner.id), {}))
        person = Person(owner.id, owner.name, owner.email, owner.mail_language, zone_of(owner), wanted)
        found.setdefault(of_survey, []).append(person)
    return found


def people_of(survey_id: int) -> list[Person]:
    """Return who may be told of a survey."""
    return people_by_survey(survey_id).get(survey_id, [])


def switches(*chosen: Mapping[str, bool]) -> dict[str, bool]:
    """Return for each event whether it is wanted: by the last of the choices that says so, else by its default."""
    wanted = {key: event.is_on for key, event in EVENTS.items()}
    for choice in chosen:
        wanted |= {key: bool(value) for key, value in choice.items() if key in wanted}
    return wanted


def wanted_in_all(owner_id: int) -> dict[str, bool]:
    """Return what somebody wants to be told of every survey."""
    return switches(db.session.get_one(Owner, owner_id).mail_switches)


def wanted_of(owner_id: int, survey_id: int) -> dict[str, bool]:
    """Return what somebody wants to be told of one survey."""
    choice = db.session.get(MailChoice, (owner_id, survey_id))
    return switches(wanted_in_all(owner_id), choice.switches if choice else {})


def choose_for_all(owner_id: int, wanted: Mapping[str, bool], language: str) -> None:
    """Set what somebody is told of every survey that has no choice of its own, and in which language."""
    with write_transaction() as session:
        kept = {key: wanted[key] for key in EVENTS if key in wanted}
        session.execute(update(Owner).where(Owner.id == owner_id).values(mail_switches=kept, mail_language=language))


def choose(owner_id: int, survey_id: int, wanted: Mapping[str, bool]) -> None:
    """Set what somebody is told of one survey."""
    with write_transaction() as session:
        _choose(session, owner_id, survey_id, wanted)


def stop(owner_id: int, survey_id: int, event: str) -> bool:
    """Turn one switch off; False if the account or the survey is gone. Safe to call twice."""
    with write_transaction() as session:
        if session.get(Owner, owner_id) is None or session.get(Survey, survey_id) is None:
            return False
        _choose(session, owner_id, survey_id, {event: False})
        return True


def _choose(session: Session, owner_id: int, survey_id: int, wanted: Mapping[str, bool]) -> None:
    choice = session.get(MailChoice, (owner_id, survey_id), with_for_update=True)
    if choice is None:
        choice = MailChoice(owner_id=owner_id, survey_id=survey_id, switches={})
        session.add(choice)
    choice.switches = choice.switches | {key: wanted[key] for key in EVENTS if key in wanted}


def zone_of(owner: Owner) -> ZoneInfo:
    """Return the time zone that an owner has chosen; UTC where none was."""
    return time_zones.zone(owner.time_zone)
