"""The move from SQLite to PostgreSQL and back, with one command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import URL, create_engine, text
from sqlalchemy.engine import Connection, Engine

from app import create_app
from survey.core import database, sqlite
from survey.core.database import db
from survey.operations import database_copy, move_database
from survey.operations.database_copy import OperationError
from tests.support.databases import empty_postgres
from tests.support.saved_site import WORDS, another, done, fill, refused, texts
from tests.support.site import quiet
from tests.support.visitors import SLUG, make_survey, send_answer


@pytest.fixture
def new_url(postgres_server: str) -> Iterator[str]:
    """An empty PostgreSQL database."""
    with empty_postgres(postgres_server) as url:
        yield url


def test_there_and_back_again(sqlite_app: Flask, new_url: str, tmp_path: Path) -> None:
    fill(sqlite_app)
    said = done(sqlite_app, "move", new_url)
    assert re.search(rf"^ +{len(WORDS)} answer$", said, re.MULTILINE)
    assert "Every row is the same" in said
    assert "THREADS_DATABASE_URL" in said
    moved = create_app(quiet(tmp_path / "moved", database_url=new_url))
    assert texts(moved) == list(WORDS)
    assert send_answer(moved.test_client(), "After the move").status_code == 303
    back = f"sqlite:///{tmp_path / 'back.sqlite3'}"
    done(moved, "move", back)
    returned = create_app(quiet(tmp_path / "returned", database_url=back))
    assert texts(returned) == [*WORDS, "After the move"]
    assert returned.test_client().get(f"/s/{SLUG}/themes").status_code == 200
    assert send_answer(returned.test_client(), "Home again").status_code == 303
    with moved.app_context():
        db.engine.dispose()


def test_the_site_takes_no_answer_meanwhile_and_keeps_the_words(
    sqlite_app: Flask, new_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_app)
    monkeypatch.setattr(sqlite, "LOCK_TIMEOUT_SECONDS", 0.05)
    with sqlite_app.app_context(), move_database.copy_site(new_url):
        db.engine.dispose()
        reply = send_answer(sqlite_app.test_client(), "A tardy zebra")
        assert reply.status_code == 503
        assert "A tardy zebra" in reply.text
    assert send_answer(sqlite_app.test_client(), "A tardy zebra").status_code == 303


def test_a_database_that_is_not_empty_is_refused_unless_told(sqlite_app: Flask, new_url: str, tmp_path: Path) -> None:
    fill(sqlite_app)
    with another(tmp_path / "moved", new_url) as moved:
        make_survey(moved, None, slug="there")
        assert "is not empty" in refused(sqlite_app, "move", new_url)
        assert texts(moved) == []
        done(sqlite_app, "move", new_url, "--replace")
        assert texts(moved) == list(WORDS)


def test_a_row_that_differs_gives_the_move_up(
    sqlite_app: Flask, new_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_app)
    compare = database_copy.compare

    def after_a_change(source: Connection, target: Connection) -> None:
        target.execute(text("UPDATE answer SET text = 'Other' WHERE id = 3"))
        compare(source, target)

    monkeypatch.setattr(database_copy, "compare", after_a_change)
    assert "the row 3 is not the same in the copy (text)" in refused(sqlite_app, "move", new_url)
    moved = create_app(quiet(tmp_path / "moved", database_url=new_url))
    assert texts(moved) == []
    with moved.app_context():
        db.engine.dispose()


def test_the_password_is_never_said(sqlite_app: Flask, tmp_path: Path) -> None:
    fill(sqlite_app)
    for url in (
        "postgresql+psycopg://ruth:pass-word@127.0.0.1:1/x",
        "postgresql+psycopg://ruth:pass-word@[/x",
        "postgresql://ruth:pass-word@127.0.0.1/x",
        "postgresql+psycopg://ruth:pass-word@127.0.0.1:port/x",
    ):
        assert "pass-word" not in refused(sqlite_app, "move", url)
    assert (
        database_copy.hide_password("postgresql+psycopg://ruth:pass-word@db/x") == "postgresql+psycopg://ruth:***@db/x"
    )


def test_the_same_database_is_refused(sqlite_app: Flask, tmp_path: Path) -> None:
    fill(sqlite_app)
    assert "has already" in refused(sqlite_app, "move", f"sqlite:///{tmp_path / 'threads.sqlite3'}")
    assert texts(sqlite_app) == list(WORDS)


def test_another_programs_tables_are_refused(sqlite_app: Flask, new_url: str) -> None:
    fill(sqlite_app)
    engine = create_engine(new_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE answer (id integer)"))
    engine.dispose()
    assert "not ours" in refused(sqlite_app, "move", new_url)


def test_an_old_database_is_refused(sqlite_app: Flask, new_url: str) -> None:
    with sqlite_app.app_context():
        database.migrations.downgrade("0002")
    assert "flask --app app migrate" in refused(sqlite_app, "move", new_url)
    with sqlite_app.app_context(), pytest.raises(OperationError), move_database.copy_site(new_url):
        pass


class TestADatabaseThatIsNotReady:
    """What an operator sees who made it as it should not be, and what the page says to do then."""

    @pytest.fixture
    def stranger(self, new_url: str) -> Iterator[tuple[URL, Engine]]:
        """A role that may sign in to a database of somebody else: its address for the role, and its owner's engine."""
        owner = create_engine(new_url, isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:
            connection.execute(text("CREATE ROLE stranger LOGIN PASSWORD 'pass-word'"))
            connection.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))  # as from PostgreSQL 15 on
        yield owner.url.set(username="stranger", password="pass-word"), owner
        with owner.connect() as connection:
            connection.execute(text(f'ALTER DATABASE "{owner.url.database}" OWNER TO CURRENT_USER'))
            connection.execute(text("DROP OWNED BY stranger CASCADE"))
            connection.execute(text("DROP ROLE stranger"))
        owner.dispose()

    def test_no_right_to_make_tables(self, sqlite_app: Flask, stranger: tuple[URL, Engine], tmp_path: Path) -> None:
        fill(sqlite_app)
        url, owner = stranger
        address = url.render_as_string(hide_password=False)
        said = refused(sqlite_app, "move", address)
        assert "permission denied for schema public" in said
        assert "Nothing was changed" in said
        assert "pass-word" not in said
        site = create_app(quiet(tmp_path / "site", database_url=address))
        for command in ("migrate", "backup"):
            told = refused(site, command, *([tmp_path] if command == "backup" else []))
            assert "permission denied" in told or "no site in the database" in told
        [remedy] = re.findall(r"psql -c '(.*)'", said)
        with owner.connect() as connection:
            connection.execute(text(remedy))
            connection.execute(text("ALTER SCHEMA public OWNER TO pg_database_owner"))  # as from PostgreSQL 15 on
        assert "Every row is the same" in done(sqlite_app, "move", address)
        with site.app_context():
            db.engine.dispose()

    def test_no_such_database(self, sqlite_app: Flask, new_url: str) -> None:
        fill(sqlite_app)
        said = refused(sqlite_app, "move", new_url + "x" if "?" not in new_url else new_url.replace("?", "x?", 1))
        assert "does not exist" in said
        assert "createdb --owner" in said
        assert "Nothing was changed" in said
