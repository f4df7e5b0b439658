"""Many machines: one PostgreSQL, several web processes and workers, and Dask. The result is that of one machine."""

from __future__ import annotations

import re
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from benchmarks.place import free_port
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult, WorkerProcess
from survey.runs import lifecycle as runs
from survey.serve import launch
from tests.faults.running_site import FULL, Site, figure, fill, run_of, running_site, survey_id, wait_for
from tests.support.databases import empty_postgres

ANSWERS, WORKERS, HELPERS = 2000, 3, 2
SAID = (
    "We {} listen to each other", "Trust, and {} telling the truth", "He {} makes me laugh", "Time together {} at home",
    "We {} say thank you", "Never {} going to bed angry", "Being {} patient with each other", "{} sharing the work",
    "We {} talk about money", "{} forgiving quickly and meaning it", "Having {} friends of our own", "{} long walks",
)  # fmt: skip
HOW = (
    "always", "really", "still", "even when tired", "every single day", "as often as we can", "after forty years",
    "in good times and bad", "without being asked", "more than anything", "with the children around", "honestly",
)  # fmt: skip
WHEN = (
    "", "at breakfast", "on Sundays", "since we met", "when we disagree", "on holiday", "after work", "before sleeping",
    "with our parents", "while cooking", "in the car", "on the phone", "when one of us is ill", "in winter",
)  # fmt: skip


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[str]:
    """An empty database on a PostgreSQL."""
    with empty_postgres(postgres_server) as url:
        yield url


def said(count: int) -> list[str]:
    """So many answers of one to three ideas, many of them alike."""
    ideas = [f"{idea.format(how)} {when}".strip() for how in HOW for when in WHEN for idea in SAID]
    joined = [
        ". ".join(ideas[(number * step + step) % len(ideas)] for step in range(1, 2 + number % 3)) + f" ({number})"
        for number in range(count)
    ]
    return [re.sub(r" \(\d+\)$", "", one) if number % 5 else one for number, one in enumerate(joined)]


def found(site: Site) -> dict[str, Any]:
    """What a site's result says: its themes with their counts, and every placement by the words."""
    with site.app.app_context():
        run_id = db.session.scalar(select(Survey.current_run_id))
        run = db.session.get_one(Run, run_id)
        themes = db.session.execute(
            select(Theme.key, Theme.name, ThemeResult.people, ThemeResult.mentions, ThemeResult.rank)
            .join(ThemeResult, ThemeResult.theme_id == Theme.id)
            .where(ThemeResult.run_id == run_id)
            .order_by(Theme.key)
        )
        members = db.session.execute(
            select(Answer.form_key, Answer.text, Idea.starts, Idea.ends, Theme.key, Placement.strength, Placement.quote)
            .join(Idea, Idea.answer_id == Answer.id)
            .outerjoin(Placement, Placement.idea_id == Idea.id)
            .outerjoin(Theme, Theme.id == Placement.theme_id)
            .where(Idea.run_id == run_id)
        )
        return {
            "counts": (run.answers, run.ideas, run.nonanswers, run.placed, run.model),
            "themes": [tuple(row) for row in themes],
            "members": sorted((tuple(row) for row in members), key=str),
        }


