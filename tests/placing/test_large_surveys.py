"""Runs of large surveys: themes are found in a sample, and every other answer is placed, counted and kept right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from survey.answers import moderation
from survey.answers.erasure import erase
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult, Vector
from survey.curation import edit_history, idea_edits
from survey.edits import sampling
from survey.edits.idea_spans import IdeaSpan
from survey.edits.sampling import SampleRule
from survey.findings.learn import learn_from_edits
from survey.placing import place_rest, place_slice
from survey.runs import lifecycle as runs
from survey.runs.run_slices import RunSlice
from survey.worker import new_answers
from survey.worker.perform_run import ClaimedRun
from survey.worker.worker import Worker
from tests.support.filled_once import filled_once
from tests.support.large_survey import (
    THINGS,
    assert_counts_are_right,
    fill,
    ideas_of,
    placements,
    said,
    shown,
    span_of,
    themes_by_size,
    toy_loader,
)
from tests.support.toy_model import ToyModel

pytestmark = pytest.mark.slow


def performed(app: Flask, perform: Callable[[Flask], None]) -> int:
    """A large survey with a result."""
    survey_id = fill(app, 600)
    perform(app)
    return survey_id


def test_a_large_survey_has_every_answer_placed_and_counted(
    app: Flask, perform: Callable[[Flask], None], large: None
) -> None:
    survey_id = filled_once(app, performed, perform)
    with app.app_context():
        run = assert_counts_are_right(survey_id)
        assert (run.state, run.error, run.answers, run.found_answers) == ("finished", None, 600, 600)
        assert 40 <= run.settings["sample"] <= 100
        assert len(db.session.scalars(select(ThemeResult).where(ThemeResult.run_id == run.id)).all()) >= len(THINGS)
        assert run.placed > 0.9 * (600 - run.nonanswers)
        assert db.session.query(RunSlice).count() == 0
        ranks = db.session.execute(
            select(ThemeResult.people)
            .where(ThemeResult.run_id == run.id, ThemeResult.parent_id.is_(None))
            .order_by(ThemeResult.rank)
        ).scalars()
        assert (people := list(ranks)) == sorted(people, reverse=True)


def test_the_sample_is_a_part_of_the_larger_one_before() -> None:
    def chosen(halvings: int) -> set[int]:
        bound = sampling.RANGE >> halvings
        return {number for number in range(1, 4001) if number * sampling.SCATTER % sampling.RANGE < bound}

    for halvings in range(1, 6):
        assert chosen(halvings) < chosen(halvings - 1)
        assert len(chosen(halvings)) == pytest.approx(4000 / 2**halvings, rel=0.1)


def test_what_the_owner_decided_about_is_in_the_sample(
    app: Flask, perform: Callable[[Flask], None], large: None
) -> None:
    survey_id = filled_once(app, performed, perform)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        rule = SampleRule(survey_id, 3)
        outside = select(Idea).where(Idea.run_id == survey.current_run_id, Idea.status == "placed")
        idea = db.session.scalars(outside.where(~rule.holds(Idea.answer_id)).limit(1)).one()
        source, target = db.session.scalars(
            select(Theme).join(ThemeResult, ThemeResult.theme_id == Theme.id).where(ThemeResult.parent_id.is_(None))
        ).all()[:2]
        answer_id, place = idea.answer_id, (idea.starts, idea.ends)
        held = db.session.scalar(select(Placement.theme_id).where(Placement.idea_id == idea.id))
        target = target if held == source.id else source
        idea_edits.move(survey, [IdeaSpan(idea.answer.public_id, *place)], db.session.get_one(Theme, held), target)
        target_id = target.id
        assert db.session.scalar(select(rule.holds(Answer.id)).where(Answer.id == answer_id))
        runs.request_run_now(survey_id)
    perform(app)
    with app.app_context():
        run = assert_counts_are_right(survey_id)
        moved = db.session.scalars(select(Idea).where(Idea.run_id == run.id, Idea.answer_id == answer_id)).all()
        [now_there] = [own for own in moved if (own.starts, own.ends) == place]
        assert db.session.scalars(select(Placement.theme_id).where(Placement.idea_id == now_there.id)).all() == [
            target_id
        ]


def test_what_lessons_moved_outside_the_sample_stays_moved_until_its_lesson_is_undone(
    app: Flask, perform: Callable[[Flask], None], large: None
) -> None:
    survey_id = filled_once(app, performed, perform)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        source, target = themes_by_size(survey_id)[:2]
        first, second = ideas_of(source)[:2]
        lesson = idea_edits.move(survey, [span_of(first)], source, target)
        assert learn_from_edits(survey_id, ToyModel()) > 0
        wording = first.answer.text[first.starts : first.ends]
        db.session.add_all(Answer(survey_id=survey_id, form_key=f"new {n}", text=wording) for n in range(50))
        db.session.commit()
        while new_answers.place_batch(survey_id, ToyModel):
            pass
        assert themes_of(survey_id, "new ") == {target.id: 50}
        outside = ~SampleRule(survey_id, 3).holds(Answer.id)
        assert db.session.scalar(select(func.count()).where(Answer.form_key.startswith("new "), outside))
        idea_edits.move(survey, [span_of(second)], source, target)
        learn_from_edits(survey_id, ToyModel())
        assert themes_of(survey_id, "new ") == {target.id: 50}
        assert_counts_are_right(survey_id)
        assert edit_history.undo(survey, lesson)
        learn_from_edits(survey_id, ToyModel())
        assert themes_of(survey_id, "new ") == {source.id: 50}
        assert_counts_are_right(survey_id)


def test_a_second_run_keeps_where_answers_stand_and_adds_new_ones(
    app: Flask, perform: Callable[[Flask], None], large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = filled_once(app, performed, perform)

    def places(run_id: int) -> dict[tuple[int, int, int], set[int]]:
        found: dict[tuple[int, int, int], set[int]] = {}
        for *place, theme_id in db.session.execute(
            select(Idea.answer_id, Idea.starts, Idea.ends, Placement.theme_id)
            .join(Placement, Placement.idea_id == Idea.id)
            .where(Idea.run_id == run_id)
        ):
            found.setdefault((place[0], place[1], place[2]), set()).add(theme_id)
        return found

    with app.app_context():
        before = places(shown(survey_id)[0].id)
        db.session.add_all(
            Answer(survey_id=survey_id, form_key=f"new {number}", text=text) for number, text in enumerate(said(50))
        )
        db.session.commit()
        with write_transaction() as session:
            runs.request_run(session, survey_id, "owner")
    model = ToyModel()
    monkeypatch.setattr("survey.worker.worker.load", lambda name, keep: model)
    Worker(app).sweep()
    with app.app_context():
        run = assert_counts_are_right(survey_id)
        assert run.answers == 650
        after = places(run.id)
        assert {place: after[place] for place in before} == before
        assert db.session.query(Idea.run_id).distinct().count() == 1


def themes_of(survey_id: int, form_keys: str) -> Counter[int]:
    """How many ideas of the answers with these form keys are in each theme of the result that is shown."""
    run_id = db.session.get_one(Survey, survey_id).current_run_id
    placed = select(Placement.theme_id).join(Idea, Idea.id == Placement.idea_id).join(Answer)
    return Counter(db.session.scalars(placed.where(Idea.run_id == run_id, Answer.form_key.startswith(form_keys))))


def interfering(monkeypatch: pytest.MonkeyPatch, what: Callable[[], None]) -> None:
    """Do something once, after the first time that all slices were placed."""
    place, done = place_rest.Rest.place, Counter[str]()

    def then(rest: place_rest.Rest, theme_ids: dict[str, int]) -> None:
        place(rest, theme_ids)
        done["times"] += 1
        if done["times"] == 1:
            what()

    monkeypatch.setattr(place_rest.Rest, "place", then)


def test_answers_that_are_deleted_hidden_or_changed_meanwhile_are_counted_as_they_are_then(
    app: Flask, perform: Callable[[Flask], None], large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = fill(app, 600)

    def meanwhile() -> None:
        survey = db.session.get_one(Survey, survey_id)
        ids = db.session.scalars(select(Answer.id).order_by(Answer.id)).all()
        moderation.set_status(survey, ids[10:13], "hidden")
        with write_transaction() as session:
            erase(session, survey_id, ids[200:205])

    interfering(monkeypatch, meanwhile)
    perform(app)
    with app.app_context():
        run = assert_counts_are_right(survey_id)
        assert run.answers == 600 - 3 - 5


def test_languages_are_told_of_answers_outside_the_sample_too(
    app: Flask, perform: Callable[[Flask], None], large: None
) -> None:
    survey_id = fill(app, 300)
    german = "Wir sitzen sehr gern auf der alten Bank im Schatten der Bäume"
    with app.app_context():
        db.session.execute(update(Answer).values(language="xx"))
        db.session.execute(update(Answer).where(Answer.id > 200).values(text=german))
        db.session.commit()
    perform(app)
    with app.app_context():
        stored = dict(db.session.execute(select(Answer.language, func.count()).group_by(Answer.language)).all())
        assert stored["de"] == 100
        assert "xx" not in stored
        assert shown(survey_id)[0].settings["sample"] < 100


def test_a_run_that_was_killed_is_repeated_whole(
    app: Flask, perform: Callable[[Flask], None], large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = fill(app, 600)
    slices = place_slice.place_here
    done: list[int] = []

    def killed(*given: Any) -> None:
        if len(done) == 5:
            raise KeyboardInterrupt
        slices(*given)
        done.append(1)

    with monkeypatch.context() as patch:
        patch.setattr(place_rest, "place_here", killed)
        with pytest.raises(KeyboardInterrupt):
            perform(app)
    with app.app_context():
        run = db.session.query(Run).one()
        assert run.state == "running"
        run.heartbeat_at = run.claimed_at = run.asked_at - 2 * runs.STALE_AFTER
        db.session.commit()
    perform(app)
    with app.app_context():
        run = assert_counts_are_right(survey_id)
        assert (run.answers, run.attempts) == (600, 2)


def test_vectors_of_what_is_no_longer_said_are_deleted_in_a_large_survey_too(
    app: Flask, perform: Callable[[Flask], None], large: None
) -> None:
    survey_id = filled_once(app, performed, perform)
    with app.app_context():
        kept = set(db.session.scalars(select(Vector.text_hash)))
        db.session.add(Vector(survey_id=survey_id, text_hash=b"x" * 32, model="toy", values=b"\0" * 2048, scale=1.0))
        db.session.commit()
        runs.request_run_now(survey_id)
    perform(app)
    with app.app_context():
        assert kept - {b"x" * 32} <= set(db.session.scalars(select(Vector.text_hash)))
        assert b"x" * 32 not in set(db.session.scalars(select(Vector.text_hash)))


@pytest.mark.server
def test_helper_processes_place_the_same(
    app: Flask, perform: Callable[[Flask], None], large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = fill(app, 600)
    perform(app)

    with app.app_context():
        alone = placements(survey_id)
        runs.request_run_now(survey_id)
    monkeypatch.setattr(place_rest, "available_cores", lambda: 2)
    monkeypatch.setattr(ClaimedRun.__init__, "__defaults__", (toy_loader,))
    here = Counter[str]()
    monkeypatch.setattr(place_rest, "place_here", lambda *given: here.update(["called"]))
    perform(app)
    with app.app_context():
        assert placements(survey_id) == alone
        assert not here
        assert_counts_are_right(survey_id)


def test_new_answers_of_a_large_survey_are_found_at_once_and_those_that_came_back_later(
    app: Flask, perform: Callable[[Flask], None], large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_answers, "MAX_WHOLE_ANSWERS", 100)
    monkeypatch.setattr(new_answers, "_looked_back", {})
    survey_id = filled_once(app, performed, perform)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        run, _ = shown(survey_id)
        assert list(new_answers.find_unplaced(survey, run)) == []  # looked at all
        back = db.session.scalars(select(Answer.id).order_by(Answer.id).limit(3)).all()
        moderation.set_status(survey, back, "hidden")
        moderation.set_status(survey, back, "shown")
        new = Answer(survey_id=survey_id, form_key="late", text="benches shade old")
        db.session.add(new)
        db.session.commit()
        assert [answer.id for answer in new_answers.find_unplaced(survey, run)] == [new.id]
        db.session.delete(new)
        db.session.commit()
        assert list(new_answers.find_unplaced(survey, run)) == []
        monkeypatch.setattr(new_answers, "LOOK_BACK_SECONDS", 0.0)
        assert {answer.id for answer in new_answers.find_unplaced(survey, run)} == set(back)
