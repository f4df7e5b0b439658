"""A restore: what it refuses, what it replaces, and what it keeps of the old."""

from __future__ import annotations

import os
import shlex
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import Connection

from app import create_app
from benchmarks.place import free_port
from survey.core.database import db, migrations
from survey.core.models import Answer, Idea
from survey.core.settings import PROJECT
from survey.manage import surveys
from survey.operations import backup, database_copy, restore
from survey.operations.database_copy import OperationError
from tests.support.forked_flask import forked
from tests.support.saved_site import WORDS, another, command, done, fill, in_file, refused, texts
from tests.support.site import migrated, quiet
from tests.support.visitors import SLUG, send_answer

pytestmark = pytest.mark.both_databases


class TestReplacing:
    """What is in place is replaced only when told, and kept."""

    def test_a_site_with_answers_is_refused(self, sqlite_app: Flask, tmp_path: Path) -> None:
        fill(sqlite_app)
        done(sqlite_app, "backup", tmp_path / "kept.sqlite3")
        assert f"The site has {len(WORDS)} answers" in refused(sqlite_app, "restore", tmp_path / "kept.sqlite3")
        assert texts(sqlite_app) == list(WORDS)

    def test_the_old_one_is_kept_and_may_come_back(self, app: Flask, tmp_path: Path) -> None:
        fill(app)
        file = tmp_path / "kept.sqlite3"
        done(app, "backup", file)
        client = app.test_client()
        send_answer(client, "Came later")
        said = done(app, "restore", file, "--replace")
        assert "Only there: 1 answers" in said
        assert texts(app) == list(WORDS)
        assert client.get(f"/s/{SLUG}/themes").status_code == 200  # the site that ran all the while reads on
        (aside,) = Path(app.instance_path).glob("replaced-*.sqlite3")
        assert str(aside) in said
        done(app, "restore", aside, "--replace")
        assert texts(app) == [*WORDS, "Came later"]

    def test_one_that_breaks_off_leaves_the_old_one(
        self, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(app)
        done(app, "backup", tmp_path / "kept.sqlite3")
        send_answer(app.test_client(), "Came later")

        compare = database_copy.compare

        def differs(source: Connection, target: Connection, **chosen: Any) -> None:
            compare(source, target, **chosen)
            if not chosen:  # otherwise the old database is being put aside
                raise OperationError("It differs.")

        monkeypatch.setattr(database_copy, "compare", differs)
        assert "It differs." in refused(app, "restore", tmp_path / "kept.sqlite3", "--replace")
        assert texts(app) == [*WORDS, "Came later"]
        assert list(Path(app.instance_path).glob("restore-*")) == []
        with app.app_context():
            assert db.session.query(Idea).count() == len(WORDS)

    @pytest.mark.slow
    def test_one_that_is_killed_leaves_the_old_one(self, app: Flask, database_url: str, tmp_path: Path) -> None:
        fill(app)
        done(app, "backup", tmp_path / "kept.sqlite3")
        send_answer(app.test_client(), "Came later")
        code = f"""
import os, signal
from app import create_app
from survey.operations import database_copy
database_copy.compare = lambda *args, **chosen: chosen or os.kill(os.getpid(), signal.SIGKILL)
create_app().test_cli_runner().invoke(args=["restore", {str(tmp_path / "kept.sqlite3")!r}, "--replace"])
"""
        environ = {"PATH": os.environ["PATH"], "THREADS_INSTANCE": str(tmp_path), "THREADS_DATABASE_URL": database_url}
        killed = subprocess.run([str(forked("python")), "-c", code], cwd=PROJECT, env=environ, timeout=120, check=False)
        assert killed.returncode == -signal.SIGKILL
        assert list(tmp_path.glob("replaced-*.sqlite3"))  # it came as far as the rows
        assert texts(app) == [*WORDS, "Came later"]
        done(app, "restore", tmp_path / "kept.sqlite3", "--replace")
        assert texts(app) == list(WORDS)

    def test_a_damaged_database_is_put_aside(self, tmp_path: Path) -> None:
        with another(tmp_path / "one") as app:
            fill(app)
            done(app, "backup", tmp_path / "kept.sqlite3")
        in_place = tmp_path / "one" / "threads.sqlite3"
        damaged = b"\xff" * 3000 + in_place.read_bytes()[3000:]
        in_place.write_bytes(damaged)
        app = create_app(quiet(tmp_path / "one"))
        assert "Add --replace" in refused(app, "restore", tmp_path / "kept.sqlite3")
        result = command(app, "restore", tmp_path / "kept.sqlite3", "--replace")
        assert result.exit_code == 0, result.output
        assert "could not be read" in result.stderr
        assert texts(app) == list(WORDS)
        (aside,) = (tmp_path / "one").glob("damaged-*.sqlite3")
        assert aside.read_bytes() == damaged

    def test_a_busy_database_is_left_alone(self, sqlite_app: Flask, tmp_path: Path) -> None:
        fill(sqlite_app)
        done(sqlite_app, "backup", tmp_path / "kept.sqlite3")
        with sqlite_app.app_context(), db.engine.connect() as connection:
            file = str(db.engine.url.database)
            connection.rollback()
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert "is busy" in refused(sqlite_app, "restore", tmp_path / "kept.sqlite3", "--replace")
        other.close()
        assert texts(sqlite_app) == list(WORDS)


class TestFilesThatAreRefused:
    """A file that cannot be trusted changes nothing."""

    @pytest.fixture
    def file(self, sqlite_app: Flask, tmp_path: Path) -> Path:
        fill(sqlite_app)
        done(sqlite_app, "backup", tmp_path / "kept.sqlite3")
        return tmp_path / "kept.sqlite3"

    def refused(self, app: Flask, file: Path) -> str:
        told = refused(app, "restore", file, "--replace")
        assert texts(app) == list(WORDS)
        return told

    def test_any_byte_changed(self, sqlite_app: Flask, file: Path) -> None:
        whole = file.read_bytes()
        places = [0, 30, 101, whole.index("Ärger".encode()), len(whole) // 2, len(whole) - 100, len(whole) - 30]
        for place in places:
            file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            told = self.refused(sqlite_app, file)
            assert "is damaged" in told or "is not a backup" in told, place

    def test_cut_short(self, sqlite_app: Flask, file: Path) -> None:
        whole = file.read_bytes()
        for length in (0, 10, 5000, len(whole) - 1):
            file.write_bytes(whole[:length])
            assert "is not a backup" in self.refused(sqlite_app, file)

    def test_another_sqlite_database(self, sqlite_app: Flask, tmp_path: Path) -> None:
        fill(sqlite_app)
        with sqlite3.connect(tmp_path / "notes.sqlite3") as notes:
            notes.execute("CREATE TABLE note (text)")
        notes.close()
        assert "is not a backup" in self.refused(sqlite_app, tmp_path / "notes.sqlite3")
        backup._seal(tmp_path / "notes.sqlite3")
        assert "no tables of this site" in self.refused(sqlite_app, tmp_path / "notes.sqlite3")

    def test_no_file(self, sqlite_app: Flask, file: Path, tmp_path: Path) -> None:
        assert "No such file" in self.refused(sqlite_app, tmp_path / "missing.sqlite3")

    def test_a_newer_version(self, sqlite_app: Flask, file: Path, tmp_path: Path) -> None:
        newer = tmp_path / "newer.sqlite3"
        backup.unpack(file, newer)
        with sqlite3.connect(newer) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
        backup._seal(newer)
        assert "a newer one made it" in self.refused(sqlite_app, newer)


def test_an_older_version_is_brought_up(sqlite_app: Flask, tmp_path: Path) -> None:
    fill(sqlite_app)
    with sqlite_app.app_context():
        db.session.close()
        migrations.downgrade("0002")
    done(sqlite_app, "backup", tmp_path / "old.sqlite3")
    assert in_file(tmp_path / "old.sqlite3", "SELECT version_num FROM alembic_version") == [("0002",)]
    with another(tmp_path / "other") as other:
        done(other, "restore", tmp_path / "old.sqlite3")
        assert texts(other) == list(WORDS)
        with other.app_context(), db.engine.connect() as connection:
            assert database_copy.version(connection) == database_copy.newest_version()


def test_a_restore_into_no_database_at_all(sqlite_app: Flask, tmp_path: Path) -> None:
    fill(sqlite_app)
    done(sqlite_app, "backup", tmp_path / "kept.sqlite3")
    fresh = create_app(quiet(tmp_path / "fresh"))
    done(fresh, "restore", tmp_path / "kept.sqlite3")
    assert texts(fresh) == list(WORDS)


def test_a_restored_page_that_was_private_stays_private(sqlite_app: Flask, tmp_path: Path) -> None:
    survey_id = fill(sqlite_app)
    with sqlite_app.app_context():
        surveys.set_published(survey_id, False)
    done(sqlite_app, "backup", tmp_path / "kept.sqlite3")
    with another(tmp_path / "other") as other:
        done(other, "restore", tmp_path / "kept.sqlite3")
        assert other.test_client().get(f"/s/{SLUG}/themes").status_code == 404


def test_answers_that_came_later_are_counted(sqlite_app: Flask, tmp_path: Path) -> None:
    fill(sqlite_app)
    done(sqlite_app, "backup", tmp_path / "kept.sqlite3")
    with sqlite_app.app_context():
        restored = restore.restore(tmp_path / "kept.sqlite3", replace=True)
    assert (restored.answers, restored.later, restored.settled.deleted) == (len(WORDS), 0, 0)


class TestDrill:
    """A restore that cannot touch the site, although its settings are loaded."""

    @pytest.fixture
    def live(self, lend_postgres: Callable[[], str], tmp_path: Path) -> Iterator[tuple[dict[str, str], Flask]]:
        """A site on PostgreSQL, its queue there too, with a Dask and a Redis that are not there: its settings."""
        url = lend_postgres()
        with migrated(quiet(tmp_path / "live", database_url=url)) as app:
            fill(app)
            chosen = {"INSTANCE": str(tmp_path / "live"), "DATABASE_URL": url, "JOBS": url, "DASK": "tcp://127.0.0.1:1"}
            yield {f"THREADS_{name}": value for name, value in chosen.items()}, app

    def run(self, live: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
        """A command as the operator types it, in a shell with the settings of the site."""
        command = [sys.executable, "-m", "flask", "--app", "app", *map(str, arguments)]
        chosen = live | {"THREADS_LIMITS": "redis://127.0.0.1:1"}
        return subprocess.run(
            command, cwd=PROJECT, env=os.environ | chosen, capture_output=True, text=True, check=False
        )

    def test_the_live_site_is_not_touched(self, live: tuple[dict[str, str], Flask], tmp_path: Path) -> None:
        settings, app = live
        done(app, "backup", tmp_path / "kept.sqlite3")
        send_answer(app.test_client(), "Came later")

        def everything() -> tuple[object, ...]:
            with app.app_context(), db.engine.connect() as connection:
                rows = {
                    table.name: list(database_copy._rows(connection, table)) for table in database_copy.all_tables()
                }
                queue = connection.execute(text("SELECT * FROM jobs_task ORDER BY id")).all()
            return rows, queue, files(tmp_path / "live")

        before = everything()
        folder = tmp_path / "drills" / "first drill"
        ran = self.run(settings, "restore", "--drill", folder, tmp_path / "kept.sqlite3")
        assert ran.returncode == 0, ran.stderr
        assert everything() == before
        assert f"Restored: 1 surveys, {len(WORDS)} answers." in ran.stdout
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert texts(create_app(quiet(folder))) == list(WORDS)
        assert f"Then open http://127.0.0.1:5999/s/{SLUG}/themes" in ran.stdout
        assert "http://127.0.0.1:5999/sign-in" in ran.stdout
        [line] = [line.strip() for line in ran.stdout.splitlines() if "app.py" in line]
        self.look(line, settings)

    def look(self, line: str, settings: dict[str, str]) -> None:
        """The command that the drill printed is about the restored site, in the same shell; here it serves one page."""
        code = f"""
import sys
from app import create_app
from survey.serve import launch
launch._serve = lambda app, *args, **chosen: print(app.test_client().get("/s/{SLUG}/themes").text)
launch.launch(create_app, sys.argv[1:])
"""
        line = line.replace("--port 5999", f"--port {free_port()}")
        before, words = line.split(f"{PROJECT / 'app.py'} ")
        served = subprocess.run(
            ["/bin/sh", "-c", f"exec {before} -c {shlex.quote(code)} {words}"],
            cwd=PROJECT,
            env=os.environ | settings,
            capture_output=True,
            text=True,
            check=True,
        )
        assert "Thème 0" in served.stdout

    def test_a_folder_with_something_in_it_is_refused(self, sqlite_app: Flask, tmp_path: Path) -> None:
        fill(sqlite_app)
        done(sqlite_app, "backup", tmp_path / "kept.sqlite3")
        before = files(tmp_path)
        for place in (tmp_path, tmp_path / "threads.sqlite3"):
            assert "not an empty folder" in refused(sqlite_app, "restore", "--drill", place, tmp_path / "kept.sqlite3")
        said = refused(sqlite_app, "restore", "--replace", "--drill", tmp_path / "new", tmp_path / "kept.sqlite3")
        assert "leave out --replace" in said
        assert files(tmp_path) == before

    def test_a_damaged_backup_leaves_an_empty_folder(self, sqlite_app: Flask, tmp_path: Path) -> None:
        fill(sqlite_app)
        done(sqlite_app, "backup", tmp_path / "kept.sqlite3")
        (tmp_path / "kept.sqlite3").write_bytes((tmp_path / "kept.sqlite3").read_bytes()[:-1])
        for _ in range(2):
            said = refused(sqlite_app, "restore", "--drill", tmp_path / "drill", tmp_path / "kept.sqlite3")
            assert "is not a backup" in said
        assert list((tmp_path / "drill").iterdir()) == []

    @pytest.mark.slow
    def test_deletions_that_are_named_are_left_out(self, sqlite_app: Flask, tmp_path: Path) -> None:
        fill(sqlite_app)
        done(sqlite_app, "backup", tmp_path / "kept.sqlite3")
        with sqlite_app.app_context():
            (tmp_path / "deleted.txt").write_text(db.session.query(Answer.public_id).filter_by(text=WORDS[0]).scalar())
        done(
            sqlite_app, "restore", "--drill", tmp_path / "drill", tmp_path / "kept.sqlite3",
            "--deletions", tmp_path / "deleted.txt",
        )  # fmt: skip
        assert texts(create_app(quiet(tmp_path / "drill"))) == list(WORDS[1:])


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder. Not SQLite's index of a log, which readers note themselves in."""
    return {
        str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".sqlite3-shm"
    }
