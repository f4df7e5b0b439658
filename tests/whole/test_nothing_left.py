"""Words that were deleted or replaced are in no file of the site: looked for in all of them, byte by byte."""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, select, text

from survey.answers import erasure, retention
from survey.answers import lifecycle as answers
from survey.answers.check_models import Reading
from survey.core import sqlite
from survey.core.database import db, now, truncate_wal, write_transaction
from survey.core.models import Answer, Deletion, Survey, Theme, ThemeResult
from survey.curation import theme_edits
from survey.edits.models import Edit
from survey.findings import stale_theme_names
from survey.operations import compact
from survey.runs import lifecycle as runs
from survey.worker.worker import Worker
from tests.support.checks import add_check
from tests.support.saved_site import done
from tests.support.site import migrated, quiet
from tests.support.visitors import SLUG, field, owned_survey, send_answer

WORDS = "Xylophone evenings on our quirky balcony"
TRACES = (b"xylophone", b"quirky balcony")
LINK = re.compile(rf"/s/{SLUG}/mine/[A-Za-z0-9_-]{{32}}")
OTHERS = [f"Cooking dinner together number {number}" for number in range(12)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    """A site of which everything is below one folder, with some answers."""
    with migrated(quiet(tmp_path / "instance")) as app:
        (tmp_path / "backups").mkdir()
        survey_id = owned_survey(app)
        with app.app_context(), write_transaction() as session:
            session.add_all(
                Answer(survey_id=survey_id, form_key=f"form-{number}", text=words, received_at=now())
                for number, words in enumerate(OTHERS)
            )
        yield app


@pytest.fixture
def worker(site: Flask, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker that does no runs."""
    monkeypatch.setattr("survey.runs.lifecycle.due_run_ids", lambda moment: [])
    return Worker(site)


def traces(folder: Path) -> set[str]:
    """The names of the files in which some of the words stand, also as JSON, in capitals or not."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"threads.sqlite3", "jobs.sqlite3"} <= {path.name for path in files}
    return {path.name for path in files if any(trace in path.read_bytes().lower() for trace in TRACES)}


@contextmanager
def reading(app: Flask) -> Iterator[None]:
    """Somebody who has begun to read and takes his time, as an export does."""
    with closing(sqlite3.connect(Path(app.instance_path) / "threads.sqlite3", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM answer").fetchone()
        yield


def answered(app: Flask, typed: str) -> tuple[FlaskClient, str]:
    """A visitor who sent an answer, and the secret link to it."""
    client = app.test_client()
    send_answer(client, typed)
    found = LINK.search(client.get(f"/s/{SLUG}/thanks?look=9").text)
    assert found
    return client, found[0]


def delete(client: FlaskClient, link: str) -> None:
    token = field(client.get(link), "csrf_token")
    assert client.post(f"{link}/delete", data={"csrf_token": token}).status_code in (200, 303)


def of_words(app: Flask) -> tuple[Survey, Answer]:
    survey = db.session.query(Survey).one()
    return survey, db.session.query(Answer).filter(Answer.text.startswith("Xylophone")).one()


def by_its_writer(app: Flask) -> None:
    with app.app_context():
        erasure.delete_answer(*of_words(app))


def by_other_words(app: Flask) -> None:
    with app.app_context():
        survey, answer = of_words(app)
        answers.change(survey, answer, "Something else", None)


def by_the_same_form_again(app: Flask) -> None:
    with app.app_context():
        survey, answer = of_words(app)
        answers.receive(survey, answers.NewAnswer("Something else", answer.form_key))


def by_retention(app: Flask) -> None:
    with app.app_context():
        with write_transaction() as session:
            session.query(Answer).filter(Answer.text.startswith("Xylophone")).update(
                {"received_at": now() - timedelta(days=9)}, synchronize_session=False
            )
        assert retention.delete_old(now() - timedelta(days=8)) == 1


def by_its_survey(app: Flask) -> None:
    with app.app_context():
        erasure.delete_survey(db.session.query(Survey).one())


def note_it_in_a_check(app: Flask) -> None:
    """Somebody who read the answer for a blind check quoted it in a note."""
    with app.app_context():
        survey, answer = of_words(app)
        survey_id, answer_id = survey.id, answer.id
    add_check(app, survey_id)
    with app.app_context(), write_transaction() as session:
        session.query(Reading).filter_by(answer_id=answer_id).update({"note": f"“{WORDS}”: of whom?"})


ERASURES = [by_its_writer, by_other_words, by_the_same_form_again, by_retention, by_its_survey]


@pytest.mark.parametrize("erase", ERASURES)
@pytest.mark.parametrize("length", [1, 100])
def test_an_erasure_leaves_nothing_on_a_quiet_site(
    site: Flask, tmp_path: Path, erase: Callable[[Flask], None], length: int
) -> None:
    """At once, while other connections stay open and without a worker; long ones have pages of their own."""
    answered(site, (WORDS + ". ") * length)
    note_it_in_a_check(site)
    assert traces(tmp_path) >= {"threads.sqlite3-wal"}
    erase(site)
    assert traces(tmp_path) == set()
    done(site, "backup", tmp_path / "backups")
    assert traces(tmp_path) == set()


def test_where_somebody_reads_the_worker_finishes_it(site: Flask, worker: Worker, tmp_path: Path) -> None:
    client, link = answered(site, WORDS)
    with reading(site):
        begun = time.monotonic()
        delete(client, link)
        assert time.monotonic() - begun < 2.0
        assert traces(tmp_path) == {"threads.sqlite3-wal"}
        assert send_answer(site.test_client(), "Not kept waiting").status_code == 303
    worker.sweep()
    assert traces(tmp_path) == set()


def test_the_worker_empties_the_file_as_soon_as_the_reader_leaves(
    site: Flask, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, link = answered(site, WORDS)
    paused: list[float] = []
    with closing(sqlite3.connect(Path(site.instance_path) / "threads.sqlite3", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM answer").fetchone()
        delete(client, link)

        own, sleep = threading.current_thread(), time.sleep

        def leaves(seconds: float) -> None:
            if threading.current_thread() is not own:  # one that another test left behind
                sleep(seconds)
                return
            paused.append(seconds)
            if len(paused) == 1:
                reader.execute("COMMIT")

        monkeypatch.setattr("survey.worker.housekeeping.time.sleep", leaves)
        worker.sweep()
    assert len(paused) == 1
    assert traces(tmp_path) == set()


def test_an_erasure_stands_where_the_file_cannot_be_emptied(
    site: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client, link = answered(site, WORDS)

    def fail(engine: object) -> bool:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(sqlite, "truncate_wal", fail)
    delete(client, link)
    assert "tries again within a minute" in caplog.text
    with site.app_context():
        assert db.session.query(Answer).count() == len(OTHERS)


def test_a_restore_leaves_nothing_of_what_was_in_place(site: Flask, tmp_path: Path) -> None:
    done(site, "backup", tmp_path / "kept.sqlite3")
    answered(site, WORDS)
    done(site, "restore", tmp_path / "kept.sqlite3", "--replace")
    [aside] = (tmp_path / "instance").glob("replaced-*.sqlite3")
    assert traces(tmp_path) == {aside.name}, "the file that is kept, and named to the operator"


def leave_a_stray_copy(app: Flask) -> None:
    """As SQLite leaves one in unused parts of pages, now and then."""
    with closing(sqlite3.connect(Path(app.instance_path) / "threads.sqlite3", isolation_level=None)) as careless:
        careless.execute("PRAGMA secure_delete=OFF")
        careless.execute("CREATE TABLE stray (words TEXT)")
        careless.execute("INSERT INTO stray VALUES (?)", (WORDS,))
        careless.execute("DELETE FROM stray")
        careless.execute("DROP TABLE stray")
    with app.app_context():
        assert truncate_wal()


def test_the_worker_compacts_a_small_database_once_after_an_erasure(
    site: Flask, worker: Worker, tmp_path: Path
) -> None:
    leave_a_stray_copy(site)
    worker.sweep()
    assert traces(tmp_path) == {"threads.sqlite3"}, "nothing was deleted"
    worker._housekeeping.compacting = compact.DailyCompaction()
    client, link = answered(site, WORDS)
    delete(client, link)
    assert traces(tmp_path) == {"threads.sqlite3"}
    worker.sweep()
    assert traces(tmp_path) == set()
    with site.app_context(), write_transaction() as session:
        session.query(Deletion).update({"deleted_at": now() - timedelta(hours=1)})
    leave_a_stray_copy(site)
    worker._housekeeping.compacting = compact.DailyCompaction()
    worker.sweep()
    assert traces(tmp_path) == {"threads.sqlite3"}, "nothing was deleted since"


def test_a_large_database_is_left_to_the_operator(
    site: Flask, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, link = answered(site, WORDS)
    delete(client, link)
    leave_a_stray_copy(site)
    monkeypatch.setattr(compact, "AUTOMATIC_BYTES", 1000)
    worker.sweep()
    assert traces(tmp_path) == {"threads.sqlite3"}
    assert "Rewritten" in done(site, "compact")
    assert traces(tmp_path) == set()


def test_a_database_that_is_locked_is_compacted_another_day(
    site: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client, link = answered(site, WORDS)
    delete(client, link)
    with site.app_context():
        with closing(sqlite3.connect(Path(site.instance_path) / "threads.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA busy_timeout=10")
            compact.DailyCompaction().look()
            other.execute("COMMIT")
        assert "could not be compacted" in caplog.text
        assert compact.is_due()


def test_on_postgresql_compacting_rewrites_the_table(lend_postgres: Callable[[], str], tmp_path: Path) -> None:
    """As docs/backups.md says: the table's files keep deleted words until then. The server's own log is apart."""
    with migrated(quiet(tmp_path / "instance", database_url=lend_postgres())) as app:
        owned_survey(app)
        client, link = answered(app, WORDS)
        admin = create_engine(app.config["SQLALCHEMY_ENGINES"]["default"]["url"], isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            base = Path(str(connection.scalar(text("SHOW data_directory")))) / "base"

            def kept() -> list[Path]:
                connection.execute(text("CHECKPOINT"))
                return [path for path in base.rglob("*") if path.is_file() and TRACES[1] in path.read_bytes()]

            assert kept()
            delete(client, link)
            assert kept()
            done(app, "compact")
            assert kept() == []
        admin.dispose()


def test_what_killed_commands_left_goes_with_a_later_backup(site: Flask, tmp_path: Path) -> None:
    """Their drafts have every answer in them."""
    draft = tmp_path / "backups" / ".threads-2026-11-20T031700Z.sqlite3.0a1b2c3d.draft"
    folder = tmp_path / "instance" / "restore-abcdefgh"
    folder.mkdir()
    left = [draft, draft.with_name(draft.name + "-journal"), folder / "draft.sqlite3"]
    for path in left:
        path.write_text(WORDS)
    done(site, "backup", tmp_path / "backups")
    assert traces(tmp_path) == {path.name for path in left}, "one that is at work now has just begun"
    for path in (*left, folder):
        os.utime(path, times=(time.time() - 90_000,) * 2)
    done(site, "backup", tmp_path / "backups" / "another.sqlite3")
    assert traces(tmp_path) == set()
    assert not folder.exists()


class TestNames:
    """Themes are called by people's words: a name nobody says any more goes with the run after the deletion."""

    @pytest.fixture
    def named(self, tmp_path: Path, perform: Callable[[Flask], None]) -> Iterator[Flask]:
        """A site with themes about xylophones and about pasta; one is called Xylophone weeks."""
        with migrated(quiet(tmp_path / "instance")) as app:
            survey_id = owned_survey(app, codebook="none")
            times = ("evenings", "nights", "mornings", "days", "weeks")
            texts = [f"{whose} xylophone {time}" for whose in ("quirky", "our") for time in times]
            days = ("Monday", "Tuesday", "Sunday", "late", "early")
            texts += [f"{how} pasta {day}" for how in ("cooking", "eating") for day in days]
            with app.app_context():
                with write_transaction() as session:
                    session.add_all(
                        Answer(survey_id=survey_id, form_key=f"form-{n}", text=words, received_at=now())
                        for n, words in enumerate(texts)
                    )
                runs.request_run_now(survey_id)
            perform(app)
            assert {"Xylophone weeks", "Cooking pasta"} <= set(self.themes(app))
            yield app

    def themes(self, app: Flask) -> dict[str, str]:
        """The descriptions of all themes by name, also of those that are found no longer."""
        with app.app_context():
            return dict(db.session.execute(select(Theme.name, Theme.description)).all())

    def delete_with(self, app: Flask, word: str) -> None:
        with app.app_context():
            survey = db.session.query(Survey).one()
            for answer in db.session.query(Answer).filter(Answer.text.contains(word)).all():
                erasure.delete_answer(survey, answer)

    def test_a_theme_that_is_gone_loses_its_name(
        self, named: Flask, tmp_path: Path, perform: Callable[[Flask], None]
    ) -> None:
        self.delete_with(named, "xylophone")
        assert traces(tmp_path)
        perform(named)
        truncate(named)
        assert traces(tmp_path) == set()
        assert {stale_theme_names.FORMER, "Cooking pasta"} <= set(self.themes(named))

    def test_a_theme_that_stays_is_called_by_what_is_still_said(
        self, named: Flask, perform: Callable[[Flask], None]
    ) -> None:
        before = self.themes(named)
        self.delete_with(named, "weeks")
        perform(named)
        after = self.themes(named)
        assert not any("weeks" in told for told in (*after, *after.values()))
        assert sum("ylophone" in name for name in after) == sum("ylophone" in name for name in before)
        kept = {name for name in before if "pasta" in name}
        assert {name: after[name] for name in kept} == {name: before[name] for name in kept}

    def test_an_owners_name_stays_and_undoing_it_brings_nothing_back(
        self, named: Flask, tmp_path: Path, perform: Callable[[Flask], None]
    ) -> None:
        with named.app_context():
            theme_edits.rename(db.session.query(Theme).filter_by(name="Xylophone weeks").one(), "Music")
        self.delete_with(named, "xylophone")
        perform(named)
        truncate(named)
        assert "Music" in self.themes(named)
        with named.app_context():
            assert db.session.query(Edit.name_before).one() == (stale_theme_names.FORMER,)
        assert traces(tmp_path) == set()

    @pytest.mark.slow
    def test_an_owners_description_stays_and_undoing_it_brings_nothing_back(
        self, named: Flask, tmp_path: Path, perform: Callable[[Flask], None]
    ) -> None:
        with named.app_context():
            music = db.session.query(Theme).filter_by(name="Xylophone weeks").one()
            pasta = db.session.query(Theme).filter_by(name="Cooking pasta").one()
            theme_edits.describe(music, "What they call “music”")
            theme_edits.merge(music, pasta)
        self.delete_with(named, "xylophone")
        perform(named)
        truncate(named)
        with named.app_context():
            assert "What they call “music”" in db.session.scalars(select(Theme.description)).all()
        assert traces(tmp_path) == set()

    def test_proposed_names_of_earlier_results_go(self, named: Flask, perform: Callable[[Flask], None]) -> None:
        with named.app_context():
            first = db.session.query(Survey.current_run_id).scalar()
            assert all(row[0] for row in db.session.query(ThemeResult.candidates))
        self.delete_with(named, "weeks")
        perform(named)
        with named.app_context():
            earlier = db.session.query(ThemeResult.candidates).filter_by(run_id=first).all()
            assert earlier
            assert not any(row[0] for row in earlier)
            assert any(row[0] for row in db.session.query(ThemeResult.candidates))


def truncate(app: Flask) -> None:
    """As the worker does every minute."""
    with app.app_context():
        assert truncate_wal()
