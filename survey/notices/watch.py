"""Looks, in the worker, for what people are to be told, and puts the mails into the outbox.

What was told is stored in the transaction that queues the mail, so that it is told once, whatever is killed when.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey.core.database import db, insert_new, now, write_transaction
from survey.core.models import Answer, Run, Survey
from survey.mail import outbox
from survey.mail.notice_models import Told
from survey.notices import daily_sum, texts
from survey.notices.events import DAILY, WEBHOOK, Event
from survey.notices.facts import MAX_REMEMBERED, Fact, facts_of
from survey.notices.people import Person, people_by_survey, people_of

logger = logging.getLogger(__name__)

OVERLAP = 1000
"""Ids of answers that are looked at again: an answer with a smaller id may be committed after one with a larger"""
RUN_OVERLAP = timedelta(minutes=2)


class Watch:
    """The looks of one worker, which remember what they have seen."""

    def __init__(self) -> None:
        self._seen_answer: int | None = None
        self._looked_at: datetime | None = None
        self._again: dict[int, datetime] = {}
        """Surveys with something to tell for which it is too early, and when it is not"""
        self._summed: dict[tuple[int, int], date] = {}
        """The last day whose sum was looked at, by survey and owner"""

    def look(self) -> int:
        """Queue the mails that are due; return how many. Needs an app context. Surveys without news cost no query.

        What cannot be told, because the database is busy, is looked at again the next time; other surveys are told.
        """
        if not outbox.is_configured():
            return 0
        moment = now()
        people = people_by_survey()
        newest = db.session.scalar(select(func.max(Answer.id))) or 0
        told = 0
        for survey_id in self._with_news(people, moment, newest):
            self._again[survey_id] = moment  # until it was told
            with _others_go_on(survey_id):
                told += self._tell_news(survey_id, people[survey_id], moment)
        for survey_id, several in people.items():
            for person in several:
                if person.wanted[DAILY.key]:
                    with _others_go_on(survey_id):
                        told += self._tell_sum(survey_id, person, moment)
        self._seen_answer, self._looked_at = newest, moment
        db.session.rollback()
        return told

    def _with_news(self, people: Mapping[int, Sequence[Person]], moment: datetime, newest: int) -> list[int]:
        """Return the surveys where something may have happened since the last look; at first all.

        `newest` is the largest id of an answer.
        """
        if self._seen_answer is None or self._looked_at is None:
            found = set(people)
        else:
            since = min(self._seen_answer, newest) - OVERLAP
            came = select(Answer.survey_id).where(Answer.id > since).distinct()
            ended = select(Run.survey_id).where(Run.finished_at > self._looked_at - RUN_OVERLAP).distinct()
            found = {*db.session.scalars(came), *db.session.scalars(ended)}
            found |= {survey_id for survey_id, due in self._again.items() if due <= moment}
        return sorted(found & people.keys())

    def _tell_news(self, survey_id: int, people: Sequence[Person], moment: datetime) -> int:
        survey = db.session.get(Survey, survey_id)
        if survey is None:
            del self._again[survey_id]
            return 0
        facts = facts_of(survey, moment)
        rows = db.session.scalars(select(Told).where(Told.survey_id == survey_id))
        before = {(row.owner_id, row.event): row for row in rows}
        due: list[tuple[Fact, Person]] = []
        early: list[datetime] = []
        for fact in facts:
            for person in people:
                told = before.get((person.owner_id, fact.event.key))
                if person.wanted[fact.event.key] and fact.is_news(told):
                    if told is None or told.told_at + fact.event.pause <= moment:
                        due.append((fact, person))
                    else:
                        early.append(told.told_at + fact.event.pause)
        count = sum(_tell(survey_id, fact, person, moment) for fact, person in due)
        if early:
            self._again[survey_id] = min(early)
        else:
            del self._again[survey_id]
        return count

    def _tell_sum(self, survey_id: int, person: Person, moment: datetime) -> int:
        day = daily_sum.day_of(moment, person.zone)
        if day is None or self._summed.get((survey_id, person.owner_id)) == day:
            return 0
        came = daily_sum.count_came(survey_id, *daily_sum.window(day, person.zone))
        told = bool(came) and _tell(survey_id, Fact(DAILY, day.toordinal(), came), person, moment)
        self._summed[survey_id, person.owner_id] = day
        return int(told)


def tell_of_webhook(session: Session, survey_id: int, webhook_id: int, moment: datetime) -> None:
    """Tell whoever wants it that a webhook was paused, inside the caller's write transaction."""
    survey = session.get(Survey, survey_id)
    if survey is None or not outbox.is_configured():
        return
    for person in people_of(survey_id):
        if person.wanted[WEBHOOK.key]:
            _enqueue(session, WEBHOOK, survey, person, f"{webhook_id}-{moment.timestamp():.0f}", 1)


@contextmanager
def _others_go_on(survey_id: int) -> Iterator[None]:
    """Log what fails while one survey is told of, and end its transaction."""
    try:
        yield
    except OperationalError as error:
        logger.warning("The database is busy or cannot be reached: %s. Mails are queued at the next look.", error.orig)
        db.session.rollback()
    except Exception:
        logger.exception("Nobody could be told of survey %s. The next try is soon.", survey_id)
        db.session.rollback()


def _tell(survey_id: int, fact: Fact, person: Person, moment: datetime) -> bool:
    """Queue the mail of a fact and store that it was told, in one transaction; False if another worker was faster."""
    key = {"owner_id": person.owner_id, "survey_id": survey_id, "event": fact.event.key}
    answers = sorted({answer for group in fact.groups for answer in group})[:MAX_REMEMBERED]
    with write_transaction(shown=False) as session:
        survey = session.get(Survey, survey_id)
        if survey is None:
            return False
        row = {**key, "told_at": moment, "upto": fact.upto, "answers": answers}
        if not insert_new(session, Told, [row]):  # which waits for another worker that inserts it, as no lock would
            told = session.get(Told, key, with_for_update=True, populate_existing=True)
            if told is None or told.told_at + fact.event.pause > moment or not fact.is_news(told):
                return False
            told.told_at, told.upto, told.answers = moment, fact.upto, answers
        daily = daily_sum.sum_up(survey, fact.count) if fact.event is DAILY else None
        which = f"{fact.upto}-{moment:%Y%m%d%H%M}" if fact.groups else str(fact.upto)
        return _enqueue(session, fact.event, survey, person, which, fact.count, daily)


def _enqueue(
    session: Session,
    event: Event,
    survey: Survey,
    person: Person,
    which: str,
    count: int,
    daily: daily_sum.DailySum | None = None,
) -> bool:
    text = texts.text_of(event, survey, person, count, daily)
    key = f"{event.key}:{survey.id}:{person.owner_id}:{which}"
    return outbox.enqueue(session, person.address, text.subject, text.body, key=key, unsubscribe=text.stop)
