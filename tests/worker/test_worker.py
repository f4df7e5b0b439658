"""The worker: results saved whole, vectors made once, themes that stay themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import select

from analysis.embedding.models import ModelError
from analysis.pipeline import analyse
from analysis.results import Analysis, Centres
from survey.answers import lifecycle as answers
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult, Vector
from survey.curation import theme_edits
from survey.findings import result_rows, run_inputs, save_results
from survey.findings.packed_centres import pack_centres, unpack_centres
from survey.imports import importer
from survey.placing.vector_store import StoredVectors
from survey.respond.joined_themes import joined_themes
from survey.results import read_model
from survey.runs import lifecycle as runs
from survey.worker import new_answers, perform_run, waiting_proposal
from survey.worker.worker import Worker
from tests.support.toy_model import ToyModel
from tests.support.visitors import make_survey

pytestmark = pytest.mark.both_databases

ANSWERS = ["Listening", "listening to her", "Honesty", "We laugh a lot", "laughing together every day", "idk", "listen"]


def fill(app: Flask, texts: list[str] = ANSWERS) -> int:
    survey_id = make_survey(app, None)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        content = "answer\n" + "\n".join(f'"{text}"' for text in texts)
        importer.import_answers(survey, content.encode())
    return survey_id


def test_a_run_turns_answers_into_themes(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = fill(app)
    perform(app)
    with app.app_context():
        run = db.session.query(Run).one()
        assert (run.state, run.answers, run.nonanswers, run.error) == ("finished", len(ANSWERS), 1, None)
        survey = db.session.get_one(Survey, survey_id)
        assert survey.current_run_id == run.id
        page = read_model.theme_page(survey)
        assert page.people == len(ANSWERS) - 1
        assert {theme.name for theme in page.themes + page.singles} >= {"Listening", "Honesty"}
        assert page.people == page.people_placed + page.unplaced_people
        for idea in db.session.query(Idea).where(Idea.status != "nonanswer"):
            assert idea.answer.text[idea.starts : idea.ends].strip()


def test_a_run_is_told_the_language_of_the_survey(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = fill(app)
    with app.app_context():
        db.session.get_one(Survey, survey_id).language = "de-AT"
        db.session.commit()
    told = []

    def listening(*given: Any, **named: Any) -> Analysis:
        told.append(named["language"])
        return analyse(*given, **named)

    monkeypatch.setattr("survey.worker.perform_run.analyse", listening)
    perform(app)
    assert told == ["de-AT"]
    with app.app_context():
        assert {theme.name for theme in db.session.query(Theme)} >= {"Zuhören", "Ehrlichkeit"}


def test_a_second_run_keeps_themes_and_makes_no_vector_again(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = fill(app)
    perform(app)
    with app.app_context():
        before = {theme.public_id: (theme.name, theme.colour) for theme in db.session.query(Theme)}
        vectors = db.session.query(Vector).count()
        runs.request_run_now(survey_id)
    model = ToyModel()
    monkeypatch.setattr("survey.worker.worker.load", lambda name, keep: model)
    Worker(app).sweep()
    with app.app_context():
        assert {theme.public_id: (theme.name, theme.colour) for theme in db.session.query(Theme)} == before
        assert model.encoded == []
        assert db.session.query(Vector).count() == vectors
        assert db.session.query(Idea.run_id).distinct().count() == 1


def test_vectors_of_two_models_are_kept_apart(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        first, second = ToyModel(), ToyModel()
        second.model = "another"
        made = StoredVectors(first, survey_id).encode(["a b", "c", "a b"])
        assert first.encoded == ["a b", "c"]
        StoredVectors(second, survey_id).encode(["c"])
        assert second.encoded == ["c"]
        again = StoredVectors(first, survey_id).encode(["c", "a b"])
        assert first.encoded == ["a b", "c"]
        assert (again == made[[1, 0]]).all()
        assert db.session.query(Vector).count() == 3


def test_a_run_forgets_the_vectors_of_what_is_no_longer_said(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id, other = fill(app), make_survey(app, None, slug="other")
    perform(app)
    unsaid = hashlib.sha256(b"never said by anybody").digest()
    with app.app_context():
        StoredVectors(ToyModel(), survey_id).encode(["never said by anybody"])
        StoredVectors(ToyModel(), other).encode(["never said by anybody"])
        kept = db.session.query(Vector).count() - 1
        runs.request_run_now(survey_id)
    perform(app)
    with app.app_context():
        assert list(db.session.scalars(select(Vector.survey_id).where(Vector.text_hash == unsaid))) == [other]
        assert db.session.query(Vector).count() == kept


def test_a_run_that_fails_says_why_and_the_old_result_stays(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = fill(app)
    perform(app)
    with app.app_context():
        good = db.session.get_one(Survey, survey_id).current_run_id
        ideas = db.session.query(Idea).count()
        runs.request_run_now(survey_id)

    def broken(name: str, keep: Path) -> ToyModel:
        raise ModelError("The model file is damaged.")

    monkeypatch.setattr("survey.worker.worker.load", broken)
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


@pytest.mark.server
@pytest.mark.parametrize("dies_in", ["insert_missing_themes", "insert_ideas", "delete_old_results"])
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
        runs.request_run_now(survey_id)
    with monkeypatch.context() as patch:
        patch.setattr(save_results, dies_in, kill)
        with pytest.raises(Killed):
            Worker(app).sweep()
    with app.app_context():
        page = read_model.theme_page(db.session.get_one(Survey, survey_id))
        assert page.themes + page.singles
        with write_transaction() as session:
            for run in session.query(Run).where(Run.state == "running"):
                run.heartbeat_at = run.asked_at - runs.STALE_AFTER * 2
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
    original = result_rows.insert_missing_themes

    def change_meanwhile(*args: object, **named: object) -> dict[str, int]:
        session = args[0]
        session.query(Answer).update({"text": "No", "changed_at": now()})  # type: ignore[attr-defined]
        return original(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(save_results, "insert_missing_themes", change_meanwhile)
    perform(app)
    with app.app_context():
        assert [(idea.starts, idea.ends, idea.status) for idea in db.session.query(Idea)] == [(0, 0, "nonanswer")]
        assert db.session.query(Placement).count() == 0


def test_ideas_of_old_runs_do_not_pile_up_and_their_counts_stay(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = fill(app)
    for _ in range(3):
        perform(app)
        with app.app_context():
            runs.request_run_now(survey_id)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        assert db.session.query(Idea.run_id).distinct().all() == [(survey.current_run_id,)]
        assert db.session.query(ThemeResult.run_id).distinct().count() == 3


def test_messages_for_the_owner_contain_no_answer_text() -> None:
    words = perform_run.message_for_owner(ValueError("my secret answer"))
    assert "secret" not in words
    assert "ValueError" in words
    assert "Every answer is kept" in words


def test_a_new_answer_is_placed_at_once_and_counted(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = fill(app)
    perform(app)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        run_id = survey.current_run_id
        before = read_model.theme_page(survey)
        for text in ("Honesty", "idk", "Zebras"):
            answers.receive(survey, answers.NewAnswer(text, answers.new_form_key()))
    worker_of_new = Worker(app)
    worker_of_new.place(survey_id)
    worker_of_new.place(survey_id)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        page = read_model.theme_page(survey)
        assert survey.current_run_id == run_id
        assert (page.people, page.people_placed) == (before.people + 2, before.people_placed + 1)
        assert page.run_details
        assert page.run_details.nonanswers == 2
        counts = {theme.name: theme.people for theme in page.themes + page.singles}
        had = {theme.name: theme.people for theme in before.themes + before.singles}
        assert counts["Honesty"] == had.get("Honesty", 0) + 1
        newest = db.session.query(Answer.id).filter_by(text="Honesty").order_by(Answer.id).all()[-1][0]
        joined = joined_themes(survey, newest)
        assert joined
        assert [(theme.name, theme.others) for theme in joined] == [("Honesty", counts["Honesty"] - 1)]
    perform(app)
    with app.app_context():
        again = read_model.theme_page(db.session.get_one(Survey, survey_id))
        assert {theme.name: theme.people for theme in again.themes + again.singles} == counts


def test_a_theme_merged_while_an_answer_for_it_is_placed_does_not_come_back(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = fill(app)
    perform(app)
    places = waiting_proposal.place_elsewhere

    def merged_meanwhile(*placed: Any) -> Any:
        monkeypatch.setattr(new_answers, "place_elsewhere", places)
        named = {theme.name: theme for theme in db.session.query(Theme)}
        theme_edits.merge(named["Honesty"], named["Listening"])
        return places(*placed)

    monkeypatch.setattr(new_answers, "place_elsewhere", merged_meanwhile)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        page = read_model.theme_page(survey)
        had = {theme.name: theme.people for theme in page.themes + page.singles}
        answers.receive(survey, answers.NewAnswer("Honesty", answers.new_form_key()))
    Worker(app).place(survey_id)
    with app.app_context():
        page = read_model.theme_page(db.session.get_one(Survey, survey_id))
        counts = {theme.name: theme.people for theme in page.themes + page.singles}
        assert "Honesty" not in counts
        assert counts["Listening"] == had["Listening"] + 2


def test_answers_that_come_during_a_run_are_placed_after_it(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = fill(app)
    with app.app_context():
        run_id = runs.due_run_ids(now())[0]
        work = run_inputs.read_run_inputs(run_id)
        answers.receive(db.session.get_one(Survey, survey_id), answers.NewAnswer("Patience", answers.new_form_key()))
    monkeypatch.setattr(run_inputs, "read_run_inputs", lambda run_id: work)
    Worker(app).perform(run_id)
    with app.app_context():
        seen = {answer_id for (answer_id,) in db.session.query(Idea.answer_id)}
        assert len(seen) == len(ANSWERS) + 1


def test_a_run_saves_what_it_changed(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = fill(app)
    perform(app)
    with app.app_context():
        first = runs.latest(survey_id)
        assert first
        assert {change["kind"] for change in first.changes} == {"new"}
        importer.import_answers(
            db.session.get_one(Survey, survey_id), b"answer,received_at\nHonesty,2026-03-01\nHonesty,2026-03-02\n"
        )
        asked = runs.due_run_ids(now())
    for run_id in asked:  # and nothing places the new answers before
        Worker(app).perform(run_id)
    with app.app_context():
        second = runs.latest(survey_id)
        assert second
        kinds = {change["key"]: (change["kind"], change["before"], change["after"]) for change in second.changes}
        assert kinds["honesty"] == ("grew", 1, 2)  # one of the two rows looks like the answer that was here
        assert {kind for key, (kind, _, _) in kinds.items() if key != "honesty"} == {"unchanged"}


def test_centres_survive_the_database() -> None:
    centres = Centres(("found-1", "found-é"), np.eye(2, dtype=np.float32), np.ones(2, dtype=np.float32))
    again = unpack_centres(pack_centres(centres))
    assert again.keys == centres.keys
    assert (again.vectors == centres.vectors).all()
    assert (again.shared == centres.shared).all()


def test_a_shorter_run_is_performed_before_the_one_that_was_queued(
    app: Flask, perform: Callable[[Flask], None]
) -> None:
    fill(app)
    small = make_survey(app, None, "small")
    with app.app_context():
        importer.import_answers(db.session.get_one(Survey, small), b"answer\nPatience\n")
        shorter, longer = runs.due_run_ids(now())
        worker_of_both = Worker(app)
    worker_of_both.perform(longer)
    with app.app_context():
        assert db.session.get_one(Run, shorter).state == "finished"
        assert db.session.get_one(Run, longer).state == "asked"
    worker_of_both.perform(longer)
    with app.app_context():
        assert db.session.get_one(Run, longer).state == "finished"


def test_a_second_run_waits_for_the_first(app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = fill(app)
    worker_of_both = Worker(app)
    with worker_of_both._running:
        worker_of_both.perform(1)
    with app.app_context():
        latest = runs.latest(survey_id)
        assert latest
        assert latest.state == "asked"
    worker_of_both.perform(1)
    with app.app_context():
        latest = runs.latest(survey_id)
        assert latest
        assert latest.state == "finished"
