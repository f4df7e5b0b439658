"""Measure the search page with many synthetic answers: by word, by meaning, with a word that is spelled wrong.

    python -m benchmarks.speed_search [--answers 100000] [--folder FOLDER]

The service is a process of its own, as on a site; the vectors of the answers are random, those of queries real.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from flask import Flask
from sqlalchemy import insert

from analysis.arrays import unit
from analysis.embedding.precomputed import MODEL
from analysis.text.normalise import fold
from analysis.text.split_ideas import split_ideas
from app import create_app
from benchmarks.command import run
from benchmarks.place import Place
from benchmarks.result_table import Row, at_most
from benchmarks.synthetic_answers import WordModel, generate_answers
from survey.core.database import batches, db, migrations, now
from survey.core.models import Answer, Idea, Run, Survey, Vector
from survey.core.settings import PROJECT, Settings
from survey.search.wire import SOCKET_FILE
from survey.serve.launch import search_command

MANY = 100_000
DIMENSIONS = 512
BATCH = 5000
SLUG = "lasting"
ROUNDS = 40
MEGABYTE = 1 << 20


def make_site(folder: Path, count: int) -> Flask:
    """Return a site with so many answers in a published result, made unless the folder has it."""
    settings = Settings(instance=str(folder / f"search-{count}"), secret_key="k" * 40)
    app = create_app(settings)
    made = settings.folder / "made"
    with app.app_context():
        migrations.upgrade()
    if made.exists():
        return app
    generator = np.random.default_rng(0)
    with app.app_context():
        survey = Survey(slug=SLUG, question="What keeps you together?", published_at=now())
        db.session.add(survey)
        db.session.flush()
        run = Run(survey_id=survey.id, state="finished", reason="owner", finished_at=now(), answers=count, model=MODEL)
        db.session.add(run)
        db.session.flush()
        survey.current_run_id, own, of_run = run.id, survey.id, run.id
        wordings: set[str] = set()
        for batch in batches(enumerate(generate_answers(count, WordModel()), start=1), BATCH):
            db.session.execute(
                insert(Answer),
                [{"id": at, "survey_id": own, "form_key": f"row-{at}", "text": text} for at, text in batch],
            )
            ideas = [(at, start, end, fold(text[start:end])) for at, text in batch for start, end in split_ideas(text)]
            db.session.execute(
                insert(Idea),
                [
                    {"run_id": of_run, "answer_id": at, "starts": start, "ends": end, "status": "unplaced"}
                    for at, start, end, _ in ideas
                ],
            )
            wordings |= {folded for *_, folded in ideas}
        for part in batches(sorted(wordings), BATCH):
            vectors = unit(generator.normal(size=(len(part), DIMENSIONS)).astype(np.float32))
            db.session.execute(
                insert(Vector),
                [
                    {
                        "survey_id": own,
                        "text_hash": hashlib.sha256(text.encode()).digest(),
                        "model": MODEL,
                        "values": vector.tobytes(),
                    }
                    for text, vector in zip(part, vectors, strict=True)
                ],
            )
        db.session.commit()
    made.touch()
    return app


@contextmanager
def serving(app: Flask) -> Iterator[int]:
    """Run the search service of a site; gives its process id."""
    folder = Path(app.instance_path)
    chosen = Settings(instance=str(folder))
    environment = {**os.environ, "THREADS_INSTANCE": str(folder), "THREADS_SECRET_KEY": app.config["SECRET_KEY"]}
    with subprocess.Popen(search_command(chosen), cwd=PROJECT, env=environment) as process:
        while not (folder / SOCKET_FILE).exists():
            time.sleep(0.1)
        yield process.pid
        process.terminate()


def visit(app: Flask, query: str) -> tuple[float, str]:
    """Return how many milliseconds a search takes, and the page."""
    started = time.perf_counter()
    page = app.test_client().get(f"/s/{SLUG}/answers", query_string={"q": query})
    return 1000 * (time.perf_counter() - started), page.text


def is_whole(page: str) -> bool:
    """Return whether a page was made with the service."""
    return "in time" not in page and "right now" not in page


def rows(at: Place, answers: int = MANY) -> list[Row]:
    """Run all measurements on a site."""
    app = make_site(at.sites, answers)
    words = [topic[0] for topic in WordModel().topics[:ROUNDS]]
    by_word = [visit(app, word)[0] for word in words]
    wrong = [visit(app, word[:-2] + "x" + word[-1])[0] for word in words if len(word) > 5]
    with serving(app) as pid:
        before, started = resident(pid), time.perf_counter()
        while not is_whole(visit(app, "being heard")[1]):
            time.sleep(0.05)
        first = time.perf_counter() - started
        app.extensions["rate_limiter"].hit = lambda *who: True
        both = [visit(app, f"{word} and {number}") for number, word in enumerate(words)]
        after = resident(pid)
    lost = sum(not is_whole(page) for _, page in both)
    n = f"{answers:,}"
    return [
        at_most("search by word", n, "milliseconds of a page, median", statistics.median(by_word), 150),
        at_most("search by word, spelled wrong", n, "milliseconds of a page, median", statistics.median(wrong), 150),
        at_most("search by word, spelled wrong", n, "milliseconds of a page, longest", max(wrong), None),
        at_most("search by meaning", n, "milliseconds of a page, median", statistics.median(ms for ms, _ in both), 300),
        at_most("search by meaning", n, "pages of 40 made without it", lost, 0),
        at_most("search by meaning", n, "seconds until the first has an answer", first, None),
        at_most("search service", n, "MB before the first search", before / MEGABYTE, None),
        at_most("search service", n, "MB after it", after / MEGABYTE, None),
    ]


def resident(pid: int) -> int:
    """Return the memory of a process and of those it started, in bytes. Raises OSError without /proc."""
    status = Path(f"/proc/{pid}/status").read_text()
    own = next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmRSS"))
    return own + sum(map(resident, map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())))


if __name__ == "__main__":
    sys.exit(run("speed_search", rows, MANY))
