"""Measure pages and exports with few answers and with many, on synthetic answers behind gunicorn.

    python -m benchmarks.speed_pages [--answers 100000] [--folder FOLDER]

Ratios are of two measurements that alternate within a minute. Making the sites takes minutes: --folder keeps them for
the next run.
"""

from __future__ import annotations

import csv
import io
import os
import random
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http.cookiejar import CookieJar
from pathlib import Path

from sqlalchemy import update

import survey.worker.worker
from app import create_app
from benchmarks.command import run
from benchmarks.place import Place, free_port
from benchmarks.result_table import Row, at_least, at_most
from benchmarks.rounds import ROUNDS, in_turns, ratios, seconds_of
from benchmarks.synthetic_answers import WordModel, generate_answers
from benchmarks.visits import READERS, Page, Visited, read_at_once
from survey.accounts import owners
from survey.answers.lifecycle import NewAnswer, receive_import
from survey.core.database import db, migrations, now, write_transaction
from survey.core.models import Survey
from survey.core.settings import PROJECT, Settings
from survey.exports.file_formats import as_object
from survey.manage import surveys
from survey.tables import rows as export_rows
from survey.tables.data_dictionary import TABLES
from survey.worker.worker import Worker

MANY, FEW = 100_000, 100
VISITS = 6
SLUG, OWNER, PASSWORD = "lasting", "Ruth", "a long enough password"
KINDS = ("partner", "family", "friend", None)
DAYS = 200
START_SECONDS = 180
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class RunningSite:
    """A running site: its port and the process id of gunicorn."""

    port: int
    pid: int
    settings: Settings


def theme_page(folder: Path, many: int, rounds: int, visits: int) -> list[Row]:
    """Measure the theme page, made anew for each of many concurrent readers, with many answers and with few.

    An argument that it does not know gets the page from its view; `benchmarks.speed_readers` has the page that is kept.
    """
    page = Page(f"/s/{SLUG}/themes?made=anew")
    with serve(make_site(folder, many)) as large, serve(make_site(folder, FEW)) as small:
        for site in (small, large):
            read_at_once(site.port, page, 1)
        visited: dict[int, list[Visited]] = {large.port: [], small.port: []}

        def median_of(site: RunningSite) -> float:
            visited[site.port].append(read_at_once(site.port, page, visits))
            return 1000 * statistics.median(visited[site.port][-1].seconds)

        ours, few = in_turns([partial(median_of, large), partial(median_of, small)], rounds)
        a_second = statistics.median(one.a_second for one in visited[large.port])
    n, what = f"{many:,}", f"theme page made anew, {READERS} readers at once"
    return [
        at_most(what, n, f"times the median at {FEW} answers", ratios(ours, few), 2.0),
        at_most(what, n, "median, milliseconds", statistics.median(ours), None),
        at_most(what, str(FEW), "median, milliseconds", statistics.median(few), None),
        at_least(what, n, "pages a second, two web processes", a_second, None),
    ]


def export_csv(folder: Path, many: int, rounds: int) -> list[Row]:
    """Compare the export of all answers as CSV with csv.writer on the same rows in memory."""
    settings = make_site(folder, many)
    app = create_app(settings)
    with app.app_context():
        own = db.session.query(Survey).filter_by(slug=SLUG).one()
        columns = TABLES["answers"].columns
        table = [tuple(as_object(columns, row).values()) for row in export_rows.answer_rows(own)]
        db.session.rollback()
        db.engine.dispose()
    with serve(settings) as site:
        browser = sign_in(site)
        time_download(site, browser)
        before = peak_bytes(site)
        ours, plain = in_turns([lambda: time_download(site, browser), seconds_of(partial(write_csv, table))], rounds)
        grown = peak_bytes(site) - before
    n = f"{many:,}"
    return [
        at_most("export as CSV", n, "times as long as csv.writer from memory", ratios(ours, plain), 3.0),
        at_most("export as CSV", n, "seconds", statistics.median(ours), None, statistics.median(plain)),
        at_most("export as CSV", n, "growth of the web processes' memory, MB", grown / MEGABYTE, 8.0),
    ]


