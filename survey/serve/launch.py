"""`python app.py`: run the site, a worker and the search service on this machine until Ctrl-C or its terminal ends."""

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
from survey.core.settings import PREFIX, Settings, SettingsError, refuse_missing_model
from survey.runs import lifecycle as runs
from survey.search import doorman
from survey.serve import child_process, demo, startup
from survey.serve.launcher_file import hold_folder

SITE_TIMEOUT_SECONDS = 60
DEMO_TIMEOUT_SECONDS = 300
STOP_SECONDS = 15
MAX_RESTARTS = 5
RESTART_WINDOW_SECONDS = 60.0
SPARED = "search service"
"""The process without which the site goes on: searches then find words only"""

asked: list[int] = []
"""The signals by which this process was asked to stop"""

AppFactory = Callable[[Settings], Flask]


class Stopped(Exception):
    """The process received SIGINT, SIGTERM or SIGHUP."""


class Restarted(Exception):
    """The process received SIGUSR1: another version of the site is in place (`make upgrade`)."""


def launch(create_app: AppFactory, arguments: list[str]) -> int:
    """Migrate, load the demo, start both processes, print the URLs and wait; return the exit status."""
    parser = argparse.ArgumentParser(prog="python app.py", description="Start the site and its worker on this machine.")
    parser.add_argument("--port", type=int, default=5000, help="port of the site (5000)")
    parser.add_argument("--instance", type=Path, help="folder of the database and the secret key (./instance)")
    parser.add_argument("--no-demo", action="store_true", help="do not load the demo survey into an empty site")
    given = parser.parse_args(arguments)
    if not 1 <= given.port <= 65535:
        parser.error("--port is a number from 1 to 65535")
    if given.instance:
        os.environ[f"{PREFIX}INSTANCE"] = str(given.instance.absolute())
    stop_signals = _stop_signals()
    for number in stop_signals:
        signal.signal(number, _stop)
    if os.name != "nt":
        signal.signal(signal.SIGUSR1, _restart)
    try:
        chosen = startup.begin()
        refuse_missing_model(chosen.model)
        with hold_folder(chosen.folder, f"http://{chosen.host}:{given.port}") as kept_open:
            _refuse_busy_port(chosen.host, given.port)
            return _serve(create_app(chosen), chosen, given.port, kept_open, with_demo=not given.no_demo)
    except CommandError as error:
        print(error, file=sys.stderr)
        return 2
    except Restarted:
        _print_status("Beginning anew…")
        for number in stop_signals:  # what is ignored now would stay so
            signal.signal(number, signal.SIG_DFL)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    except Stopped:
        return 0


def _serve(app: Flask, chosen: Settings, port: int, kept_open: tuple[int, ...], *, with_demo: bool) -> int:
    with app.app_context():
        with report_database_errors():
            migrate_tables()
        if with_demo and demo.load():
            _print_status("Loaded the demo survey.")
    site = f"http://{chosen.host}:{port}"
    children = Children(
        {
            "site": site_command(chosen, port),
            "worker": flask_command("worker"),
            SPARED: search_command(chosen),
        },
        kept_open,
    )
    try:
        children.start()
        _print_status("Starting the site and the worker…")
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
    """Return the lines with the URLs to open."""
    lines = []
    survey = db.session.scalar(select(Survey).where(Survey.slug == demo.SLUG))
    if survey is not None and survey.is_published:
        lines.append(f"Themes: {url_for('results.themes', slug=survey.slug, _external=True)}")
    if owners.has_owner():
        lines.append(f"Sign in: {url_for('account.sign_in', _external=True)}")
    else:
        lines.append(f"Set up: {url_for('account.set_up', token=owners.new_set_up_token(), _external=True)}")
    return [*lines, "Ctrl-C ends all of it."]


class Children:
    """The child processes: started, restarted when one dies, stopped at the end."""

    def __init__(self, commands: dict[str, list[str]], kept_open: tuple[int, ...]) -> None:
        """`kept_open` are the files that each of them keeps open."""
        self._commands = commands
        self._kept_open = kept_open
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._deaths: list[float] = []

    def start(self) -> None:
        """Start the processes that are not running."""
        for name, command in self._commands.items():
            if name not in self._running:
                self._running[name] = child_process.start(command, self._kept_open)

    def check(self) -> None:
        """Restart processes that died. Raises RuntimeError if that happens too often, but go on without SPARED.

        Raises Stopped if that was asked for, and what was raised then was lost, as in a destructor.
        """
        if asked:
            raise Stopped
        for name, process in list(self._running.items()):
            if process.poll() is not None:
                moment = time.monotonic()
                self._deaths = [*[death for death in self._deaths if moment - death < RESTART_WINDOW_SECONDS], moment]
                if len(self._deaths) > MAX_RESTARTS:
                    if name == SPARED:
                        _print_status(f"The {name} stopped {MAX_RESTARTS} times within a minute, and is left stopped.")
                        del self._running[name], self._commands[name]
                        continue
                    raise RuntimeError(f"The {name} stopped {MAX_RESTARTS} times within a minute (see above).")
                _print_status(f"The {name} stopped (status {process.returncode}). Starting it again.")
                del self._running[name]
                time.sleep(1)
                self.start()

    def watch(self) -> None:
        """Restart dead processes until this one is told to stop."""
        while True:
            time.sleep(0.5)
            self.check()

    def stop(self) -> None:
        """Terminate the processes; kill those that do not stop in time."""
        for number in _stop_signals():
            signal.signal(number, signal.SIG_IGN)
        for process in self._running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self._running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def site_command(chosen: Settings, port: int) -> list[str]:
    """Return the command that serves the pages; its last argument names the application."""
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
    """Return the command line of a command in survey.serve.commands."""
    return [sys.executable, "-m", "flask", "--app", "app", name]


def search_command(chosen: Settings) -> list[str]:
    """Return the command that searches by meaning; where it can, it starts the heavy process for the first search."""
    if os.name == "nt":
        return flask_command("search-service")
    return [sys.executable, "-m", doorman.__name__, str(chosen.folder.absolute())]


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
    deadline = time.monotonic() + SITE_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        children.check()
        try:
            with urllib.request.urlopen(f"{site}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"The site did not answer at {site} within {SITE_TIMEOUT_SECONDS} seconds.")


def _wait_for_demo(children: Children) -> None:
    """Wait until the demo has themes, its run failed, or the timeout is over."""
    said = ""
    deadline = time.monotonic() + DEMO_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        children.check()
        db.session.rollback()
        survey = db.session.scalar(select(Survey).where(Survey.slug == demo.SLUG))
        run = None if survey is None else runs.latest(survey.id)
        if survey is None or survey.current_run_id is not None or run is None:
            return
        if run.state == "failed":
            _print_status(f"The demo could not be analysed. {run.error}")
            return
        stage = runs.STAGES.get(run.stage or "", "Waiting for the worker")
        if stage != said:
            said = stage
            _print_status(f"{stage}…")
        time.sleep(0.3)
    _print_status("The demo is still being analysed. Its page fills when that is done.")


def _print_status(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _stop_signals() -> list[signal.Signals]:
    """Return the signals that end all of it. The closing of the terminal does not where `nohup` says so."""
    usual = [signal.SIGTERM, signal.SIGINT]
    if os.name == "nt" or signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        return usual
    return [*usual, signal.SIGHUP]


def _stop(number: int, frame: FrameType | None) -> None:
    asked.append(number)
    raise Stopped


def _restart(number: int, frame: FrameType | None) -> None:
    raise Restarted
