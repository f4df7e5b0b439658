"""Several threads' writes in one transaction: each gets its own outcome, and nobody another's failure."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey.answers import lifecycle as answers
from survey.answers import own_link
from survey.answers.lifecycle import NewAnswer, PendingAnswer
from survey.answers.moderation import Candidate
from survey.answers.near_duplicates import MIN_ANSWERS, Compared, fingerprint
from survey.core import group_commit
from survey.core.database import db, write_transaction
from survey.core.group_commit import GroupCommit
from survey.core.models import Answer, Survey
from survey.core.sqlite import lock_queue
from tests.support.visitors import make_survey

pytestmark = pytest.mark.both_databases

WORD = "Honesty number"


class Slow:
    """Writes answers; the first transaction waits until it is let go, so that others gather behind it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.begun, self.go = threading.Event(), threading.Event()
        self.groups: list[int] = []
        self.group_commit = GroupCommit(self.write)

    def write(self, session: Session, items: Sequence[str]) -> list[str]:
        self.groups.append(len(items))
        if not self.begun.is_set():
            self.begun.set()
            assert self.go.wait(30)
        for item in items:
            if item == "poison":
                raise ValueError(item)
            session.add(Answer(survey_id=1, form_key=item.ljust(22, "x"), text=item))
        session.flush()
        return [item.upper() for item in items]

    def submit(self, item: str) -> str:
        with self.app.app_context():
            return self.group_commit.submit(item)

    def gather(self, pool: ThreadPoolExecutor, items: Sequence[str]) -> list[Future[str]]:
        """The first item is being written, and the others wait behind it."""
        first = pool.submit(self.submit, items[0])
        assert self.begun.wait(30)
        others = [pool.submit(self.submit, item) for item in items[1:]]
        deadline = time.monotonic() + 30
        while len(self.group_commit._queue) < len(others):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        return [first, *others]

    def kept(self) -> set[str]:
        with self.app.app_context():
            return set(db.session.scalars(select(Answer.text)))


@pytest.fixture
def slow(app: Flask) -> Slow:
    make_survey(app, None)
    return Slow(app)


def test_those_who_wait_are_written_in_one_transaction(slow: Slow) -> None:
    with ThreadPoolExecutor(9) as pool:
        futures = slow.gather(pool, [f"text {number}" for number in range(9)])
        slow.go.set()
        assert [future.result(30) for future in futures] == [f"TEXT {number}" for number in range(9)]
    assert slow.groups == [1, 8]
    assert slow.kept() == {f"text {number}" for number in range(9)}


def test_more_than_fit_in_one_are_written_in_the_next(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MAX_BATCH_ITEMS", 3)
    with ThreadPoolExecutor(9) as pool:
        futures = slow.gather(pool, [f"text {number}" for number in range(9)])
        slow.go.set()
        assert [future.result(30) for future in futures] == [f"TEXT {number}" for number in range(9)]
    assert slow.groups == [1, 3, 3, 2]


def test_one_that_cannot_be_written_does_not_take_others_down(slow: Slow) -> None:
    with ThreadPoolExecutor(4) as pool:
        first, good, bad, better = slow.gather(pool, ["first", "good", "poison", "better"])
        slow.go.set()
        assert [first.result(30), good.result(30), better.result(30)] == ["FIRST", "GOOD", "BETTER"]
        with pytest.raises(ValueError, match="poison"):
            bad.result(30)
    assert slow.kept() == {"first", "good", "better"}
    assert slow.submit("afterwards") == "AFTERWARDS"


def test_all_are_told_where_the_commit_fails_and_the_next_is_written(slow: Slow) -> None:
    with slow.app.app_context():
        engine = db.engine

    def refuse(connection: object) -> None:
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    with ThreadPoolExecutor(3) as pool:
        futures = slow.gather(pool, ["one", "two", "three"])
        event.listen(engine, "commit", refuse)
        slow.go.set()
        for future in futures:
            with pytest.raises(OperationalError):
                future.result(30)
        event.remove(engine, "commit", refuse)
    assert slow.kept() == set()
    assert slow.submit("afterwards") == "AFTERWARDS"


def test_who_waits_too_long_goes_and_is_not_written_later(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("others wait for the lock"))

    with ThreadPoolExecutor(2) as pool:
        first, second = slow.gather(pool, ["first", "second"])
        monkeypatch.setattr(lock_queue, "raise_if_stuck", refuse)
        with pytest.raises(OperationalError):
            second.result(30)
        slow.go.set()
        assert first.result(30) == "FIRST"
    assert slow.submit("afterwards") == "AFTERWARDS"
    assert slow.kept() == {"first", "afterwards"}


def test_the_same_form_sent_twice_at_one_moment_is_one_answer(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        key = answers.new_form_key()
        sent = [NewAnswer(text, key, secret=own_link.new_secret()) for text in ("said once", "said twice")]
        pending = [
            PendingAnswer(answers._row(survey.id, each), Candidate(survey.id, each.text, False), ()) for each in sent
        ]
        with write_transaction() as session:
            first, second = answers._store(session, pending)
        assert first.public_id == second.public_id
        assert first.run_id == second.run_id is not None
        assert db.session.scalars(select(Answer.text)).all() == ["said twice"]


def test_texts_that_hardly_differ_are_one_burst_though_they_come_at_one_moment(app: Flask) -> None:
    survey_id = make_survey(app, None)
    words = [f"We talk about everything over breakfast {mark}" for mark in ".,;:!?"]
    words += ["She still laughs at the stories I tell twice"]
    sent = [NewAnswer(text, answers.new_form_key(), secret=own_link.new_secret()) for text in words]
    candidates = [Candidate(survey_id, text, False, compared=Compared(fingerprint(text))) for text in words]
    rows = [answers._row(survey_id, each) for each in sent]
    pending = [PendingAnswer(row, each, ()) for row, each in zip(rows, candidates, strict=True)]
    with app.app_context():
        with write_transaction() as session:
            stored = answers._store(session, pending)
        kept = db.session.execute(select(Answer.text, Answer.status, Answer.burst)).all()
    held = {row.text for row in kept if row.status == "held"}
    assert held == set(words[MIN_ANSWERS - 1 : -1])
    assert [each.in_burst for each in stored] == [text != words[-1] for text in words]
    assert len({row.burst for row in kept if row.text != words[-1]}) == 1
    assert [row.burst for row in kept if row.text == words[-1]] == [None]
