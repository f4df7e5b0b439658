"""Answers that are older than the operator wants to keep are deleted for good, and not a day sooner."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from survey.answers import erasure, retention
from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer, new_form_key
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Deletion, Idea, Run, Survey, ThemeResult
from survey.edits.models import IdeaChange
from tests.support.saved_site import WORDS, done, fill, texts
from tests.support.site import queries
from tests.support.visitors import make_survey

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def filled(app: Flask) -> None:
    """Five answers that are 0, 10, 20, 30 and 40 days old, of which those over 25 days are too old."""
    fill(app)
    app.config["RETENTION_DAYS"] = 25


def test_a_dry_run_says_how_many_and_deletes_nothing(app: Flask) -> None:
    survey_id = make_survey(app, None, slug="other")
    with app.app_context(), write_transaction() as session:
        old = now() - timedelta(days=26)
        session.add_all(Answer(survey_id=survey_id, form_key=f"o{n}", text="Old", received_at=old) for n in range(3))
    before = texts(app)
    said = done(app, "forget-old", "--dry-run")
    assert [line.split()[:2] for line in said.splitlines()] == [["2", "lasting"], ["3", "other"], ["5", "answers"]]
    assert texts(app) == before
    assert "5 answers older than 25 days were deleted" in done(app, "forget-old")
    assert "\n0 answers" in "\n" + done(app, "forget-old", "--dry-run")


def test_what_is_too_old_goes_with_all_that_hangs_on_it(app: Flask) -> None:
    with app.app_context():
        gone = {row[0] for row in db.session.query(Answer.public_id).filter(Answer.text.in_(WORDS[3:]))}
    done(app, "forget-old")
    assert texts(app) == list(WORDS[:3])
    with app.app_context():
        assert gone < {row[0] for row in db.session.query(Deletion.answer_public_id)}
        assert db.session.query(Idea).count() == db.session.query(IdeaChange).count() == 3
        assert {row.people for row in db.session.query(ThemeResult)} == {3}
        assert db.session.query(Run.answers).filter_by(state="finished").scalar() == 3
        assert db.session.query(Run).filter_by(state="asked").count() == 1


def test_it_goes_on_batch_by_batch(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "ANSWERS_PER_BATCH", 1)
    app.config["RETENTION_DAYS"] = 5
    with app.app_context():
        assert retention.delete_old(now() - timedelta(days=5)) == 4
    assert texts(app) == [WORDS[0]]


def test_an_imported_answer_counts_by_its_own_time(app: Flask) -> None:
    with app.app_context():
        survey = db.session.query(Survey).one()
        rows = [
            NewAnswer(words, new_form_key(), source="import", received_at=now() - timedelta(days=days))
            for words, days in (("Imported, old", 26), ("Imported, new", 24))
        ]
        answers.receive_import(survey, rows)
    done(app, "forget-old")
    assert texts(app)[-1] == "Imported, new"


def test_by_default_everything_is_kept(app: Flask) -> None:
    app.config["RETENTION_DAYS"] = 0
    assert "answers are kept" in done(app, "forget-old")
    with app.app_context():
        retention.DailyRetention().look()
    assert texts(app) == list(WORDS)


def test_the_worker_does_it_once_a_day(app: Flask) -> None:
    daily = retention.DailyRetention()
    with app.app_context():
        daily.look()
        assert texts(app) == list(WORDS[:3])
        app.config["RETENTION_DAYS"] = 15
        with queries(app) as statements:
            daily.look()
        assert statements == []
    assert texts(app) == list(WORDS[:3])
    with app.app_context():
        retention.DailyRetention().look()  # as tomorrow's first look
    assert texts(app) == list(WORDS[:2])


def test_a_busy_database_is_tried_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    daily = retention.DailyRetention()

    def busy(*args: object, **seconds: float) -> int:
        raise OperationalError("DELETE", {}, Exception("database is locked"))

    with app.app_context():
        with monkeypatch.context() as patched:
            patched.setattr(retention, "delete_old", busy)
            daily.look()
        assert texts(app) == list(WORDS)
        daily.look()
    assert texts(app) == list(WORDS[:3])


def test_what_takes_long_goes_on_in_the_next_sweep(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "ANSWERS_PER_BATCH", 1)
    app.config["RETENTION_DAYS"] = 5
    clock = itertools.count()
    monkeypatch.setattr(retention, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(retention, "MAX_SECONDS", 3.5)
    daily = retention.DailyRetention()
    left = []
    with app.app_context():
        for _ in range(2):
            daily.look()
            left.append(len(texts(app)))
    assert left == [2, 1]


def test_nothing_old_means_nothing_written(app: Flask) -> None:
    with app.app_context(), queries(app) as statements:
        assert retention.delete_old(now() - timedelta(days=100)) == 0
    assert not [one for one in statements if not one.startswith(("SELECT", "BEGIN"))]
