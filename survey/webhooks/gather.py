"""Makes deliveries of what has happened. How far a webhook has been told is stored in the same transaction."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from survey.core.database import db, now, write_transaction
from survey.core.models import DELETED_PREFIX, Answer, Run, Survey
from survey.mail.webhook_models import Delivery, Webhook
from survey.webhooks.events import ANSWERS, FAILED, THEMES

MAX_ANSWERS = 100
"""Answers in one delivery"""
MAX_WAITING = 20
"""Deliveries of one webhook that may wait; meanwhile no new ones are made, and nothing is lost"""
SETTLED = timedelta(seconds=5)
"""On PostgreSQL an answer is told this long after it came: one with a smaller id may be committed after it"""
KEEP, MAX_KEPT = timedelta(days=30), 200
"""How long deliveries are listed, and how many of one webhook"""


def gather() -> int:
    """Make the deliveries of all webhooks that are not paused; return how many. Needs an app context."""
    active = (
        select(Webhook.id)
        .join(Survey, Survey.id == Webhook.survey_id)
        .where(Webhook.paused_at.is_(None), ~Survey.slug.startswith(DELETED_PREFIX))
    )
    found = db.session.scalars(active.order_by(Webhook.id)).all()
    return sum(_gather_for(webhook_id) for webhook_id in found if _has_news(webhook_id))


def start_from_now(session: Session, webhook: Webhook) -> None:
    """Tell a webhook only what happens from now on."""
    webhook.seen_answer = _newest(session, Answer.id, Answer.survey_id == webhook.survey_id)
    webhook.seen_run = _newest(session, Run.id, (Run.survey_id == webhook.survey_id) & Run.finished_at.is_not(None))


def tidy() -> None:
    """Delete what is not listed any more."""
    with write_transaction(shown=False) as session:
        session.execute(delete(Delivery).where(Delivery.done_at.is_not(None), Delivery.made_at < now() - KEEP))
        for webhook_id in session.scalars(select(Webhook.id)).all():
            own = select(Delivery.id).where(Delivery.webhook_id == webhook_id, Delivery.done_at.is_not(None))
            oldest = session.scalar(own.order_by(Delivery.id.desc()).offset(MAX_KEPT - 1).limit(1))
            if oldest is not None:
                settled = (Delivery.webhook_id == webhook_id, Delivery.done_at.is_not(None), Delivery.id < oldest)
                session.execute(delete(Delivery).where(*settled))


def _newest(session: Session, column: InstrumentedAttribute[int], condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.max(column)).where(condition)) or 0


def _has_news(webhook_id: int) -> bool:
    webhook = db.session.get(Webhook, webhook_id)
    if webhook is None:
        return False
    return bool(db.session.scalar(_answers(webhook).limit(1)) or db.session.scalar(_runs(webhook).limit(1)))


def _answers(webhook: Webhook):  # type: ignore[no-untyped-def]
    """Select the answers that respondents sent and that the webhook was not told of."""
    new = (Answer.survey_id == webhook.survey_id, Answer.id > webhook.seen_answer, Answer.import_id.is_(None))
    found = select(Answer.id).where(*new, ~Answer.is_askers).order_by(Answer.id)
    if db.engine.dialect.name == "sqlite":
        return found
    return found.where(Answer.received_at < now() - SETTLED)


def _runs(webhook: Webhook):  # type: ignore[no-untyped-def]
    ended = (Run.survey_id == webhook.survey_id, Run.id > webhook.seen_run, Run.finished_at.is_not(None))
    return select(Run.id).where(*ended).order_by(Run.id)


def _gather_for(webhook_id: int) -> int:
    with write_transaction(shown=False) as session:
        webhook = session.get(Webhook, webhook_id, with_for_update=True, populate_existing=True)
        if webhook is None or webhook.paused_at is not None:
            return 0
        of_it = (Delivery.webhook_id == webhook_id, Delivery.done_at.is_(None))
        if (session.scalar(select(func.count(Delivery.id)).where(*of_it)) or 0) >= MAX_WAITING:
            return 0
        made: list[Delivery] = []
        answers = list(session.scalars(_answers(webhook).limit(MAX_ANSWERS)))
        if answers:
            webhook.seen_answer = answers[-1]
            made.append(Delivery(webhook_id=webhook_id, event=ANSWERS, data={"answers": answers}))
        for run_id in session.scalars(_runs(webhook).limit(MAX_ANSWERS)).all():
            webhook.seen_run = run_id
            state = session.scalar(select(Run.state).where(Run.id == run_id))
            made.append(
                Delivery(webhook_id=webhook_id, event=FAILED if state == "failed" else THEMES, data={"run": run_id})
            )
        wanted = [delivery for delivery in made if delivery.event in webhook.events]
        session.add_all(wanted)
        return len(wanted)
