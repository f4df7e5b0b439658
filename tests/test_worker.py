"""The worker: results saved whole, vectors made once, themes that stay themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import make_survey
from flask import Flask
from toy_model import ToyModel

from analysis.embed import ModelError
from survey import answers, importing, runs, themes, worker
from survey.database import db, writing
from survey.models import Idea, Placement, Run, Survey, Theme, ThemeResult, Vector
from survey.vectors import StoredVectors
from survey.worker import Worker

ANSWERS = ["Listening", "listening to her", "Honesty", "We laugh a lot", "laughing together every day", "idk", "listen"]


def fill(app: Flask, texts: list[str] = ANSWERS) -> int:
    survey_id = make_survey(app, None)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        content = "answer\n" + "\n".join(f'"{text}"' for text in texts)
        importing.import_answers(survey, content.encode())
    return survey_id


def test_a_run_turns_answers_into_themes(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = fill(app)
    perform(app)
    with app.app_context():
        run = db.session.query(Run).one()
        assert (run.state, run.answers, run.nonanswers, run.error) == ("finished", len(ANSWERS), 1, None)
        survey = db.session.get_one(Survey, survey_id)
        assert survey.current_run_id == run.id
        page = themes.theme_page(survey)
        assert page.people == len(ANSWERS) - 1
        assert {theme.name for theme in page.themes + page.singles} >= {"Listening", "Honesty"}
        assert page.people == page.people_placed + page.unplaced_people
        for idea in db.session.query(Idea).where(Idea.status != "nonanswer"):
            assert idea.answer.text[idea.starts : idea.ends].strip()


def test_a_second_run_keeps_themes_and_makes_no_vector_again(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = fill(app)
    perform(app)
    with app.app_context():
        before = {theme.public_id: (theme.name, theme.colour) for theme in db.session.query(Theme)}
        vectors = db.session.query(Vector).count()
        runs.ask_now(survey_id)
    model = ToyModel()
    monkeypatch.setattr("survey.worker.load", lambda name: model)
    Worker(app).sweep()
    with app.app_context():
        assert {theme.public_id: (theme.name, theme.colour) for theme in db.session.query(Theme)} == before
        assert model.encoded == []
        assert db.session.query(Vector).count() == vectors
        assert db.session.query(Idea.run_id).distinct().count() == 1


def test_vectors_of_two_models_are_kept_apart(app: Flask) -> None:
    with app.app_context():
        first, second = ToyModel(), ToyModel()
        second.model = "another"
        made = StoredVectors(first).encode(["a b", "c", "a b"])
        assert first.encoded == ["a b", "c"]
        StoredVectors(second).encode(["c"])
        assert second.encoded == ["c"]
        again = StoredVectors(first).encode(["c", "a b"])
        assert first.encoded == ["a b", "c"]
        assert (again == made[[1, 0]]).all()
        assert db.session.query(Vector).count() == 3


def test_a_run_that_fails_says_why_and_the_old_result_stays(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = fill(app)
    perform(app)
    with app.app_context():
        good = db.session.get_one(Survey, survey_id).current_run_id
        ideas = db.session.query(Idea).count()
        runs.ask_now(survey_id)

    def broken(name: str) -> ToyModel:
        raise ModelError("The model file is damaged.")

    monkeypatch.setattr("survey.worker.load", broken)
    Worker(app).sweep()
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        assert survey.current_run_id == good
        assert db.session.query(Idea).count() == ideas
        latest = runs.latest(survey_id)
        assert latest
        assert latest.state == "failed"
        assert latest.error == (
            "The model file is damaged. Answers are still collected; ask for the run again when this is mended."
        )


@pytest.mark.parametrize("dies_in", ["save_themes", "insert_ideas", "prune"])
def test_a_worker_killed_while_saving_leaves_the_old_result_and_another_finishes(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    class Killed(BaseException):
        pass

    def kill(*args: object) -> None:
        raise Killed

    survey_id = fill(app)
    perform(app)
    with app.app_context():
        themes_before = db.session.query(Theme).count()
        runs.ask_now(survey_id)
    with monkeypatch.context() as patch:
        patch.setattr(worker, dies_in, kill)
        with pytest.raises(Killed):
            Worker(app).sweep()
    with app.app_context():
        assert themes.theme_page(db.session.get_one(Survey, survey_id)).themes
        with writing() as session:
            for run in session.query(Run).where(Run.state == "running"):
                run.heartbeat_at = run.asked_at - runs.STALE * 2
    perform(app)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        latest = runs.latest(survey_id)
        assert latest
        assert (latest.state, survey.current_run_id) == ("finished", latest.id)
        assert db.session.query(Theme).count() == themes_before
        listed = db.session.query(Idea).where(Idea.run_id == latest.id).count()
        assert listed == latest.ideas + latest.nonanswers


def test_an_answer_changed_during_a_run_is_not_shown_with_its_old_spans(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = make_survey(app, None)
    kept = answers.NewAnswer("Listening and honesty, always and everywhere", "k" * 22)
    with app.app_context():
        answers.receive(db.session.get_one(Survey, survey_id), kept)
    original = worker.save_themes

    def change_meanwhile(*args: object) -> dict[str, int]:
        session = args[0]
        session.query(answers.Answer).update({"text": "No", "changed_at": answers.now()})  # type: ignore[attr-defined]
        return original(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(worker, "save_themes", change_meanwhile)
    perform(app)
    with app.app_context():
        assert db.session.query(Idea).count() == 0
        assert db.session.query(Placement).count() == 0


def test_ideas_of_old_runs_do_not_pile_up_and_their_counts_stay(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = fill(app)
    for _ in range(3):
        perform(app)
        with app.app_context():
            runs.ask_now(survey_id)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        assert db.session.query(Idea.run_id).distinct().all() == [(survey.current_run_id,)]
        assert db.session.query(ThemeResult.run_id).distinct().count() == 3


def test_errors_are_told_without_answer_text() -> None:
    words = worker.in_words(ValueError("my secret answer"))
    assert "secret" not in words
    assert "ValueError" in words
    assert "Every answer is kept" in words
