"""Measure what people wait for at the beginning: a command line, a site, a worker, a small survey.

    python -m benchmarks.speed_starting [--data ../shared/data] [--times 10] [--write]

Each is compared with what no such program can do without: `python -c "import onnxruntime, scipy"` where themes are
found, and `python -c "import flask, sqlalchemy"` for a site. Both run in turn, and medians are compared: on a machine
that is busy, seconds of both grow alike. Processor seconds are those of all processes together. Modules are compiled
and the encoders converted before, as after the first call; the first call is a row of its own.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flask import Flask
from sqlalchemy import exists, select

from analysis.embedding.models import load
from analysis.known_themes.codebook import DEFAULT, Codebook
from analysis.pipeline import analyse
from app import create_app
from benchmarks.command import finish
from benchmarks.data import read_csv
from benchmarks.place import DATA_FOLDER, Place, free_port
from benchmarks.result_table import RESULTS, Row, at_most, write
from survey.answers.lifecycle import NewAnswer, new_form_key, receive, receive_import
from survey.core.database import db, migrations
from survey.core.models import Answer, Idea, Survey
from survey.core.settings import Settings
from survey.manage import surveys
from survey.runs import lifecycle as runs

HEADING, COMMAND = "How soon it starts", "python -m benchmarks.speed_starting --write"
PEERS = "The peer is `import onnxruntime, scipy`; of `python app.py` it is `import flask, sqlalchemy`."
PACKAGES = ("onnxruntime", "numpy", "scipy", "Flask", "SQLAlchemy")
LIBRARIES = [sys.executable, "-c", "import onnxruntime, scipy"]
FRAMEWORKS = [sys.executable, "-c", "import flask, sqlalchemy"]
TIMES = 10
MOST_TIMES_AS_LONG = 3.0
SITE_TIMES = 3  # each takes seconds
POLL_SECONDS, TIMEOUT_SECONDS = 0.02, 300.0
HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds that passed, and processor seconds of all processes that ended meanwhile."""

    seconds: float
    work: float


def rows(place: Place, times: int = TIMES) -> list[Row]:
    """Return all rows of this module. Raises NotMeasuredError without the data."""
    small, large = place.file("facebook_answers.csv"), place.file("relationship_dev.csv")
    texts = [row["answer"] for row in read_csv(large)][:HUNDRED]
    with tempfile.TemporaryDirectory(prefix="starting-", dir=place.sites) as folder:
        return [
            *commands(small, texts, Path(folder), times),
            *sites(Path(folder), min(times, SITE_TIMES)),
            *workers(texts, Path(folder), min(times, SITE_TIMES)),
            *small_runs(texts, times),
        ]


def commands(small: Path, texts: Sequence[str], folder: Path, times: int) -> list[Row]:
    """Measure `python -m analysis` of 37 and of 100 answers."""
    keep, found = folder / "keep", list[Row]()
    hundred = folder / "hundred.csv"
    with hundred.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["answer"], *([text] for text in texts)])
    for number, answers in enumerate((small, hundred)):
        command = [sys.executable, "-m", "analysis", str(answers), "-o", str(folder / "themes.csv")]
        command += ["--keep", str(keep)]
        count = str(len(read_csv(answers)))
        if not number:
            first = spend(partial(run, command))
            found.append(at_most(answers.stem, count, "seconds of the first command", first.seconds, None))
        ours, peer = in_turn(command, LIBRARIES, times)
        limit = None if number else MOST_TIMES_AS_LONG
        found += compared(answers.stem, count, "`python -m analysis`", ours, peer, limit)
    return found


def sites(folder: Path, times: int) -> list[Row]:
    """Measure `python app.py` from nothing to the themes of the demo, and from a folder of before to its first page."""
    first, again, peer = [], [], []
    for number in range(times):
        instance = folder / f"site-{number}"
        first.append(spend(partial(serve, instance, "Themes: ")))
        again.append(spend(partial(serve, instance, "Starting the site")))
        peer.append(spend(partial(run, FRAMEWORKS)))
    return [
        *compared("a new folder", "demo", "`python app.py` to the themes of the demo", first, peer, None),
        *compared("a folder of before", "demo", "`python app.py` to its first page", again, peer, None),
    ]


def workers(texts: Sequence[str], folder: Path, times: int) -> list[Row]:
    """Measure a fresh worker until it has placed an answer that waits."""
    settings = Settings(instance=str(folder / "worker"), run_delay=3600, proof_bits=0, least_seconds=0)
    app = create_app(settings)
    with app.app_context():
        migrations.upgrade()
        surveys.create(None, surveys.Fields("What keeps you together?", "I wonder.", "Ruth", "b", True, DEFAULT))
        survey = db.session.scalars(select(Survey)).one()
        receive_import(survey, [NewAnswer(text, f"first {at}") for at, text in enumerate(texts)])
        runs.request_run_now(survey.id)
    with worker(settings.instance):
        until(app, lambda: db.session.scalars(select(Survey.current_run_id)).one() is not None)
    ours, peer = [], []
    for number in range(times):
        with app.app_context():
            receive(db.session.scalars(select(Survey)).one(), NewAnswer(f"We laugh a lot {number}", new_form_key()))
            newest = db.session.scalars(select(Answer.id).order_by(Answer.id.desc())).first()
        ours.append(spend(partial(place, app, settings.instance, newest)))
        peer.append(spend(partial(run, LIBRARIES)))
    return compared("relationship_dev", "1", "a fresh worker until it has placed an answer", ours, peer, None)


