"""Blind checks for tests: started and read through the services, or written straight into the tables."""

from __future__ import annotations

from collections.abc import Callable, Collection

from flask import Flask
from sqlalchemy import select

from survey.answers.check_models import Check, CheckedAnswer, CheckReader, Reading
from survey.checks import drawing, reading
from survey.core.database import db, now
from survey.core.models import Answer, Survey, Theme
from survey.web import access
from survey.web.access import Actor

Says = Callable[[str, Collection[str]], Collection[str] | None]
"""What a reader says of an answer, given its text and the machine's themes by name: names, none, or None"""


def as_machine(text: str, machine: Collection[str]) -> Collection[str]:
    """Agree with the machine."""
    return machine


def survey_of(survey_id: int) -> Survey:
    """The survey, in the app context of the test."""
    return db.session.get_one(Survey, survey_id)


def start(survey_id: int, size: int = 30) -> Check:
    """Start a check, in the app context of the test."""
    survey = survey_of(survey_id)
    with access.acting(Actor(survey.owner_id, access.keeper(survey))):
        return drawing.start(survey, size)


def read_all(check: Check, says: Says = as_machine, name: str = "", *, stop_after: int = 1000) -> CheckReader:
    """Read the answers of a check as its owner, or under a name as somebody else, and see the result."""
    check_id, survey_id = check.id, check.survey_id
    if name:
        reading.add_reader(check, name)
    reader = db.session.scalars(
        select(CheckReader).where(CheckReader.check_id == check_id, CheckReader.name == name)
    ).one()
    reader_id = reader.id
    themes = {theme.id: theme for theme in db.session.scalars(select(Theme).where(Theme.survey_id == survey_id))}
    public = {theme.name: theme.public_id for theme in themes.values()}
    rows = db.session.execute(
        select(CheckedAnswer.place, CheckedAnswer.themes, Answer.text)
        .join(Answer, Answer.id == CheckedAnswer.answer_id)
        .where(CheckedAnswer.check_id == check_id, Answer.status == "shown")
        .order_by(CheckedAnswer.place)
    ).all()
    for place, ids, text in rows[:stop_after]:
        said = says(text, [themes[number].name for number in ids])
        check, reader = db.session.get_one(Check, check_id), db.session.get_one(CheckReader, reader_id)
        reading.save(check, reader, place, None if said is None else [public[theme] for theme in said], "")
    check, reader = db.session.get_one(Check, check_id), db.session.get_one(CheckReader, reader_id)
    reading.finish(check, reader)
    return db.session.get_one(CheckReader, reader_id)


def add_check(app: Flask, survey_id: int, note: str = "", *, public_id: str = "c" * 16) -> str:
    """Write a finished check of all shown answers, in which the owner saw no theme; gives its public id."""
    with app.app_context():
        answers = db.session.scalars(
            select(Answer).where(Answer.survey_id == survey_id, Answer.status == "shown").order_by(Answer.id)
        ).all()
        themes = db.session.scalars(select(Theme.id).where(Theme.survey_id == survey_id).order_by(Theme.id)).all()
        check = Check(
            public_id=public_id,
            survey_id=survey_id,
            themes=list(themes),
            size=len(answers),
            drawn_from=len(answers),
            waiting=0,
        )
        db.session.add(check)
        db.session.flush()
        reader = CheckReader(check_id=check.id, finished_at=now())
        db.session.add(reader)
        db.session.flush()
        for place, answer in enumerate(answers, 1):
            db.session.add(CheckedAnswer(check_id=check.id, place=place, answer_id=answer.id, themes=list(themes[:1])))
            db.session.add(Reading(reader_id=reader.id, answer_id=answer.id, themes=[], note=note))
        db.session.commit()
        return check.public_id
