"""What is sent: JSON, read from the database at the moment it is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from survey.core import respondent_kinds
from survey.core.database import db, iso
from survey.core.models import Answer, Run, Survey
from survey.mail.webhook_models import Delivery, Webhook
from survey.webhooks.events import ANSWERS, FAILED, TEST, THEMES


def body_of(webhook: Webhook, delivery: Delivery) -> bytes | None:
    """Return the body of a delivery; None where nothing is left of what it was about.

    The words of an answer are in it only where the owner wants that, and only while the answer is shown.
    """
    survey = db.session.get(Survey, webhook.survey_id)
    if survey is None:
        return None
    data = _data(survey, webhook, delivery)
    if data is None:
        return None
    told = {
        "type": delivery.event,
        "timestamp": iso(delivery.made_at),
        "data": {"survey": survey.slug, "question": survey.question, **data},
    }
    return json.dumps(told, ensure_ascii=False).encode("utf-8")


def _data(survey: Survey, webhook: Webhook, delivery: Delivery) -> dict[str, Any] | None:
    if delivery.event == TEST:
        return {"test": True}
    if delivery.event == ANSWERS:
        of_survey = (Answer.survey_id == webhook.survey_id, Answer.id.in_(delivery.data["answers"]))
        rows = db.session.scalars(select(Answer).where(*of_survey).order_by(Answer.id)).all()
        kinds = {key: kind.export_label for key, kind in respondent_kinds.by_key(survey).items()}
        return {"answers": [_answer(row, kinds, webhook.with_text) for row in rows]} if rows else None
    run = db.session.get(Run, delivery.data["run"])
    if run is None:
        return None
    finished = iso(run.finished_at) if run.finished_at else None
    if delivery.event == FAILED:
        return {"run": str(run.id), "finished_at": finished}
    assert delivery.event == THEMES
    return {"run": str(run.id), "finished_at": finished, "answers": run.answers, "placed": run.placed}


def _answer(row: Answer, kinds: Mapping[str, str], with_text: bool) -> dict[str, Any]:
    """Return what is told of an answer, by the names and with the values that exports and the API have."""
    told = {
        "answer_id": row.public_id,
        "received_at": iso(row.received_at),
        "status": row.status,
        "kind": kinds.get(row.kind or "", row.kind),
        "source": row.source,
    }
    return told | ({"answer": row.text} if with_text and row.status == "shown" else {})
