"""Lists of advice (an article, a talk, a book) that an owner stores and each run compares with the answers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from survey.core.database import db, write_transaction
from survey.core.i18n import gettext
from survey.core.models import Advice, Survey
from survey.runs import lifecycle as runs
from survey.web.form_fields import ChangedMeanwhile, state_of

MAX_TITLE_CHARACTERS = 120
MAX_POINTS = 40
MAX_POINT_CHARACTERS = 300
MAX_LISTS = 12


class TooManyLists(Exception):
    """A survey has MAX_LISTS lists already."""


class PointGone(Exception):
    """The list has no such point: it was changed or deleted meanwhile."""


def title_problem(title: str) -> str | None:
    """Return why a title is refused; None if it is valid."""
    if not any(map(str.isalnum, title)):
        return gettext("Write what the list is called, so that readers know where it comes from.")
    if len(title) > MAX_TITLE_CHARACTERS:
        return gettext("Keep the title to %(n)s characters.", n=MAX_TITLE_CHARACTERS)
    return None


def points_problem(points: Sequence[str]) -> str | None:
    """Return why points are refused; None if they are valid."""
    if not points:
        return gettext("Write at least one point.")
    if len(points) > MAX_POINTS:
        return gettext("These are %(n)s points, and %(most)s fit. Take some out.", n=len(points), most=MAX_POINTS)
    for number, point in enumerate(points, 1):
        if not any(map(str.isalnum, point)):
            return gettext("Point %(number)s has no words in it.", number=number)
        if len(point) > MAX_POINT_CHARACTERS:
            return gettext(
                "Point %(number)s is %(n)s characters long, and %(most)s fit. Shorten it.",
                number=number,
                n=len(point),
                most=MAX_POINT_CHARACTERS,
            )
    return None


def split_point(point: str) -> tuple[str, str]:
    """Split a point into heading and explanation at the first ": "; without one, the explanation is empty."""
    heading, colon, body = point.partition(": ")
    return (heading.strip(), body.strip()) if colon and any(map(str.isalnum, heading)) else (point, "")


def all_lists(survey: Survey) -> Sequence[Advice]:
    """Return the lists of a survey, oldest first."""
    return db.session.scalars(select(Advice).where(Advice.survey_id == survey.id).order_by(Advice.id)).all()


def find_list(survey: Survey, public_id: str) -> Advice | None:
    """Return the list of a survey with this public id; None if there is none."""
    return db.session.scalar(select(Advice).where(Advice.survey_id == survey.id, Advice.public_id == public_id))


def add(survey: Survey, title: str, points: Sequence[str]) -> None:
    """Store a new list and request a run. Raises TooManyLists."""
    survey_id = survey.id
    with write_transaction() as session:
        count = session.scalar(select(func.count()).where(Advice.survey_id == survey_id)) or 0
        if count >= MAX_LISTS:
            raise TooManyLists
        session.add(Advice(survey_id=survey_id, title=title, points=list(points)))
        run_id = runs.request_run(session, survey_id, "owner")
    runs.enqueue(run_id)


def state(advice: Advice) -> str:
    """Return what stands in a form, to know later whether the list is still the one that it showed."""
    return state_of([advice.title, advice.points])


def change(advice: Advice, title: str, points: Sequence[str], seen: str | None = None) -> None:
    """Replace the title and points of a list and request a run. What was decided about points that stay is kept.

    Raises ChangedMeanwhile where the list is not the one that was `seen`.
    """
    advice_id, survey_id = advice.id, advice.survey_id
    with write_transaction() as session:
        stored = session.get_one(Advice, advice_id, with_for_update=True)
        if seen is not None and state(stored) != seen:
            raise ChangedMeanwhile
        stored.title, stored.points = title, list(points)
        stored.decisions = {point: theme for point, theme in stored.decisions.items() if point in points}
        run_id = runs.request_run(session, survey_id, "owner")
    runs.enqueue(run_id)


def decide(advice: Advice, point: str, theme_id: int | None) -> None:
    """Decide which theme a point matches, None for no theme, in place of what runs find. Raises PointGone."""
    _change_decisions(advice, point, {point: theme_id})


def undecide(advice: Advice, point: str) -> None:
    """Take a decision about a point back: what the runs find is shown again. Raises PointGone."""
    _change_decisions(advice, point, {})


def _change_decisions(advice: Advice, point: str, decided: dict[str, int | None]) -> None:
    advice_id = advice.id
    with write_transaction() as session:
        stored = session.get(Advice, advice_id, with_for_update=True)
        if stored is None or point not in stored.points:
            raise PointGone
        others = {other: theme for other, theme in stored.decisions.items() if other != point}
        stored.decisions = others | decided


def delete(advice: Advice) -> None:
    """Delete a list; comparisons that runs made with it are no longer shown."""
    advice_id = advice.id
    with write_transaction() as session:
        session.delete(session.get_one(Advice, advice_id))
