"""Sends what is in the outbox: each mail is claimed, handed to the server outside of any transaction, and settled."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey.core.database import db, now, truncate_wal_after_commit, write_transaction
from survey.mail import message, smtp
from survey.mail.models import OutgoingMail
from survey.mail.outbox import GONE, is_configured
from survey.mail.smtp import Line, MailError, Refused, Route, ServerTrouble

logger = logging.getLogger(__name__)

FIRST_PAUSE, LAST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
"""Between attempts; each pause is twice the one before"""
GIVE_UP = timedelta(days=2)
"""A mail that no attempt could deliver in this time has failed"""
CLAIM = timedelta(minutes=10)
"""A mail that a worker began to send longer ago is taken up by another: far longer than an attempt takes"""
KEEP = timedelta(days=90)
"""How long the keys of settled mails are kept"""
MAX_MAILS = 100
"""Mails handed over in one round, on one line"""
SETTLE_TRIES = 5


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that this worker sends."""

    id: int
    claimed_at: datetime
    attempts: int
    key: str
    made_at: datetime
    recipient: str
    subject: str
    body: str
    unsubscribe: str


class Postman:
    """Sends for one worker, and remembers when the server was last in trouble."""

    def __init__(self) -> None:
        self._rests_until: datetime | None = None
        self._troubles = 0

    def send_due(self) -> int:
        """Send the mails that are due, MAX_MAILS at most; return how many the server accepted. Needs an app context.

        While the server cannot be reached or refuses this site, nothing is tried for a pause that grows to an hour.
        Never raises for what a server does.
        """
        moment = now()
        if not is_configured() or self._is_resting(moment) or _next_id(moment) is None:
            return 0
        route, sent = smtp.route(), 0
        mail: Claimed | None = None
        try:
            with smtp.open_line(route) as line:
                for _ in range(MAX_MAILS):
                    mail = _claim()
                    if mail is None:
                        break
                    sent += _send(line, route, mail)
                    mail = None
        except ServerTrouble as trouble:
            self._rest(trouble)
            _put_off(mail, trouble)
        else:
            self._rests_until, self._troubles = None, 0
        return sent

    def _is_resting(self, moment: datetime) -> bool:
        """Whether the server is left alone for now; not if the clock was set back."""
        until = self._rests_until
        return until is not None and moment < until < moment + LAST_PAUSE

    def _rest(self, trouble: ServerTrouble) -> None:
        pause = min(FIRST_PAUSE * 2 ** min(self._troubles, 6), timedelta(hours=1))
        self._troubles += 1
        self._rests_until = now() + pause
        logger.warning("No mail can be sent: %s Trying again in %d minutes.", trouble, pause.total_seconds() // 60)


def tidy() -> None:
    """Give up mails that waited too long (as where the settings name no server any more), and forget settled ones."""
    moment = now()
    with write_transaction(shown=False) as session:
        late = update(OutgoingMail).where(_is_waiting(), OutgoingMail.made_at < moment - GIVE_UP - LAST_PAUSE)
        given_up = session.execute(late.values(failed_at=moment, error="It waited for too long.", **GONE))
        if given_up.rowcount:  # type: ignore[attr-defined]
            truncate_wal_after_commit(session)
        session.execute(delete(OutgoingMail).where(~_is_waiting(), OutgoingMail.made_at < moment - KEEP))


def forget_waiting(session: Session) -> None:
    """Give up what waits in a restored backup, in the caller's transaction: most of it was sent since."""
    waiting = update(OutgoingMail).where(_is_waiting())
    session.execute(waiting.values(failed_at=now(), error="The site was restored from a backup.", **GONE))


def _is_waiting() -> ColumnElement[bool]:
    return OutgoingMail.sent_at.is_(None) & OutgoingMail.failed_at.is_(None)


def _is_free(moment: datetime) -> ColumnElement[bool]:
    """Due, and claimed by nobody. A claim from the future does not count: a clock was wrong."""
    claimed = OutgoingMail.claimed_at.between(moment - CLAIM, moment + CLAIM)
    return _is_waiting() & (OutgoingMail.not_before <= moment) & or_(OutgoingMail.claimed_at.is_(None), ~claimed)


def _next_id(moment: datetime) -> int | None:
    db.session.rollback()
    order = (OutgoingMail.not_before, OutgoingMail.id)
    found = db.session.scalar(select(OutgoingMail.id).where(_is_free(moment)).order_by(*order).limit(1))
    db.session.rollback()  # nothing is open while the server is spoken to
    return found


def _claim() -> Claimed | None:
    """Claim the next mail with one conditional UPDATE; None if there is none, or another worker was faster."""
    moment = now()
    mail_id = _next_id(moment)
    if mail_id is None:
        return None
    with write_transaction(shown=False) as session:
        claimed = session.execute(
            update(OutgoingMail)
            .where(OutgoingMail.id == mail_id, _is_free(moment))
            .values(claimed_at=moment, attempts=OutgoingMail.attempts + 1)
            .execution_options(synchronize_session=False)
        )
        if claimed.rowcount != 1:  # type: ignore[attr-defined]
            return None
        row = session.scalars(select(OutgoingMail).where(OutgoingMail.id == mail_id)).one()
        texts = (row.recipient, row.subject, row.body, row.unsubscribe)
        return Claimed(row.id, moment, row.attempts, row.key, row.made_at, *texts)


def _send(line: Line, route: Route, mail: Claimed) -> bool:
    """Hand over one mail and settle it; return whether it was accepted. Raises ServerTrouble."""
    try:
        line.send(mail.recipient, _message(route, mail))
    except ServerTrouble:
        raise
    except MailError as error:
        if isinstance(error, Refused):
            _settle(mail, failed_at=now(), error=str(error), **GONE)
        else:
            _put_off(mail, error)
        return False
    _settle(mail, sent_at=now(), error=None, **GONE)
    return True


def _message(route: Route, mail: Claimed) -> bytes:
    """Return the mail as it is sent. Raises Refused where it cannot be made, so that it keeps no other back."""
    made = {"key": mail.key, "made_at": mail.made_at, "unsubscribe": mail.unsubscribe}
    try:
        return message.build(route.sender, mail.recipient, mail.subject, mail.body, **made)  # type: ignore[arg-type]
    except ValueError:
        raise Refused("It cannot be written as a mail.") from None


def _put_off(mail: Claimed | None, error: MailError) -> None:
    """Let a mail wait for its next attempt; one that has waited for GIVE_UP has failed."""
    if mail is None:
        return
    moment = now()
    if moment - mail.made_at >= GIVE_UP:
        _settle(mail, failed_at=moment, error=str(error), **GONE)
        return
    pause = min(FIRST_PAUSE * 2 ** min(mail.attempts - 1, 10), LAST_PAUSE)
    _settle(mail, not_before=moment + pause, claimed_at=None, error=str(error))


def _settle(mail: Claimed, **values: object) -> None:
    """Store what became of a mail. A busy database is waited for: what was sent and not stored is sent again."""
    for attempt in range(1, SETTLE_TRIES + 1):
        try:
            with write_transaction(shown=False) as session:
                own = update(OutgoingMail).where(OutgoingMail.id == mail.id)
                if "sent_at" not in values:
                    own = own.where(OutgoingMail.claimed_at == mail.claimed_at)
                session.execute(own.values(**values).execution_options(synchronize_session=False))
                if "recipient" in values:
                    truncate_wal_after_commit(session)
            return
        except OperationalError:
            if attempt == SETTLE_TRIES:
                current_app.logger.warning("What became of a mail could not be stored: it may be sent again.")
                raise
            time.sleep(attempt)
