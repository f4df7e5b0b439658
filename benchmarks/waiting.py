"""Measure how long a new answer of one survey waits to be placed during a run of another survey.

    python -m benchmarks.waiting [--data ../shared/data] [--answers 20000] [--hostile 0]

Starts a site on SQLite in a temporary folder, with a worker process and the packaged model. During a run of survey A,
survey B receives an answer every two seconds. `--hostile` also sends A so many new answers of 5,000 characters: runs of
white space, no-break spaces, tabs and bullets.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import exists, select

from app import create_app
from benchmarks.data import read_csv
from survey.answers.lifecycle import MAX_LENGTH, NewAnswer, new_form_key, receive, receive_import
from survey.core.database import db, migrations
from survey.core.models import Answer, Idea, Run, Survey
from survey.core.settings import Settings
from survey.manage import surveys
from survey.runs import lifecycle as runs

SEND_SECONDS = 2.0
POLL_SECONDS = 0.05
TIMEOUT_SECONDS = 900.0
NEW_ANSWERS = (
    "We listen to each other before we argue",
    "Laughing together every single day",
    "Honesty, even when it hurts",
    "Separate bathrooms and separate bank accounts",
)


@dataclass
class Wait:
    """A new answer of survey B: when it was sent, the stage of A's run then, and the seconds until it was placed."""

    answer_id: int
    sent: float
    stage: str
    seconds: float | None = None


def main() -> int:
    """Measure and print the waiting times."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waiting", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of data")
    parser.add_argument("--answers", type=int, default=20_000, help="answers in survey A")
    parser.add_argument("--hostile", type=int, default=0, help="hostile new answers in survey A")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="threads-waiting-") as folder:
        app = create_app(Settings(instance=folder, run_delay=3600, proof_bits=0, least_seconds=0))
        with app.app_context():
            migrations.upgrade()
        worker = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "worker"],
            env={**os.environ, "THREADS_INSTANCE": folder, "THREADS_RUN_DELAY": "3600"},
            stderr=subprocess.DEVNULL,
        )
        try:
            _measure(app, options)
        finally:
            worker.terminate()
            worker.wait()
            logging.disable(logging.NOTSET)
    return 0


def _measure(app: Flask, options: argparse.Namespace) -> None:
    small = [row["answer"] for row in read_csv(options.data / "relationship_dev.csv")]
    large = [row["text"] for row in read_csv(options.data / "scale_reddit_titles_200k.csv")[: options.answers]]
    other, busy = _survey(app, "b", small), _survey(app, "a", large[:200])
    for survey_id in (other, busy):
        _finish(app, survey_id)
    with app.app_context():
        survey = db.session.get_one(Survey, busy)
        receive_import(survey, [NewAnswer(text, f"key of {at}") for at, text in enumerate(large[200:])])
    time.sleep(5)  # until the placing that this requests is over
    with app.app_context():
        runs.request_run_now(busy)
        asked = db.session.scalars(select(Run.id).where(Run.survey_id == busy).order_by(Run.id.desc())).first()
    while not _has_started(app, asked):
        time.sleep(POLL_SECONDS)
    started = time.monotonic()
    if options.hostile:
        _send_hostile(app, busy, options.hostile)
    waits: list[Wait] = []
    run_seconds: float | None = None
    while run_seconds is None or any(wait.seconds is None for wait in waits):
        current_time = time.monotonic()
        with app.app_context():
            run = db.session.get(Run, asked)
            state, stage = (run.state, run.stage or "") if run else ("", "")
            if run_seconds is None and state in ("finished", "failed"):
                run_seconds = current_time - started
                print(f"the run of A: {state} after {run_seconds:.1f} s")
            if run_seconds is None and current_time - started >= SEND_SECONDS * len(waits):
                survey = db.session.get_one(Survey, other)
                receive(survey, NewAnswer(f"{NEW_ANSWERS[len(waits) % len(NEW_ANSWERS)]} {len(waits)}", new_form_key()))
                newest = db.session.scalars(
                    select(Answer.id).where(Answer.survey_id == other).order_by(Answer.id.desc())
                ).first()
                waits.append(Wait(newest or 0, time.monotonic(), stage))
            open_waits = [wait for wait in waits if wait.seconds is None]
            current = db.session.get_one(Survey, other).current_run_id
            for wait in open_waits:
                seen = exists().where(Idea.run_id == current, Idea.answer_id == wait.answer_id)
                if db.session.scalar(select(seen)):
                    wait.seconds = time.monotonic() - wait.sent
                elif time.monotonic() - wait.sent > TIMEOUT_SECONDS:
                    raise SystemExit("an answer was not placed")
        time.sleep(POLL_SECONDS)
    _print(waits)


def _print(waits: list[Wait]) -> None:
    seconds = [wait.seconds or 0.0 for wait in waits]
    print(
        f"{len(waits)} new answers of B during the run: placed after {statistics.median(seconds):.2f} s (median), "
        f"{max(seconds):.2f} s (longest)"
    )
    for stage in dict.fromkeys(wait.stage for wait in waits):
        own = [wait.seconds or 0.0 for wait in waits if wait.stage == stage]
        print(f"  {stage or 'before it started'}: {len(own)}, {statistics.median(own):.2f} s, {max(own):.2f} s")


def _survey(app: Flask, slug: str, texts: list[str]) -> int:
    fields = surveys.Fields("What keeps you together?", "I wonder.", "Ruth", slug, True, "relationships")
    with app.app_context():
        surveys.create(None, fields)
        survey = db.session.scalars(select(Survey).where(Survey.slug == slug)).one()
        receive_import(survey, [NewAnswer(text, f"first {at}") for at, text in enumerate(texts)])
        runs.request_run_now(survey.id)
        return survey.id


def _has_started(app: Flask, run_id: int | None) -> bool:
    with app.app_context():
        return db.session.get_one(Run, run_id).state != "asked"


def _finish(app: Flask, survey_id: int) -> None:
    started = time.monotonic()
    while time.monotonic() - started < TIMEOUT_SECONDS:
        with app.app_context():
            if db.session.get_one(Survey, survey_id).current_run_id is not None:
                return
        time.sleep(0.5)
    raise SystemExit("the first run did not end")


def _send_hostile(app: Flask, survey_id: int, count: int) -> None:
    with app.app_context():
        for number in range(count):
            sign = "\u00a0\t •"[number % 4]
            middle = sign * (MAX_LENGTH - 40)
            survey = db.session.get_one(Survey, survey_id)
            receive(survey, NewAnswer(f"1. We listen {number}{middle}= laughing", new_form_key()))


if __name__ == "__main__":
    sys.exit(main())
