"""What there is to tell of a survey now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, select

from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.mail.notice_models import Told
from survey.notices.events import FAILED, FIRST, FLOOD, FORMING, WAITING, Event
from survey.runs import lifecycle as runs
from survey.runs.lookups import shown_run
from survey.workbench.forming import forming_groups

FRESH = timedelta(days=1)
"""An older first answer or failure is no news: mail was switched on after it"""
OF_A_FLOOD = ("burst", "flood")
"""Reasons of held answers that are told as a flood, and not once more as answers that wait"""
MAX_REMEMBERED = 500
"""Answers of forming groups that are kept, to know a group again"""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened: up to which answer or run, and of how many answers or groups."""

    event: Event
    upto: int
    count: int
    groups: tuple[frozenset[int], ...] = field(default=())
    """The answers of each forming group"""

    def is_news(self, told: Told | None) -> bool:
        """Return whether it is not what was told before. A group is known again by half of its answers."""
        if told is None:
            return True
        if self.event is not FORMING:
            return self.event is not FIRST and self.upto > told.upto
        known = set(told.answers)
        return any(2 * len(group & known) < len(group) for group in self.groups)


def facts_of(survey: Survey, moment: datetime) -> list[Fact]:
    """Return what there is to tell of a survey. A fixed number of queries."""
    found = [_first(survey, moment), *_held(survey), _failed(survey, moment), _forming(survey)]
    return [fact for fact in found if fact is not None]


def _first(survey: Survey, moment: datetime) -> Fact | None:
    came = select(Answer.received_at).where(*sent_to(survey.id)).order_by(Answer.received_at).limit(1)
    first_at = db.session.scalar(came)
    return None if first_at is None or first_at < moment - FRESH else Fact(FIRST, 0, 1)


def _held(survey: Survey) -> list[Fact]:
    is_flood = case((Answer.reason.in_(OF_A_FLOOD), True), else_=False)
    rows = db.session.execute(
        select(is_flood, func.max(Answer.id), func.count())
        .where(Answer.survey_id == survey.id, Answer.status == "held")
        .group_by(is_flood)
    )
    return [Fact(FLOOD if flood else WAITING, newest, count) for flood, newest, count in rows]


def _failed(survey: Survey, moment: datetime) -> Fact | None:
    run = runs.latest(survey.id)
    if run is None or run.state != "failed" or run.finished_at is None or run.finished_at < moment - FRESH:
        return None
    return Fact(FAILED, run.id, 1)


def _forming(survey: Survey) -> Fact | None:
    run = shown_run(survey)
    groups = tuple(group.answers for group in forming_groups(run))
    return Fact(FORMING, run.id, len(groups), groups) if run and groups else None


def sent_to(survey_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of answers that respondents sent: not imported, and not the asker's own."""
    return Answer.survey_id == survey_id, Answer.import_id.is_(None), ~Answer.is_askers
