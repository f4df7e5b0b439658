"""Migrations, transactions, and what SQLite is told."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from flask import Flask
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import OperationalError

from app import create_app
from survey.bulk_changes.models import BulkChange
from survey.core import sqlite
from survey.core.command_error import CommandError
from survey.core.database import (
    UPGRADES,
    Model,
    db,
    insert_fresh,
    insert_new,
    migrate_tables,
    migrations,
    now,
    write_batch,
    write_transaction,
)
from survey.core.models import Answer, AnswerImport, Survey, Vector
from survey.core.settings import Settings
from survey.runs.run_slices import RunSlice
from tests.support.saved_site import fill
from tests.support.site import quiet
from tests.support.visitors import make_survey

pytestmark = pytest.mark.both_databases
EMPTIED = ("run_slice", "bulk_change")
"""Tables that go, or lose rows, on the way down"""


def test_the_migrations_make_the_models(app: Flask) -> None:
    with app.app_context():
        assert compare_metadata(migrations.migration_context, Model.metadata) == []


def test_migrations_go_down_and_up_again(app: Flask) -> None:
    with app.app_context():
        migrations.downgrade("base")
        migrations.upgrade()
        assert db.session.query(Survey).count() == 0


def test_an_upgrade_keeps_what_is_there(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        with write_transaction() as session:
            session.add(Answer(survey_id=survey_id, form_key="k", text="Patience", received_at=now()))
        db.session.close()
        migrations.downgrade("0001")
        migrations.upgrade()
        assert db.session.query(Answer.text, Answer.status).all() == [("Patience", "shown")]


def test_the_newest_migrations_go_down_and_up_with_rows_in_every_table(app: Flask) -> None:
    fill(app)
    kept = [table for table in Model.metadata.sorted_tables if table.name not in EMPTIED]
    with app.app_context():
        before = {table.name: db.session.scalar(select(func.count()).select_from(table)) for table in kept}
        with write_transaction() as session:
            session.execute(update(Answer).values(burst="b"))
        answers = db.session.execute(select(Answer).order_by(Answer.id)).scalars().all()
        texts = [answer.text for answer in answers]
        assert len(texts) > 1 and all(before[name] for name in ("survey", "answer", "run", "placement", "idea_change"))
        db.session.close()
        for back_to in ("0033", "0032", "0030", "0028"):
            migrations.downgrade(back_to)
            migrations.upgrade()
            assert compare_metadata(migrations.migration_context, Model.metadata) == []
        after = {table.name: db.session.scalar(select(func.count()).select_from(table)) for table in kept}
        assert after == before
        assert list(db.session.scalars(select(Answer.text).order_by(Answer.id))) == texts
        assert list(db.session.scalars(select(BulkChange.action))) == ["hidden"]
        assert db.session.query(RunSlice).count() == 0


def test_an_upgrade_takes_what_a_row_is_known_by_out_of_its_form_key(app: Flask) -> None:
    survey_id = make_survey(app, None)
    keys = {"Patience": "import-" + "ab" * 28, "Honesty": "import-" + "cd" * 28, "Humour": "issued-to-a-form"}
    with app.app_context():
        with write_transaction() as session:
            session.add_all(Answer(survey_id=survey_id, form_key=key, text=words) for words, key in keys.items())
        db.session.close()
        migrations.downgrade("0003")
        migrations.upgrade()
        stored = {answer.text: answer for answer in db.session.query(Answer)}
        assert stored["Patience"].import_key == "ab" * 28
        assert stored["Honesty"].import_key == "cd" * 28
        assert stored["Humour"].import_key is None
        assert stored["Humour"].form_key == "issued-to-a-form"
        random = {stored[words].form_key for words in ("Patience", "Honesty")}
        assert len(random) == 2
        assert not any("abab" in key or "cdcd" in key for key in random)
        (made,) = db.session.query(AnswerImport)
        assert (stored["Patience"].import_id, stored["Humour"].import_id) == (made.id, None)
        db.session.close()
        migrations.downgrade("0003")
        form_keys = set(db.session.execute(text("SELECT form_key FROM answer")).scalars())
        assert form_keys == set(keys.values())
        db.session.close()
        migrations.upgrade()


def test_an_upgrade_of_the_tables_is_on_record(app: Flask) -> None:
    record = Path(app.instance_path) / UPGRADES
    with app.app_context():
        [newest] = migrations.script_directory.get_heads()
        migrate_tables("0035")
        assert not record.exists()
        migrate_tables()
        migrate_tables()
    [line] = record.read_text().splitlines()
    assert line.split()[:2] == ["0035", newest]


@pytest.mark.parametrize("back_to", [None, "0001"])
def test_tables_of_a_newer_version_are_left_alone_with_a_remedy(app: Flask, back_to: str | None) -> None:
    with app.app_context():
        with write_transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        [newest] = migrations.script_directory.get_heads()
        with pytest.raises(CommandError, match=rf"migration '9999'.*migrate --to {newest}\. Nothing was changed"):
            migrate_tables(back_to)


def test_a_write_that_fails_leaves_nothing(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError), write_transaction() as session:
            session.add(Survey(slug="a", question="?"))
            session.flush()
            raise ZeroDivisionError
        assert db.session.query(Survey).count() == 0
        with write_transaction() as session:
            session.add(Survey(slug="a", question="?"))
        assert db.session.query(Survey).count() == 1


def test_a_write_inside_a_write_is_a_mistake(app: Flask) -> None:
    with (
        app.app_context(),
        pytest.raises(RuntimeError, match="pass its session on"),
        write_transaction(),
        write_transaction(),
    ):
        pass


def test_moments_come_back_in_utc(app: Flask) -> None:
    make_survey(app, None)
    with app.app_context():
        moment = datetime(2026, 3, 2, 12, 0, tzinfo=timezone(timedelta(hours=5)))
        with write_transaction() as session:
            survey = session.query(Survey).one()
            survey.created_at = moment
        read = db.session.query(Survey.created_at).scalar()
        assert read == moment
        assert read.tzinfo is UTC


def test_what_is_there_is_not_inserted_again(app: Flask) -> None:
    survey_id = make_survey(app, None)
    rows = [{"survey_id": survey_id, "text_hash": bytes([n]) * 32, "model": "m", "values": b"1"} for n in range(3)]
    with app.app_context():
        with write_transaction() as session:
            assert insert_new(session, Vector, rows[:2]) == 2
        with write_transaction() as session:
            assert insert_new(session, Vector, rows) == 1
        assert db.session.query(Vector).count() == 3


def test_rows_that_were_inserted_are_told_from_those_that_were_there(app: Flask) -> None:
    survey_id = make_survey(app, None)
    given = {"survey_id": survey_id, "text": "Patience", "received_at": now(), "status": "shown", "is_askers": False}
    ids = map(str, count())

    def inserted(form_keys: str) -> set[str]:
        rows = [given | {"form_key": key, "public_id": next(ids)} for key in form_keys]
        with write_transaction() as session:
            return set(insert_fresh(session, Answer, rows, ("survey_id", "form_key"), fresh="public_id"))

    with app.app_context():
        assert inserted("ab") == {"0", "1"}
        assert inserted("abcc") == {"4"}
        assert inserted("abc") == inserted("") == set()
        assert {row.public_id for row in db.session.query(Answer)} == {"0", "1", "4"}


def test_sqlite_is_told_to_keep_what_it_acknowledges(tmp_path: Path) -> None:
    with create_app(quiet(tmp_path)).app_context():
        read = {name: db.session.scalar(text(f"PRAGMA {name}")) for name in
                ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")}  # fmt: skip
        db.engine.dispose()
    assert read == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000, "foreign_keys": 1}


def test_a_write_takes_the_lock_before_it_reads(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        db.session.query(Survey).all()
        other = sqlite3.connect(Path(sqlite_app.instance_path) / "threads.sqlite3", timeout=0)
        other.execute("SELECT 1")
        with write_transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")
        other.close()


def test_a_write_waits_for_the_lock_as_long_as_it_is_told_to(sqlite_app: Flask) -> None:
    file = Path(sqlite_app.instance_path) / "threads.sqlite3"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with sqlite_app.app_context():
        with pytest.raises(OperationalError), sqlite.immediate_transactions(0.01):
            db.session.connection()
        db.session.rollback()
        assert db.session.query(Survey).count() == 0, "a read does not wait"
        assert db.session.scalar(text("PRAGMA busy_timeout")) == 1000 * sqlite.LOCK_TIMEOUT_SECONDS
        freed = threading.Timer(0.05, other.execute, ("COMMIT",))
        freed.start()
        with write_transaction() as session:
            session.add(Survey(slug="a", question="?"))
        freed.join()
        assert db.session.query(Survey).count() == 1
    other.close()


def test_what_is_wrong_with_the_file_is_not_waited_for(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("survey.core.sqlite.time.sleep", lambda seconds: pytest.fail("waited"))
    with sqlite_app.app_context(), sqlite.immediate_transactions(60):
        db.session.execute(text("SELECT 1"))
        with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
            db.engine.dialect.do_begin(db.session.connection().connection)


def test_parts_that_are_written_one_after_the_other_share_the_room_of_the_wal_file(sqlite_app: Flask) -> None:
    """A reader who came before a part was committed keeps SQLite from beginning the file anew by itself."""
    file = Path(sqlite_app.instance_path) / "threads.sqlite3"
    survey_id = make_survey(sqlite_app, None)
    part = 5 * 1024 * 1024
    longest = 0
    with sqlite_app.app_context():
        for number in range(10):
            reader = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM survey").fetchone()
            with write_batch() as session:
                row = {"survey_id": survey_id, "text_hash": bytes([number]) * 32, "model": "m", "values": b"1" * part}
                insert_new(session, Vector, [row])
                leaves = threading.Timer(0.02, reader.close)
                leaves.start()
            leaves.join()
            longest = max(longest, file.with_name("threads.sqlite3-wal").stat().st_size)
    assert part < longest < 4 * part


def test_each_thread_of_a_web_process_keeps_a_connection(sqlite_app: Flask) -> None:
    threads = Settings().web_threads
    opened: list[object] = []
    together = threading.Barrier(threads)

    def ask() -> None:
        with sqlite_app.app_context():
            db.session.execute(text("SELECT 1"))
            together.wait(30)  # all of them have one now

    with sqlite_app.app_context():
        event.listen(db.engine, "connect", lambda connection, record: opened.append(connection))
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(3):
            for asked in [pool.submit(ask) for _ in range(threads)]:
                asked.result()
    assert len(opened) <= threads


def test_deleting_a_survey_takes_its_answers_along(app: Flask) -> None:
    survey_id = make_survey(app, None)
    with app.app_context():
        with write_transaction() as session:
            session.add(Answer(survey_id=survey_id, form_key="k", text="Patience", received_at=now()))
        with write_transaction() as session:
            session.execute(text("DELETE FROM survey"))
        assert db.session.query(Answer).count() == 0
