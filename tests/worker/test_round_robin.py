"""A survey's new answers do not wait for another survey: neither for its run nor for its new answers or texts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import exists, select

from analysis.arrays import FloatArray
from analysis.embedding.shared_embedder import MAX_BATCH_CHARACTERS, MAX_BATCH_TEXTS, SharedEmbedder, batches
from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer
from survey.core.database import db
from survey.core.models import Answer, Idea, Survey
from survey.runs import lifecycle as runs
from survey.runs.round_robin import MAX_BATCHES, RoundRobin
from survey.worker import new_answers
from survey.worker.worker import Worker
from tests.support.toy_model import ToyModel
from tests.support.visitors import make_survey

pytestmark = pytest.mark.both_databases

PATIENCE = 60.0


def wait_for(happened: Callable[[], bool], what: str) -> None:
    started = time.monotonic()
    while not happened():
        assert time.monotonic() - started < PATIENCE, f"it never came to this: {what}"
        time.sleep(0.01)


def test_a_survey_with_much_to_do_lets_the_others_have_their_turn() -> None:
    done: list[int] = []
    asked = threading.Event()

    def process_batch(survey_id: int) -> bool:
        asked.wait(PATIENCE)
        done.append(survey_id)
        return survey_id == 1

    surveys = RoundRobin(process_batch)
    surveys.start()
    for survey_id in (1, 2, 3):
        surveys.submit(survey_id)
    asked.set()
    wait_for(lambda: done.count(1) == MAX_BATCHES, "all batches of the first are done")
    assert done.index(2) < 3
    assert done.index(3) < 5
    time.sleep(0.05)
    assert sorted(done) == [*[1] * MAX_BATCHES, 2, 3]


def test_a_survey_that_is_stuck_stops_no_other_and_is_processed_again() -> None:
    done: list[int] = []
    stuck, release = threading.Event(), threading.Event()

    def process_batch(survey_id: int) -> bool:
        if survey_id == 1:
            stuck.set()
            release.wait(PATIENCE)
        done.append(survey_id)
        return False

    surveys = RoundRobin(process_batch)
    surveys.start()
    surveys.submit(1)
    assert stuck.wait(PATIENCE)
    surveys.submit(1)  # the batch that is stuck may have missed what is new; two at once would do the work twice
    for survey_id in (2, 3):
        surveys.submit(survey_id)
    wait_for(lambda: done == [2, 3], "the others are done")
    release.set()
    wait_for(lambda: done == [2, 3, 1, 1], "the first is done, and processed again")


def test_a_thread_with_one_text_waits_for_one_batch_of_a_thousand() -> None:
    began = threading.Event()
    order: list[int] = []

    class Slow:
        model = "slow"

        def encode(self, texts: Sequence[str]) -> FloatArray:
            order.append(len(texts))
            if len(order) == 1:
                began.set()
                wait_for(lambda: len(shared._lock.waiting) == 1, "the other thread waits")
            return np.array([[float(text)] for text in texts], dtype=np.float32)

    shared = SharedEmbedder(Slow())
    made: list[FloatArray] = []
    many = threading.Thread(target=lambda: made.append(shared.encode([str(n) for n in range(4 * MAX_BATCH_TEXTS)])))
    many.start()
    assert began.wait(PATIENCE)
    assert shared.encode(["7"]).tolist() == [[7.0]]
    many.join()
    assert order == [MAX_BATCH_TEXTS, 1, MAX_BATCH_TEXTS, MAX_BATCH_TEXTS, MAX_BATCH_TEXTS]
    assert made[0][:, 0].tolist() == list(range(4 * MAX_BATCH_TEXTS))


@pytest.mark.parametrize("count", [0, 1, MAX_BATCH_TEXTS, MAX_BATCH_TEXTS + 1, 1000])
@pytest.mark.parametrize("length", [1, 100, 2 * MAX_BATCH_CHARACTERS])
def test_batches_are_all_the_texts_in_order(count: int, length: int) -> None:
    texts = [str(number).ljust(length) for number in range(count)]
    parts = [*batches(texts)]
    assert [text for part in parts for text in part] == texts
    assert all(len(part) <= MAX_BATCH_TEXTS for part in parts)
    assert all(len(part) == 1 or sum(map(len, part)) <= MAX_BATCH_CHARACTERS for part in parts)
    assert all(parts) or not texts


def test_a_model_that_fails_is_free_for_the_next() -> None:
    class Failing(ToyModel):
        def encode(self, texts: Sequence[str]) -> FloatArray:
            if "bad" in texts:
                raise ValueError
            return super().encode(texts)

    shared = SharedEmbedder(Failing())
    with pytest.raises(ValueError):
        shared.encode(["bad"])
    assert len(shared.encode(["good"])) == 1


@pytest.fixture
def stuck_run(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, int, threading.Event, threading.Event]:
    """Two surveys with results, a run of the first that is due, and, once it is begun, stuck until it is released."""
    surveys = make_survey(app, None, "first"), make_survey(app, None, "second")
    with app.app_context():
        for survey_id in surveys:
            survey = db.session.get_one(Survey, survey_id)
            answers.receive_import(survey, [NewAnswer(f"We listen to each other {n}", f"key {n}") for n in range(12)])
    perform(app)
    began, release = threading.Event(), threading.Event()

    def stuck(*_: object, **__: object) -> None:
        began.set()
        release.wait(PATIENCE)
        raise RuntimeError("released")

    monkeypatch.setattr("survey.worker.perform_run.analyse", stuck)
    monkeypatch.setattr("survey.placing.unreadable_answers.MAX_TRIES", 1)
    with app.app_context():
        runs.request_run_now(surveys[0])
    return *surveys, began, release


def send_new_answer(app: Flask, survey_id: int) -> int:
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        public_id = answers.receive(survey, NewAnswer("We listen before we speak", answers.new_form_key()))
        return db.session.scalars(select(Answer.id).where(Answer.public_id == public_id)).one()


def is_placed(app: Flask, survey_id: int, answer_id: int) -> bool:
    with app.app_context():
        shown = db.session.get_one(Survey, survey_id).current_run_id
        return bool(db.session.scalar(select(exists().where(Idea.run_id == shown, Idea.answer_id == answer_id))))


@pytest.mark.slow
def test_new_answers_are_placed_while_a_run_of_another_survey_is_stuck(
    app: Flask,
    stuck_run: tuple[int, int, threading.Event, threading.Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    busy, other, began, release = stuck_run
    worker = Worker(app)
    serving: dict[str, Callable[..., None]] = {}
    monkeypatch.setattr(
        app.extensions["jobs"],
        "consume",
        lambda on_run, on_place, on_use, on_seen, on_sweep: serving.update(place=on_place, sweep=on_sweep),
    )
    monkeypatch.setattr("survey.worker.deliveries.start", lambda app: None)  # its threads would outlive the test
    lost = send_new_answer(app, other)  # nobody but the sweep knows of it
    worker.serve()
    sweep = threading.Thread(target=serving["sweep"])
    sweep.start()
    try:
        assert began.wait(PATIENCE)
        wait_for(lambda: is_placed(app, other, lost), "the sweep has it placed, though it does a run")
        asked = send_new_answer(app, other)
        serving["place"](other)
        wait_for(lambda: is_placed(app, other, asked), "it is placed as soon as it is asked for")
        own = send_new_answer(app, busy)
        serving["place"](busy)
        wait_for(lambda: is_placed(app, busy, own), "so is one of the survey whose run it is")
        assert sweep.is_alive()
    finally:
        release.set()
        sweep.join()


def test_a_batch_is_placed_and_the_result_says_whether_there_is_more(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        answers.receive_import(survey, [NewAnswer(f"We listen to each other {n}", f"key {n}") for n in range(6)])
    perform(app)
    monkeypatch.setattr(new_answers, "BATCH_ANSWERS", 2)
    late = [send_new_answer(app, survey_id) for _ in range(5)]
    worker = Worker(app)
    left = []
    for _ in range(3):
        more = worker.place_batch(survey_id)
        left.append((more, sum(not is_placed(app, survey_id, answer_id) for answer_id in late)))
    assert left == [(True, 3), (True, 1), (False, 0)]
