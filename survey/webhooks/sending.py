"""Sends deliveries, several at once and one at a time to each webhook, so that a slow receiver holds no other."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, current_app
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.exc import OperationalError

from survey.core.database import db, now, write_transaction
from survey.mail.webhook_models import Delivery, Webhook
from survey.notices import watch
from survey.webhooks import bodies, connection, signing
from survey.webhooks.connection import Outcome

logger = logging.getLogger(__name__)

THREADS = 8
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""Between attempts; after the last one, nearly a day after the first, a delivery is given up"""
CLAIM = timedelta(minutes=5)
"""A delivery whose worker was killed, or could not store what came of it, is taken up again after this long"""
GONE_STATUS = 410
"""The receiver wants nothing more (as Standard Webhooks has it)"""
USER_AGENT = "Common-Threads-Webhooks/1"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker sends: where to, and what."""

    delivery_id: int
    webhook_id: int
    claimed_at: datetime
    attempts: int
    address: str
    message_id: str
    secret: str
    body: bytes | None


class Messenger:
    """Sends for one worker."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook")
        self._busy: set[int] = set()
        self._lock = threading.Lock()

    def send_due(self) -> list[Future[None]]:
        """Begin to send what is due, one delivery of each webhook that has none under way. Needs an app context."""
        moment = now()
        due = select(Delivery.webhook_id).where(is_due(moment)).distinct()
        started = []
        for webhook_id in db.session.scalars(due).all():
            with self._lock:
                if webhook_id in self._busy or len(self._busy) >= THREADS:
                    continue
                self._busy.add(webhook_id)
            started.append(self._pool.submit(self._send_next, webhook_id))
        db.session.rollback()
        return started

    def _send_next(self, webhook_id: int) -> None:
        try:
            with self._app.app_context():
                claimed = claim(webhook_id)
                if claimed is not None:
                    settle(claimed, _post(claimed))
        except OperationalError as error:
            logger.warning("The database is busy or cannot be reached: %s. Trying again soon.", error.orig)
        except Exception:
            logger.exception("Webhook %s could not be told. The next try is soon.", webhook_id)
        finally:
            with self._lock:
                self._busy.discard(webhook_id)


def is_due(moment: datetime) -> ColumnElement[bool]:
    """Return the condition of a delivery to send: it waits, its time has come, and nobody sends it."""
    claimed = Delivery.claimed_at.between(moment - CLAIM, moment + CLAIM)
    is_free = or_(Delivery.claimed_at.is_(None), ~claimed)
    return Delivery.done_at.is_(None) & (Delivery.not_before <= moment) & is_free


def claim(webhook_id: int) -> Claimed | None:
    """Claim the oldest delivery of a webhook that is due; None if there is none, or the webhook is paused.

    One whose last attempt came to nothing that was stored is given up, and None.
    """
    moment = now()
    with write_transaction(shown=False) as session:
        webhook = session.get(Webhook, webhook_id, with_for_update=True, populate_existing=True)
        of_it = select(Delivery).where(Delivery.webhook_id == webhook_id, is_due(moment))
        delivery = session.scalars(of_it.order_by(Delivery.id).limit(1).with_for_update()).first()
        if webhook is None or delivery is None:
            return None
        if webhook.paused_at is not None:
            delivery.not_before = moment + CLAIM
            return None
        if delivery.attempts > len(PAUSES):
            delivery.claimed_at, delivery.done_at = None, moment
            return None
        delivery.claimed_at, delivery.attempts = moment, delivery.attempts + 1
        return Claimed(
            delivery.id,
            webhook_id,
            moment,
            delivery.attempts,
            webhook.address,
            delivery.message_id,
            signing.secret(webhook),
            bodies.body_of(webhook, delivery),
        )


def _post(claimed: Claimed) -> Outcome:
    """Send outside of any transaction."""
    if claimed.body is None:
        return Outcome(None, 0, "gone")
    headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
    headers |= signing.headers(claimed.secret, claimed.message_id, int(now().timestamp()), claimed.body)
    return connection.post(claimed.address, claimed.body, headers, private=current_app.config["WEBHOOK_PRIVATE"])


def settle(claimed: Claimed, outcome: Outcome) -> None:
    """Store what came of an attempt. A webhook at which a delivery is given up, and none was taken since it was made,
    is paused, and its owners are told.
    """
    moment = now()
    with write_transaction(shown=False) as session:
        webhook = session.get(Webhook, claimed.webhook_id, with_for_update=True, populate_existing=True)
        delivery = session.get(Delivery, claimed.delivery_id, populate_existing=True)
        if webhook is None or delivery is None or delivery.claimed_at != claimed.claimed_at:
            return  # the survey or the webhook was deleted meanwhile, or another worker took it up
        delivery.claimed_at = None
        delivery.status, delivery.milliseconds, delivery.error = outcome.status, outcome.milliseconds, outcome.trouble
        if outcome.was_taken:
            delivery.done_at, delivery.was_taken, webhook.taken_at = moment, True, moment
        elif outcome.trouble == "gone":
            delivery.done_at = moment
        elif outcome.status == GONE_STATUS or claimed.attempts > len(PAUSES):
            delivery.done_at = moment
            is_alone = webhook.taken_at is None or webhook.taken_at < delivery.made_at
            if outcome.status == GONE_STATUS or is_alone:
                webhook.paused_at = moment
                webhook.paused_by = "gone" if outcome.status == GONE_STATUS else "failures"
                watch.tell_of_webhook(session, webhook.survey_id, webhook.id, moment)
        else:
            delivery.not_before = moment + PAUSES[claimed.attempts - 1]