def place(app: Flask, instance: str, answer_id: int | None) -> None:
    """Run a worker until an answer has been placed."""
    with worker(instance):
        until(app, lambda: bool(db.session.scalar(select(exists().where(Idea.answer_id == answer_id)))))


def small_runs(texts: Sequence[str], times: int) -> list[Row]:
    """Measure a run of 100 answers in a process that has loaded its encoders and did a run before."""
    codebook, embedder = Codebook.load(DEFAULT), load()
    analyse(texts[:20], codebook=codebook, embedder=embedder)
    seconds, work, ratios = [], [], []
    for _ in range(times):
        started, worked = time.perf_counter(), time.process_time()
        analyse(texts, codebook=codebook, embedder=embedder)
        seconds.append(time.perf_counter() - started)
        work.append(time.process_time() - worked)
        worked = time.process_time()
        embedder.encode(texts)
        ratios.append(work[-1] / (time.process_time() - worked))
    count, median = str(len(texts)), statistics.median
    return [
        at_most("relationship_dev", count, "seconds of a run in a warm process", median(seconds), None),
        at_most("relationship_dev", count, "the same in seconds of work of all cores", median(work), None),
        at_most("relationship_dev", count, "times the work of encoding it", ratios, None),
    ]  # fmt: skip


def compared(
    data: str, count: str, what: str, ours: Sequence[Spent], peer: Sequence[Spent], limit: float | None
) -> list[Row]:
    """Return the rows of seconds, of work, and of both as multiples of the peer's, each time; medians."""
    found: list[Row] = []
    for unit, own, other in (
        ("seconds", [one.seconds for one in ours], [one.seconds for one in peer]),
        ("seconds of work", [one.work for one in ours], [one.work for one in peer]),
    ):
        median = statistics.median(own)
        times = [one / two for one, two in zip(own, other, strict=True)]
        found.append(at_most(data, count, f"{what}: {unit}", median, None, statistics.median(other)))
        found.append(at_most(data, count, f"{what}: times the peer's {unit}", times, limit))
    return found


def in_turn(ours: Sequence[str], peer: Sequence[str], times: int) -> tuple[list[Spent], list[Spent]]:
    """Run two commands by turns, after once each."""
    both: tuple[list[Spent], list[Spent]] = ([], [])
    for number in range(times + 1):
        for command, found in zip((ours, peer), both, strict=True):
            spent = spend(partial(run, command))
            if number:
                found.append(spent)
    return both


def spend(work: Callable[[], object]) -> Spent:
    """Return what a piece of work takes."""
    before, started = _work_of_children(), time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    return Spent(seconds, _work_of_children() - before)


def run(command: Sequence[str]) -> None:
    """Run a command to its end. Raises CalledProcessError if it fails."""
    subprocess.run(command, check=True, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def serve(instance: Path, last: str) -> None:
    """Run a site until it prints a line that begins so, take its first page, and stop it."""
    port = free_port()
    command = [sys.executable, "app.py", "--port", str(port), "--instance", str(instance)]
    output = subprocess.PIPE
    with subprocess.Popen(command, env=environment(), stdout=output, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(last):
                break
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=TIMEOUT_SECONDS) as answer:
                    assert answer.status == 200
                    break
            except OSError:
                time.sleep(POLL_SECONDS)
        process.send_signal(signal.SIGTERM)
        process.stdout.read()


@contextmanager
def worker(instance: str) -> Iterator[None]:
    """Run a worker during a `with` block."""
    command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
    more = {"THREADS_INSTANCE": instance, "THREADS_RUN_DELAY": "3600"}
    process = subprocess.Popen(command, env={**environment(), **more}, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def until(app: Flask, holds: Callable[[], bool]) -> None:
    """Wait until something holds in the database. Raises TimeoutError."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        with app.app_context():
            if holds():
                return
        time.sleep(POLL_SECONDS)
    raise TimeoutError("the worker did not end its work")


def environment() -> Mapping[str, str]:
    """Return the environment of the processes: they keep compiled modules, as they do where nobody forbids it."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _work_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Measure and print; return 0 if all targets are met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed_starting")
    parser.add_argument("--data", type=Path, default=DATA_FOLDER, help="folder of data")
    parser.add_argument("--times", type=int, default=TIMES, help="how often commands are run")
    parser.add_argument("--write", action="store_true", help="write a section of RESULTS.md")
    given, started, load = parser.parse_args(), time.perf_counter(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="threads-starting-") as folder:
        found = rows(Place(given.data, Path(folder)), given.times)
    if given.write:
        notes = [f"Load of the machine before and after: {load:.1f}, {os.getloadavg()[0]:.1f}.", PEERS]
        taken = time.perf_counter() - started
        write(RESULTS, HEADING, found, notes, command=COMMAND, seconds=taken, packages=PACKAGES)
    return finish(found)


if __name__ == "__main__":
    sys.exit(main())
