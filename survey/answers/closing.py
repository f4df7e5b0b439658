"""Closing a survey by itself: after so many answers of people. Exact: the transaction that stores answers counts them.

Counted is what people sent and is not hidden. Imported answers and the owner's own neither count nor are refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from survey.core.database import db, now, show_after_commit
from survey.core.models import Answer, Survey

BY_HAND, BY_COUNT = "hand", "count"
"""What `Survey.closed_by` says"""
MAX_CLOSES_AFTER = 1_000_000

Limits = Mapping[int, int]
"""Number of answers after which a survey closes, by the ids of those that have such a number"""


def limits(most: Iterable[tuple[int, int | None]]) -> Limits:
    """Return the limits of surveys, of those that have one, from their ids and what they close after."""
    return {survey_id: number for survey_id, number in most if number}


def count_counted(survey: Survey) -> int:
    """Return how many answers of a survey count."""
    return db.session.scalar(_counted(survey.id)) or 0


def lock(session: Session, limits: Limits) -> None:
    """Let nobody else count the answers of these surveys until this transaction ends; SQLite has one writer anyway."""
    if limits and session.get_bind().dialect.name != "sqlite":
        session.execute(select(Survey.id).where(Survey.id.in_(limits)).order_by(Survey.id).with_for_update())


def fitting(session: Session, limits: Limits, rows: Iterable[Mapping[str, Any]]) -> list[bool]:
    """Return which new answers still fit, the first ones first; those that are stored already take no more room."""
    room = {survey_id: most - (session.scalar(_counted(survey_id)) or 0) for survey_id, most in limits.items()}
    rows = list(rows)
    known = _known_keys(session, [row["form_key"] for row in rows if row["survey_id"] in limits])
    taken: Counter[int] = Counter()
    fits = []
    for row in rows:
        survey_id = row["survey_id"]
        is_counted = survey_id in limits and not row["is_askers"] and (survey_id, row["form_key"]) not in known
        fits.append(not is_counted or taken[survey_id] < room[survey_id])
        if is_counted and fits[-1]:
            taken[survey_id] += 1
            known.add((survey_id, row["form_key"]))
    return fits


def close_full(session: Session, limits: Limits) -> None:
    """Close the surveys that have all the answers they take."""
    for survey_id, most in limits.items():
        if (session.scalar(_counted(survey_id)) or 0) >= most:
            full = update(Survey).where(Survey.id == survey_id, Survey.is_open)
            closed = session.execute(full.values(is_open=False, closed_at=now(), closed_by=BY_COUNT))
            if closed.rowcount:  # type: ignore[attr-defined]
                show_after_commit(session)


def _counted(survey_id: int) -> Select[int]:
    return (
        select(func.count())
        .select_from(Answer)
        .where(
            Answer.survey_id == survey_id,
            Answer.source.is_distinct_from("import"),
            Answer.status != "hidden",
            ~Answer.is_askers,
        )
    )


def _known_keys(session: Session, keys: Collection[str]) -> set[tuple[int, str]]:
    found = session.execute(select(Answer.survey_id, Answer.form_key).where(Answer.form_key.in_(keys))) if keys else ()
    return {(survey_id, key) for survey_id, key in found}
