"""The log of what owners did to a survey besides editing its themes: who, when, and to how many.

A deed is recorded in the transaction that does it. What programs, visitors and the worker do is not the deed of
anybody, and not recorded here. Nothing of what people answered is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, inspect, literal, select, union_all
from sqlalchemy.orm import Session

from survey.core.database import db
from survey.core.models import Survey
from survey.edits.models import Deed, Edit
from survey.web import access
from survey.web.access import Actor

ACTIONS = (
    "publish",
    "unpublish",
    "open",
    "close",
    "settings",
    "downloads",
    "import",
    "import_back",
    "answers",
    "deleted",
    "invited",
    "revoked",
    "joined",
    "left",
    "role",
    "removed",
    "token",
    "token_end",
    "handed_over",
)


@dataclass(frozen=True, slots=True)
class Past:
    """One line of the history: an edit or a deed, by its id."""

    is_edit: bool
    id: int
    at: datetime


def record(session: Session, survey_id: int, action: str, *, by: Actor | None = None, **details: Any) -> None:
    """Record a deed of the signed-in owner, or of `by`; of nobody, nothing."""
    who = by or access.actor()
    if action not in ACTIONS:
        raise ValueError(action)
    if who.owner_id is not None:
        session.add(
            Deed(survey_id=survey_id, owner_id=who.owner_id, owner_name=who.name, action=action, details=details)
        )


def record_settings(session: Session, survey: Survey) -> None:
    """Record which settings of a survey are changed in this session and not yet written, if any."""
    changed = [attribute.key for attribute in inspect(survey).attrs if attribute.history.has_changes()]
    if changed:
        record(session, survey.id, "settings", fields=changed)


def count(survey: Survey) -> int:
    """Return the number of deeds of a survey."""
    return db.session.scalar(select(func.count()).where(Deed.survey_id == survey.id)) or 0


def past(survey: Survey, *, offset: int, limit: int) -> list[Past]:
    """Return a page of the edits and deeds of a survey in one list, newest first. One query."""
    edits = select(literal(1).label("is_edit"), Edit.id.label("id"), Edit.made_at.label("at"))
    others = select(literal(0), Deed.id, Deed.at)
    both = union_all(edits.where(Edit.survey_id == survey.id), others.where(Deed.survey_id == survey.id)).subquery()
    order = (both.c.at.desc(), both.c.is_edit, both.c.id.desc())
    rows = db.session.execute(select(both).order_by(*order).offset(offset).limit(limit))
    return [Past(bool(row.is_edit), row.id, row.at) for row in rows]


def by_id(survey: Survey, ids: Sequence[int]) -> dict[int, Deed]:
    """Return deeds of a survey by their ids."""
    found = db.session.scalars(select(Deed).where(Deed.survey_id == survey.id, Deed.id.in_(ids)))
    return {deed.id: deed for deed in found}
