"""Posts are judged by a survey that was read before, and stored only on the terms that hold at that moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from survey.answers import lifecycle as answers
from survey.answers import moderation
from survey.answers.lifecycle import NewAnswer, PendingAnswer
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Survey
from survey.manage import surveys
from survey.manage.surveys import Fields
from survey.web import survey_cache
from tests.support.site import queries
from tests.support.visitors import SLUG, field, make_survey, send_answer

pytestmark = pytest.mark.both_databases

KIND = "Regular customer"
FIELDS = Fields("What keeps you together?", "I wonder.", "Ruth", SLUG, True, "relationships")


def kept_survey(app: Flask) -> int:
    """A survey that this process keeps, because an answer to it was taken; gives its id."""
    survey_id = make_survey(app, None)
    assert send_answer(app.test_client(), "The first").status_code == 303
    return survey_id


def filled(app: Flask) -> Callable[..., TestResponse]:
    """What sends a form that was opened and filled in."""
    client = app.test_client()
    page = client.get(f"/s/{SLUG}")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": "my own words"}
    return lambda **changes: client.post(f"/s/{SLUG}", data=form | changes)


def stored(app: Flask) -> list[tuple[str, str | None, str]]:
    with app.app_context():
        rows = db.session.execute(select(Answer.text, Answer.kind, Answer.status))
        return [(text, kind, status) for text, kind, status in rows]


def test_a_post_reads_its_survey_only_where_it_is_stored(app: Flask) -> None:
    kept_survey(app)
    send = filled(app)
    with queries(app) as statements:
        assert send().status_code == 303
    reads = [statement for statement in statements if "FROM survey" in statement]
    assert len(reads) == 1
    assert "introduction" not in reads[0]


def test_a_survey_that_was_closed_takes_nothing_and_gives_the_text_back(app: Flask) -> None:
    survey_id = kept_survey(app)
    send = filled(app)
    with app.app_context():
        surveys.set_open(survey_id, False)
    response = send()
    assert response.status_code == 410
    assert "my own words" in response.text
    assert len(stored(app)) == 1


def test_a_survey_that_was_closed_and_opened_again_takes_answers(app: Flask) -> None:
    survey_id = kept_survey(app)
    send = filled(app)
    for is_open, status in ((False, 410), (True, 303)):
        with app.app_context():
            surveys.set_open(survey_id, is_open)
        assert send().status_code == status


def test_a_new_kind_may_be_chosen_at_once(app: Flask) -> None:
    survey_id = kept_survey(app)
    with app.app_context():
        surveys.change(survey_id, replace(FIELDS, kinds=(KIND, "Nobody's")))
        own = db.session.get_one(Survey, survey_id).own_kinds
    send = filled(app)
    assert send(kind=own[0]["key"]).status_code == 303
    assert stored(app)[1] == ("my own words", own[0]["key"], "shown")


def test_from_the_moment_that_its_owner_wants_to_read_first_answers_are_held(app: Flask) -> None:
    survey_id = kept_survey(app)
    send = filled(app)
    with app.app_context():
        surveys.change(survey_id, replace(FIELDS, hold_first=True))
    assert send().status_code == 303
    assert stored(app)[1] == ("my own words", None, "held")


def test_a_survey_that_moved_is_led_to_from_its_old_address_and_one_that_is_gone_is_404(app: Flask) -> None:
    survey_id = kept_survey(app)
    send = filled(app)
    with app.app_context():
        surveys.change(survey_id, replace(FIELDS, slug="elsewhere"))
    assert (send().status_code, send().location) == (307, "/s/elsewhere")
    assert send(text="").status_code == 307
    with app.app_context(), write_transaction() as session:
        session.delete(session.get_one(Survey, survey_id))
    assert send().status_code == 404


def test_a_page_of_a_post_that_is_refused_shows_the_survey_as_it_is_now(app: Flask) -> None:
    survey_id = kept_survey(app)
    send = filled(app)
    with app.app_context():
        surveys.change(survey_id, replace(FIELDS, question="What makes a home?"))
    response = send(text="")
    assert response.status_code == 422
    assert "What makes a home?" in response.text
    assert "What keeps you together?" not in response.text


def test_an_embedded_form_is_judged_by_the_terms_that_hold_too(app: Flask) -> None:
    survey_id = kept_survey(app)
    client = app.test_client()
    page = client.get(f"/s/{SLUG}/embed")
    form = {name: field(page, name) for name in ("form_key", "token")} | {"text": "my own words"}
    with app.app_context():
        surveys.set_open(survey_id, False)
    response = client.post(f"/s/{SLUG}/embed", data=form)
    assert response.status_code == 410
    assert "my own words" in response.text
    assert len(stored(app)) == 1


def test_of_answers_that_come_together_those_judged_by_other_terms_are_not_stored(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        heard = moderation.Candidate(survey_id, "text", hold_first=False)
        rows = [answers._row(survey_id, NewAnswer(text, text.ljust(22, "x"))) for text in ("one", "two", "three")]
        own = survey_cache.terms_of(survey)
        judged = [own, ("other", *own[1:]), own]
        with write_transaction() as session:
            outcomes = answers._store_if_unchanged(
                session, [PendingAnswer(row, heard, terms) for row, terms in zip(rows, judged, strict=True)]
            )
    assert [None if outcome is None else outcome.public_id for outcome in outcomes] == [
        rows[0]["public_id"],
        None,
        rows[2]["public_id"],
    ]
    assert sorted(text for text, *_ in stored(app)) == ["one", "three"]


def test_where_the_terms_change_each_time_nothing_is_stored_and_it_is_said(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = kept_survey(app)
    send = filled(app)
    holding = survey_cache.current_terms
    asked: list[int] = []

    def changes(session: Session, asked_for: int) -> Any:
        session.execute(update(Survey).where(Survey.id == survey_id).values(hold_first=not len(asked) % 2))
        asked.append(asked_for)
        return holding(session, asked_for)

    monkeypatch.setattr(survey_cache, "current_terms", changes)
    response = send()
    assert (response.status_code, len(asked)) == (409, 3)
    assert "the answer was not saved" in response.text
    assert "my own words" in response.text
    assert len(stored(app)) == 1


def test_no_more_surveys_are_kept_than_there_is_room_for(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_cache, "MAX_CACHED_SURVEYS", 2)
    for slug in ("one", "two", "three"):
        make_survey(sqlite_app, None, slug)
        assert send_answer(sqlite_app.test_client(), "An answer", slug).status_code == 303
    assert list(sqlite_app.extensions["survey_cache"]) == ["three"]