def make_site(folder: Path, count: int) -> Settings:
    """Make a site with so many answers and a published result, unless the folder has it."""
    instance = folder / f"site-{count}"
    settings = Settings(instance=str(instance), run_delay=0, web_threads=8, secret_key="k" * 40)
    if (instance / "made").exists():
        return settings
    model = WordModel()
    survey.worker.worker.__dict__["load"] = lambda name, keep: model
    app = create_app(settings)
    generator = random.Random(0)
    start = now() - timedelta(days=DAYS)
    with app.app_context():
        migrations.upgrade()
        owner = owners.set_up(owners.new_set_up_token(), OWNER, PASSWORD).owner_id
        surveys.create(owner, surveys.Fields("What keeps you together?", "I wonder.", "Ruth", SLUG, True, "none"))
        own = db.session.query(Survey).filter_by(slug=SLUG).one()
        given = (
            NewAnswer(
                text,
                f"row {number}",
                generator.choice(KINDS),
                received_at=start + timedelta(days=generator.random() * DAYS),
            )
            for number, text in enumerate(generate_answers(count, model))
        )
        receive_import(own, given)
    Worker(app).sweep()
    with app.app_context(), write_transaction() as session:
        session.execute(update(Survey).values(published_at=now()))
        if session.query(Survey).one().current_run_id is None:
            raise RuntimeError("the run failed: see above")
    with app.app_context():
        db.engine.dispose()
    (instance / "made").touch()
    return settings


@contextmanager
def serve(settings: Settings, application: str = "app:create_app()", **environment: str) -> Iterator[RunningSite]:
    """Serve a site with gunicorn, as in the operator's guide, on a free port during a `with` block.

    Raises RuntimeError where it ends, or does not answer, before START_SECONDS are over.
    """
    port = free_port()
    own = {name: value for name, value in os.environ.items() if not name.startswith("THREADS_")}
    own |= {"THREADS_INSTANCE": settings.instance, "THREADS_SECRET_KEY": settings.secret_key, **environment}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:survey.serve.gunicorn_config", "--log-level=warning"]
    process = subprocess.Popen([*command, f"--bind=127.0.0.1:{port}", application], cwd=PROJECT, env=own)
    try:
        _wait_for_answer(process, f"http://127.0.0.1:{port}/healthz")
        yield RunningSite(port, process.pid, settings)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for_answer(process: subprocess.Popen[bytes], address: str) -> None:
    begun = time.monotonic()
    while process.poll() is None and time.monotonic() - begun < START_SECONDS:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                answer.read()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(
        f"the site at {address} did not start: its process {'runs' if process.poll() is None else 'ended'}"
    )


def sign_in(site: RunningSite) -> urllib.request.OpenerDirector:
    """Return an opener that is signed in as the owner."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    address = f"http://127.0.0.1:{site.port}/sign-in"
    with browser.open(address) as page:
        token = page.read().decode().partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    form = urllib.parse.urlencode({"csrf_token": token, "name": OWNER, "password": PASSWORD}).encode()
    with browser.open(address, form) as page:
        if page.status != 200:
            raise RuntimeError("the owner could not sign in")
    return browser


def time_download(site: RunningSite, browser: urllib.request.OpenerDirector) -> float:
    """Return the seconds of downloading the export of answers."""
    started = time.perf_counter()
    with browser.open(f"http://127.0.0.1:{site.port}/manage/{SLUG}/export/answers.csv") as answer:
        while answer.read(1 << 16):
            pass
    return time.perf_counter() - started


def write_csv(rows: Sequence[Sequence[object]]) -> None:
    """Write rows of the table of answers with csv.writer."""
    writer = csv.writer(io.StringIO())
    writer.writerow(TABLES["answers"].header)
    writer.writerows(rows)


def peak_bytes(site: RunningSite) -> int:
    """Return the sum of the peak memory of all web processes, in bytes. Raises OSError without /proc."""
    children = Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text().split()
    return sum(_peak(Path(f"/proc/{child}/status")) for child in children)


def _peak(status: Path) -> int:
    return next(int(line.split()[1]) << 10 for line in status.read_text().splitlines() if line.startswith("VmHWM"))


def rows(at: Place, answers: int = MANY, rounds: int = ROUNDS, visits: int = VISITS) -> list[Row]:
    """Run all measurements on sites."""
    return [*theme_page(at.sites, answers, rounds, visits), *export_csv(at.sites, answers, rounds)]


if __name__ == "__main__":
    sys.exit(run("speed_pages", rows, MANY))
