"""Ask to be told when a result is out: give an address, confirm it by a mailed link, take it back.

Whoever gives an address learns nothing of whether it was there already. A stranger cannot have mails sent to somebody:
one address gets one mail a day to confirm, whatever is asked for it and on whichever survey.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from survey.core.database import db, now, truncate_wal_after_commit, write_transaction
from survey.core.models import DELETED_PREFIX, Deletion, Survey
from survey.follow_up import letters
from survey.follow_up.models import FollowUp
from survey.mail import outbox
from survey.web.rate_limits import Rule, client_address, rate_limiter

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
CONFIRM_DAYS = 7
KEEP_DAYS = 2 * 365
MAX_WAITING = 20_000
"""Addresses that wait for one survey"""
PER_ADDRESS = Rule("follow-up-address", 1, 24 * 60)
"""Mails to confirm to one address; a counter is of one day (UTC), as those of rate_limits are"""
PER_NETWORK = Rule("follow-up-network", 40, 60)
"""Requests from one network: a class or a choir may share one"""
PER_SURVEY = Rule("follow-up-survey", 500, 24 * 60)

State = Literal["waiting", "confirmed", "published", "gone"]


class TooMany(Exception):
    """Too many asked from this network, or for this survey. Nothing was stored."""


def is_offered(survey: Survey) -> bool:
    """Return whether visitors may ask to be told: the result is not out, and the site sends mail."""
    return outbox.is_configured() and not survey.is_published


def register(survey: Survey, address: str, language: str) -> None:
    """Store an address (as `survey.mail.addresses.clean` gives it) and mail it the link to confirm.

    Nothing is stored where it is confirmed already, where it had its mail today, or where the result is out meanwhile.
    Raises TooMany; after that, and where the database is busy, the address may be given again the same day.
    """
    survey_id, address = survey.id, address.lower()
    limiter = rate_limiter()
    if not limiter.hit(PER_NETWORK, client_address()) or not limiter.hit(PER_SURVEY, str(survey_id)):
        raise TooMany
    if not limiter.hit(PER_ADDRESS, _mailbox(address)):
        return
    try:
        _store(survey_id, address, language)
    except Exception:
        limiter.clear(PER_ADDRESS, _mailbox(address))
        raise


def find(token: str) -> tuple[FollowUp, Survey] | None:
    """Return the row of a mailed link and its survey; None where it has expired, was used up or never was one."""
    if not TOKEN.fullmatch(token):
        return None
    row = db.session.get(FollowUp, hash_of(token))
    if row is None or row.day < oldest(row.confirmed, now().date()):
        return None
    survey = db.session.get(Survey, row.survey_id)
    return None if survey is None or survey.slug.startswith(DELETED_PREFIX) else (row, survey)


def confirm(token: str) -> State:
    """Confirm the address of a mailed link, any number of times; return how it stands then."""
    with write_transaction(shown=False) as session:
        row = session.get(FollowUp, hash_of(token), with_for_update=True) if TOKEN.fullmatch(token) else None
        today = now().date()
        if row is None or row.day < oldest(row.confirmed, today):
            return "gone"
        if session.get_one(Survey, row.survey_id).is_published:
            return "published"
        if not row.confirmed:
            row.confirmed, row.day = True, today
        return "confirmed"


def take_back(token: str) -> None:
    """Delete the address of a mailed link, whether it was confirmed or not. Safe to repeat."""
    if TOKEN.fullmatch(token):
        with write_transaction(shown=False) as session:
            forget(session, [hash_of(token)])


def forget(session: Session, token_hashes: list[str]) -> None:
    """Delete rows for good inside a write transaction, and record that: no backup brings them back."""
    found = session.scalars(select(FollowUp.token_hash).where(FollowUp.token_hash.in_(token_hashes))).all()
    if not found:
        return
    for token_hash in found:
        identity = deletion_id(token_hash)
        if session.get(Deletion, identity) is None:
            session.add(Deletion(answer_public_id=identity))
    session.execute(delete(FollowUp).where(FollowUp.token_hash.in_(found)))
    truncate_wal_after_commit(session)


def count_waiting(survey: Survey) -> int:
    """Return how many confirmed addresses wait for the result of a survey: all that its owner is told of them."""
    own = (FollowUp.survey_id == survey.id, FollowUp.confirmed)
    return db.session.scalar(select(func.count()).select_from(FollowUp).where(*own)) or 0


def oldest(confirmed: bool, today: date) -> date:
    """Return the first day from which a row is still kept."""
    return today - timedelta(days=KEEP_DAYS if confirmed else CONFIRM_DAYS)


def hash_of(token: str) -> str:
    """Return the hash by which a token is stored."""
    return hashlib.sha256(b"follow-up:" + token.encode()).hexdigest()


def deletion_id(token_hash: str) -> str:
    """Return the id of a row in the table of deletions."""
    return token_hash[:16]


def _store(survey_id: int, address: str, language: str) -> None:
    token, today = secrets.token_urlsafe(24), now().date()
    with write_transaction(shown=False) as session:
        current = session.get(Survey, survey_id, with_for_update={"key_share": True})
        if current is None or current.is_published or current.slug.startswith(DELETED_PREFIX):
            return
        own = (FollowUp.survey_id == survey_id, FollowUp.address == address)
        known = session.scalars(select(FollowUp).where(*own).with_for_update()).one_or_none()
        if known is not None and (known.confirmed or known.day == today):
            return
        if known is not None:
            session.delete(known)
            session.flush()
        waiting = select(func.count()).select_from(FollowUp).where(FollowUp.survey_id == survey_id)
        if (session.scalar(waiting) or 0) >= MAX_WAITING:
            raise TooMany
        row = {"survey_id": survey_id, "address": address, "language": language, "confirmed": False, "day": today}
        session.add(FollowUp(token_hash=hash_of(token), **row))
        subject, text = letters.to_confirm(current, token, language, CONFIRM_DAYS)
        outbox.enqueue(session, address, subject, text, key=f"follow-up:{secrets.token_hex(16)}")


def _mailbox(address: str) -> str:
    """Return the mailbox of an address, for the limit: many servers put mail to name+word@ and to name@ into one."""
    local, _, domain = address.rpartition("@")
    return f"{local.split('+')[0]}@{domain}"
