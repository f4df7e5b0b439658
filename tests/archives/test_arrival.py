"""While a survey comes from an archive, answers to others are stored, and nobody sees it before all of it is here."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.answers import erasure
from survey.archives import routes, staging, take_in
from survey.archives.take_in import Interrupted
from survey.core import database, sqlite
from survey.core.database import Model, PageVersion, db, write_transaction
from survey.core.models import ARRIVING, Answer, Deletion, Idea, Run, Survey
from survey.manage.surveys import SlugTaken
from survey.worker.worker import Worker
from tests.archives.test_hostile_archives import small
from tests.support.archives import archive_of, bring, packed
from tests.support.visitors import SLUG, field, make_owner, make_survey, owned_survey, send_answer, sign_in

ANSWERS = 120


@pytest.fixture
def archive() -> bytes:
    """A survey with so many answers, at the address "library"."""
    parts = small()
    first = parts["answers"][0]
    parts["answers"] += [
        first | {"public_id": f"{number:016x}", "text": f"Answer number {number}"}
        for number in range(ANSWERS - len(parts["answers"]))
    ]
    return packed(parts)


@pytest.fixture
def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take_in, "BATCH_ROWS", 20)
    monkeypatch.setattr(take_in, "PIECE_SECONDS", 0.0)
    monkeypatch.setattr(sqlite, "YIELD_SECONDS", 0.0)


@contextmanager
def at_piece(monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[], None]) -> Iterator[None]:
    """Do something between two pieces, after so many of them."""
    batch, count = database.write_batch, iter(range(10_000))

    @contextmanager
    def watched() -> Iterator[Session]:
        with batch() as session:
            yield session
        if next(count) == number:
            act()

    with monkeypatch.context() as changed:
        changed.setattr(take_in, "write_batch", watched)
        yield


def in_a_thread(act: Callable[[], Any]) -> Any:
    """What another process would see, with a session of its own."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(act()))
    thread.start()
    thread.join()
    return found[0]


def rows_left(app: Flask) -> dict[str, int]:
    with app.app_context():
        tables = {mapper.local_table for mapper in Model.registry.mappers} - {PageVersion.__table__}
        return {
            str(table): count
            for table in tables
            if (count := db.session.scalar(select(func.count()).select_from(table)) or 0)
        }


