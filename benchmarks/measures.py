"""Run measurements each in a process of its own; a row says why where one fails or takes too long.

A measurement is `rows(place, …)` of a module of the benchmarks, with the sizes that are passed on to it.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.as_installed import hide
from benchmarks.place import Place
from benchmarks.result_table import NOTHING, NotMeasuredError, Row, not_measured
from survey.core.settings import PROJECT

LONGEST = 1800.0
"""Seconds until a measurement is stopped: on a slow machine the longest takes half as long"""
CODE = "import sys; from benchmarks.measures import measure_here; measure_here(*sys.argv[1:])"


Sizes = Mapping[str, int | str | bool]


def measure_apart(module: str, place: Place, sizes: Sizes, seconds: float = LONGEST) -> list[Row]:
    """Run a measurement in a new process; return its rows, or the one that says why there are none.

    What it started is stopped with it after so many seconds.
    """
    with tempfile.TemporaryDirectory(prefix="threads-measure-") as folder:
        found, said = Path(folder, "rows.json"), Path(folder, "said")
        command = [sys.executable, "-c", CODE, module, str(place.data), str(place.sites), json.dumps(sizes), str(found)]
        with said.open("wb") as output, subprocess.Popen(
            command, cwd=PROJECT, stdout=output, stderr=output, start_new_session=True
        ) as process:  # fmt: skip
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                _stop(process)
                return [not_measured(module, NOTHING, "all", f"it was stopped after {seconds:.0f} seconds")]
        words = said.read_text(encoding="utf-8", errors="replace").strip()
        if process.returncode:
            print(words, file=sys.stderr, flush=True)
            why = words.splitlines()[-1] if words else f"it ended with status {process.returncode}"
            return [not_measured(module, NOTHING, "all", why)]
        return [Row(**{**row, "rounds": tuple(row["rounds"])}) for row in json.loads(found.read_bytes())]


def measure_here(module: str, data: str, sites: str, sizes: str, file: str) -> None:
    """Run a measurement in this process, as if only the site were installed, and write its rows to a file."""
    hide()
    try:
        rows: Sequence[Row] = import_module(f"benchmarks.{module}").rows(
            Place(Path(data), Path(sites)), **json.loads(sizes)
        )
    except NotMeasuredError as error:
        rows = [not_measured(module, NOTHING, "all", str(error))]
    Path(file).write_text(json.dumps([asdict(row) for row in rows]), encoding="utf-8")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a process and all it started: by request, and 20 seconds later without one."""
    os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
