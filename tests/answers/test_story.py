"""What is written of the way of an answer: what its writer and the owner did, and its themes as they changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from survey.answers import lifecycle as answers
from survey.answers import moderation, own_link, story
from survey.answers.lifecycle import NewAnswer
from survey.answers.story import StoryEntry
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Survey, Theme
from survey.curation import idea_edits
from survey.edits.idea_spans import IdeaSpan
from survey.worker.worker import Worker
from tests.support.visitors import owned_survey

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def survey_id(app: Flask) -> int:
    return owned_survey(app)


def say(app: Flask, survey_id: int, text: str, *, linked: bool = True) -> int:
    """Store an answer; gives its id."""
    secret = own_link.new_secret() if linked else None
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        name = answers.receive(survey, NewAnswer(text, answers.new_form_key(), secret=secret))
        return db.session.scalars(select(Answer.id).where(Answer.public_id == name)).one()


def told(app: Flask, answer_id: int) -> list[tuple[str, str | None, bool]]:
    """What was written of an answer: what, the theme, and whether that is over."""
    with app.app_context():
        names = dict(db.session.execute(select(Theme.id, Theme.name)).all())
        entries = story.entries_of(db.session.get_one(Answer, answer_id))
        return [(entry.what, names.get(entry.theme_id or 0), entry.ended_at is not None) for entry in entries]


def test_a_run_writes_the_themes_once(app: Flask, survey_id: int, perform: Callable[[Flask], None]) -> None:
    own, other = say(app, survey_id, "Honesty"), say(app, survey_id, "Patience", linked=False)
    perform(app)
    assert told(app, own) == [("theme", "Honesty", False)]
    assert told(app, other) == []
    with app.app_context():
        assert story.record_themes(survey_id) == 0


def test_a_new_answer_is_written_of_when_it_is_placed(
    app: Flask, survey_id: int, perform: Callable[[Flask], None]
) -> None:
    say(app, survey_id, "Honesty")
    perform(app)
    own = say(app, survey_id, "Honesty, always")
    assert told(app, own) == []
    Worker(app).place(survey_id)
    assert told(app, own) == [("theme", "Honesty", False)]


def test_an_edit_and_its_undoing_are_told(app: Flask, survey_id: int, perform: Callable[[Flask], None]) -> None:
    own = say(app, survey_id, "Honesty")
    for _ in range(2):
        say(app, survey_id, "Patience")
    perform(app)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        themes = {theme.name: theme for theme in db.session.scalars(select(Theme))}
        name = db.session.get_one(Answer, own).public_id
        idea_edits.move(survey, [IdeaSpan(name, 0, 7)], themes["Honesty"], themes["Patience"])
    assert told(app, own) == [("theme", "Honesty", False)]
    perform(app)
    assert told(app, own) == [("theme", "Honesty", True), ("theme", "Patience", False)]


def test_a_change_and_what_becomes_of_it_are_told(app: Flask, survey_id: int, perform: Callable[[Flask], None]) -> None:
    own = say(app, survey_id, "Honesty")
    perform(app)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        answers.change(survey, db.session.get_one(Answer, own), "Patience", None)
    perform(app)
    assert [line for line in told(app, own) if line[0] != "theme"] == [("changed", None, False)]
    assert ("theme", "Honesty", True) in told(app, own)
    assert ("theme", "Patience", False) in told(app, own)
    with app.app_context():
        for status in ("hidden", "hidden", "shown"):
            moderation.set_status(db.session.get_one(Survey, survey_id), [own], status)
    assert [what for what, _, _ in told(app, own) if what != "theme"] == ["changed", "hidden", "shown"]


def test_what_is_held_from_the_first_is_told(app: Flask, survey_id: int) -> None:
    with app.app_context(), write_transaction() as session:
        session.get_one(Survey, survey_id).hold_first = True
    own, other = say(app, survey_id, "Honesty"), say(app, survey_id, "Patience", linked=False)
    assert told(app, own) == [("held", None, False)]
    assert told(app, other) == []


def test_a_story_stays_short_and_keeps_where_the_answer_is(
    app: Flask, survey_id: int, perform: Callable[[Flask], None]
) -> None:
    own = say(app, survey_id, "Honesty")
    perform(app)
    for number in range(story.MAX_PAST + 5):
        with app.app_context(), write_transaction() as session:
            story.record(session, [own], story.CHANGED if number else "held")
    lines = told(app, own)
    assert lines.count(("changed", None, False)) == story.MAX_PAST
    assert ("held", None, False) not in lines
    assert ("theme", "Honesty", False) in lines


def test_nothing_is_left_of_a_deleted_answer(app: Flask, survey_id: int, perform: Callable[[Flask], None]) -> None:
    own = say(app, survey_id, "Honesty")
    perform(app)
    with app.app_context():
        with write_transaction() as session:
            session.delete(session.get_one(Answer, own))
        assert db.session.scalars(select(StoryEntry)).all() == []
        assert story.record_themes(survey_id) == 0


def test_one_that_is_deleted_meanwhile_stops_nothing(
    app: Flask, survey_id: int, perform: Callable[[Flask], None]
) -> None:
    kept = say(app, survey_id, "Honesty")
    perform(app)
    with app.app_context():
        theme = db.session.scalars(select(Theme.id)).first()
        assert theme is not None
        with write_transaction() as session:
            story._begin(session, [(kept, theme), (kept + 1000, theme)], db.session.get_one(Answer, kept).received_at)
        assert len(story.entries_of(db.session.get_one(Answer, kept))) == 1  # and nothing twice
