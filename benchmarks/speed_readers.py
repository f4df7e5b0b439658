"""Measure pages that every reader gets alike against the same server giving a page of that size from memory.

    python -m benchmarks.speed_readers [--answers 100000] [--folder FOLDER]

50 readers at once, each over a connection of its own; rounds alternate within a minute. Written meanwhile: so many
answers a second are sent to the survey from another process.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app import create_app
from benchmarks.command import run
from benchmarks.place import Place
from benchmarks.result_table import Row, at_least, at_most
from benchmarks.rounds import ROUNDS, in_turns, ratios
from benchmarks.speed_pages import MANY, SLUG, RunningSite, make_site, serve
from benchmarks.visits import READERS, Page, read_at_once
from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer
from survey.core.database import db, migrations
from survey.core.models import Survey
from survey.core.settings import PROJECT, Settings

VISITS = 20
THEMES, QUESTION = f"/s/{SLUG}/themes", f"/s/{SLUG}"
ANSWERS_A_SECOND = 20
SHARE_OF_STATIC, SHARE_OF_304, SHARE_WHILE_WRITING, SHARE_OF_QUESTION = 0.5, 0.7, 0.7, 1 / 3
Measure = Callable[[], float]


def reading(site: RunningSite, page: Page, visits: int) -> Measure:
    """Return a measure of the pages a second that concurrent readers get."""
    return lambda: read_at_once(site.port, page, visits).a_second


def fetched(site: RunningSite, path: str) -> tuple[bytes, str]:
    """Return the bytes of a page and its mark."""
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}{path}") as answer:
        return answer.read(), str(answer.headers.get("ETag", ""))


@contextmanager
def answers_arriving(settings: Settings) -> Iterator[None]:
    """Send answers from another process meanwhile."""
    code = f"from benchmarks.speed_readers import send_answers; send_answers({settings.instance!r})"
    with subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, stdout=subprocess.PIPE) as process:
        if process.stdout is None or not process.stdout.readline():
            raise RuntimeError("no answers are sent")
        try:
            yield
        finally:
            process.terminate()


def send_answers(instance: str) -> None:
    """Send ANSWERS_A_SECOND answers a second until the process is stopped; print a line after the first second."""
    app = create_app(Settings(instance=instance, secret_key="k" * 40, run_delay=600))
    with app.app_context():
        own = db.session.query(Survey).filter_by(slug=SLUG).one()
        number = 0
        while True:
            number += 1
            begun = time.monotonic()
            answers.receive(own, NewAnswer(f"We walk number {number} together", answers.new_form_key()))
            if number == ANSWERS_A_SECOND:
                print("sending", flush=True)
            time.sleep(max(0.0, 1 / ANSWERS_A_SECOND - (time.monotonic() - begun)))


def beside(
    what: str, n: str, ours: Measure, name: str, theirs: Measure, least: float, rounds: int = ROUNDS
) -> list[Row]:  # fmt: skip
    """Return how many a second ours and the other's are, and how many times the other's ours are, in turns."""
    one, other = in_turns([ours, theirs], rounds)
    found = [
        at_least(what, n, f"a second, beside {name}", statistics.median(one), None, statistics.median(other)),
        at_least(what, n, f"times {name}", ratios(one, other), least),
    ]
    print(f"{what}, {n}: {found[1].ours} times {name}", file=sys.stderr, flush=True)
    return found


def rows(at: Place, answers: int = MANY, rounds: int = ROUNDS, visits: int = VISITS) -> list[Row]:
    """Run all measurements on a site with so many answers."""
    settings = make_site(at.sites, answers)
    with create_app(settings).app_context():
        migrations.upgrade()
        db.session.rollback()
        db.engine.dispose()
    found: list[Row] = []
    n = f"{answers:,}"
    with serve(settings) as site:
        for path, name, least in (
            (THEMES, "theme page", SHARE_OF_STATIC),
            (QUESTION, "question page", SHARE_OF_QUESTION),
        ):
            page, mark = fetched(site, path)
            found.append(at_most(name, n, "bytes", len(page), None))
            file = at.sites / "page.html"
            file.write_bytes(page)
            with serve(settings, application="benchmarks.kept_bytes:application", KEPT_BYTES=str(file)) as static:
                known = fetched(static, "/")[1]
                what = f"{name}, {READERS} readers at once"
                ours, theirs = reading(site, Page(path), visits), reading(static, Page("/"), visits)
                found += beside(what, n, ours, "a page of that size from memory", theirs, least, rounds)
                if mark:
                    what = f"{name}, known to the browser (304)"
                    ours = reading(site, Page(path, mark), visits)
                    theirs = reading(static, Page("/", known), visits)
                    found += beside(what, n, ours, "a 304 from memory", theirs, SHARE_OF_304, rounds)

        without_them = reading(site, Page(THEMES), visits)

        def while_writing() -> float:
            with answers_arriving(settings):
                return without_them()

        what = f"theme page, {ANSWERS_A_SECOND} answers a second arriving"
        found += beside(what, n, while_writing, "without them", without_them, SHARE_WHILE_WRITING, rounds)
    return found


if __name__ == "__main__":
    sys.exit(run("speed_readers", rows, MANY))
