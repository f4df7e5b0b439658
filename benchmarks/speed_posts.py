"""Measure how many answers a second the site takes, against a bare Flask handler that inserts each with sqlite3.

    python -m benchmarks.speed_posts [--answers 1500]

Both run with the same gunicorn configuration, processes and threads, and commit to a SQLite file in WAL mode with
`synchronous=FULL`. All forms are opened before the first is sent, each client at a connection and network address of
its own, and what counts are the seconds of the posts. Rounds alternate within a minute. Beside the ratio of posts a
second stands that of the processor seconds of the web processes, which other work on the machine hardly touches.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app import create_app
from benchmarks.command import run
from benchmarks.place import Place
from benchmarks.result_table import Row, as_markdown, at_least, at_most
from benchmarks.rounds import ratios
from benchmarks.speed_pages import SLUG, RunningSite, serve
from survey.core.database import db, migrations
from survey.core.models import Answer, Survey
from survey.core.settings import PROJECT, Settings
from survey.manage import surveys

CLIENTS = (50, 500)
POSTS, ROUNDS = 1500, 5
SHARE = 0.7
TAKEN = 303
PROOF_BITS = 8
"""Fewer than on a site, because the load client does the work of all browsers; the site checks it as ever"""
ENVIRONMENT = {
    "THREADS_PROXIES": "1",
    "THREADS_PROOF_BITS": str(PROOF_BITS),
    "THREADS_LEAST_SECONDS": "0",
    "THREADS_ADDRESS_ANSWERS": "100000",
    "THREADS_RUN_DELAY": "3600",
}


@dataclass(frozen=True, slots=True)
class Rush:
    """What one round took: posts a second, and the processor seconds of the web processes for a thousand posts."""

    rate: float
    processor: float


def make_sites(folder: Path) -> tuple[Settings, Settings]:
    """Return the settings of a new site with one open survey, and of the bare handler."""
    ours, bare = (
        Settings(instance=str(folder / name), secret_key="k" * 40, run_delay=3600) for name in ("ours", "bare")
    )
    bare.folder.mkdir(parents=True)
    app = create_app(ours)
    with app.app_context():
        migrations.upgrade()
        surveys.create(None, surveys.Fields("What keeps you together?", "I wonder.", "Ruth", SLUG, True, "none"))
        db.session.rollback()
        db.engine.dispose()
    return ours, bare


def rush(site: RunningSite, clients: int, posts: int, seed: int, out: Path) -> Rush:
    """Send so many answers from so many clients at once. Raises RuntimeError where one is not taken.

    Where a connection breaks, the form is sent again, as people do.
    """
    command = [sys.executable, "-m", "benchmarks.load", f"--port={site.port}", f"--slug={SLUG}", f"--out={out}"]
    options = [f"--clients={clients}", f"--posts={posts}", f"--seed={seed}", "--forms-first", f"--watch={site.pid}"]
    subprocess.run([*command, *options], cwd=PROJECT, check=True)
    found = json.loads(out.read_text(encoding="utf-8"))
    refused = [post["statuses"] for post in found["posts"] if post["statuses"][-1:] != [TAKEN]]
    if refused:
        raise RuntimeError(f"{len(refused)} posts were not taken: {refused[:3]}")
    return Rush(posts / found["seconds"], 1000 * found["processor"] / posts)


def rows(at: Place, answers: int = POSTS, rounds: int = ROUNDS, most: int = max(CLIENTS)) -> list[Row]:
    """Run all measurements on new sites, of so many clients at most, and look whether every answer is stored."""
    with tempfile.TemporaryDirectory(prefix="posts-", dir=at.sites) as folder:
        return _measured(Path(folder), answers, rounds, [clients for clients in CLIENTS if clients <= most])


def _measured(folder: Path, posts: int, rounds: int, of_clients: Sequence[int]) -> list[Row]:
    found: list[Row] = []
    ours, bare = make_sites(folder)
    handler = "benchmarks.bare_handler:create_app()"
    with serve(ours, **ENVIRONMENT) as site, serve(bare, handler, **ENVIRONMENT) as peer:
        for clients in of_clients:
            rushes = []
            for number in range(rounds + 1):
                pair = [rush(each, clients, posts, number, folder / "load.json") for each in (site, peer)]
                rushes.append(pair)
            found += _rows(clients, rushes[1:], posts)  # in the first, both fill their caches
            print(as_markdown(found[-4:]).partition("\n")[2].partition("\n")[2], file=sys.stderr, flush=True)
    app = create_app(ours)
    with app.app_context():
        own = db.session.query(Survey).filter_by(slug=SLUG).one()
        stored = db.session.query(Answer).filter_by(survey_id=own.id, status="shown").count()
        db.session.rollback()
        db.engine.dispose()
    sent = len(of_clients) * (rounds + 1) * posts
    if stored != sent:
        raise RuntimeError(f"of {sent} answers {stored} are stored and shown")
    return found


def _rows(clients: int, rushes: list[list[Rush]], posts: int) -> list[Row]:
    rates = [[pair[which].rate for pair in rushes] for which in (0, 1)]
    spent = [[pair[which].processor for pair in rushes] for which in (0, 1)]
    (rate, bare_rate), (cost, bare_cost) = map(statistics.median, rates), map(statistics.median, spent)
    what, n = f"answers from {clients} clients at once", f"{posts:,}"
    return [
        at_least(what, n, "a second", rate, None, bare_rate),
        at_least(what, n, "times bare Flask and sqlite3", ratios(*rates), SHARE),
        at_most(what, n, "processor seconds of a thousand", cost, None, bare_cost),
        at_most(what, n, "times the processor seconds of bare Flask and sqlite3", ratios(*spent), None),
    ]


if __name__ == "__main__":
    sys.exit(run("speed_posts", rows, POSTS))
