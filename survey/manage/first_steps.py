"""The first steps with a survey (question, share, look, publish), and the one thing to do next on Today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select

from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Survey
from survey.manage.overview import Overview
from survey.results.read_model import MIN_PEOPLE_DRAWN
from survey.web.access import is_draft

QUESTION, SHARE, LOOK, PUBLISH = "question", "share", "look", "publish"


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps, and whether it is done."""

    key: str
    is_done: bool


def first_steps(survey: Survey, moment: datetime) -> tuple[Step, ...]:
    """Return the first steps with a survey in their order; none once all are done or its owner put them away.

    A question counts as asked once people may answer it or the day for that is set, as shared once somebody answered
    it here, and as looked at once an owner went to its theme page from Today or published it.
    """
    if survey.is_example or survey.steps_dismissed_at is not None:
        return ()
    came = exists().where(
        Answer.survey_id == survey.id, Answer.source.is_distinct_from("import"), Answer.is_askers.is_(False)
    )
    steps = (
        Step(QUESTION, survey.opens_later(moment) or not is_draft(survey, moment)),
        Step(SHARE, bool(db.session.scalar(select(came)))),
        Step(LOOK, survey.looked_at is not None or survey.is_published),
        Step(PUBLISH, survey.is_published),
    )
    return () if all(step.is_done for step in steps) else steps


def main_action(overview: Overview, moment: datetime) -> str:
    """Return what an owner should do next on Today, by what waits longest for it: the one filled button of the page.

    One of run (again, after a failure), read, open, share, find, look, publish, proposal; "" where nothing waits.
    """
    survey, run = overview.survey, overview.run
    answered = bool(overview.people)
    if run is not None and run.state == "failed" and answered:
        return "run"
    if overview.held:
        return "read"
    if not answered:
        if survey.takes_answers(moment):
            return "share"
        return "" if survey.opens_later(moment) else "open"
    if run is not None and run.state in ("asked", "running") and (run.finds or not overview.last_good):
        return ""
    if not overview.last_good:
        return "find"
    if may_publish(overview):
        return "look" if survey.looked_at is None else "publish"
    return "proposal" if overview.proposed else ""


def may_publish(overview: Overview) -> bool:
    """Return whether there is something to publish that is not public: a theme of at least two people."""
    has_themes = any(theme.people >= MIN_PEOPLE_DRAWN for theme in overview.themes)
    return has_themes and overview.last_good is not None and not overview.survey.is_published


def record_look(survey_id: int) -> None:
    """Record that an owner went to look at the theme page. The first time counts."""
    with write_transaction() as session:
        survey = session.get_one(Survey, survey_id, populate_existing=True)
        survey.looked_at = survey.looked_at or now()


def dismiss(survey_id: int) -> None:
    """Put the list of first steps away."""
    with write_transaction() as session:
        session.get_one(Survey, survey_id, populate_existing=True).steps_dismissed_at = now()
