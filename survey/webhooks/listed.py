"""The webhooks of a survey: made, paused, deleted, and what was sent to them."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import delete, func, select

from survey.core.database import db, now, write_transaction
from survey.core.models import Survey
from survey.mail.webhook_models import Delivery, Webhook
from survey.web.access import actor
from survey.webhooks import addresses, gather, signing
from survey.webhooks.events import TEST

MAX_WEBHOOKS = 10
MAX_SHOWN = 50
"""Deliveries of a webhook that its page lists"""
MAX_WAITING_TESTS = 5


class TooMany(Exception):
    """The survey has MAX_WEBHOOKS webhooks, or as many tests wait."""


def make(survey: Survey, address: str, events: list[str], *, with_text: bool) -> str:
    """Make a webhook, told of what happens from now on; return its secret, which is shown this once.

    Raises addresses.AddressRefused or TooMany. What a name stands for is checked at each request, and not here: a web
    process does not wait for name servers.
    """
    private = current_app.config["WEBHOOK_PRIVATE"]
    target = addresses.parse(address, private=private)
    if addresses.is_number(target.host) or target.host == "localhost":
        addresses.resolve(target, private=private)
    survey_id = survey.id
    with write_transaction() as session:
        of_survey = select(func.count(Webhook.id)).where(Webhook.survey_id == survey_id)
        if (session.scalar(of_survey) or 0) >= MAX_WEBHOOKS:
            raise TooMany
        wanted = {"address": address, "events": events, "with_text": with_text}
        webhook = Webhook(survey_id=survey_id, made_by=actor().owner_id, **wanted)
        gather.start_from_now(session, webhook)
        session.add(webhook)
        session.flush()
        return signing.secret(webhook)


def of_survey(survey: Survey) -> list[tuple[Webhook, list[Delivery]]]:
    """Return the webhooks of a survey, each with its newest deliveries."""
    found = db.session.scalars(select(Webhook).where(Webhook.survey_id == survey.id).order_by(Webhook.id)).all()
    return [(webhook, _newest(webhook)) for webhook in found]


def _newest(webhook: Webhook) -> list[Delivery]:
    of_it = select(Delivery).where(Delivery.webhook_id == webhook.id).order_by(Delivery.id.desc())
    return list(db.session.scalars(of_it.limit(MAX_SHOWN)))


def set_paused(survey: Survey, webhook_id: int, paused: bool) -> bool:
    """Pause a webhook or let it go on, with what was not told meanwhile; False if the survey has none of this id."""
    survey_id = survey.id
    with write_transaction() as session:
        webhook = session.get(Webhook, webhook_id)
        if webhook is None or webhook.survey_id != survey_id:
            return False
        webhook.paused_at, webhook.paused_by = (now(), "owner") if paused else (None, "")
        return True


def remove(survey: Survey, webhook_id: int) -> bool:
    """Delete a webhook and the log of what was sent to it; False if the survey has none of this id."""
    survey_id = survey.id
    with write_transaction() as session:
        gone = delete(Webhook).where(Webhook.id == webhook_id, Webhook.survey_id == survey_id)
        return bool(session.execute(gone).rowcount)  # type: ignore[attr-defined]


def test(survey: Survey, webhook_id: int) -> bool:
    """Send a test; False if the survey has no webhook of this id, or it is paused. Raises TooMany."""
    survey_id = survey.id
    with write_transaction() as session:
        webhook = session.get(Webhook, webhook_id)
        if webhook is None or webhook.survey_id != survey_id or webhook.paused_at is not None:
            return False
        waiting = (Delivery.webhook_id == webhook_id, Delivery.event == TEST, Delivery.done_at.is_(None))
        if (session.scalar(select(func.count(Delivery.id)).where(*waiting)) or 0) >= MAX_WAITING_TESTS:
            raise TooMany
        session.add(Delivery(webhook_id=webhook_id, event=TEST, data={}))
        return True


def again(survey: Survey, delivery_id: int) -> bool:
    """Send a delivery once more, now, under its old id; False if the survey has none of this id."""
    survey_id = survey.id
    with write_transaction() as session:
        delivery = session.get(Delivery, delivery_id)
        webhook = session.get(Webhook, delivery.webhook_id) if delivery else None
        if delivery is None or webhook is None or webhook.survey_id != survey_id:
            return False
        delivery.done_at, delivery.not_before, delivery.attempts, delivery.was_taken = None, now(), 0, False
        return True
