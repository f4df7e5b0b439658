"""`python app.py`: site and worker together on one machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from flask import Flask, url_for
from sqlalchemy import select

from survey.accounts import owners
from survey.core.command_error import CommandError, report_database_errors
from survey.core.database import db, migrate_tables
from survey.core.models import Survey
from survey.core.settings import PREFIX, PROJECT, Settings, SettingsError
from survey.runs import lifecycle as runs
from survey.serve import demo, startup

WAIT_FOR_SITE = 60
WAIT_FOR_DEMO = 300
STOP_SECONDS = 15
RESTARTS_MOST = 5
RESTARTS_WITHIN = 60.0

AppFactory = Callable[[Settings], Flask]


class Stopped(Exception):
    """Ctrl-C, or the system asked the process to end."""


def launch(create_app: AppFactory, arguments: list[str]) -> int:
    """Migrate, load the demo, start both processes, print the addresses, wait; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python app.py", description="Start the site and its worker on this machine.")
    parser.add_argument("--port", type=int, default=5000, help="port of the site (5000)")
    parser.add_argument("--instance", type=Path, help="folder of the database and the secret key (./instance)")
    parser.add_argument("--no-demo", action="store_true", help="do not load the demo survey into an empty site")
    given = parser.parse_args(arguments)
    if not 1 <= given.port <= 65535:
        parser.error("--port is a number from 1 to 65535")
    if given.instance:
        os.environ[f"{PREFIX}INSTANCE"] = str(given.instance.absolute())
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        chosen = startup.begin()
        _refuse_busy_port(chosen.host, given.port)
        app = create_app(chosen)
        return _serve(app, chosen, given.port, with_demo=not given.no_demo)
    except CommandError as error:
        print(error, file=sys.stderr)
        return 2
    except Stopped:
        return 0


def _serve(app: Flask, chosen: Settings, port: int, *, with_demo: bool) -> int:
    with app.app_context():
        with report_database_errors():
            migrate_tables()
        if with_demo and demo.load():
            _say("Loaded the demo survey.")
    site = f"http://{chosen.host}:{port}"
    children = Children({"site": site_command(chosen, port), "worker": flask_command("worker")})
    try:
        children.start()
        _say("Starting the site and the worker…")
        _wait_for_site(site, children)
        with app.app_context():
            if with_demo:
                _wait_for_demo(children)
            with app.test_request_context(base_url=chosen.base_url or site):
                for line in _addresses():
                    print(line, flush=True)
        children.watch()
    finally:
        children.stop()
    return 1


def _addresses() -> list[str]:
    """The lines that tell where to go."""
    lines = []
    survey = db.session.scalar(select(Survey).where(Survey.slug == demo.SLUG))
    if survey is not None and survey.is_published:
        lines.append(f"Themes: {url_for('results.themes', slug=survey.slug, _external=True)}")
    if owners.has_owner():
        lines.append(f"Sign in: {url_for('account.sign_in', _external=True)}")
    else:
        lines.append(f"Set up: {url_for('account.set_up', token=owners.new_set_up_token(), _external=True)}")
    return [*lines, "Ctrl-C ends both."]


class Children:
    """The processes of the site: started together, started again where one dies, ended together."""

    def __init__(self, commands: dict[str, list[str]]) -> None:
        self._commands = commands
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._deaths: list[float] = []

    def start(self) -> None:
        """Start those that are not running."""
        for name, command in self._commands.items():
            if name not in self._running:
                # A session of its own: Ctrl-C reaches only this process, which then ends the others in order.
                self._running[name] = subprocess.Popen(command, cwd=PROJECT, start_new_session=True)

    def check(self) -> None:
        """Start again what died; raises RuntimeError where that happens too often."""
        for name, process in list(self._running.items()):
            if process.poll() is not None:
                moment = time.monotonic()
                self._deaths = [*[death for death in self._deaths if moment - death < RESTARTS_WITHIN], moment]
                if len(self._deaths) > RESTARTS_MOST:
                    raise RuntimeError(f"The {name} stopped {RESTARTS_MOST} times within a minute (see above).")
                _say(f"The {name} stopped (status {process.returncode}). Starting it again.")
                del self._running[name]
                time.sleep(1)
                self.start()

    def watch(self) -> None:
        """Keep them running until this process is told to stop."""
        while True:
            time.sleep(0.5)
            self.check()

    def stop(self) -> None:
        """End them: politely, then not."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for process in self._running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self._running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()


def site_command(chosen: Settings, port: int) -> list[str]:
    """What serves the pages; its last word names the application."""
    if os.name == "nt":
        return [
            sys.executable,
            "-m",
            "waitress",
            f"--listen={chosen.host}:{port}",
            f"--threads={chosen.web_threads}",
            "--call",
            "app:create_app",
        ]
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--config=python:survey.serve.gunicorn_config",
        f"--bind={chosen.host}:{port}",
        "app:create_app()",
    ]


def flask_command(name: str) -> list[str]:
    """One of the commands in survey.serve.commands."""
    return [sys.executable, "-m", "flask", "--app", "app", name]


def _refuse_busy_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"{host}:{port} cannot be used ({error.strerror}). Choose another with --port."
            ) from None


def _wait_for_site(site: str, children: Children) -> None:
    deadline = time.monotonic() + WAIT_FOR_SITE
    while time.monotonic() < deadline:
        children.check()
        try:
            with urllib.request.urlopen(f"{site}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"The site did not answer at {site} within {WAIT_FOR_SITE} seconds.")


def _wait_for_demo(children: Children) -> None:
    """Until the demo has themes to look at, or its run failed, or it takes too long."""
    said = ""
    deadline = time.monotonic() + WAIT_FOR_DEMO
    while time.monotonic() < deadline:
        children.check()
        db.session.rollback()
        survey = db.session.scalar(select(Survey).where(Survey.slug == demo.SLUG))
        run = None if survey is None else runs.latest(survey.id)
        if survey is None or survey.current_run_id is not None or run is None:
            return
        if run.state == "failed":
            _say(f"The demo could not be analysed. {run.error}")
            return
        stage = runs.STAGES.get(run.stage or "", "Waiting for the worker")
        if stage != said:
            said = stage
            _say(f"{stage}…")
        time.sleep(0.3)
    _say("The demo is still being analysed. Its page fills when that is done.")


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped
