"""The sum of a day: from 7 in the morning to 7 in the morning, by the clock of the person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select

from survey.answers import moderation
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.edits.models import Proposal
from survey.notices.facts import sent_to
from survey.results.visible_themes import all_themes
from survey.runs.lookups import shown_run
from survey.workbench import idea_list

HOUR = 7
MAX_THEMES = 3


@dataclass(frozen=True, slots=True)
class DailySum:
    """What came in a day, and what waits."""

    came: int
    people: int
    """Answers that are shown, without those that say nothing"""
    themes: tuple[tuple[str, int], ...]
    """Names and people of the largest themes that are not hidden"""
    held: int
    unplaced: int
    """Ideas on no theme"""
    proposal: bool


def day_of(moment: datetime, zone: ZoneInfo) -> date | None:
    """Return the local day whose sum is due; None before 7."""
    local = moment.astimezone(zone)
    return local.date() if local.hour >= HOUR else None


def window(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the beginning and the end of the day that ends on a local day at 7."""
    return (
        datetime.combine(day - timedelta(days=1), time(HOUR), zone),
        datetime.combine(day, time(HOUR), zone),
    )


def count_came(survey_id: int, begins: datetime, ends: datetime) -> int:
    """Return how many answers were sent to a survey in a time, without those that were hidden."""
    within = (Answer.received_at >= begins, Answer.received_at < ends, Answer.status != "hidden")
    return db.session.scalar(select(func.count(Answer.id)).where(*sent_to(survey_id), *within)) or 0


def sum_up(survey: Survey, came: int) -> DailySum:
    """Return the sum of a survey as it stands."""
    statuses, run = moderation.status_counts(survey), shown_run(survey)
    themes = sorted((theme for theme in all_themes(run) if not theme.hidden), key=lambda theme: -theme.people)
    waits = exists().where(Proposal.survey_id == survey.id, Proposal.state == "waiting")
    return DailySum(
        came=came,
        people=statuses["shown"] - (run.nonanswers if run else 0),
        themes=tuple((theme.name, theme.people) for theme in themes[:MAX_THEMES] if theme.people),
        held=statuses["held"],
        unplaced=idea_list.count_unplaced(run),
        proposal=bool(db.session.scalar(select(waits))),
    )
