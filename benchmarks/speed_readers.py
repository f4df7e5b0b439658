"""Measure pages that every reader gets alike against the same server giving a page of that size from memory.

    python -m benchmarks.speed_readers [--answers 100000] [--folder FOLDER]

50 readers at once, each over a connection of its own; rounds alternate within a minute. Written meanwhile: so many
answers a second are sent to the survey from another process.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

from app import create_app
from benchmarks.result_table import Row, as_markdown, at_least
from benchmarks.speed_pages import MANY, READERS, ROUNDS, SLUG, RunningSite, make_site, serve
from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer
from survey.core.database import db, migrations
from survey.core.models import Survey
from survey.core.settings import Settings

VISITS = 20
THEMES, QUESTION = f"/s/{SLUG}/themes", f"/s/{SLUG}"
ANSWERS_A_SECOND = 20
SHARE_OF_STATIC, SHARE_OF_304, SHARE_WHILE_WRITING, SHARE_OF_QUESTION = 0.5, 0.7, 0.7, 1 / 3


@dataclass(frozen=True, slots=True)
class Page:
    """A page to visit, and what a browser says that knows it already."""

    path: str
    mark: str = ""


def pages_a_second(site: RunningSite, page: Page, visits: int = VISITS) -> float:
    """Return the pages a second that READERS concurrent readers get. Raises RuntimeError where one fails."""
    failed: list[int] = []
    start = threading.Barrier(READERS + 1)
    headers = {"If-None-Match": page.mark} if page.mark else {}
    wanted = 304 if page.mark else 200

    def read() -> None:
        connection = HTTPConnection("127.0.0.1", site.port, timeout=120)
        start.wait()
        for _ in range(visits):
            connection.request("GET", page.path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != wanted:
                failed.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=read) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    if failed:
        raise RuntimeError(f"{len(failed)} visits failed: {failed[:3]}")
    return READERS * visits / (time.perf_counter() - begun)


def fetched(site: RunningSite, path: str) -> tuple[bytes, str]:
    """Return the bytes of a page and its mark."""
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}{path}") as answer:
        return answer.read(), str(answer.headers.get("ETag", ""))


@contextmanager
def answers_arriving(settings: Settings) -> Iterator[None]:
    """Send answers from another process meanwhile."""
    command = [sys.executable, "-m", "benchmarks.speed_readers", "--send-to", settings.instance]
    process = subprocess.Popen(command)
    try:
        time.sleep(5)
        yield
    finally:
        process.terminate()
        process.wait(30)


def send_answers(instance: str) -> None:
    """Send ANSWERS_A_SECOND answers a second until the process is stopped."""
    app = create_app(Settings(instance=instance, secret_key="k" * 40, run_delay=600))
    with app.app_context():
        own = db.session.query(Survey).filter_by(slug=SLUG).one()
        number = 0
        while True:
            number += 1
            begun = time.monotonic()
            answers.receive(own, NewAnswer(f"We walk number {number} together", answers.new_form_key()))
            time.sleep(max(0.0, 1 / ANSWERS_A_SECOND - (time.monotonic() - begun)))


def _ratio(ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float, float]:
    """Return the median ratio of rounds that alternate, and the medians."""
    rounds = [(ours(), theirs()) for _ in range(ROUNDS)]
    return (
        statistics.median(one / other for one, other in rounds),
        statistics.median(one for one, _ in rounds),
        statistics.median(other for _, other in rounds),
    )


def rows(folder: Path, many: int = MANY) -> list[Row]:
    """Run all measurements on a site with so many answers."""
    settings = make_site(folder, many)
    with create_app(settings).app_context():
        migrations.upgrade()
        db.session.rollback()
        db.engine.dispose()
    found: list[Row] = []
    n = f"{many:,}"

    def add(what: str, ratio: tuple[float, float, float], least: float, beside: str) -> None:
        share, ours, other = ratio
        found.append(at_least(what, n, f"times {beside} ({ours:.0f} to {other:.0f} a second)", share, least))
        print(as_markdown(found[-1:]).rpartition("\n")[2], file=sys.stderr, flush=True)

    with serve(settings) as site:
        for path, name, least in (
            (THEMES, "theme page", SHARE_OF_STATIC),
            (QUESTION, "question page", SHARE_OF_QUESTION),
        ):
            page, mark = fetched(site, path)
            file = folder / "page.html"
            file.write_bytes(page)
            with serve(settings, application="benchmarks.kept_bytes:application", KEPT_BYTES=str(file)) as static:
                known = fetched(static, "/")[1]
                add(
                    f"{name}, {READERS} readers at once",
                    _ratio(partial(pages_a_second, site, Page(path)), partial(pages_a_second, static, Page("/"))),
                    least,
                    f"a page of {len(page):,} bytes from memory",
                )
                if mark:
                    add(
                        f"{name}, known to the browser (304)",
                        _ratio(
                            partial(pages_a_second, site, Page(path, mark)),
                            partial(pages_a_second, static, Page("/", known)),
                        ),
                        SHARE_OF_304,
                        "a 304 from memory",
                    )

        def while_writing() -> float:
            with answers_arriving(settings):
                return pages_a_second(site, Page(THEMES))

        add(
            f"theme page, {ANSWERS_A_SECOND} answers a second arriving",
            _ratio(while_writing, partial(pages_a_second, site, Page(THEMES))),
            SHARE_WHILE_WRITING,
            "without them",
        )
    return found


def main() -> int:
    """Measure and print the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed_readers")
    parser.add_argument("--answers", type=int, default=MANY)
    parser.add_argument("--folder", type=Path, help="folder that keeps the sites (default: temporary)")
    parser.add_argument("--send-to", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.send_to:
        send_answers(given.send_to)
    with tempfile.TemporaryDirectory(prefix="threads-readers-") as temporary:
        found = rows(given.folder or Path(temporary), given.answers)
    print(as_markdown(found))
    return 1 if any(row.passes is False for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
