"""A real site for fault tests: gunicorn and the worker as processes, on loopback and in a folder of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar
from pathlib import Path
from typing import IO, Any

import psutil  # type: ignore[import-untyped]
from flask import Flask
from sqlalchemy import update

from app import create_app
from benchmarks.load import hidden
from benchmarks.place import free_port
from survey.core.database import db, migrations, write_transaction
from survey.core.models import Run, Survey
from survey.core.settings import PROJECT, Settings
from survey.imports import importer
from survey.serve import launch
from tests.support.databases import give_file
from tests.support.site import quiet
from tests.support.visitors import OWNER, PASSWORD, make_owner, make_survey

HERE = Path(__file__).resolve().parent
FULL = os.environ.get("FAULTS") == "full"
FIGURES = os.environ.get("FIGURES")
"""A file that gets one JSON object a line: what a test measured"""
SLUG = "lasting"


def chosen(short: int, full: int) -> int:
    """How many, in the short form and in the full one."""
    return full if FULL else short


def figure(test: str, **measured: Any) -> None:
    """Print what a test measured, and add it to the file of figures."""
    line = json.dumps({"test": test, "form": "full" if FULL else "short", **measured}, sort_keys=True)
    print(f"\n{line}", flush=True)
    if FIGURES:
        with Path(FIGURES).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def wait_for(what: Callable[[], bool], seconds: float, why: str) -> float:
    """Wait until something is so; return the seconds it took. Raises AssertionError."""
    begun = time.monotonic()
    while not what():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"not within {seconds} seconds: {why}")
        time.sleep(0.05)
    return time.monotonic() - begun


LOG_SHOWN = 20_000
"""Characters of the web processes' log that are shown where a test fails"""


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker from the nursery."""

    pid: int

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return bool(psutil.pid_exists(self.pid))

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9, and until it is gone."""
        self.send(signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        """Until it is gone."""
        wait_for(lambda: not self.is_alive, 60, "the worker is gone")


@cache
def nursery() -> subprocess.Popen[bytes]:
    """The process that forks workers for all tests of this process; it ends with it."""
    command = [sys.executable, str(HERE / "toy_worker.py"), "--nursery"]
    own = {**os.environ, "PYTHONPATH": str(PROJECT)}
    return subprocess.Popen(
        command, cwd=PROJECT, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )


@dataclass
class Site:
    """One site. Each of its processes leads a process group, so that all of it ends with the test."""

    folder: Path
    settings: Settings
    app: Flask
    port: int = field(default_factory=free_port)
    environ: dict[str, str] = field(default_factory=dict)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _files: list[IO[bytes]] = field(default_factory=list)
    _workers: list[Worker] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(
        self,
        name: str,
        command: Sequence[str],
        stdin: int = subprocess.DEVNULL,
        stdout: int | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """A process of the site; what it says is added to NAME.log in the folder."""
        log = (self.folder / f"{name}.log").open("ab")
        own = self.environment() | dict(environ or {})
        process = subprocess.Popen(
            command, cwd=PROJECT, env=own, stdin=stdin, stdout=stdout or log, stderr=log, start_new_session=True
        )
        self._processes.append(process)
        self._files.append(log)
        return process

    def environment(self) -> dict[str, str]:
        """What the site's processes find in their environment."""
        own = {key: value for key, value in os.environ.items() if not key.startswith("THREADS_")}
        own["PYTHONPATH"] = str(PROJECT)
        for key in ("instance", "database_url", "proof_bits", "least_seconds", "address_answers", "proxies"):
            own[f"THREADS_{key.upper()}"] = str(getattr(self.settings, key))
        return own | {"THREADS_RUN_DELAY": str(self.settings.run_delay), **self.environ}

    def start_web(self, application: str = "app:create_app()") -> subprocess.Popen[bytes]:
        """The web processes, with the command of `python app.py`; returns when they answer."""
        command = launch.site_command(self.settings, self.port)
        web = self.start("web", [*command[:-1], application])
        wait_for(self.answers, 60, f"the site answers (see {self.folder}/web.log)")
        return web

    def start_worker(self, *arguments: str) -> Worker:
        """A worker with the toy model, and with what `arguments` ask of it (see toy_worker.py)."""
        process = nursery()
        assert process.stdin
        assert process.stdout
        line = [str(self.folder / "worker.log"), self.environment(), arguments]
        process.stdin.write(json.dumps(line).encode() + b"\n")
        process.stdin.flush()
        worker = Worker(int(process.stdout.readline()))
        self._workers.append(worker)
        return worker

    def start_real_worker(self, environ: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """A worker as `python app.py` starts it, with the real model."""
        return self.start("worker", launch.flask_command("worker"), environ=environ)

    def answers(self) -> bool:
        """Whether the site answers."""
        try:
            with urllib.request.urlopen(f"{self.base}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def log(self, name: str) -> str:
        """What a process said."""
        path = self.folder / f"{name}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def web_workers(self, web: subprocess.Popen[bytes]) -> list[psutil.Process]:
        """The processes that serve pages."""
        return list(psutil.Process(web.pid).children())

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process and all it started."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)

    def close(self) -> None:
        """End all processes."""
        for worker in self._workers:
            worker.kill()
        for process in self._processes:
            self.end(process)
        for file in self._files:
            file.close()
        with self.app.app_context():
            db.engine.dispose()


@contextmanager
def running_site(folder: Path, **changes: Any) -> Iterator[Site]:
    """A migrated site with one open survey; nothing of it runs yet."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = quiet(folder, **({"address_answers": 100_000, "proxies": 1, "run_delay": 3600} | changes))
    is_copied = give_file(settings)
    app = create_app(settings)
    if not is_copied:
        with app.app_context():
            migrations.upgrade()
    make_survey(app, None, SLUG)
    site = Site(folder, settings, app)
    try:
        yield site
    except BaseException:
        print(site.log("web")[-LOG_SHOWN:])
        raise
    finally:
        site.close()


def fill(site: Site, texts: Sequence[str]) -> int:
    """Import answers; return the id of the survey."""
    with site.app.app_context():
        survey = db.session.query(Survey).filter_by(slug=SLUG).one()
        content = "answer\n" + "\n".join(f'"{text}"' for text in texts)
        importer.import_answers(survey, content.encode())
        return survey.id


def survey_id(site: Site) -> int:
    """The id of the site's survey."""
    with site.app.app_context():
        return int(db.session.query(Survey.id).filter_by(slug=SLUG).scalar() or 0)


def run_of(site: Site, run_id: int | None = None) -> Run:
    """This run, or the newest."""
    with site.app.app_context():
        found = db.session.query(Run).order_by(Run.id.desc())
        run = (found if run_id is None else found.where(Run.id == run_id)).first()
        assert run
        return run


def signed_in(site: Site) -> urllib.request.OpenerDirector:
    """The owner's browser; the survey is theirs."""
    owner_id = make_owner(site.app)
    with site.app.app_context(), write_transaction() as session:
        session.execute(update(Survey).values(owner_id=owner_id))
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with browser.open(f"{site.base}/sign-in") as page:
        fields = hidden(page.read().decode())
    form = urllib.parse.urlencode({**fields, "name": OWNER, "password": PASSWORD}).encode()
    with browser.open(f"{site.base}/sign-in", form) as page:
        assert page.status == 200
    return browser
