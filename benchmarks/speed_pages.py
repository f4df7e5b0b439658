"""Measure pages and exports with few answers and with many, on synthetic answers behind gunicorn.

    python -m benchmarks.speed_pages [--answers 100000] [--folder FOLDER]

Ratios are of two measurements that alternate within a minute. Making the sites takes minutes: --folder keeps them for
the next run.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from http.cookiejar import CookieJar
from pathlib import Path

from sqlalchemy import update

import survey.worker.worker
from app import create_app
from benchmarks.result_table import Row, as_markdown, at_most
from benchmarks.synthetic_answers import WordModel, generate_answers
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
READERS, VISITS, ROUNDS = 50, 6, 3
SLUG, OWNER, PASSWORD = "lasting", "Ruth", "a long enough password"
KINDS = ("partner", "family", "friend", None)
DAYS = 200
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class RunningSite:
    """A running site: its port and the process id of gunicorn."""

    port: int
    pid: int
    settings: Settings


def theme_page(folder: Path, many: int = MANY) -> list[Row]:
    """Measure the theme page with many concurrent readers, with many answers and with few."""
    with serve(make_site(folder, many)) as large, serve(make_site(folder, FEW)) as small:
        for site in (small, large):
            time_visits(site, 2)
        times = [(time_visits(large, VISITS), time_visits(small, VISITS)) for _ in range(ROUNDS)]
    n, what = f"{many:,}", f"theme page, {READERS} readers at once"
    ours = statistics.median(second for large_times, _ in times for second in large_times)
    few = statistics.median(second for _, small_times in times for second in small_times)
    ratio = statistics.median(statistics.median(one) / statistics.median(other) for one, other in times)
    return [
        at_most(what, n, f"times the median at {FEW} answers, median of {ROUNDS} rounds", ratio, 2.0),
        at_most(what, n, "median, milliseconds", 1000 * ours, None),
        at_most(what, str(FEW), "median, milliseconds", 1000 * few, None),
        at_most(what, n, "pages a second, two web processes", READERS / ours, None),
    ]


def export_csv(folder: Path, many: int = MANY) -> list[Row]:
    """Compare the export of all answers as CSV with csv.writer on the same rows in memory."""
    settings = make_site(folder, many)
    app = create_app(settings)
    with app.app_context():
        own = db.session.query(Survey).filter_by(slug=SLUG).one()
        columns = TABLES["answers"].columns
        rows = [tuple(as_object(columns, row).values()) for row in export_rows.answer_rows(own)]
        db.session.rollback()
        db.engine.dispose()
    with serve(settings) as site:
        browser = sign_in(site)
        time_download(site, browser)
        before = peak_bytes(site)
        times = [(time_download(site, browser), time_csv_writer(rows)) for _ in range(ROUNDS)]
        grown = peak_bytes(site) - before
    n = f"{many:,}"
    ratio = statistics.median(ours / plain for ours, plain in times)
    return [
        at_most("export as CSV", n, f"times as long as csv.writer from memory, median of {ROUNDS}", ratio, 3.0),
        at_most("export as CSV", n, "seconds", statistics.median(ours for ours, _ in times), None),
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
    """Serve a site with gunicorn, as in the operator's guide, on a free port during a `with` block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    own = {name: value for name, value in os.environ.items() if not name.startswith("THREADS_")}
    own |= {"THREADS_INSTANCE": settings.instance, "THREADS_SECRET_KEY": settings.secret_key, **environment}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:survey.serve.gunicorn_config", "--log-level=warning"]
    process = subprocess.Popen([*command, f"--bind=127.0.0.1:{port}", application], cwd=PROJECT, env=own)
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                    answer.read()
                break
            except OSError:
                time.sleep(0.1)
        yield RunningSite(port, process.pid, settings)
    finally:
        process.terminate()
        process.wait(30)


def time_visits(site: RunningSite, visits: int) -> list[float]:
    """Return the seconds of each visit; READERS concurrent readers make so many visits each."""
    seconds: list[float] = []
    start = threading.Barrier(READERS)

    def read() -> None:
        connection = HTTPConnection("127.0.0.1", site.port, timeout=120)
        start.wait()
        for _ in range(visits):
            started = time.perf_counter()
            connection.request("GET", f"/s/{SLUG}/themes")
            answer = connection.getresponse()
            page = answer.read()
            seconds.append(time.perf_counter() - started)
            if answer.status != 200 or b"</html>" not in page:
                raise RuntimeError(f"the page came with status {answer.status}")
        connection.close()

    threads = [threading.Thread(target=read) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(seconds) != READERS * visits:
        raise RuntimeError(f"{READERS * visits - len(seconds)} visits failed")
    return seconds


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


def time_csv_writer(rows: Sequence[Sequence[object]]) -> float:
    """Return the seconds that csv.writer takes for the rows."""
    started = time.perf_counter()
    writer = csv.writer(io.StringIO())
    writer.writerow(TABLES["answers"].header)
    writer.writerows(rows)
    return time.perf_counter() - started


def peak_bytes(site: RunningSite) -> int:
    """Return the sum of the peak memory of all web processes, in bytes. Raises OSError without /proc."""
    children = Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text().split()
    return sum(_peak(Path(f"/proc/{child}/status")) for child in children)


def _peak(status: Path) -> int:
    return next(int(line.split()[1]) << 10 for line in status.read_text().splitlines() if line.startswith("VmHWM"))


def rows(folder: Path | None = None, many: int = MANY) -> list[Row]:
    """Run all measurements. `folder` keeps the sites; None for a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="threads-pages-") as temporary:
        kept = folder or Path(temporary)
        return [*theme_page(kept, many), *export_csv(kept, many)]


def main() -> int:
    """Measure and print the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed_pages")
    parser.add_argument("--answers", type=int, default=MANY)
    parser.add_argument("--folder", type=Path, help="folder that keeps the sites (default: temporary)")
    given = parser.parse_args()
    found = rows(given.folder, given.answers)
    print(as_markdown(found))
    return 1 if any(row.passes is False for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