@pytest.mark.slow
@pytest.mark.both_databases
@pytest.mark.usefixtures("in_small_pieces", "perform")
def test_answers_to_another_survey_are_stored_while_one_comes(
    app: Flask, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner_id = make_owner(app)
    make_survey(app, owner_id)
    owner = app.test_client()
    sign_in(owner)
    seen: dict[str, Any] = {}

    def look() -> None:
        with app.app_context():
            seen["here"] = db.session.scalar(select(func.count()).where(Answer.survey_id != 1))
        started = time.monotonic()
        seen["stored"] = send_answer(app.test_client(), "A bench in the shade").status_code
        seen["seconds"] = time.monotonic() - started
        seen["page"] = app.test_client().get("/s/library").status_code
        seen["own"] = owner.get("/manage/library").status_code
        seen["list"] = owner.get("/manage").text
        Worker(app).sweep()

    with at_piece(monkeypatch, 4, lambda: in_a_thread(look)):
        assert bring(app, archive, "library", owner_id=owner_id).answers == ANSWERS
    assert 0 < seen["here"] < ANSWERS
    assert seen["stored"] in (302, 303) and seen["seconds"] < 2
    assert (seen["page"], seen["own"]) == (404, 404)
    assert "/manage/library" not in seen["list"]
    with app.app_context():
        assert db.session.scalars(select(Answer.text).where(Answer.survey_id == 1)).all() == ["A bench in the shade"]
        ids = db.session.scalars(select(Answer.id)).all()
        assert len(set(ids)) == ANSWERS + 1
        assert db.session.scalars(select(Survey.slug).order_by(Survey.id)).all() == [SLUG, "library"]
    assert owner.get("/manage/library").status_code == 200


def test_the_write_lock_is_held_for_pieces(app: Flask, archive: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take_in, "BATCH_ROWS", 20)
    monkeypatch.setattr(take_in, "PIECE_SECONDS", 0.05)
    held: list[float] = []
    execute = Session.execute

    def slow(self: Session, statement: Any, *given: Any, **more: Any) -> Any:
        if getattr(statement, "is_insert", False):
            time.sleep(0.02)  # a slow disk: twenty times as long as a piece may take, all rows together
        return execute(self, statement, *given, **more)

    @contextmanager
    def timed(*, shown: bool) -> Iterator[Session]:
        with write_transaction(shown=shown) as session:
            begun = time.monotonic()
            yield session
            held.append(time.monotonic() - begun)

    monkeypatch.setattr(Session, "execute", slow)
    monkeypatch.setattr(database, "write_transaction", timed)
    bring(app, archive, "library")
    assert sum(held) > 0.2  # ten inserts: in one piece they would hold it as long
    assert len(held) >= 5
    assert sorted(held)[len(held) // 2] < 0.2


@pytest.mark.both_databases
@pytest.mark.usefixtures("in_small_pieces")
def test_what_a_killed_program_leaves_is_deleted_and_can_come_again(
    app: Flask, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_left(app)

    def killed() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as changed:
        changed.setattr(erasure, "discard_arrival", lambda survey_id: None)
        with at_piece(changed, 10, killed), pytest.raises(KeyboardInterrupt):
            bring(app, archive, "library")
    with app.app_context():
        assert db.session.scalars(select(Survey.slug)).all() == [ARRIVING]
        assert db.session.scalar(select(func.count()).select_from(Answer))
        erasure.continue_deletions(60)
        assert db.session.scalars(select(Survey.slug)).all() == [ARRIVING], "it may still be coming"
        monkeypatch.setattr(erasure, "ARRIVAL_PATIENCE", timedelta(0))
        erasure.continue_deletions(60)
    assert rows_left(app) == before
    assert bring(app, archive, "library").answers == ANSWERS
    with app.app_context():
        assert db.session.scalars(select(Deletion)).all() == []


@pytest.mark.usefixtures("in_small_pieces")
def test_a_failure_late_leaves_nothing(app: Flask, archive: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows_left(app)

    def fails() -> None:
        raise OSError("the disk is full")

    with at_piece(monkeypatch, 12, fails), pytest.raises(OSError, match="full"):
        bring(app, archive, "library")
    assert rows_left(app) == before


@pytest.mark.usefixtures("in_small_pieces")
def test_the_same_archive_twice_at_once_is_here_once(
    app: Flask, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take_in, "WAIT_SECONDS", 0.3)
    told: list[str] = []

    def second() -> None:
        for slug in ("library", "another"):
            try:
                bring(app, archive, slug)
            except (SlugTaken, Interrupted) as refused:
                told.append(type(refused).__name__)

    with at_piece(monkeypatch, 5, lambda: in_a_thread(second)):
        assert bring(app, archive, "library").answers == ANSWERS
    assert told == ["Interrupted", "Interrupted"]
    with pytest.raises(SlugTaken):
        bring(app, archive, "library")
    assert bring(app, archive, "another").answers == ANSWERS
    with app.app_context():
        assert db.session.scalar(select(func.count(Answer.public_id.distinct()))) == 2 * ANSWERS


@pytest.mark.usefixtures("in_small_pieces")
def test_one_that_paused_too_long_and_was_deleted_meanwhile_ends(
    app: Flask, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_left(app)

    def given_up() -> None:
        with app.app_context():
            monkeypatch.setattr(erasure, "ARRIVAL_PATIENCE", timedelta(0))
            erasure.continue_deletions(60)

    with at_piece(monkeypatch, 8, lambda: in_a_thread(given_up)), pytest.raises(Interrupted):
        bring(app, archive, "library")
    assert rows_left(app) == before


def test_the_owner_is_told_to_wait_for_another(app: Flask, archive: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    make_owner(app)
    client = app.test_client()
    sign_in(client)
    with app.app_context():
        key = staging.keep(1, io.BytesIO(archive))

    def interrupted(*_: Any, **__: Any) -> None:
        raise Interrupted

    monkeypatch.setattr(routes, "take_in", interrupted)
    place = f"/manage/new/archive/{key}"
    sent = client.post(place, data={"slug": "library", "csrf_token": field(client.get(place), "csrf_token")})
    assert sent.status_code == 422
    assert "Try again in two minutes" in sent.text


def test_what_was_counted_of_answers_that_stay_deleted_is_counted_anew(
    app: Flask, perform: Callable[[Flask], None]
) -> None:
    owned_survey(app)
    for text in ("A quiet floor", "Open windows", "Bread from the corner", "Fewer meetings", "A bench outside"):
        send_answer(app.test_client(), text)
    perform(app)
    whole = archive_of(app)
    with app.app_context():
        counted = db.session.scalar(select(func.count(Idea.answer_id.distinct())))
        assert counted is not None and counted > 1
        first = db.session.scalars(select(Answer).join(Idea, Idea.answer_id == Answer.id)).first()
        assert first is not None
        erasure.delete_answer(db.session.scalars(select(Survey)).one(), first)
    taken = bring(app, whole, "again")
    assert (taken.answers, taken.deleted) == (4, 1)
    with app.app_context():
        again = db.session.scalars(select(Survey).where(Survey.slug == "again")).one()
        assert again.current_run_id is not None
        assert db.session.get_one(Run, again.current_run_id).answers == 4
        shown = select(func.count(Idea.answer_id.distinct())).where(Idea.run_id == again.current_run_id)
        assert db.session.scalar(shown) == counted - 1
