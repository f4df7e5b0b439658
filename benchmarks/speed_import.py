"""Measure the import of 100,000 answers from a file of each format through the site: preview, import, memory.

    python -m benchmarks.speed_import [--rows 100000] [--rounds 3] [--only "Web table"]

Behind gunicorn, as an owner's browser does it: the file is uploaded (or the list pasted) into an empty survey until the
preview is there; then it is taken in until the next page is there. Seconds are of the clock, the least of the rounds;
"processor" are those of all processes of the site, which other work on the machine hardly lengthens. Memory is the
largest of the rounds: of the largest web process, and of the process that reads the file.

JSON is refused by the site. An .xls holds 65,536 rows at most, and nothing here writes .xlsb: neither is measured.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from app import create_app
from benchmarks.command import finish
from benchmarks.import_files import FORMATS, PASTED_LIST, PASTED_TABLE, Rows, made_rows
from benchmarks.place import DATA_FOLDER, Place
from benchmarks.result_table import Row, as_markdown, at_most
from benchmarks.speed_pages import OWNER, PASSWORD, RunningSite, serve, sign_in
from survey.accounts import owners
from survey.core.database import db, migrations
from survey.core.settings import Settings
from survey.manage import surveys

PREVIEW_SECONDS, IMPORT_SECONDS, MEGABYTES = 3.0, 10.0, 300.0
BOUNDARY = "a-line-that-no-answer-has"
SAMPLE_SECONDS = 0.02
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Taken:
    """The seconds of a preview and of an import, by the clock and of the processor, and the memory in MB."""

    preview: float
    preview_processor: float
    taking_in: float
    taking_in_processor: float
    web: float
    reader: float


@contextmanager
def empty_site(folder: Path) -> Iterator[tuple[RunningSite, int]]:
    """Serve a site with an owner and no survey; gives it and the owner's id."""
    settings = Settings(instance=str(folder), run_delay=600, web_threads=8, secret_key="k" * 40)
    app = create_app(settings)
    with app.app_context():
        migrations.upgrade()
        owner_id = owners.set_up(owners.new_set_up_token(), OWNER, PASSWORD).owner_id
        db.session.rollback()
        db.engine.dispose()
    with serve(settings) as site:
        yield site, owner_id


class Browser:
    """The owner's browser."""

    def __init__(self, site: RunningSite) -> None:
        self.site, self.opener = site, sign_in(site)
        self.base = f"http://127.0.0.1:{site.port}"

    def look(self, slug: str, content: bytes, name: str) -> tuple[str, str]:
        """Upload a file, or paste it where it is one of the pasted; return the preview's address and page."""
        token = self._field(self._open(f"/manage/{slug}/import")[1], "csrf_token")
        pasted = name in (PASTED_LIST, PASTED_TABLE)
        parts = [("csrf_token", "", token.encode()), ("pasted", "", content if pasted else b"")]
        parts += [("file", "", b"")] if pasted else [("file", '; filename="answers"', content)]
        body = b"".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"{more}\r\n\r\n'.encode() + value + b"\r\n"
            for field, more, value in parts
        )
        return self._open(f"/manage/{slug}/import", body + f"--{BOUNDARY}--\r\n".encode(), "multipart/form-data")

    def take_in(self, address: str, preview: str) -> str:
        """Take in what a preview shows as it stands; return the page that says so."""
        form = [(name, unescape(value)) for name, value in _HIDDEN.findall(preview)]
        return self._open(address, urllib.parse.urlencode(dict(form)).encode())[1]

    def _open(self, address: str, body: bytes | None = None, kind: str = "") -> tuple[str, str]:
        request = urllib.request.Request(urllib.parse.urljoin(self.base, address), body)
        if kind:
            request.add_header("Content-Type", f"{kind}; boundary={BOUNDARY}")
        with self.opener.open(request) as answer:
            return str(answer.url), str(answer.read().decode())

    @staticmethod
    def _field(page: str, name: str) -> str:
        return str(next(value for found, value in _HIDDEN.findall(page) if found == name))


