"""Backups hold all that was acknowledged, come back elsewhere, and bring nothing back that was deleted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app import create_app
from survey.answers import erasure
from survey.answers import lifecycle as answers
from survey.answers.check_models import CheckedAnswer, Reading
from survey.answers.lifecycle import NewAnswer, new_form_key
from survey.core import sqlite
from survey.core.account_models import ApiToken, Owner, SetUpLink
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Deletion, Idea, Run, Survey, ThemeResult, Vector
from survey.edits.models import IdeaChange
from survey.operations import backup
from survey.runs import lifecycle as runs
from tests.support.saved_site import WORDS, another, command, done, fill, in_file, refused, texts
from tests.support.site import quiet
from tests.support.visitors import SLUG, make_survey, send_answer

pytestmark = pytest.mark.both_databases


def forget(app: Flask, words: str) -> str:
    """Delete an answer as its writer does; gives its public id."""
    with app.app_context():
        answer = db.session.query(Answer).filter_by(text=words).one()
        identity = answer.public_id
        erasure.delete_answer(db.session.get_one(Survey, answer.survey_id), answer)
        return identity


def test_a_backup_while_answers_arrive_holds_all_that_were_acknowledged(app: Flask, tmp_path: Path) -> None:
    survey_id = make_survey(app, None)
    acknowledged: list[str] = []
    stopped = threading.Event()

    def write(name: int) -> None:
        with app.app_context():
            survey = db.session.get_one(Survey, survey_id)
            number = 0
            while not stopped.is_set():
                words = f"{name}-{number} " + "x" * 3000 + " end"
                answers.receive(survey, NewAnswer(words, new_form_key(), source="import"))
                acknowledged.append(words)
                number += 1
                db.session.refresh(survey)

    writers = [threading.Thread(target=write, args=(name,)) for name in range(3)]
    for writer in writers:
        writer.start()
    try:
        files = []
        for number in range(3):
            while len(acknowledged) < 20 * (number + 1):
                stopped.wait(0.01)
            before = list(acknowledged)
            files.append((tmp_path / f"{number}.sqlite3", before))
            done(app, "backup", files[-1][0])
        assert len(acknowledged) > len(before)  # nobody had to wait for the last backup to end
    finally:
        stopped.set()
        for writer in writers:
            writer.join()
    for file, before in files:
        kept = {row[0] for row in in_file(file, "SELECT text FROM answer")}
        assert set(before) <= kept <= set(acknowledged)
        assert in_file(file, "PRAGMA integrity_check") == [("ok",)]


def test_a_backup_comes_back_elsewhere_and_is_read(app: Flask, tmp_path: Path) -> None:
    fill(app)
    file = tmp_path / "kept.sqlite3"
    assert f"1 surveys, {len(WORDS)} answers, 1 recorded deletions" in done(app, "backup", file)
    assert file.stat().st_mode & 0o777 == 0o600
    page = app.test_client().get(f"/s/{SLUG}/themes")
    with another(tmp_path / "other") as other:
        assert f"1 surveys, {len(WORDS)} answers" in done(other, "restore", file)
        assert texts(other) == list(WORDS)
        again = other.test_client().get(f"/s/{SLUG}/themes")
        assert (page.status_code, again.status_code) == (200, 200)
        assert "Thème 1" in again.text
        assert send_answer(other.test_client(), "One more").status_code == 303
        assert len(texts(other)) == len(WORDS) + 1


def test_a_backup_of_either_database_comes_back_into_either(app: Flask, tmp_path: Path) -> None:
    with another(tmp_path / "other") as other:
        fill(other)
        done(other, "backup", tmp_path / "kept.sqlite3")
    done(app, "restore", tmp_path / "kept.sqlite3")
    assert texts(app) == list(WORDS)
    survey_id = make_survey(app, None, slug="new")
    with app.app_context(), write_transaction() as session:
        session.add(Answer(survey_id=survey_id, form_key="new", text="Trust"))
    assert texts(app)[-1] == "Trust"


def test_what_was_deleted_is_in_no_page_of_a_backup(
    sqlite_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some builds of SQLite write over what is deleted by themselves.
    monkeypatch.setattr(sqlite, "PRAGMAS", (*sqlite.PRAGMAS, "secure_delete=OFF"))
    with sqlite_app.app_context():
        db.engine.dispose()
    survey_id = make_survey(sqlite_app, None)
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        answers.receive(survey, NewAnswer("zebra " * 500, new_form_key()))
        forgotten = db.session.query(Answer).one()
        erasure.delete_answer(survey, forgotten)
    done(sqlite_app, "backup", tmp_path / "kept.sqlite3")
    assert b"zebra" not in (tmp_path / "kept.sqlite3").read_bytes()


def test_vectors_can_be_left_out(app: Flask, tmp_path: Path) -> None:
    fill(app)
    done(app, "backup", tmp_path / "small.sqlite3", "--without-vectors")
    assert in_file(tmp_path / "small.sqlite3", "SELECT count(*) FROM vector") == [(0,)]
    assert b"\x00\xff\x80" * 20 not in (tmp_path / "small.sqlite3").read_bytes()
    with app.app_context():
        assert db.session.query(Vector).count() > 0


def test_a_file_is_never_written_over_unless_told(sqlite_app: Flask, tmp_path: Path) -> None:
    fill(sqlite_app)
    file = tmp_path / "kept.sqlite3"
    file.write_text("mine")
    assert "is there already" in refused(sqlite_app, "backup", file)
    assert file.read_text() == "mine"
    done(sqlite_app, "backup", file, "--force")
    assert backup.is_sealed(file)
    assert "No such file" in refused(sqlite_app, "backup", tmp_path / "missing" / "x.sqlite3")
    assert sorted(path.name for path in tmp_path.glob("*draft*")) == []


def test_a_folder_keeps_the_newest(sqlite_app: Flask, tmp_path: Path) -> None:
    fill(sqlite_app)
    folder = tmp_path / "backups"
    folder.mkdir()
    old = [folder / f"threads-2026-01-0{day}T030000Z.sqlite3" for day in (1, 2, 3)]
    for path in [*old, folder / "by-hand.sqlite3"]:
        path.write_text("")
    assert "--keep needs a folder" in refused(sqlite_app, "backup", tmp_path / "x.sqlite3", "--keep", 2)
    assert "There is no folder" in refused(sqlite_app, "backup", f"{tmp_path}/missing/")
    assert not (tmp_path / "missing").exists()
    done(sqlite_app, "backup", f"{folder}/", "--keep", 2)
    names = sorted(path.name for path in folder.iterdir())
    assert names[:2] == ["by-hand.sqlite3", old[2].name]
    assert len(names) == 3
    assert backup.NAME.fullmatch(names[2])


def test_there_is_nothing_to_back_up_yet(bare_url: str, tmp_path: Path) -> None:
    app = create_app(quiet(tmp_path, database_url=bare_url))
    assert "no site in the database yet" in refused(app, "backup", tmp_path / "x.sqlite3")


def test_the_secret_key_is_not_in_it(sqlite_app: Flask, tmp_path: Path) -> None:
    fill(sqlite_app)
    done(sqlite_app, "backup", tmp_path / "kept.sqlite3")
    assert str(sqlite_app.config["SECRET_KEY"]).encode() not in (tmp_path / "kept.sqlite3").read_bytes()


class TestDeletionsStay:
    """An answer of the backup that was deleted later, known in four ways, does not come back."""

    @pytest.fixture
    def file(self, app: Flask, tmp_path: Path) -> Path:
        fill(app)
        (tmp_path / "backups").mkdir()
        done(app, "backup", tmp_path / "backups" / "first.sqlite3")
        return tmp_path / "backups" / "first.sqlite3"

    def check(self, app: Flask, said: str) -> None:
        assert "Deleted again: 1 answers" in said
        assert texts(app) == list(WORDS[:-1])
        with app.app_context():
            for table in (Idea, IdeaChange, CheckedAnswer):
                assert db.session.query(table).count() == len(WORDS) - 1
            assert {row.people for row in db.session.query(ThemeResult)} == {len(WORDS) - 1}
            assert db.session.query(Run.answers).filter_by(state="finished").scalar() == len(WORDS) - 1
            assert db.session.query(Vector).count() == 0
            assert db.session.query(Run).filter_by(state="asked").count() == 1
            assert db.session.query(Deletion).count() == 2

    def test_by_the_database_in_place(self, app: Flask, file: Path) -> None:
        forget(app, WORDS[-1])
        self.check(app, done(app, "restore", file, "--replace"))

    def test_by_another_backup_in_the_folder(self, app: Flask, file: Path, tmp_path: Path) -> None:
        forget(app, WORDS[-1])
        done(app, "backup", file.parent)
        with another(tmp_path / "other") as other:
            self.check(other, done(other, "restore", file))

    def test_by_a_backup_elsewhere(self, app: Flask, file: Path, tmp_path: Path) -> None:
        forget(app, WORDS[-1])
        done(app, "backup", tmp_path / "later.sqlite3")
        with another(tmp_path / "other") as other:
            self.check(other, done(other, "restore", file, "--deletions", tmp_path / "later.sqlite3"))

    def test_by_a_list(self, app: Flask, file: Path, tmp_path: Path) -> None:
        identity = forget(app, WORDS[-1])
        listed = done(app, "deletions")
        assert listed.split() == sorted([identity, "d" * 16])
        (tmp_path / "deleted.txt").write_text(listed)
        with another(tmp_path / "other") as other:
            self.check(other, done(other, "restore", file, "--deletions", tmp_path / "deleted.txt"))

    def test_by_the_backup_itself(self, app: Flask, file: Path, tmp_path: Path) -> None:
        with app.app_context(), write_transaction() as session:  # as if it had been imported back by hand
            identity = session.query(Answer).filter_by(text=WORDS[-1]).one().public_id
            session.add(Deletion(answer_public_id=identity))
        done(app, "backup", tmp_path / "kept.sqlite3")
        with another(tmp_path / "other") as other:
            self.check(other, done(other, "restore", tmp_path / "kept.sqlite3"))

    @pytest.mark.parametrize("content", ["no id\n", "0123456789abcde\n", "SQLite format 3\0"])
    def test_a_list_that_is_none_is_refused(self, app: Flask, file: Path, tmp_path: Path, content: str) -> None:
        (tmp_path / "list.txt").write_text(content)
        assert "Nothing was changed" in refused(app, "restore", file, "--replace", "--deletions", tmp_path / "list.txt")

    def test_a_neighbour_that_cannot_be_read_is_named(self, app: Flask, file: Path, tmp_path: Path) -> None:
        seal = file.read_bytes()[-backup._SEAL_LENGTH :]
        (file.parent / "broken.sqlite3").write_bytes(b"nothing" * 1000 + seal)
        result = command(app, "restore", file, "--replace")
        assert result.exit_code == 0
        assert "broken.sqlite3 could not be read" in result.stderr


def test_words_that_were_changed_do_not_come_back(app: Flask, tmp_path: Path) -> None:
    fill(app)
    file = tmp_path / "kept.sqlite3"
    done(app, "backup", file)
    with app.app_context():
        survey = db.session.query(Survey).one()
        answers.change(survey, db.session.query(Answer).filter_by(text=WORDS[0]).one(), "Said better", None)
    assert "Changed again: 1 answers" in done(app, "restore", file, "--replace")
    assert texts(app) == ["Said better", *WORDS[1:]]
    with app.app_context():
        for table in (Idea, IdeaChange, CheckedAnswer):
            assert db.session.query(table).count() == len(WORDS) - 1
        assert not [row for row in db.session.query(Reading) if WORDS[0] in row.note]
        assert {row.people for row in db.session.query(ThemeResult)} == {len(WORDS) - 1}


def test_what_ended_since_does_not_begin_again(app: Flask, tmp_path: Path) -> None:
    fill(app)
    file = tmp_path / "kept.sqlite3"
    done(app, "backup", file)
    with app.app_context():
        key = db.session.query(Owner.session_key).filter_by(name="Ruth").scalar()
        with write_transaction() as session:
            session.execute(text("DELETE FROM api_token"))
    assert "Ended again: 1 API tokens" in done(app, "restore", file, "--replace")
    with app.app_context():
        assert db.session.query(ApiToken).count() == 0
        assert db.session.query(SetUpLink).count() == 0
        assert db.session.query(Owner.session_key).filter_by(name="Ruth").scalar() != key


def test_a_run_of_the_time_of_the_backup_is_taken_again(
    app: Flask, tmp_path: Path, perform: Callable[[Flask], None]
) -> None:
    fill(app)
    with app.app_context(), write_transaction() as session:
        runs.request_run(session, session.query(Survey).one().id, "owner")  # one waits while one is under way
        session.query(Survey).update({"own_codebook": None})
    done(app, "backup", tmp_path / "kept.sqlite3")
    with another(tmp_path / "other") as other:
        assert "Runs asked for: 1" in done(other, "restore", tmp_path / "kept.sqlite3")
        perform(other)
        with other.app_context():
            states = [row[0] for row in db.session.query(Run.state).order_by(Run.id)]
            assert states == ["finished", "failed", "finished"]
            assert db.session.query(Survey.current_run_id).scalar() == 3
