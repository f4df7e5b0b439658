"""Measure runs of surveys of millions of answers, from the database to the result that is shown, without a model.

    python -m benchmarks.large_surveys --answers 10000000 --folder FOLDER

The answers and the vectors of their ideas are in an SQLite file beforehand: making it takes as long again, and the
folder keeps it. The run is the worker's own; peak memory is of all its processes, and the disk that of the whole
instance folder at its largest.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from sqlalchemy import func, select

from analysis.embedding.shared_embedder import SharedEmbedder
from analysis.parallel.memory import trim_memory
from benchmarks.large_site import SLUG, load_words, make_large_site
from benchmarks.peak_memory import watch_peak
from benchmarks.result_table import Row, as_markdown, at_most
from benchmarks.rounds import cpu_seconds
from survey.core.database import db, write_transaction
from survey.core.models import Idea, Run, Survey, ThemeResult
from survey.core.settings import PROJECT
from survey.runs import lifecycle as runs
from survey.worker.perform_run import ClaimedRun

DATA = "made-up answers, stored vectors"
STEPS = (100_000, 1_000_000)
GIGABYTE = 1 << 30
CHILD = "import json, sys; from benchmarks.large_surveys import one_run; print(json.dumps(one_run(*sys.argv[1:3])))"

Figures = dict[str, float]


def rows(folder: Path, counts: tuple[int, ...] = STEPS) -> list[Row]:
    """Measure one run at each of these sizes, and how it grows."""
    table: list[Row] = []
    before: tuple[int, Figures] | None = None
    for count in counts:
        make_large_site(folder, count)
        own = _child(folder, count)
        n = f"{count:,}"
        ten_million = count >= 10_000_000
        table += [
            at_most(DATA, n, "minutes, from the database to the shown result", own["seconds"] / 60,
                    20.0 if ten_million else None),
            at_most(DATA, n, "of them on the processor, of all processes", own["cpu_seconds"] / 60, None),
            at_most(DATA, n, "peak memory of all processes, GB", own["gigabytes"], 8.0 if ten_million else None),
            at_most(DATA, n, "disk, GB", own["disk"], 20.0 if ten_million else None),
            at_most(DATA, n, "themes", own["themes"], None),
            at_most(DATA, n, "share of the ideas that are placed", own["placed"], None),
        ]  # fmt: skip
        if before is not None and count == 10 * before[0]:
            ratio = own["seconds"] / before[1]["seconds"]
            table.append(at_most(DATA, n, "times the minutes of a tenth of them", ratio, 11.0))
        before = count, own
    return table


def one_run(folder: str, count: str) -> Figures:
    """Find the themes of a survey anew as the worker does, in this process; return what it took."""
    app = make_large_site(Path(folder), int(count))
    model = SharedEmbedder(load_words(""))
    with app.app_context():
        survey_id = db.session.scalars(select(Survey.id).where(Survey.slug == SLUG)).one()
        with write_transaction() as session:
            run_id = runs.request_run(session, survey_id, "owner", finds=True)
        token = runs.claim(run_id)
        if token is None:
            raise RuntimeError(f"run {run_id} could not be claimed")
        trim_memory()
        done, largest = threading.Event(), [0.0]
        watch = threading.Thread(target=_watch_disk, args=(Path(app.instance_path), largest, done))
        watch.start()
        started, used = time.perf_counter(), cpu_seconds()
        with watch_peak() as memory:
            finished = ClaimedRun(run_id, token, lambda: model, None, load_words).perform()
        seconds, cpu = time.perf_counter() - started, cpu_seconds() - used
        done.set()
        watch.join()
        if finished is None:
            raise RuntimeError("the run failed: see above")
        run = db.session.get_one(Run, run_id)
        themes = select(func.count()).where(ThemeResult.run_id == run_id, ThemeResult.parent_id.is_(None))
        placed = select(func.count()).where(Idea.run_id == run_id, Idea.status == "placed")
        return {
            "seconds": run.seconds or 0.0,
            "with_clearing_up": seconds,
            "cpu_seconds": cpu,
            "gigabytes": memory.gigabytes(),
            "disk": max(largest[0], _disk(Path(app.instance_path))),
            "answers": run.answers,
            "themes": db.session.scalar(themes) or 0,
            "placed": (db.session.scalar(placed) or 0) / max(run.ideas, 1),
        }


def _watch_disk(folder: Path, largest: list[float], done: threading.Event) -> None:
    while not done.wait(2.0):
        largest[0] = max(largest[0], _disk(folder))


def _disk(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / GIGABYTE


def _child(folder: Path, count: int) -> Figures:
    """Run the measurement in a new process and return its figures."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), str(count)], capture_output=True, text=True, check=False, cwd=PROJECT
    )
    if done.returncode:
        raise RuntimeError(f"{count} answers failed: {done.stderr[-2000:]}")
    print(count, done.stdout.strip().splitlines()[-1], file=sys.stderr, flush=True)
    return {name: float(value) for name, value in json.loads(done.stdout.strip().splitlines()[-1]).items()}


def main() -> int:
    """Measure and print the table; return 0 if all targets are met."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.large_surveys", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--answers", type=int, nargs="*", default=list(STEPS), help="sizes, in ascending order")
    parser.add_argument("--folder", type=Path, help="where the sites are made and kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="large-surveys-") as own:
        table = rows(options.folder or Path(own), tuple(options.answers))
    print(as_markdown(table))
    return 1 if any(row.passes is False for row in table) else 0


if __name__ == "__main__":
    sys.exit(main())