@contextmanager
def watched(site: RunningSite) -> Iterator[dict[str, float]]:
    """Note the peak memory, in MB, of the largest web process and of what it starts, during a `with` block."""
    for process in _children(site.pid):
        Path(f"/proc/{process}/clear_refs").write_text("5")  # the peak counts from here
    peaks = {"web": 0.0, "reader": 0.0}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLE_SECONDS):
            for process in _children(site.pid):
                for child in _children(process):
                    peaks["reader"] = max(peaks["reader"], _peak(child))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peaks
    finally:
        done.set()
        thread.join()
        peaks["web"] = max(map(_peak, _children(site.pid)))


def measure(browser: Browser, slug: str, name: str, content: bytes, count: int) -> Taken:
    """Import a file into an empty survey. Raises RuntimeError where not all of it came in."""
    site = browser.site
    with watched(site) as peaks:
        begun, used = time.perf_counter(), _processor(site)
        address, preview = browser.look(slug, content, name)
        seen, seen_used = time.perf_counter(), _processor(site)
        page = browser.take_in(address, preview)
        done, done_used = time.perf_counter(), _processor(site)
    if f"{count:,} answers added" not in page:
        raise RuntimeError(f"{name}: not all answers came in: {re.sub('<[^>]*>', ' ', page)[:2000]}")
    return Taken(seen - begun, seen_used - used, done - seen, done_used - seen_used, peaks["web"], peaks["reader"])


def rows(_: Place, answers: int = 100_000, rounds: int = 3, only: str = "") -> list[Row]:
    """Measure all formats, each with its targets, or those of one name."""
    found = []
    made: Rows = made_rows(answers)
    with tempfile.TemporaryDirectory(prefix="threads-import-") as folder, empty_site(Path(folder)) as (site, owner_id):
        browser = Browser(site)
        for number, (name, make) in enumerate(FORMATS.items()):
            if only and name != only:
                continue
            content = make(made)
            taken = []
            for round_ in range(rounds):
                slug = f"survey-{number}-{round_}"
                fields = surveys.Fields("What should change?", "I wonder.", "Ruth", slug, True, "none")
                with create_app(site.settings).app_context():
                    surveys.create(owner_id, fields)
                    db.session.rollback()
                    db.engine.dispose()
                taken.append(measure(browser, slug, name, content, answers))
            least = [min(getattr(one, field) for one in taken) for field in Taken.__slots__[:4]]
            what, n = f"import: {name}, {len(content) / 1e6:.0f} MB", f"{answers:,}"
            found += [
                at_most(what, n, "seconds until the preview", least[0], PREVIEW_SECONDS),
                at_most(what, n, "of them on the processor", least[1], None),
                at_most(what, n, "seconds until it is taken in", least[2], IMPORT_SECONDS),
                at_most(what, n, "of them on the processor", least[3], None),
                at_most(what, n, "MB, the largest web process", max(one.web for one in taken), MEGABYTES),
                at_most(what, n, "MB, the process that reads", max(one.reader for one in taken), None),
            ]
            print(as_markdown(found[-6:]).partition("\n")[2].partition("\n")[2], file=sys.stderr, flush=True)
    return found


def _children(process: int | str) -> list[str]:
    try:
        tasks = [task.name for task in Path(f"/proc/{process}/task").iterdir()]
        return [
            one for task in tasks for one in Path(f"/proc/{process}/task/{task}/children").read_text().split()
        ]  # fmt: skip
    except OSError:  # it has ended
        return []


def _peak(process: str) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0.0)


def _processor(site: RunningSite) -> float:
    """Return the seconds of the processor that the web processes and what they started have used."""
    ticks = 0
    for process in _children(site.pid):
        times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:15]
        ticks += sum(map(int, times))
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Print the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed_import")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", choices=["", *FORMATS], help="one format")
    told = parser.parse_args()
    found = rows(Place(DATA_FOLDER, Path()), told.rows, told.rounds, told.only)
    print(f"Load at the end: {os.getloadavg()[0]:.1f}\n")
    return finish(found)


if __name__ == "__main__":
    sys.exit(main())
