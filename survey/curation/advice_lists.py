"""Lists of advice (an article, a talk, a book): kept by the owner, held against the answers by each run."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from survey.core.database import db, write_transaction
from survey.core.models import Advice, Survey
from survey.runs import lifecycle as runs

MAX_TITLE_CHARACTERS = 120
MAX_POINTS = 40
MAX_POINT_CHARACTERS = 300
MAX_LISTS = 12


class TooManyLists(Exception):
    """A survey has as many lists as it may have."""


def title_problem(title: str) -> str | None:
    """Why a list cannot be called so, None where it can."""
    if not any(map(str.isalnum, title)):
        return "Write what the list is called, so that readers know where it comes from."
    return f"Keep the title to {MAX_TITLE_CHARACTERS} characters." if len(title) > MAX_TITLE_CHARACTERS else None


def points_problem(points: Sequence[str]) -> str | None:
    """Why these cannot be the points of a list, None where they can."""
    if not points:
        return "Write at least one point."
    if len(points) > MAX_POINTS:
        return f"These are {len(points)} points, and {MAX_POINTS} fit. Take some out."
    for number, point in enumerate(points, 1):
        if not any(map(str.isalnum, point)):
            return f"Point {number} has no words in it."
        if len(point) > MAX_POINT_CHARACTERS:
            return f"Point {number} is {len(point)} characters long, and {MAX_POINT_CHARACTERS} fit. Shorten it."
    return None


def split_point(point: str) -> tuple[str, str]:
    """A point as heading and explanation: what stands before the first ": ", and what after it."""
    heading, colon, body = point.partition(": ")
    return (heading.strip(), body.strip()) if colon and any(map(str.isalnum, heading)) else (point, "")


def all_lists(survey: Survey) -> Sequence[Advice]:
    """The lists of a survey, oldest first."""
    return db.session.scalars(select(Advice).where(Advice.survey_id == survey.id).order_by(Advice.id)).all()


def find_list(survey: Survey, public_id: str) -> Advice | None:
    """The list of this survey with this id."""
    return db.session.scalar(select(Advice).where(Advice.survey_id == survey.id, Advice.public_id == public_id))


def add(survey: Survey, title: str, points: Sequence[str]) -> None:
    """Keep a new list, and ask for a run. Raises TooMany."""
    survey_id = survey.id
    with write_transaction() as session:
        count = session.scalar(select(func.count()).where(Advice.survey_id == survey_id)) or 0
        if count >= MAX_LISTS:
            raise TooManyLists
        session.add(Advice(survey_id=survey_id, title=title, points=list(points)))
        run_id = runs.request_run(session, survey_id, "owner")
    runs.enqueue(run_id)


def change(advice: Advice, title: str, points: Sequence[str]) -> None:
    """Other words in a list, and a run that holds them against the answers."""
    advice_id, survey_id = advice.id, advice.survey_id
    with write_transaction() as session:
        stored = session.get_one(Advice, advice_id)
        stored.title, stored.points = title, list(points)
        run_id = runs.request_run(session, survey_id, "owner")
    runs.enqueue(run_id)


def delete(advice: Advice) -> None:
    """Remove a list. What a run made of it is not shown any more."""
    advice_id = advice.id
    with write_transaction() as session:
        session.delete(session.get_one(Advice, advice_id))
