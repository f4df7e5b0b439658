"""People per day in a result: counted by a run, and updated when answers are added or removed.

A day is in UTC, as YYYY-MM-DD. A result of an earlier version has no stored counts: they are computed at each visit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import String, func, literal, select, union_all, update
from sqlalchemy.orm import Session

from survey.core.models import Answer, Idea, Placement, Run, Theme, ThemeResult
from survey.results.time_buckets import utc_day

EVERYBODY = ""
"""Key used in place of a theme's public id for everybody whose answer is not a non-answer"""

DayCounts = dict[str, int]


def people_by_day(session: Session, run: Run, public_ids: Collection[str]) -> dict[str, DayCounts]:
    """Return people per day by theme public id, and for EVERYBODY; days without any are omitted."""
    if run.by_day is None:
        return count_people_by_day(session, run.id, public_ids)
    rows = session.execute(
        select(Theme.public_id, ThemeResult.by_day)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == run.id, Theme.public_id.in_(public_ids))
    )
    return {EVERYBODY: run.by_day} | {public_id: by_day or {} for public_id, by_day in rows}


def count_people_by_day(
    session: Session, run_id: int, public_ids: Collection[str] | None = None, *, everybody: bool = True
) -> dict[str, DayCounts]:
    """Count people per day from the answers: of all themes, or those given, and of EVERYBODY on request."""
    day = utc_day()
    by_everybody = (
        select(literal(EVERYBODY, String).label("of"), day.label("day"), func.count(Idea.answer_id.distinct()))
        .join(Idea, Idea.answer_id == Answer.id)
        .where(Idea.run_id == run_id, Idea.status != "nonanswer", Answer.status == "shown")
        .group_by(day)
    )
    by_theme = (
        select(Theme.public_id, day, func.count(Idea.answer_id.distinct()))
        .select_from(Placement)
        .join(Theme, Theme.id == Placement.theme_id)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Idea.run_id == run_id, Answer.status == "shown")
        .group_by(Theme.public_id, day)
    )
    if public_ids is not None:
        by_theme = by_theme.where(Theme.public_id.in_(public_ids))
    found: dict[str, DayCounts] = {of: {} for of in (EVERYBODY, *(public_ids or ()))}
    for of, when, people in session.execute(union_all(by_everybody, by_theme) if everybody else by_theme):
        found.setdefault(of, {})[str(when)] = people
    return found


def recount(session: Session, run_id: int, theme_ids: Collection[int]) -> None:
    """Recount themes of a result that has stored counts. Call inside a write transaction."""
    if session.scalar(select(Run.by_day).where(Run.id == run_id)) is None:
        return
    ids = dict(session.execute(select(Theme.public_id, Theme.id).where(Theme.id.in_(theme_ids))).all())
    found = count_people_by_day(session, run_id, list(ids), everybody=False)
    for public_id, theme_id in ids.items():
        session.execute(
            update(ThemeResult)
            .where(ThemeResult.run_id == run_id, ThemeResult.theme_id == theme_id, ThemeResult.parent_id.is_(None))
            .values(by_day=found[public_id])
        )


def add(
    session: Session, run_id: int, came: Mapping[int, datetime], themes_of: Mapping[int, Iterable[int]], *, by: int = 1
) -> None:
    """Add answers to the stored counts of a result, or remove them with `by=-1`. Call inside a write transaction.

    `came` is when each answer was received, `themes_of` the themes it is in, both by answer id.
    """
    by_theme: dict[int, Counter[str]] = {}
    for answer_id, themes in themes_of.items():
        for theme_id in set(themes):
            by_theme.setdefault(theme_id, Counter())[day_of(came[answer_id])] += by
    add_to_themes(session, run_id, by_theme)
    _shift(session, run_id, came.values(), by)


def add_to_themes(session: Session, run_id: int, by_theme: Mapping[int, Mapping[str, int]]) -> None:
    """Add people by day, less than none too, to the stored counts of themes. Call inside a write transaction."""
    for theme_id, more in sorted(by_theme.items()):
        own = (ThemeResult.run_id == run_id) & (ThemeResult.theme_id == theme_id)
        before = session.scalar(select(ThemeResult.by_day).where(own).with_for_update())
        if before is not None:
            session.execute(update(ThemeResult).where(own).values(by_day=_sum(before, more)))


def _shift(session: Session, run_id: int, came: Iterable[datetime], by: int) -> None:
    before = session.scalar(select(Run.by_day).where(Run.id == run_id).with_for_update())
    if before is not None:
        more: Counter[str] = Counter()
        for received_at in came:
            more[day_of(received_at)] += by
        session.execute(update(Run).where(Run.id == run_id).values(by_day=_sum(before, more)))


def day_of(received_at: datetime) -> str:
    """Return the day that an answer is counted on."""
    return received_at.date().isoformat()


def _sum(days: Mapping[str, int], more: Mapping[str, int]) -> DayCounts:
    total = {day: days.get(day, 0) + more.get(day, 0) for day in {*days, *more}}
    return {day: people for day, people in sorted(total.items()) if people > 0}
