"""Run a module of the project in a child process with a timeout.

For libraries too heavy to load into a web process, and for parsing untrusted files: a crash, or a file that takes too
much memory or time, ends only the child.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

TIMEOUT_SECONDS = 180
PROJECT = str(Path(__file__).resolve().parents[2])
"""The folder that holds the packages, wherever they are installed"""


@contextmanager
def start(
    program: str, *arguments: str, stdin: IO[bytes] | int, stdout: IO[bytes] | int, seconds: float | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m program arguments`; kill it when the block ends, or after `seconds` (None: TIMEOUT_SECONDS).

    The child finds modules where this process does, in any working directory, and none that only lie in that directory.
    """
    paths = [path for path in sys.path if path]
    command = (
        f"import sys; sys.path[:] = {paths if PROJECT in paths else [PROJECT, *paths]!r}; sys.argv[1:] = {arguments!r}"
        f"; import runpy; runpy.run_module({program!r}, run_name='__main__', alter_sys=True)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", command],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    timer = threading.Timer(TIMEOUT_SECONDS if seconds is None else seconds, process.kill)
    timer.start()
    try:
        yield process
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what a child that died has not read
                    pipe.close()