def test_two_workers_place_every_answer_once(postgres: str, tmp_path: Path) -> None:
    with running_site(tmp_path / "site", database_url=postgres) as site:
        for _ in range(2):
            site.start_worker()
        fill(site, said(60))
        with site.app.app_context():
            runs.request_run_now(survey_id(site))
        wait_for(lambda: run_of(site).state == "finished", 60, f"the run is done (see {site.folder}/worker.log)")
        jobs = site.app.extensions["jobs"]
        for number in range(10):
            with site.app.app_context(), write_transaction() as session:
                for at in range(8):
                    key = f"new {number} {at}"
                    row = {"survey_id": 1, "text": f"Listening and trust {number} {at}", "form_key": key}
                    session.add(Answer(**row))
            for _ in range(4):
                jobs.huey.enqueue(jobs._place_answers.s(survey_id(site)))
            time.sleep(0.1)

        def all_there() -> bool:
            with site.app.app_context():
                return db.session.scalar(select(func.count(Idea.answer_id.distinct()))) == 60 + 80

        wait_for(all_there, 60, f"all are placed (see {site.folder}/worker.log)")
        wait_for(lambda: jobs.huey.pending_count() == 0, 30, "the queue is empty")
        with site.app.app_context():
            spans = select(func.count(Idea.id)).group_by(Idea.answer_id, Idea.starts, Idea.ends, Idea.run_id)
            assert set(db.session.scalars(spans)) == {1}
            assert run_of(site).answers == 60 + 80
            people = select(Placement.theme_id, func.count(Idea.answer_id.distinct()))
            counted = dict(db.session.execute(people.join(Idea).group_by(Placement.theme_id)).all())
            told = select(ThemeResult.theme_id, ThemeResult.people).where(ThemeResult.parent_id.is_(None))
            assert counted == dict(db.session.execute(told).all())
            assert db.session.scalar(select(func.count()).select_from(WorkerProcess)) == 2
        assert "Traceback" not in site.log("worker")


@pytest.mark.skipif(not FULL, reason="takes minutes: FAULTS=full python -m pytest tests/faults/test_many_machines.py")
def test_many_machines_find_what_one_finds_also_where_one_dies(postgres: str, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: requirements-scale.txt")
    answers = said(ANSWERS)
    with ExitStack() as stack:
        site = stack.enter_context(running_site(tmp_path / "many", database_url=postgres))
        dask, second = free_port(), free_port()
        scheduler = f"tcp://127.0.0.1:{dask}"
        at = ("--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
        site.start("scheduler", [sys.executable, "-m", "dask", "scheduler", *at, "--port", str(dask)])
        for number in range(HELPERS):
            command = [sys.executable, "-m", "dask", "worker", scheduler, *at, "--nthreads", "1"]
            site.start(f"helper-{number}", command)
        site.start_web()
        site.start("web-2", launch.site_command(site.settings, second))
        wait_for(lambda: "Registered to" in site.log("helper-0") + site.log("helper-1"), 60, "Dask works")
        own = {"THREADS_DASK": scheduler}
        command = launch.flask_command("worker")
        workers = {f"worker-{n}": site.start(f"worker-{n}", command, environ=own) for n in range(WORKERS)}
        wait_for(lambda: all("help" in site.log(name) for name in workers), 120, "the workers found Dask")
        fill(site, answers)
        begun = time.monotonic()
        with site.app.app_context():
            runs.request_run_now(survey_id(site))
        wait_for(lambda: run_of(site).stage == "vectors", 120, "vectors are made")
        first = next(name for name in workers if "run 1: started" in site.log(name))
        site.end(workers[first])
        killed_at = run_of(site)
        assert killed_at.state == "running"
        wait_for(lambda: run_of(site).state == "finished", 400, "another worker did the run")
        seconds = time.monotonic() - begun
        assert run_of(site).attempts == 2
        took_over = [name for name in workers if name != first and "run 1: finished" in site.log(name)]
        assert len(took_over) == 1
        assert "works alone" not in site.log(took_over[0])
        with site.app.app_context(), write_transaction() as session:
            session.execute(update(Survey).values(published_at=now()))
        pages = []
        for port in (site.port, second):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/s/lasting/themes", timeout=30) as page:
                pages.append(page.read().decode())
        many = found(site)

        alone = stack.enter_context(running_site(tmp_path / "one"))
        fill(alone, answers)
        with alone.app.app_context():
            runs.request_run_now(survey_id(alone))
        alone.start_real_worker()
        wait_for(lambda: run_of(alone).state == "finished", 400, "one machine did the run")
        one = found(alone)
    assert len(one["themes"]) > 5
    assert many == one
    assert all(str(name) in page.replace("&#39;", "'") for page in pages for _, name, *_ in one["themes"][:1])
    figure("many machines", answers=ANSWERS, seconds_with_one_killed=round(seconds, 1), themes=len(one["themes"]))
