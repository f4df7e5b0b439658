"""The worker as `flask --app app worker` runs it, with the toy model, and with a fault where one is asked for.

    python tests/faults/toy_worker.py [--stop-at STAGE FILE] [--slow SECONDS] [--crash-on WORD]
    python tests/faults/toy_worker.py --nursery

A nursery loads the libraries once and forks a worker for each line it reads (as JSON: its log, its environment, its
arguments); it answers with the number of the process. What takes seconds is then done once for all tests.

The faults are put in from here: the site has no hooks for tests.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import survey.worker.worker
from analysis.arrays import FloatArray
from analysis.known_themes.codebook import Codebook
from app import create_app
from survey.runs import lifecycle as runs
from tests.support.toy_model import ToyModel, short_codebook


class FaultyModel(ToyModel):
    """The toy model, which takes its time, or takes the process down at a word."""

    def __init__(self, slow: float, crash_on: str | None) -> None:
        super().__init__()
        self._slow = slow
        self._crash_on = crash_on

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """As the toy model does."""
        if self._crash_on and any(self._crash_on in text.lower() for text in texts):
            os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(self._slow)
        return super().encode(texts)


def stop_at(wanted: str, marker: Path) -> None:
    """Come to a stand at the first sign of life of a stage, once: leave the marker and wait for whoever kills us."""
    says = runs.update_claimed

    def hold(*args: object, **values: object) -> None:
        says(*args, **values)  # type: ignore[arg-type]
        if values.get("stage") == wanted or (wanted == "finished" and values.get("state") == "finished"):
            marker.touch()
            time.sleep(600)

    runs.update_claimed = hold


def nursery() -> None:
    """Fork a worker for each line that comes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    workers: list[int] = []
    for line in sys.stdin:
        log, environ, arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.setsid()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.dup2(file, 1)
            os.dup2(file, 2)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.environ.clear()
            os.environ.update(environ)
            work(arguments)
            os._exit(0)
        workers.append(pid)
        print(pid, flush=True)
    for pid in workers:  # the tests are over, or were ended themselves
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def work(arguments: Sequence[str]) -> None:
    """Put the fault in, and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stop-at", nargs=2, metavar=("STAGE", "FILE"))
    parser.add_argument("--slow", type=float, default=0.0, help="seconds that every call of the model takes")
    parser.add_argument("--crash-on", help="a word at which the process dies of a segmentation fault")
    given = parser.parse_args(arguments)
    survey.worker.worker.__dict__["load"] = lambda *chosen, **named: FaultyModel(given.slow, given.crash_on)
    Codebook.load = short_codebook  # type: ignore[method-assign]
    if given.stop_at:
        stop_at(given.stop_at[0], Path(given.stop_at[1]))
    with create_app().app_context():
        survey.worker.worker.main()


if __name__ == "__main__":
    if sys.argv[1:] == ["--nursery"]:
        nursery()
    else:
        work(sys.argv[1:])
