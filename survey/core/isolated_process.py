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
from contextlib import contextmanager
from typing import IO

from survey.core.settings import PROJECT

TIMEOUT_SECONDS = 180


@contextmanager
def start(
    program: str, *arguments: str, stdin: IO[bytes] | int, stdout: IO[bytes] | int
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m program arguments`; kill it when the block ends, or after TIMEOUT_SECONDS."""
    process = subprocess.Popen(
        [sys.executable, "-m", program, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    timer = threading.Timer(TIMEOUT_SECONDS, process.kill)
    timer.start()
    try:
        yield process
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
